"""What is done before a release is served: a migration never costs the site, which still runs, a request."""

import threading

import psycopg
import pytest
from django.core.management.base import CommandError
from django.db import connection, transaction

from rlsinfo import release

on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="a file has no locks on tables")
pytestmark = [on_postgresql, pytest.mark.django_db(transaction=True)]

REQUESTS, EVENTS = "consultations_consultationrequest", "consultations_event"


@pytest.fixture
def site():
    """A connection of the site that goes on, with the patience that all of them have."""
    here = connection.settings_dict
    with psycopg.connect(
        dbname=here["NAME"], user=here["USER"], password=here["PASSWORD"], host=here["HOST"], port=here["PORT"] or None
    ) as database:
        database.execute("SET lock_timeout = '10s'")
        database.commit()
        yield database


@pytest.fixture
def migrations(monkeypatch):
    """In place of all others, one that changes two tables; tells how often it was tried and when it has the first."""
    tries, has_the_first = [], threading.Event()

    def migrate(*arguments, **options):
        tries.append(arguments)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {REQUESTS} IN ACCESS EXCLUSIVE MODE")
            has_the_first.set()
            cursor.execute(f"LOCK TABLE {EVENTS} IN ACCESS EXCLUSIVE MODE")

    monkeypatch.setattr(release, "call_command", migrate)
    return tries, has_the_first


def test_a_migration_steps_back_from_a_request_that_needs_what_it_holds(site, migrations):
    tries, has_the_first = migrations
    site.execute(f"LOCK TABLE {EVENTS} IN ROW EXCLUSIVE MODE")
    preparing = threading.Thread(target=release.prepare_database)
    preparing.start()
    assert has_the_first.wait(10)

    # Each waits for the other now.
    site.execute(f"LOCK TABLE {REQUESTS} IN ROW SHARE MODE")
    site.commit()
    preparing.join(20)

    assert not preparing.is_alive()
    assert len(tries) > 1


def test_a_migration_that_finds_no_gap_gives_up_with_one_sentence(site, migrations, monkeypatch):
    monkeypatch.setattr(release, "PATIENCE", 0.5)
    site.execute(f"LOCK TABLE {EVENTS} IN ROW EXCLUSIVE MODE")

    with pytest.raises(CommandError, match="could not be changed"):
        release.prepare_database()

    site.rollback()
    assert len(migrations[0]) > 1


def test_afterwards_the_process_waits_for_locks_as_patiently_as_ever(migrations):
    release.prepare_database()

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("10s",)
