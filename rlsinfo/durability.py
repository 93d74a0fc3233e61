"""Refuses a database that could lose what it has confirmed, or keep what was erased; asked on every new connection.

It also knows when a database is away, and lets go of a connection that leads nowhere.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.signals import request_started
from django.db import DEFAULT_DB_ALIAS, InterfaceError, InternalError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

AWAY = (OperationalError, InterfaceError, InternalError)
"""What is raised while a database is stopped, locked, full, read-only or gone; anything else is a mistake of ours."""

SQLITE_EXTRA = 3
"""What SQLite calls `synchronous=EXTRA`: even the removal of the journal has reached the disk before a commit returns."""
WAL_IS_SAFE_SINCE = (3, 51, 3)
"""Older libraries can lose a commit when two processes write and tidy up a write-ahead log at the same instant."""

# One way there and back: what a commit waits for, how long we wait for a lock, what the server itself promises.
POSTGRESQL = """
SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
                      WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
       set_config('lock_timeout', '10s', false),
       current_setting('fsync'), current_setting('full_page_writes')
"""


_opened: WeakKeyDictionary[BaseDatabaseWrapper, tuple[int, int] | None] = WeakKeyDictionary()
"""Which file each connection has open."""


class NotDurable(OperationalError):
    """This database is not used; the message is one sentence for the operator."""


@receiver(connection_created)
def refuse_what_is_not_durable(sender: object, connection: BaseDatabaseWrapper, **kwargs: object) -> None:
    """Raise NotDurable, and leave nothing open, unless what this connection commits is sure to stay."""
    for problem in _problems(connection):
        connection.close()
        raise NotDurable(problem)
    _opened[connection] = _file_of(connection)


@receiver(request_started)
def let_go_of_a_replaced_file(**kwargs: object) -> None:
    """Where another SQLite file was put in the place of ours, as a restore does, read and write that one from now on."""
    ours = connections[DEFAULT_DB_ALIAS]
    opened, there = _opened.get(ours), _file_of(ours)
    if opened and there and opened != there:
        let_go()


def let_go() -> None:
    """Close this thread's connection: the next question opens a new one."""
    ours = connections[DEFAULT_DB_ALIAS]
    if not ours.in_atomic_block:
        ours.close()


def _file_of(connection: BaseDatabaseWrapper) -> tuple[int, int] | None:
    """Which file lies where a SQLite database is kept; nothing for other databases, or while it is gone."""
    if connection.vendor != "sqlite":
        return None
    try:
        status = Path(connection.settings_dict["NAME"]).stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@register(Tags.database)
def check_durability(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None, **kwargs: Any
) -> list[CheckMessage]:
    """The same as a system check: `manage.py check --database default`."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        try:
            connections[alias].ensure_connection()
            problems = _problems(connections[alias])
        except NotDurable as error:
            problems = [str(error)]
        found += [Error(problem, id="durability.E001") for problem in problems]
    return found


def _problems(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL)
            synchronous_commit, _, fsync, full_page_writes = cursor.fetchone()
            return postgresql_problems(synchronous_commit, fsync, full_page_writes)
        values = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        erases = cursor.execute("PRAGMA secure_delete").fetchone()[0] == 1
    wanted = re.search(r"journal_mode\s*=\s*(\w+)", connection.settings_dict["OPTIONS"].get("init_command", ""))
    return sqlite_problems(
        *values,
        wanted=wanted[1].lower() if wanted else "",
        erases=erases,
        version=connection.Database.sqlite_version_info,  # type: ignore[attr-defined]
    )


def sqlite_problems(
    journal_mode: str, synchronous: int, *, wanted: str, erases: bool, version: tuple[int, ...]
) -> list[str]:
    """What is wrong with a connection to a SQLite file, each in one sentence with its remedy."""
    problems = []
    if journal_mode == "wal" and version < WAL_IS_SAFE_SINCE:
        problems.append(
            f"SQLite {'.'.join(map(str, version))} can lose a request in its write-ahead log: "
            f"keep journal_mode=DELETE, or use SQLite {'.'.join(map(str, WAL_IS_SAFE_SINCE))} or newer."
        )
    elif journal_mode != wanted:
        problems.append(
            f"SQLite keeps its journal as {journal_mode!r} and not as {wanted!r}: "
            "close every other program that has the file open, then start again."
        )
    if synchronous != SQLITE_EXTRA:
        problems.append(
            f"SQLite answers before a request is safe on the disk (synchronous is {synchronous}): "
            "set synchronous=EXTRA for every connection."
        )
    if not erases:
        problems.append("SQLite would leave erased text in its file: set secure_delete=ON for every connection.")
    return problems


def postgresql_problems(synchronous_commit: str, fsync: str, full_page_writes: str) -> list[str]:
    """What is wrong with a PostgreSQL server or a pool before it, each in one sentence with its remedy."""
    problems = []
    if synchronous_commit not in {"on", "remote_apply"}:
        problems.append(
            f"PostgreSQL answers before a request is safe on the disk (synchronous_commit is {synchronous_commit}): "
            "have whatever stands before the server let the site set synchronous_commit=on."
        )
    for name, value in (("fsync", fsync), ("full_page_writes", full_page_writes)):
        if value != "on":
            problems.append(
                f"PostgreSQL can lose everything at a power cut ({name} is {value}): set {name}=on on the server."
            )
    return problems
