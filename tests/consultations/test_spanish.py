"""Whoever asks in Spanish is asked, answered and written to in Spanish, and staff are told."""

import pytest
from django.core import mail as django_mail
from django.test import Client

from rlsinfo.consultations import outbox, screening
from rlsinfo.consultations.consent import CALL_WORDING, TEXT_WORDING
from rlsinfo.consultations.models import ConsultationRequest, Language, OutboxMail
from tests.consultations.test_views import FILLED_IN, page, sends, summary, text, title
from tests.factories import MONDAY_MORNING, make_mail, make_request

pytestmark = pytest.mark.django_db

ASK = "/es/consultation/request/"
IN_SPANISH = FILLED_IN | {"consent": ["2026-11-es"], "texts": ["texts-2026-11-es"]}


@pytest.fixture
def sent(client):
    """The answer to a request that went the whole way, from the start page on."""
    start = client.get("/es/consultation/")
    [button] = page(start).query("a.btn")
    assert button.attrs["href"] == ASK
    form = client.get(f"{ASK}?from=/es/symptoms/self-check/")
    check = client.post(ASK, {**sends(form), **IN_SPANISH})
    assert page(check).query_one("main form").attrs["action"] == ASK
    return client.post(ASK, {**sends(check), "step": "send"})


def test_who_starts_in_spanish_stays_in_spanish_until_the_confirmation(client, sent):
    assert sent.status_code == 303
    assert sent["Location"].startswith("/es/consultation/sent/")
    confirmation = client.get(sent["Location"])

    assert "Tenemos su solicitud" in title(confirmation)
    assert "Su número de referencia" in text(confirmation)


def test_the_request_knows_its_language_its_page_and_the_very_words_agreed_to(sent):
    request = ConsultationRequest.objects.get()

    assert request.language == Language.SPANISH
    assert request.source == "/es/symptoms/self-check/"
    assert request.consent_page.endswith(ASK)
    assert CALL_WORDING[request.consent_version].startswith("Sí. Guarden mis respuestas")
    assert TEXT_WORDING[request.text_consent_version].startswith("Sí. La clínica también puede")


@pytest.mark.parametrize(("before", "words"), [("", "What do you keep"), ("/es", "¿Qué guardan")])
def test_what_somebody_agrees_to_is_explained_in_the_language_of_the_form(client, before, words):
    [link] = page(client.get(f"{before}/consultation/request/")).query("form a[target=_blank]")

    assert link.attrs["href"] == f"{before}/privacy/"
    assert f"{words} " in text(client.get(link.attrs["href"]))


def test_a_box_in_another_language_is_asked_again(client):
    again = client.post(ASK, IN_SPANISH | {"consent": ["2026-11"]})

    assert summary(again) == ["Marque la casilla si podemos guardar sus respuestas"]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Escriba su nombre completo"),
        ("name", "Ana\x07", "El nombre tiene un carácter de control: por favor, escríbalo otra vez"),
        ("name", "a" * 151, "El nombre tiene 151 caracteres: use 150 o menos"),
        ("email", "ana", "Escriba un correo electrónico como nombre@ejemplo.com"),
        ("phone", "12", "Escriba un número de teléfono de 7 a 15 dígitos, con su código de área"),
        ("topic", "", "Escoja de qué se trata"),
        ("note", "n" * 1001, "Su nota tiene 1001 caracteres: use 1000 o menos"),
    ],
)
def test_mistakes_are_told_in_spanish(client, field, value, sentence):
    again = client.post(ASK, IN_SPANISH | {field: value})

    assert again.status_code == 422
    assert summary(again) == [sentence]
    assert "Error: Pida una llamada" in title(again)
    assert "Hay un problema" in text(again)


def test_an_expired_form_comes_back_in_spanish_with_every_word():
    strict = Client(enforce_csrf_checks=True)

    again = strict.post(ASK, IN_SPANISH)

    assert again.status_code == 403
    assert summary(again)[0].startswith("No pudimos saber con seguridad que esto lo mandó usted")
    assert sends(again)["name"] == [FILLED_IN["name"]]


def test_who_may_need_help_now_is_told_so_in_spanish(client):
    stopped = client.post(ASK, IN_SPANISH | {"urgent": "yes"})

    assert "Por favor, busque ayuda primero" in text(stopped)
    assert "Llame al 911 ahora si tiene:" in text(stopped)
    assert page(stopped).query_one("main form").attrs["action"] == ASK


def test_a_page_with_typed_words_on_it_has_no_way_to_the_other_language_that_would_lose_them(client):
    assert page(client.get(ASK)).query("header.masthead a[lang=en]")
    assert not page(client.post(ASK, IN_SPANISH)).query("header.masthead a[lang]")


def test_the_receipt_is_written_in_the_language_of_the_request_and_leads_to_spanish(client, settings):
    request = make_request(reference="K7MR4PXD", email="ana@example.com", language=Language.SPANISH)
    make_mail(request=request, kind=OutboxMail.Kind.RECEIPT)
    make_mail(request=request, kind=OutboxMail.Kind.ALERT)

    outbox.send_due(MONDAY_MORNING)

    receipt, alert = sorted(django_mail.outbox, key=lambda mail: mail.to != ["ana@example.com"])
    assert receipt.subject == "Tenemos su solicitud: K7MR 4PXD"
    assert "QUÉ SIGUE" in receipt.body
    assert "llame al 911" in receipt.body
    assert not any(word in receipt.body for word in ("request", "call", "Please"))
    assert alert.subject == "A request is waiting: K7MR 4PXD"
    assert "/es/" not in alert.body
    [link] = [line for line in receipt.body.splitlines() if "/consultation/stop/" in line]
    stop = link.removeprefix(settings.SITE_URL)
    assert stop.startswith("/es/")
    assert "¿Quiere que paremos?" in text(client.get(stop))
    assert "Ya paramos" in text(client.post(stop, {"scope": "everything"}))


@pytest.mark.parametrize(
    "note",
    ["Tengo dolor en el pecho", "me duele el pecho", "No puedo respirar bien", "quiero morirme", "La pierna está muy hinchada",
     "ya no puedo más", "Creo que es un coágulo", "el pie está azul", "pienso en el suicidio", "me desmayé ayer"],
)  # fmt: skip
def test_words_of_an_emergency_are_noticed_in_spanish(note):
    assert screening.looks_urgent(note)


@pytest.mark.parametrize(
    "note", ["Mis piernas no descansan de noche", "Llámeme en la mañana, por favor", "Tengo várices"]
)
def test_everyday_words_in_spanish_are_no_emergency(note):
    assert not screening.looks_urgent(note)


def test_the_question_at_the_foot_of_a_page_is_answered_in_spanish(client):
    answer = client.post("/es/useful/", {"page": "/es/symptoms/self-check/", "useful": "yes"})
    thanks = client.get(answer["Location"])

    assert answer["Location"].startswith("/es/useful/")
    assert "Gracias" in text(thanks)
    assert "¿Qué buscaba?" in text(thanks)
    missing = client.post("/es/useful/thanks/", {"page": "/es/symptoms/self-check/", "words": ""})
    assert "Escriba lo que buscaba, o simplemente cierre esta página" in text(missing)
