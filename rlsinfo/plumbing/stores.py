"""The database as something that can be copied while it is used, put back, and laid beside the live one."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.utils import load_backend

from rlsinfo import environment

Contents = dict[str, tuple[int, str]]
"""Of each table, how many rows it has and the digest of them all."""
Migrations = list[tuple[str, str]]


@dataclass(frozen=True)
class Snapshot:
    """One moment of a database: what it holds, and the bytes from which it can be made again."""

    contents: Contents
    migrations: Migrations
    parts: Iterator[bytes]


@dataclass(frozen=True)
class Copy:
    """A database that was laid beside the live one."""

    name: str
    """As the settings of a database name it."""
    address: str
    """As DATABASE_URL names it."""

    @contextmanager
    def connected(self, alias: str) -> Iterator[None]:
        """Let Django reach it under an alias, for as long as the block runs: `Model.objects.using(alias)`."""
        described = connections.configure_settings({DEFAULT_DB_ALIAS: environment.database_at(self.address)})
        settings = described[DEFAULT_DB_ALIAS]
        database = load_backend(settings["ENGINE"]).DatabaseWrapper(settings, alias)
        connections[alias] = database
        try:
            yield
        finally:
            database.close()
            del connections[alias]


class Store(Protocol):
    """What both databases can do. Each raises jobs.Failure when it cannot; the message says why."""

    kind: str

    def version(self) -> str:
        """The database and its version, in words."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """A consistent copy of this moment, while others go on writing."""

    def beside(self, parts: Iterable[bytes], contents: Contents) -> AbstractContextManager[Copy]:
        """A database of its own made from a snapshot and compared with its contents; it is gone afterwards."""

    def put_back(self, parts: Iterable[bytes], contents: Contents) -> None:
        """Put a snapshot in the place of this database and migrate it: wholly, or not at all."""


def store() -> Store:
    """The database that this site uses."""
    # Found only here, since each needs tools that the other does without.
    if connection.vendor == "sqlite":
        from rlsinfo.plumbing.sqlite import SQLite

        return SQLite()
    from rlsinfo.plumbing.postgres import Postgres

    return Postgres()
