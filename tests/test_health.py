"""What a monitor is told from outside: whether all is well, and nothing else."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.test import Client

from rlsinfo.consultations.models import OutboxMail
from rlsinfo.plumbing import database
from tests.factories import MONDAY_MORNING, make_mail

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(MONDAY_MORNING, tick=False) as traveller:
        yield traveller


def ready() -> int:
    answer = Client().get("/health/ready")
    assert answer.json() == {"ok": answer.status_code == 200}
    assert "no-cache" in answer["Cache-Control"]
    return answer.status_code


def test_a_site_that_is_well_is_ready():
    assert ready() == 200
    assert Client().get("/health/ready/").status_code == 200


def test_it_is_not_ready_while_the_database_is_away(monkeypatch):
    def away(*_):
        raise OperationalError("connection to 10.0.0.7 failed for user clinic")

    monkeypatch.setattr(connection, "cursor", away)

    assert ready() == 503


def test_it_is_not_ready_before_its_database_is(monkeypatch):
    expected = database.expected_migrations() | {("consultations", "9999_later")}
    monkeypatch.setattr(database, "expected_migrations", lambda: expected)

    assert ready() == 503


def test_it_is_not_ready_while_nobody_comes_to_its_mail(clock):
    make_mail()
    clock.shift(30 * MINUTE)
    assert ready() == 200

    clock.shift(MINUTE)
    assert ready() == 503


def test_it_is_not_ready_while_no_server_takes_its_mail(clock):
    """The worker puts all mail off for half a minute, again and again."""
    make_mail()
    clock.shift(31 * MINUTE)
    OutboxMail.objects.update(due_at=MONDAY_MORNING + 31 * MINUTE + timedelta(seconds=30))

    assert ready() == 503


def test_one_message_that_is_refused_is_no_reason(clock):
    make_mail(attempts=6)
    clock.shift(40 * MINUTE)
    OutboxMail.objects.update(due_at=MONDAY_MORNING + 50 * MINUTE)
    make_mail(state=OutboxMail.State.FAILED, due_at=None)
    make_mail(state=OutboxMail.State.UNCERTAIN, due_at=None)

    assert ready() == 200


def test_health_stays_well_while_mail_waits_so_that_nobody_is_turned_away(clock):
    make_mail()
    clock.shift(31 * MINUTE)

    assert Client().get("/health/").status_code == 200


def test_health_is_asked_over_plain_http_too(settings):
    settings.SECURE_SSL_REDIRECT = True

    for address in ("/health/", "/health/ready", "/health/ready/"):
        assert Client().get(address).status_code == 200
