"""The privacy page says what the clinic has decided, names what it has not, and whoever starts the site is told."""

from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from django.conf import settings as real
from django.core.management import call_command

from rlsinfo import legal, legal_gaps, legal_words, release, serving
from rlsinfo.articles import library
from rlsinfo.clinic import OUTCOMES, Address, Clinic, Period, Privacy
from tests.running_site import free_port

UNKNOWN = Clinic(name="Truffles Vein Specialists", site="trufflesveinspecialists.com")
KNOWN = replace(
    UNKNOWN,
    phone="(555) 010-0134",
    address=Address("1 Main Street", "Springfield", "IL", "62701"),
    retention={"scheduled": Period(730, keeps_figures=True), "spam": Period(90, keeps_figures=False)},
    privacy=Privacy(
        in_force_from=date(2026, 12, 1),
        server_company="Example Hosting",
        mail_company="Example Mail",
        notice_address="https://www.example.org/notice",
        notice_from=date(2026, 11, 1),
        copies_days=45,
    ),
)
PAGE, IN_SPANISH = (
    (real.CONTENT_DIR / place / "privacy.md").read_text(encoding="utf-8") for place in ("pages", "es/pages")
)


def page(clinic: Clinic) -> str:
    """The words of the page as a reader of this clinic's site finds them."""
    return " ".join(legal.filled(PAGE, clinic).split())


def spanish_page(clinic: Clinic) -> str:
    return " ".join(legal.filled(IN_SPANISH, clinic, legal_words.SPANISH).split())


@pytest.fixture
def site_of(settings):
    """The content read anew, for a site of this clinic."""

    def read(clinic: Clinic) -> None:
        settings.CLINIC = clinic
        library._read.cache_clear()

    yield read
    library._read.cache_clear()


def test_every_mark_of_the_page_is_one_that_is_filled_in():
    assert {mark[1] for mark in legal.MARK.finditer(PAGE)} == set(legal.WRITERS)
    assert legal.MARK.findall(IN_SPANISH) == legal.MARK.findall(PAGE)
    for clinic in (UNKNOWN, KNOWN):
        assert "{" not in page(clinic) + spanish_page(clinic)


def test_a_mark_that_nobody_knows_stays_so_that_somebody_sees_it():
    assert legal.filled("{{ how far }}", UNKNOWN) == "{{ how far }}"


def test_every_outcome_has_words_for_the_person_who_sent_it():
    for words in (legal_words.ENGLISH, legal_words.SPANISH):
        assert tuple(words.ends) == OUTCOMES


@pytest.mark.parametrize("clinic", [UNKNOWN, KNOWN], ids=["unknown", "known"])
@pytest.mark.parametrize(("text", "place"), [(PAGE, "pages/privacy"), (IN_SPANISH, "es/pages/privacy")])
def test_the_page_keeps_the_rules_of_reading_whatever_the_clinic_has_said(site_of, clinic, text, place):
    site_of(clinic)

    _, _, problems = library.try_out(text, place)

    assert problems == ()


def test_until_something_is_decided_the_page_says_that_everything_is_kept():
    assert "We keep it for good for now. The clinic must still decide how long to keep requests" in page(UNKNOWN)


def test_the_page_says_what_is_set():
    said = page(KNOWN)

    assert "- You booked a visit: 730 days, then we remove it." in said
    assert "- It looked like advertising: 90 days, then we delete it." in said
    assert "- You decided against it: we keep it for good." in said
    assert "Copies kept for safety are deleted after 45 days." in said
    assert "This page holds from December 1, 2026." in said
    assert "Example Hosting runs our server. Example Mail carries our e-mail." in said
    assert "[Our notice](https://www.example.org/notice) holds from November 1, 2026." in said
    assert "Call us at (555) 010-0134, or use the [request form]" in said


