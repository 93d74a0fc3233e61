"""The plumbing page says in words how each part stands, since when, and what to do."""

from datetime import timedelta

import pytest
from django.db import connection

from rlsinfo.consultations import alarms
from rlsinfo.consultations.models import OutboxMail
from rlsinfo.plumbing import database, jobs
from rlsinfo.plumbing.models import Job
from tests.consultations.desk.front_desk import Desk, address, questions, words
from tests.factories import MONDAY_MORNING, make_mail, make_staff

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def the_database_s_clock(monkeypatch):
    """It is Monday there too."""
    monkeypatch.setattr(database, "clocks_differ_by", lambda: timedelta(0))


@pytest.fixture
def lead(clock) -> Desk:
    everything = ("view_consultationrequest", "move_consultationrequest", "view_plumbing")
    return Desk(make_staff(*everything, username="lea", first_name="Lea", last_name="Ude"))


@pytest.fixture
def all_well() -> None:
    for name in jobs.RHYTHMS:
        jobs.record(name, True, "As it should be.")


def parts(desk: Desk) -> dict[str, list[str]]:
    """Each part of the page: state, since, what is known, what to do."""
    desk.open(address("plumbing"))
    assert desk.status == 200
    table = desk.page.query("table")[0]
    return {words(row.query("th")[0]): [words(cell) for cell in row.query("td")] for row in table.query("tbody tr")}


def test_a_site_that_is_well_says_so(lead, all_well):
    shown = parts(lead)

    assert f"All {len(shown)} parts are well. As of 9 a.m." in lead.text
    assert shown["Backup"] == ["Well", "Mon, Nov. 16, 2026, 9 a.m.", "As it should be.", "Nothing"]
    assert shown["E-mails waiting"][0] == "None"
    assert shown["Disk space"][0] == "Well"
    assert shown["Database"][:2] == ["Up to date", "–"]
    assert any(name in shown["Database"][2] for name in ("SQLite 3", "PostgreSQL 1"))
    assert "Nothing so far." in lead.text


def test_a_new_site_is_no_trouble(lead):
    assert parts(lead)["Backup"][0] == "Never run"

    jobs.get_to_know(MONDAY_MORNING)
    shown = parts(lead)

    assert shown["Backup"] == ["Not run yet", "Mon, Nov. 16, 2026, 9 a.m.", "–", "Nothing"]
    assert "parts are well" in lead.text


def test_what_is_not_well_stands_first_with_its_reason_and_remedy(lead, all_well, clock):
    clock.shift(10 * MINUTE)
    jobs.record("retention", False, "More than 5 % would go.")
    alarms.plan(MONDAY_MORNING + 10 * MINUTE)

    shown = parts(lead)

    assert next(iter(shown)) == "Deleting old requests"
    state, since, known, to_do = shown["Deleting old requests"]
    assert (state, since, known) == ("Failing", "Mon, Nov. 16, 2026, 9:10 a.m.", "More than 5 % would go.")
    assert to_do == alarms.REMEDIES[Job.Name.RETENTION]
    assert f"1 of {len(shown)} parts needs a look." in lead.text
    assert "Failed Mon, Nov. 16, 2026, 9:10 a.m. not yet" in lead.text


def test_silence_and_a_first_failure_have_words_of_their_own(lead, all_well, clock):
    clock.shift(46 * MINUTE)
    jobs.record("mail_worker", True)
    assert parts(lead)["Test request"][:2] == ["Silent", "Mon, Nov. 16, 2026, 9 a.m."]

    jobs.record("test_request", False, "The form answered 503.")
    assert parts(lead)["Test request"][:3] == [
        "Failed once, trying again",
        "Mon, Nov. 16, 2026, 9 a.m.",
        "The form answered 503.",
    ]


def test_mail_that_needs_somebody_is_counted_with_its_age(lead, all_well, clock):
    make_mail(state=OutboxMail.State.FAILED, due_at=None, created_at=MONDAY_MORNING - DAY)
    make_mail(state=OutboxMail.State.UNCERTAIN, due_at=None)
    make_mail(due_at=MONDAY_MORNING + MINUTE)

    shown = parts(lead)

    assert shown["E-mails that failed"][:2] == ["1", "Sun, Nov. 15, 2026, 9 a.m."]
    assert "Send them again" in shown["E-mails that failed"][3]
    assert shown["E-mails that may not have arrived"][0] == "1"
    assert shown["E-mails waiting"][0] == "1"
    assert shown["E-mails waiting"][3] == "Nothing"


def test_mail_that_nobody_comes_to_is_stuck(lead, all_well, clock):
    make_mail()
    clock.shift(31 * MINUTE)

    assert "mail server" in parts(lead)["E-mails waiting"][3]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the disk is the server's")
def test_a_disk_that_is_nearly_full_says_so(lead, all_well, monkeypatch):
    monkeypatch.setattr(alarms, "room_for", lambda folder: 100_000_000)

    assert parts(lead)["Disk space"][0] == "Nearly full"


def test_a_clock_that_was_set_back_is_noticed(lead, all_well, clock):
    clock.shift(-HOUR)

    assert parts(lead)["Clock"][0] == "Wrong"
    assert "It was set back" in parts(lead)["Clock"]


def test_a_clock_that_is_not_the_database_s_is_noticed(lead, all_well, monkeypatch):
    monkeypatch.setattr(database, "clocks_differ_by", lambda: timedelta(seconds=90))

    assert "90 s away from the database's" in parts(lead)["Clock"]


def test_missing_migrations_are_noticed(lead, all_well, monkeypatch):
    expected = database.expected_migrations()
    monkeypatch.setattr(database, "expected_migrations", lambda: expected | {("consultations", "9999_later")})

    assert parts(lead)["Database"][0] == "1 changes are missing"


def test_the_page_costs_the_same_however_much_there_is(lead, all_well):
    few = questions(lambda: parts(lead))
    for _ in range(5):
        make_mail(state=OutboxMail.State.FAILED, due_at=None)
        jobs.record("backup", False, "No.")
        alarms.plan(MONDAY_MORNING)
        jobs.record("backup", True)
        alarms.plan(MONDAY_MORNING)

    assert questions(lambda: parts(lead)) == few


# --- on Call now --------------------------------------------------------------------------------


def test_call_now_says_nothing_while_all_is_well(maria, all_well):
    assert not any("Plumbing" in name for name in maria.open().figures)


def test_call_now_names_what_is_not_well_and_whom_to_tell(maria, lead, all_well):
    jobs.record("backup", False, "The disk is full.")
    jobs.record("count", False, "There are 3 requests, but 2 on all lists.")

    assert maria.open().figures["Plumbing: tell a lead"] == "Backup, Nightly count"
    assert lead.open().figures["Plumbing"] == "Backup, Nightly count"
    assert lead.page.query(f'.day a[href="{address("plumbing")}"]')
