"""The desk hears once when a job fails or falls silent, and once when it is well again; figures alone."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from rlsinfo.consultations import alarms, outbox
from rlsinfo.consultations.management.commands import send_mail
from rlsinfo.consultations.models import OutboxMail
from rlsinfo.plumbing import jobs
from rlsinfo.plumbing.models import Incident, Job
from tests.factories import MONDAY_MORNING

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(settings):
    settings.TIME_ZONE = "America/Chicago"
    settings.CLINIC_ALERT_EMAIL = "desk@example.org"
    settings.SITE_URL = "https://www.example.org"
    with time_machine.travel(MONDAY_MORNING, tick=False) as traveller:
        for name in jobs.RHYTHMS:
            jobs.record(name, True)
        yield traveller


def told() -> list:
    """What the desk has been sent, once whatever is due has been sent."""
    alarms.plan(timezone.now())
    outbox.send_due(timezone.now())
    return django_mail.outbox


def subjects() -> list[str]:
    return [message.subject for message in told()]


def test_a_site_that_is_well_tells_nothing():
    assert told() == []


def test_one_failure_is_told_once_and_its_end_once(clock):
    jobs.record("backup", False, "No backup was made: the disk is full.")
    for _ in range(3):
        assert subjects() == ["Backup: not well"]
        clock.shift(30 * MINUTE)
        jobs.record("backup", False, "No backup was made: the disk is full.")
        for name in jobs.RHYTHMS.keys() - {"backup"}:
            jobs.record(name, True)

    jobs.record("backup", True)
    for _ in range(2):
        assert subjects() == ["Backup: not well", "Backup: well again"]

    trouble, recovery = told()
    assert trouble.to == recovery.to == ["desk@example.org"]
    assert trouble.body.startswith("Backup has failed since Monday, November 16, 9 a.m. CST.\n")
    assert "No backup was made: the disk is full.\n" in trouble.body
    assert "What to do: Ask whoever runs the site" in trouble.body
    assert "https://www.example.org/admin/consultations/consultationrequest/plumbing/\n" in trouble.body
    assert recovery.body.startswith("Backup has been well again since Monday, November 16, 10:30 a.m. CST.")


def test_silence_is_told(clock):
    clock.shift(46 * MINUTE)
    for name in jobs.RHYTHMS.keys() - {"test_request"}:
        jobs.record(name, True)

    (message,) = told()

    assert message.subject == "Test request: not well"
    assert message.body.startswith("Test request has not been heard of since Monday, November 16, 9 a.m. CST.\n")


def test_a_second_incident_is_told_anew(clock):
    for ok in (False, True, False):
        jobs.record("backup", ok)
        told()

    assert subjects() == ["Backup: not well", "Backup: well again", "Backup: not well"]
    assert Incident.objects.count() == 2


def test_an_alarm_that_is_sent_late_says_that_it_is_over():
    jobs.record("backup", False, "The disk is full.")
    alarms.plan(timezone.now())
    jobs.record("backup", True)

    trouble, _ = told()

    assert "It has been well again since" in trouble.body
    assert "What to do" not in trouble.body


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_once(monkeypatch):
    jobs.record("backup", False, "The disk is full.")
    jobs.record("count", False, "There are 3 requests, but 2 on all lists.")
    at_once, found = threading.Barrier(4), jobs.troubles(MONDAY_MORNING)
    monkeypatch.setattr(jobs, "troubles", lambda now: (at_once.wait() and found) or found)

    def plan(_: int) -> None:
        try:
            alarms.plan(MONDAY_MORNING)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(plan, range(4)))

    assert OutboxMail.objects.count() == Incident.objects.count() == 2


def test_every_job_has_a_remedy():
    assert set(alarms.REMEDIES) == set(Job.Name)


# --- the worker ---------------------------------------------------------------------------------


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the disk is the server's")
def test_a_disk_that_is_nearly_full_is_told(monkeypatch):
    monkeypatch.setattr(alarms, "room_for", lambda folder: 100_000_000)

    alarms.beat()

    assert subjects() == ["Disk space: not well"]
    assert jobs.last("disk").detail == "95.4 MB free."
    assert jobs.last("mail_worker").ok


@pytest.fixture
def worker(monkeypatch, transactional_db):
    """Runs the worker until it has looked for mail so many times, however it fares with that."""
    monkeypatch.setattr(send_mail, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(send_mail, "PLAN_SECONDS", 0)

    def run(looks: int, fail: bool = False) -> None:
        seen = []

        def look(now):
            seen.append(now)
            if len(seen) == looks:
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            if fail:
                raise ZeroDivisionError

        monkeypatch.setattr(outbox, "send_next", look)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        try:
            call_command("send_mail")
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    return run


@pytest.mark.parametrize(("fail", "beats"), [(False, 4), (True, 1)])
def test_the_worker_says_that_it_lives_for_as_long_as_it_can_send(worker, monkeypatch, fail, beats):
    beaten = []
    monkeypatch.setattr(alarms, "beat", lambda: beaten.append(True))

    worker(looks=4, fail=fail)

    assert len(beaten) == beats


def test_a_site_that_was_off_over_the_weekend_has_its_turn_before_anybody_is_told(worker, clock, monkeypatch):
    clock.shift(3 * DAY)

    worker(looks=2)
    assert not Incident.objects.exists()

    monkeypatch.setattr(send_mail, "GRACE_SECONDS", 0)
    worker(looks=2)
    assert {incident.job_id for incident in Incident.objects.all()} >= {"backup", "test_request"}
