"""Recurring jobs: how each ended, whose turn it is, and when somebody must be told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, connection

from rlsinfo.plumbing import jobs
from rlsinfo.plumbing.models import Incident, Job
from tests.factories import MONDAY_MORNING

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture(autouse=True)
def clock(settings):
    settings.TIME_ZONE = "America/Chicago"
    with time_machine.travel(MONDAY_MORNING, tick=False) as traveller:
        yield traveller


def in_trouble(now: datetime) -> dict[str, str]:
    return {trouble.job.name: trouble.kind for trouble in jobs.troubles(now)}


def test_every_job_has_a_rhythm():
    assert set(jobs.RHYTHMS) == set(Job.Name)


def test_how_a_job_ended_is_kept(clock):
    jobs.record("backup", True, "4 tables")
    clock.shift(DAY)
    jobs.record("backup", False, "The disk is full.")
    clock.shift(HOUR)
    jobs.record("backup", False, "The disk is full.")

    job = jobs.last("backup")

    assert job
    assert (job.ok, job.detail, job.failures) == (False, "The disk is full.", 2)
    assert job.good_at == MONDAY_MORNING
    assert job.failing_since == MONDAY_MORNING + DAY
    assert job.finished_at == MONDAY_MORNING + DAY + HOUR


def test_one_good_ending_wipes_the_failures_away():
    jobs.record("backup", False, "The disk is full.")
    jobs.record("backup", True)

    job = jobs.last("backup")

    assert job
    assert (job.failures, job.failing_since, job.detail) == (0, None, "")


def test_a_job_nobody_has_heard_of_is_none():
    assert jobs.last("drill") is None


def test_a_block_is_recorded_with_what_it_says():
    with jobs.recorded("backup") as note:
        note.detail = "4 tables"

    assert jobs.last("backup").detail == "4 tables"
    assert jobs.last("backup").ok


def test_a_block_that_fails_is_recorded_with_its_sentence_and_fails():
    with pytest.raises(jobs.Failure), jobs.recorded("backup"):
        raise jobs.Failure("The disk is full.")

    assert jobs.last("backup").detail == "The disk is full."


def test_what_nobody_foresaw_is_recorded_by_its_kind_alone():
    with pytest.raises(ValueError, match="Ana"), jobs.recorded("backup"):
        raise ValueError("Ana Ortiz, 555 010 0177")

    assert jobs.last("backup").detail == "It broke off (ValueError)."


def test_why_it_failed_is_heard_even_when_it_cannot_be_recorded(monkeypatch):
    def away(*_):
        raise DatabaseError

    monkeypatch.setattr(jobs, "record", away)

    with pytest.raises(jobs.Failure, match="gone"), jobs.recorded("backup"):
        raise jobs.Failure("The database is gone.")


# --- when ---------------------------------------------------------------------------------------


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 by the clinic's clock; the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("name", "finished", "due"),
    [
        ("backup", at(16, 3, 1), at(17, 3)),
        ("backup", at(16, 14), at(17, 3)),
        ("backup", at(16, 2, 59), at(16, 3)),
        ("drill", at(15, 4, 2), at(22, 4)),
        ("drill", at(16, 9), at(22, 4)),
        ("test_request", at(16, 9), at(16, 9, 15)),
        # The clock is put back on November 1st and forward on March 14th.
        ("backup", datetime(2026, 10, 31, 3, 1, tzinfo=CHICAGO), datetime(2026, 11, 1, 3, tzinfo=CHICAGO)),
        ("backup", datetime(2027, 3, 13, 3, 1, tzinfo=CHICAGO), datetime(2027, 3, 14, 3, tzinfo=CHICAGO)),
    ],
)
def test_what_ended_well_is_due_at_its_next_time(name, finished, due):
    assert jobs.RHYTHMS[name].next_after(finished, ok=True) == due


def test_what_failed_is_tried_again_soon():
    assert jobs.RHYTHMS["backup"].next_after(at(16, 3), ok=False) == at(16, 3, 30)


def test_a_job_has_its_turn_when_it_is_due_and_not_before():
    jobs.get_to_know(MONDAY_MORNING)

    assert not jobs.take_turn("backup", MONDAY_MORNING + 9 * MINUTE, limit=HOUR)
    assert jobs.take_turn("backup", MONDAY_MORNING + 10 * MINUTE, limit=HOUR)


def test_a_machine_that_died_gives_its_turn_back():
    jobs.get_to_know(MONDAY_MORNING)
    due = MONDAY_MORNING + 10 * MINUTE
    assert jobs.take_turn("backup", due, limit=HOUR)

    assert not jobs.take_turn("backup", due + 59 * MINUTE, limit=HOUR)
    assert jobs.take_turn("backup", due + HOUR, limit=HOUR)


def test_a_recorded_job_has_no_turn_until_it_is_due_again(clock):
    jobs.record("test_request", True)

    assert not jobs.take_turn("test_request", MONDAY_MORNING + 14 * MINUTE, limit=HOUR)
    assert jobs.take_turn("test_request", MONDAY_MORNING + 15 * MINUTE, limit=HOUR)


@pytest.mark.django_db(transaction=True)
def test_of_several_machines_one_has_the_turn():
    jobs.get_to_know(MONDAY_MORNING)

    def take(_: int) -> bool:
        try:
            return jobs.take_turn("backup", MONDAY_MORNING + HOUR, limit=HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as machines:
        assert sorted(machines.map(take, range(4))) == [False, False, False, True]


def test_getting_to_know_the_jobs_again_changes_nothing():
    jobs.get_to_know(MONDAY_MORNING)
    jobs.record("backup", True, "4 tables")
    before = list(Job.objects.order_by("name").values())

    jobs.get_to_know(MONDAY_MORNING + DAY)

    assert list(Job.objects.order_by("name").values()) == before


# --- a clock that was ahead, and was put right --------------------------------------------------

YEARS_AHEAD = MONDAY_MORNING + 400 * DAY


@pytest.mark.parametrize("ok", [True, False])
def test_what_ran_by_a_clock_that_was_ahead_runs_again_at_once(clock, ok):
    jobs.get_to_know(MONDAY_MORNING)
    clock.move_to(YEARS_AHEAD)
    for name in jobs.RHYTHMS:
        jobs.record(name, ok)
    clock.move_to(MONDAY_MORNING + DAY)

    jobs.get_to_know(MONDAY_MORNING + DAY)

    assert set(jobs.due(MONDAY_MORNING + DAY)) == set(jobs.RHYTHMS)


def test_a_site_that_first_ran_by_a_clock_that_was_ahead_runs_its_jobs(clock):
    jobs.get_to_know(YEARS_AHEAD)

    jobs.get_to_know(MONDAY_MORNING)

    assert set(jobs.due(MONDAY_MORNING)) == set(jobs.RHYTHMS)


def test_a_machine_whose_clock_was_ahead_and_that_died_gives_its_turn_back():
    jobs.get_to_know(MONDAY_MORNING)
    assert jobs.take_turn("backup", YEARS_AHEAD, limit=HOUR)

    jobs.get_to_know(MONDAY_MORNING + HOUR)

    assert jobs.take_turn("backup", MONDAY_MORNING + HOUR, limit=HOUR)


def test_after_a_clock_was_ahead_silence_is_noticed_as_ever(clock):
    clock.move_to(YEARS_AHEAD)
    jobs.record("backup", True)
    clock.move_to(MONDAY_MORNING)
    jobs.get_to_know(MONDAY_MORNING)

    assert "backup" not in in_trouble(MONDAY_MORNING + 29 * HOUR)
    assert in_trouble(MONDAY_MORNING + 31 * HOUR)["backup"] == Incident.Kind.SILENT


def test_what_began_to_fail_by_a_clock_that_was_ahead_has_not_failed_since_a_time_to_come(clock):
    clock.move_to(YEARS_AHEAD)
    jobs.record("backup", False, "The disk is full.")
    clock.move_to(MONDAY_MORNING)
    jobs.get_to_know(MONDAY_MORNING)
    jobs.record("backup", False, "The disk is full.")

    (trouble,) = jobs.troubles(MONDAY_MORNING)

    assert (trouble.kind, trouble.since) == (Incident.Kind.FAILED, MONDAY_MORNING)


def test_machines_whose_clocks_differ_by_minutes_do_a_job_once(clock):
    jobs.get_to_know(MONDAY_MORNING)
    jobs.record("backup", True, "4 tables")
    before = jobs.last("backup")

    jobs.get_to_know(MONDAY_MORNING - 4 * MINUTE)

    assert vars(jobs.last("backup")) | {"_state": 0} == vars(before) | {"_state": 0}


# --- trouble ------------------------------------------------------------------------------------


def test_a_new_site_has_no_trouble():
    jobs.get_to_know(MONDAY_MORNING)

    assert in_trouble(MONDAY_MORNING) == {}


def test_a_failure_is_trouble_until_it_ends_well():
    jobs.record("backup", False, "The disk is full.")
    assert in_trouble(MONDAY_MORNING) == {"backup": Incident.Kind.FAILED}

    jobs.record("backup", True)
    assert in_trouble(MONDAY_MORNING) == {}


def test_one_failed_test_request_is_no_trouble_but_two_are():
    jobs.record("test_request", False, "No answer.")
    assert in_trouble(MONDAY_MORNING) == {}

    jobs.record("test_request", False, "No answer.")
    assert in_trouble(MONDAY_MORNING) == {"test_request": Incident.Kind.FAILED}


def test_silence_is_trouble():
    jobs.record("backup", True)
    jobs.record("test_request", True)

    assert in_trouble(MONDAY_MORNING + 45 * MINUTE) == {}
    assert in_trouble(MONDAY_MORNING + 46 * MINUTE) == {"test_request": Incident.Kind.SILENT}


def test_the_silence_of_a_job_that_never_ran_is_trouble_too():
    jobs.get_to_know(MONDAY_MORNING)

    assert in_trouble(MONDAY_MORNING + 10 * DAY) == dict.fromkeys(Job.Name, Incident.Kind.SILENT)


def test_trouble_says_since_when():
    jobs.record("backup", True)

    (trouble,) = jobs.troubles(MONDAY_MORNING + 2 * DAY)

    assert trouble.since == MONDAY_MORNING
