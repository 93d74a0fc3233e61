"""Recurring jobs run when they are due, on one machine, and what breaks off is noticed."""

import signal
import sys
import threading
from datetime import timedelta

import pytest
from django.core.management import call_command, get_commands
from django.db import OperationalError
from django.utils import timezone

from rlsinfo import schedule
from rlsinfo.plumbing import jobs
from rlsinfo.plumbing.models import Job
from rlsinfo.schedule import Schedule

pytestmark = pytest.mark.django_db

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def run(monkeypatch):
    """Has a job run so many lines of Python in place of its command."""

    def run(code: str, name: str = "count", limit: timedelta = HOUR) -> Schedule:
        monkeypatch.setattr(schedule, "COMMANDS", {jobs.Name(name): (["count_requests"], limit)})
        monkeypatch.setattr(schedule, "command_line", lambda *command: [sys.executable, "-c", code])
        jobs.get_to_know(timezone.now() - 2 * HOUR)
        return Schedule()

    return run


def finish(planned: Schedule) -> None:
    for each in planned.running.values():
        each.process.wait(timeout=30)


def test_every_command_of_the_schedule_is_there():
    assert {command for (command, *_), _ in schedule.COMMANDS.values()} <= set(get_commands())


def test_every_job_is_run_by_the_schedule_or_told_by_the_mail_worker():
    assert schedule.COMMANDS.keys() | {"mail_worker", "disk"} == set(Job.Name)


def test_what_is_due_is_started_once(run):
    planned = run("import time; time.sleep(60)")
    now = timezone.now()

    planned.turn(now)
    (running,) = planned.running.values()
    planned.turn(now + MINUTE)
    other_machine = Schedule()
    other_machine.turn(now + MINUTE)

    try:
        assert running.process.poll() is None
        assert next(iter(planned.running.values())) is running
        assert other_machine.running == {}
    finally:
        schedule.end([running.process])


def test_what_is_not_due_is_not_started(run):
    planned = run("")
    Job.objects.update(due_at=timezone.now() + MINUTE)

    planned.turn(timezone.now())

    assert planned.running == {}


def test_what_ended_by_itself_is_left_as_it_recorded_itself(run):
    planned = run("")
    planned.turn(timezone.now())
    jobs.record("count", True, "3 requests.")
    finish(planned)

    planned.turn(timezone.now())

    assert planned.running == {}
    assert jobs.last("count").detail == "3 requests."


def test_what_broke_off_is_recorded(run):
    planned = run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    planned.turn(timezone.now())
    finish(planned)

    planned.turn(timezone.now())

    assert (jobs.last("count").ok, jobs.last("count").detail) == (False, "It broke off (status -9).")


def test_what_takes_too_long_is_stopped_and_recorded(run):
    planned = run("import time; time.sleep(60)", limit=MINUTE)
    planned.turn(timezone.now())
    (running,) = planned.running.values()

    planned.turn(timezone.now() + MINUTE)

    assert running.process.poll() is not None
    assert jobs.last("count").detail == "It took too long and was stopped."


# --- the process --------------------------------------------------------------------------------


@pytest.fixture
def stop_after(monkeypatch):
    """Ends the process when it has looked so many times for what is due."""
    monkeypatch.setattr(schedule, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(schedule, "POLL_SECONDS", 0.01)

    def stop_after(looks: int, instead):
        seen = []

        def turn(self, now):
            seen.append(now)
            if len(seen) == looks:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            instead(self, now)

        monkeypatch.setattr(Schedule, "turn", turn)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        try:
            call_command("run_jobs")
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return seen

    return stop_after


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_when_the_database_is_away(stop_after, caplog):
    def fail(self, now):
        raise OperationalError

    assert len(stop_after(4, fail)) == 4

    assert [record.getMessage() for record in caplog.records] == ["No job can be run (OperationalError). Trying again."]


@pytest.mark.django_db(transaction=True)
def test_asked_to_stop_it_stops_what_it_has_started(run, stop_after):
    run("import time; time.sleep(60)")
    started = []

    def start(self, now):
        real_turn(self, now)
        started.extend(each.process for each in self.running.values())

    real_turn = Schedule.turn
    stop_after(1, start)

    (process,) = started
    assert process.returncode == -signal.SIGTERM, "it was not asked to end, but killed"
    assert "count" in jobs.due(timezone.now())
