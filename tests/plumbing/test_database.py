"""How the database stands: its clock, its version, its migrations."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from rlsinfo.plumbing import database

pytestmark = pytest.mark.django_db

postgres_only = pytest.mark.skipif(connection.vendor == "sqlite", reason="a file has no clock")


def test_on_one_machine_the_clocks_agree():
    assert database.clocks_differ_by() < timedelta(minutes=1)


@postgres_only
def test_a_clock_of_ours_that_is_wrong_is_measured_by_that_of_the_database():
    with time_machine.travel("2020-01-01"):
        assert database.clocks_differ_by() > timedelta(days=365)


def test_the_version_names_the_database():
    assert database.version().startswith({"sqlite": "SQLite 3.", "postgresql": "PostgreSQL "}[connection.vendor])


def test_a_database_that_was_migrated_lacks_nothing():
    assert database.missing_migrations() == []


def test_a_database_from_before_an_update_lacks_what_the_update_brings(monkeypatch):
    later = database.expected_migrations() | {("consultations", "9999_later")}
    monkeypatch.setattr(database, "expected_migrations", lambda: later)

    assert database.missing_migrations() == ["consultations 9999_later"]
