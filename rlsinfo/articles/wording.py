"""The words that the site itself puts into a page, in each of its languages; no Django."""

from collections.abc import Mapping
from dataclasses import dataclass

from rlsinfo.articles.document import Article
from rlsinfo.articles.evidence import Strength


@dataclass(frozen=True)
class Wording:
    """The words of one language."""

    ask: str
    """The last section of every article; what is weighed up stands just before it."""
    weighing: str
    balance: Mapping[str, str]
    """The headings over the fields of document.BALANCE."""
    urgency: Mapping[str, str]
    """Who reads only the first words of a card reads these."""
    gain: str
    rests: str
    """What a number leads to, for those who hear the page."""
    strengths: Mapping[Strength, str]
    safety_advice: str
    guideline_advice: str
    answers: Mapping[str, str]
    """The English answers of a self-check, by those of this language."""


ENGLISH = Wording(
    ask="What to ask your clinician",
    weighing="Weighing it up",
    balance={
        "benefits": "What may get better",
        "harms": "What can go wrong",
        "without_treatment": "Without treatment",
        "unknowns": "What nobody knows yet",
        "other_options": "Other choices",
    },
    urgency={"emergency": "Emergency", "urgent": "Urgent, today", "help": "Not an emergency"},
    gain="What we gain",
    rests="What this rests on, {}",
    strengths={strength: strength.label for strength in Strength},
    safety_advice="Safety advice",
    guideline_advice="Guideline advice",
    answers={},
)

SPANISH = Wording(
    ask="Qué preguntar a su profesional de salud",
    weighing="Ventajas y desventajas",
    balance={
        "benefits": "Qué puede mejorar",
        "harms": "Qué puede salir mal",
        "without_treatment": "Sin tratamiento",
        "unknowns": "Lo que nadie sabe todavía",
        "other_options": "Otras opciones",
    },
    urgency={"emergency": "Emergencia", "urgent": "Urgente, hoy mismo", "help": "No es una emergencia"},
    gain="Lo que ganamos nosotros",
    rests="En qué se basa esto, {}",
    strengths={
        Strength.WELL_ESTABLISHED: "Bien establecido",
        Strength.GOOD_EVIDENCE: "Buenas pruebas",
        Strength.LIMITED: "Pocas pruebas",
        Strength.STUDIES_DISAGREE: "Los estudios no coinciden",
        Strength.NOT_ESTABLISHED: "No demostrado",
    },
    safety_advice="Consejo de seguridad",
    guideline_advice="Consejo de la guía médica",
    answers={
        "Sí": "Yes",
        "No sé": "Not sure",
        "No, ninguna de estas": "No, none of these",
        "Sí, o no sé": "Yes, or I am not sure",
    },
)

IN_ENGLISH = "(en inglés)"
"""Behind a link that leads from a page in Spanish to one in English."""


def of(article: Article) -> Wording:
    return SPANISH if article.is_spanish else ENGLISH
