"""How the database stands: its version, its clock, and whether it is what this version of the site expects."""

from datetime import UTC, datetime, timedelta
from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from rlsinfo.plumbing.stores import store


@cache
def expected_migrations() -> frozenset[tuple[str, str]]:
    """All that this version of the site brings with it; read from its files once."""
    return frozenset(MigrationLoader(None).disk_migrations)


def missing_migrations() -> list[str]:
    """What this version expects and the database has not had yet: ["consultations 0007_alarms"]. One question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return [f"{app} {name}" for app, name in sorted(expected_migrations() - applied)]


def version() -> str:
    """The database and its version, in words."""
    return store().version()


def clocks_differ_by() -> timedelta:
    """How far the clock of the database is from ours; nothing where the database has none of its own."""
    if connection.vendor == "sqlite":
        return timedelta(0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        theirs: datetime = cursor.fetchone()[0]
    return abs(theirs - datetime.now(UTC))