def test_the_page_in_spanish_says_what_is_set_and_what_is_not():
    said = spanish_page(KNOWN)

    assert "- Usted hizo una cita: 730 días, y luego lo quitamos." in said
    assert "- Parecía publicidad: 90 días, y luego lo borramos." in said
    assert "- Usted decidió que no: lo guardamos para siempre." in said
    assert "Las copias de seguridad se borran después de 45 días." in said
    assert "Esta página vale desde el 1 de diciembre de 2026." in said
    assert "Example Hosting maneja nuestro servidor. Example Mail lleva nuestro correo electrónico." in said
    assert "[Nuestro aviso (en inglés)](https://www.example.org/notice) vale desde el 1 de noviembre de 2026." in said
    assert "Llámenos al (555) 010-0134, o use el [formulario]" in said
    assert "¿Qué no puede decirle todavía esta página?" not in said
    assert "- cuánto tiempo guarda las solicitudes" in spanish_page(UNKNOWN)


def test_the_site_shows_the_page_filled_in(client):
    text = client.get("/privacy/").content.decode()

    assert "What can this page not tell you yet?" in text
    assert "{{" not in text


def test_what_is_missing_is_named_on_the_page_and_goes_when_it_is_known():
    assert "- how long it keeps requests" in page(UNKNOWN)
    assert legal.missing(KNOWN) == []
    assert "What can this page not tell you yet?" not in page(KNOWN)


@pytest.mark.parametrize(
    ("blank", "said"),
    [
        ({"phone": ""}, "its phone number and its postal address"),
        ({"address": Address()}, "its phone number and its postal address"),
        ({"retention": {}}, "how long it keeps requests"),
        ({"privacy": replace(KNOWN.privacy, in_force_from=None)}, "from which day on this page holds"),
        ({"privacy": replace(KNOWN.privacy, server_company="")}, "which company runs the server"),
        ({"privacy": replace(KNOWN.privacy, mail_company="")}, "which company carries the e-mail"),
        ({"privacy": replace(KNOWN.privacy, notice_address="")}, "where its Notice of Privacy Practices stands"),
        ({"privacy": replace(KNOWN.privacy, notice_from=None)}, "where its Notice of Privacy Practices stands"),
    ],
)
def test_each_blank_fact_behind_a_legal_sentence_is_missed(blank, said):
    assert legal.missing(replace(KNOWN, **blank)) == [said]


def test_the_notice_stands_in_the_foot_of_every_page_and_beside_the_button_once_it_is_there(client, settings):
    link = 'href="https://www.example.org/notice"'
    assert link not in client.get("/consultation/request/").content.decode()

    settings.CLINIC = KNOWN

    assert client.get("/consultation/request/").content.decode().count(link) == 2
    assert client.get("/privacy/").content.decode().count(link) >= 1


# --- whoever starts the site --------------------------------------------------------------------


def test_whoever_starts_the_site_is_told_what_the_page_lacks(settings):
    settings.CLINIC = UNKNOWN

    (sentence,) = legal_gaps.sentences()

    assert sentence.startswith("The privacy page cannot say from which day on this page holds; how long it keeps")
    assert sentence.endswith("fill in content/clinic.yaml.")

    settings.CLINIC = KNOWN
    assert legal_gaps.sentences() == []


def test_gaps_leave_a_check_silent_and_a_broken_word_does_not(settings):
    settings.CLINIC = UNKNOWN
    assert legal_gaps.check_legal(None) == []

    settings.BACKUP_DAYS = 31

    (broken,) = legal_gaps.check_legal(None)
    assert "Backups are kept for 31 days (BACKUP_DAYS), but the privacy page says 30" in broken.msg
    assert broken.msg in legal_gaps.sentences()


def test_starting_the_site_says_it(settings, monkeypatch, tmp_path):
    settings.CLINIC, settings.PORT, settings.VAR_DIR = UNKNOWN, free_port(), tmp_path
    monkeypatch.setattr(release, "prepare_database", lambda: None)
    monkeypatch.setattr(release, "prepare_pages", lambda *, prebuilt: None)
    monkeypatch.setattr(serving, "serve", lambda bind: 0)
    said = StringIO()

    with pytest.raises(SystemExit):
        call_command("serve", stderr=said, stdout=StringIO())

    assert "Warning: The privacy page cannot say from which day on this page holds" in said.getvalue()
