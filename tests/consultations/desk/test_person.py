"""A lead copies or erases everything that is held about one person; each is written down without what was held."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from itertools import chain
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from justhtml import JustHTML

from rlsinfo.consultations import export, intake, outbox, person, removal, stops, work
from rlsinfo.consultations.models import ConsultationRequest, Draft, Event, Outcome, State
from rlsinfo.consultations.work import Press
from rlsinfo.encryption import new_key
from rlsinfo.staff.models import AccessEntry
from tests.consultations.desk.front_desk import Desk, address
from tests.factories import MONDAY_MORNING, make_answers, make_request, make_staff

pytestmark = pytest.mark.django_db

NOW = MONDAY_MORNING
TYPED = ("Zebediah Quill", "555 010 7777", "zeb@example.com", "Marker note", "Zulu", "Zebedee Quill", "Murmured words")


@pytest.fixture(autouse=True)
def beside_the_database(settings, tmp_path):
    settings.ERASED_DIR = tmp_path
    return tmp_path


@pytest.fixture
def lea() -> Desk:
    permissions = ("view_consultationrequest", "move_consultationrequest", "erase_consultationrequest")
    return Desk(make_staff(*permissions, username="lea", first_name="Lea", last_name="Stone"))


@pytest.fixture
def zeb(maria) -> ConsultationRequest:
    """Somebody who asked for a call, was tried, corrected, noted about, and does not want to hear from us any more."""
    answers = make_answers(
        name="Zebediah Quill",
        phone="555 010 7777",
        email="zeb@example.com",
        note="Marker note",
        help_needed="Zulu",
        text_consent_version="texts-2026-11",
    )
    request = intake.receive(answers, now=NOW)
    work.correct(request, name="Zebedee Quill", phone="", email="", by=maria.user, version=1, now=NOW)
    work.press(request, Press(Outcome.NO_ANSWER, "t", 2, why="Murmured words"), by=maria.user, now=NOW)
    outbox.send_due(NOW)
    maria.open(request)
    work.keep_draft(request, "Half a thought", by=maria.user, now=NOW)
    return ConsultationRequest.objects.get(pk=request.pk)


def look(desk: Desk, text: str) -> Desk:
    return desk.open(address("person")).press("Look", text=text)


def last_entry() -> AccessEntry:
    return AccessEntry.objects.order_by("number").last()


# --- finding ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["+1 (555) 010-7777", "ZEB@example.com", "reference"])
def test_somebody_is_found_by_what_only_they_have(lea, zeb, text):
    second = make_request(name="Zed Quill", phone="5550107777", received_at=NOW + timedelta(hours=1))
    make_request(name="Zebediah Quill")

    look(lea, zeb.spoken_reference if text == "reference" else text)

    found = [each.attrs["value"] for each in lea.page.query("input[name=requests]")]
    assert found == [str(zeb.pk), str(second.pk)][: 2 if "@" not in text else 1]
    assert last_entry().subjects[0] == zeb.reference


@pytest.mark.parametrize("text", ["Zebediah Quill", "Quill", "7777", "zeb", "K7MR 4PXD"])
def test_neither_a_name_nor_a_part_of_anything_finds_anybody(lea, zeb, text):
    assert "Nothing is held under this reference, number or address." in look(lea, text).text


def test_who_is_alone_under_a_number_is_ticked_and_people_who_share_one_are_not(lea, zeb):
    assert "checked" in look(lea, zeb.reference).page.query("input[name=requests]")[0].attrs

    make_request(name="Ben Ito", phone="555 010 7777")

    boxes = look(lea, zeb.reference).page.query("input[name=requests]")
    assert ["checked" in each.attrs for each in boxes] == [False, False]


def test_the_page_of_a_request_leads_to_everything_about_its_person(lea, zeb):
    lea.open(zeb).press("Copy or erase it all")

    assert "Zebedee Quill" in lea.text


# --- copying ------------------------------------------------------------------------------------


def copied(desk: Desk, *requests: ConsultationRequest, kind: str = "json", **changes):
    fields = {"requests": [each.pk for each in requests], "kind": kind, "reason": "asked"} | changes
    return desk.client.post(address("copy_person"), fields)


def test_the_copy_holds_everything_that_is_stored_about_the_person(lea, zeb):
    stops.begin(zeb, stops.EVERYTHING, NOW + timedelta(hours=2))

    (held,) = json.loads(copied(lea, zeb).content)

    whole = json.dumps(held, ensure_ascii=False)
    assert [typed for typed in (*TYPED, zeb.reference, "Half a thought") if typed not in whole] == []
    assert held["What they agreed to"][1] == {
        "To": "get texts",
        "Words": "Yes. The clinic may also text me at this number about my request.",
        "When": "2026-11-16 09:00",
        "Page": "https://www.example.org/consultation/request/",
        "Until": "",
    }
    assert held["When they asked us to stop"][0]["What"] == "No contact at all"
    assert {"What": "Receipt to the patient", "State": "sent", "When": "2026-11-16 09:00"} in held["E-mails"]
    assert {"When": "2026-11-16 09:00", "Who": "Maria Lopez", "What": "Opened"} in held["Who looked"]
    tried = {"When": "2026-11-16 09:00", "What": "No answer", "Who": "Maria Lopez", "Words": "Murmured words"}
    assert tried in held["What happened"]


def test_the_copy_as_a_page_reads_well_and_needs_nothing_from_anywhere(lea, zeb):
    response = copied(lea, zeb, kind="html")

    page = JustHTML(response.content.decode(), sanitize=False)
    text = page.to_text()
    assert [typed for typed in TYPED if typed not in text] == []
    assert page.query("h1")[0].to_text() == "What Truffles Vein Specialists holds"
    assert page.query("link, script, img, style, a") == []
    assert not page.errors


def test_hostile_words_in_a_copy_stay_words(lea):
    request = make_request(name="<script>alert(1)</script>", note="<img src=x onerror=alert(1)>")

    page = JustHTML(copied(lea, request, kind="html").content.decode(), sanitize=False)

    assert page.query("script, img") == []


def test_the_file_is_named_after_nobody_and_kept_nowhere(lea, zeb):
    response = copied(lea, zeb, kind="html")

    assert response["Content-Disposition"] == 'attachment; filename="one-person-2026-11-16.html"'
    assert "no-store" in response["Cache-Control"]


def test_a_copy_is_written_down_with_the_reference_and_a_reason_of_ours(lea, zeb):
    copied(lea, zeb)

    entry = last_entry()
    assert (entry.action, entry.subjects, entry.by_name) == ("export", [zeb.reference], "Lea Stone")
    assert entry.detail == "One person, as JSON. They asked for it."


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"requests": []}, "Tick the requests that are theirs."),
        ({"reason": ""}, "Say why."),
        ({"kind": ""}, "Choose a kind of file."),
        ({"requests": ["999"]}, "One of these requests is no longer there."),
        ({"requests": ["x"]}, "One of these requests is no longer there."),
        ({"requests": ["9" * 40]}, "One of these requests is no longer there."),
        ({"reason": "Because of Zebediah"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_leaves(lea, zeb, missing, sentence):
    response = copied(lea, zeb, **missing)

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert "attachment" not in response.get("Content-Disposition", "")


@pytest.mark.parametrize("button", ["Make the file", "Erase"])
def test_what_was_chosen_is_still_there_when_something_was_missing(lea, zeb, button):
    other = make_request(name="Ben Ito", phone="555 010 7777")
    look(lea, zeb.reference)

    lea.press(button, requests=[other.pk], kind="json")

    assert lea.texts("[role=alert]") == ["Say why."]
    assert lea.sending(button)[1].items() >= {"requests": [str(other.pk)], "kind": ["json"]}.items()
    assert "Zebedee Quill" in lea.text

    lea.press(button, requests=[], reason="other")

    assert lea.texts("[role=alert]") == ["Tick the requests that are theirs."]
    assert lea.sending(button)[1]["reason"] == ["other"]
    assert "Zebedee Quill" in lea.text


# --- erasing ------------------------------------------------------------------------------------


def test_what_would_go_is_said_before_anything_does(lea, zeb):
    look(lea, zeb.reference).press("Erase", reason="asked", requests=[zeb.pk])

    assert "Nothing is erased yet." in lea.text
    assert f"Zebedee Quill, {zeb.spoken_reference}, which came Nov. 16, 2026" in lea.text
    assert "still open" in lea.text
    assert "1 press, 4 lines of the past, 1 draft" in lea.text
    assert "Copies kept for safety still hold it for 30 days." in lea.text
    assert ConsultationRequest.objects.get().name == "Zebediah Quill"


def test_erased_is_erased_and_the_log_holds_nothing_of_the_person(lea, zeb):
    look(lea, zeb.reference).press("Erase", reason="asked", requests=[zeb.pk]).press("Erase for good", sure="yes")

    assert "Erased: 1 request and all that belonged to them." in lea.source
    left = ConsultationRequest.objects.get()
    assert (left.name, left.phone, left.email, left.note, left.removed_at) == ("", "", "", "", NOW)
    assert left.state == State.STOPPED
    entry = AccessEntry.objects.get(action="erase")
    assert (entry.subjects, entry.detail) == ([zeb.reference], "One person. They asked for it.")
    logged = " ".join(str(each) for each in AccessEntry.objects.values())
    assert [typed for typed in TYPED if typed in logged] == []
    for text in (zeb.reference, "555 010 7777", "zeb@example.com"):
        assert "Nothing is held" in look(lea, text).text
    assert "Nothing is held" in look(lea, left.reference).text
    assert "No request fits" in lea.find("Zebediah").text


def test_nothing_is_erased_until_the_box_is_ticked(lea, zeb):
    look(lea, zeb.reference).press("Erase", reason="asked", requests=[zeb.pk]).press("Erase for good")

    assert (lea.status, ConsultationRequest.objects.get().name) == (422, "Zebediah Quill")
    assert "Tick the box if all of this should be gone for good." in lea.text


def test_only_what_was_ticked_is_erased(lea, zeb):
    other = make_request(name="Ben Ito", phone="555 010 7777")

    look(lea, zeb.reference).press("Erase", reason="not_theirs", requests=[zeb.pk]).press("Erase for good", sure="yes")

    other.refresh_from_db()
    assert (other.name, other.removed_at) == ("Ben Ito", None)


def test_an_erasure_that_fails_erases_nothing_and_is_written_down_as_failed(lea, zeb, monkeypatch):
    other = make_request(phone="555 010 7777")
    erased = []

    def fail_at_the_second(request, now):
        erased.append(request)
        return 1 / (2 - len(erased))

    monkeypatch.setattr("rlsinfo.consultations.removal.anonymize", fail_at_the_second)

    with pytest.raises(ZeroDivisionError):
        lea.client.post(address("erase_person"), {"requests": [zeb.pk, other.pk], "reason": "asked", "sure": "yes"})

    assert (last_entry().action, last_entry().outcome) == ("erase", "failed")


def test_whom_a_restored_backup_brings_back_is_erased_again(lea, zeb, beside_the_database):
    backup, other = ConsultationRequest.objects.get(pk=zeb.pk), make_request()
    look(lea, zeb.reference).press("Erase", reason="asked", requests=[zeb.pk]).press("Erase for good", sure="yes")
    assert (beside_the_database / "erased").read_text() == f"{zeb.reference}\n"
    assert (beside_the_database / "erased").stat().st_mode & 0o077 == 0

    # A restore puts the row back as it was.
    backup.save()
    backup.make_findable()
    call_command("retain", "--apply", stdout=(said := StringIO()))

    assert "Erased again, since a restored backup had brought them back: 1." in said.getvalue()
    again = ConsultationRequest.objects.get(pk=zeb.pk)
    assert (again.name, again.removed_at, again.search_keys.count()) == ("", NOW, 0)
    assert AccessEntry.objects.filter(action="erase").count() == 2
    other.refresh_from_db()
    assert other.removed_at is None
    call_command("retain", "--apply", stdout=(said := StringIO()))
    assert "Erased again" not in said.getvalue()


ERASE_AND_BRING_BACK = """
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
from rlsinfo.consultations import intake, person
from rlsinfo.consultations.models import ConsultationRequest
from tests.factories import make_answers
call_command("migrate", verbosity=0)
backup = intake.receive(make_answers(), now=timezone.now())
person.erase([ConsultationRequest.objects.get()], by=None, why="They asked for it.", now=timezone.now())
backup.save()
"""


def test_whom_one_process_erased_another_erases_again_where_they_share_nothing_but_the_memory(tmp_path):
    shared = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "rlsinfo.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/database",
        "SECRET_KEY": "k" * 50,
        "ENCRYPTION_KEYS": new_key(),
        "ERASED_DIR": str(tmp_path / "shared"),
    }

    def run(var_dir: str, *arguments: str) -> str:
        """What a process says that has a VAR_DIR of its own."""
        command, own = [sys.executable, *arguments], {"VAR_DIR": str(tmp_path / var_dir)}
        return subprocess.run(
            command, cwd=site_settings.BASE_DIR, env=shared | own, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    run("web", "-c", ERASE_AND_BRING_BACK)

    assert "had brought them back: 1." in run("jobs", "manage.py", "retain", "--apply")


def test_many_who_erase_at_once_leave_whole_lines(beside_the_database):
    references = [[f"{process}-{number:05}" for number in range(20_000)] for process in range(4)]

    with ThreadPoolExecutor() as processes:
        list(processes.map(person._remember, references))

    assert sorted((beside_the_database / "erased").read_text().split()) == sorted(chain(*references))


def test_an_erasure_is_remembered_on_the_disk_before_it_is_done(zeb, beside_the_database, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda file: flushed.append(Path(f"/proc/self/fd/{file}").readlink()))

    person.erase([zeb], by=None, why="They asked for it.", now=NOW)

    assert flushed == [beside_the_database / "erased", beside_the_database]


def test_what_is_left_of_an_erased_request_has_a_page_without_a_person_and_without_a_button(lea, zeb):
    look(lea, zeb.reference).press("Erase", reason="asked", requests=[zeb.pk]).press("Erase for good", sure="yes")

    lea.open(address("closed"))
    assert lea.names == ["Removed"]
    lea.open(zeb)

    assert "Everything about this person was removed on Monday, November 16, 2026." in lea.text
    assert lea.buttons == []


@pytest.mark.parametrize(
    ("label", "typed"),
    [
        ("Keep the words only", {"why": "Her son is <Tom>."}),
        ("No answer", {"why": "Her son is <Tom>."}),
        ("Stop all contact", {"why": "Her son is <Tom>."}),
        ("Keep the correction", {"name": "Zeb Quill", "phone": "555 010 8888"}),
        ("Take it", {}),
    ],
)
def test_a_button_on_a_page_left_open_says_that_the_person_was_removed_and_shows_every_word_typed(
    maria, zeb, label, typed
):
    maria.open(zeb)
    removal.anonymize(zeb, NOW)

    maria.press(label, **typed)

    assert maria.status in {409, 422}
    assert "This person was removed, so your button did nothing." in maria.text
    assert ("What you typed is not kept." in maria.text) == bool(typed)
    assert all(words in maria.texts(".said") for words in typed.values())
    assert maria.buttons == []
    assert not Draft.objects.exists()
    assert set(Event.objects.values_list("why", flat=True)) == {""}


def test_words_typed_on_a_page_left_open_are_not_kept_by_themselves_either(maria, zeb):
    removal.anonymize(zeb, NOW)

    response = maria.client.post(address("draft", zeb.pk), {"why": "Her son is Tom."})

    assert response.status_code == 409
    assert not Draft.objects.exists()


def test_an_export_of_requests_leaves_out_who_was_removed(zeb):
    removal.anonymize(zeb, NOW)

    assert len(list(export.rows(ConsultationRequest.objects.all()))) == 1
