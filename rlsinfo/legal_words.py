"""What the privacy page says of the clinic, in each of its languages; no Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Words:
    """The sentences of one language, each with places for what the clinic has said."""

    day: str
    months: tuple[str, ...]
    in_force: str
    server: str
    mail: str
    call: str
    write: str
    form: str
    kept_for_good: str
    copies: str
    counted_from: str
    removed: str
    removed_or_deleted: tuple[str, str]
    """What happens when a period is over: with and without figures that stay."""
    period: str
    for_good: str
    ends: Mapping[str, str]
    """How a request ends, said to the person who sent it."""
    notice: str
    no_notice: str
    missing: str
    gaps: Mapping[str, str]
    """What the clinic still has to say, by what is blank."""

    def say_day(self, day: date) -> str:
        return self.day.format(day=day.day, month=self.months[day.month - 1], year=day.year)


ENGLISH = Words(
    day="{month} {day}, {year}",
    months=(
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    in_force="This page holds from {day}.",
    server="{company} runs our server.",
    mail="{company} carries our e-mail.",
    call="Call us at {phone}, or use",
    write="Use",
    form='the [request form](/consultation/) and choose "Something else". Give your reference if you have it.',
    kept_for_good="""We keep it for good for now.
The clinic must still decide how long to keep requests, and this page will say so when it has.""",
    copies="Copies kept for safety are deleted after {days} days. Until then they hold it too.",
    counted_from="We count the days from when your request was closed.",
    removed="""What we "remove" is all that tells of you. That there was a request, and how it ended, goes on to count.
What we "delete" leaves nothing.""",
    removed_or_deleted=("remove", "delete"),
    period="{days} days, then we {do} it",
    for_good="we keep it for good",
    ends={
        "scheduled": "You booked a visit",
        "not_for_us": "We were not the right clinic for you",
        "declined": "You decided against it",
        "no_contact": "We could not reach you",
        "stopped": "You asked us to stop",
        "duplicate": "You sent it twice",
        "spam": "It looked like advertising",
        "test": "It was a test",
    },
    notice="[Our notice]({address}) holds from {day}.",
    no_notice="The clinic gives you that notice, and this site does not hold it yet.",
    missing="""## What can this page not tell you yet?

The clinic still has to tell us:

{gaps}

We would rather leave a gap than guess.
If you want these answers before you give your name, ask the clinic first.""",
    gaps={
        "in_force_from": "from which day on this page holds",
        "retention": "how long it keeps requests",
        "server_company": "which company runs the server",
        "mail_company": "which company carries the e-mail",
        "notice": "where its Notice of Privacy Practices stands",
        "contact": "its phone number and its postal address",
    },
)

SPANISH = Words(
    day="{day} de {month} de {year}",
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
        *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    in_force="Esta página vale desde el {day}.",
    server="{company} maneja nuestro servidor.",
    mail="{company} lleva nuestro correo electrónico.",
    call="Llámenos al {phone}, o use",
    write="Use",
    form='el [formulario](/consultation/) y escoja "Otra cosa". Dé su número de referencia si lo tiene.',
    kept_for_good="""Por ahora lo guardamos para siempre.
La clínica todavía tiene que decidir cuánto tiempo guarda las solicitudes, y esta página lo dirá cuando lo haya decidido.""",
    copies="Las copias de seguridad se borran después de {days} días. Hasta entonces, también lo tienen.",
    counted_from="Contamos los días desde que se cerró su solicitud.",
    removed="""Lo que "quitamos" es todo lo que habla de usted. Que hubo una solicitud, y cómo terminó, se sigue contando.
Lo que "borramos" no deja nada.""",
    removed_or_deleted=("quitamos", "borramos"),
    period="{days} días, y luego lo {do}",
    for_good="lo guardamos para siempre",
    ends={
        "scheduled": "Usted hizo una cita",
        "not_for_us": "No éramos la clínica adecuada para usted",
        "declined": "Usted decidió que no",
        "no_contact": "No pudimos comunicarnos con usted",
        "stopped": "Usted nos pidió que paráramos",
        "duplicate": "Usted la mandó dos veces",
        "spam": "Parecía publicidad",
        "test": "Era una prueba",
    },
    notice="[Nuestro aviso (en inglés)]({address}) vale desde el {day}.",
    no_notice="La clínica le da ese aviso, y este sitio todavía no lo tiene.",
    missing="""## ¿Qué no puede decirle todavía esta página?

La clínica todavía tiene que decirnos:

{gaps}

Preferimos dejar un hueco que adivinar.
Si quiere estas respuestas antes de dar su nombre, pregunte primero a la clínica.""",
    gaps={
        "in_force_from": "desde qué día vale esta página",
        "retention": "cuánto tiempo guarda las solicitudes",
        "server_company": "qué empresa maneja el servidor",
        "mail_company": "qué empresa lleva el correo electrónico",
        "notice": "dónde está su Aviso de prácticas de privacidad",
        "contact": "su número de teléfono y su dirección postal",
    },
)
