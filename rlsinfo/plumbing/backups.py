"""Backups: made while the site runs, sealed with a key of their own, put back whole or not at all."""

import json
import os
import re
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.utils.crypto import salted_hmac

from rlsinfo import environment
from rlsinfo.encryption import flush_folder
from rlsinfo.plumbing import running, sealed_files
from rlsinfo.plumbing.database import expected_migrations
from rlsinfo.plumbing.files import first_line, reason, size_in_words, sparing_room
from rlsinfo.plumbing.jobs import APART, Failure
from rlsinfo.plumbing.stores import Contents, Migrations, store

NAME = re.compile(r"rlsinfo-(\d{8}T\d{6}\.\d{6})Z\.backup")
STAMP = "%Y%m%dT%H%M%S.%f"
UNFINISHED = ".unfinished"
LEFT_OVER = timedelta(days=1)
GROWING = ("SQLite", "PostgreSQL")
"""The one way from one kind of database to another."""
ALWAYS_KEPT = 7
"""So many are kept however old they are: a clock that jumps ahead must not sweep all away."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself; it stands in front of the database, sealed like it."""

    kind: str
    version: str
    made_at: str
    migrations: Migrations
    contents: Contents
    secret_key: str
    """Tells one SECRET_KEY from another, and nothing else about it."""

    @property
    def rows(self) -> int:
        return sum(rows for rows, _ in self.contents.values())

    def packed(self) -> bytes:
        text = json.dumps(asdict(self)).encode()
        return struct.pack(">I", len(text)) + text


@dataclass(frozen=True)
class Backup:
    """One file in the folder of backups."""

    path: Path
    made_at: datetime

    def __str__(self) -> str:
        return f"{self.path.name}, {size_in_words(self.path.stat().st_size)}"


def take() -> Backup:
    """Make one, and sweep away those that are too old. Raises Failure, and then everything is as it was."""
    with in_one_sentence("No backup was made"):
        backup = _take()
    with in_one_sentence("A backup was made, but old ones cannot be deleted"):
        _sweep(backup.made_at)
    return backup


def kept() -> list[Backup]:
    """Every finished backup, the newest first; last come those that a clock has dated which was ahead."""
    if not settings.BACKUP_DIR.is_dir():
        return []
    named = ((path, NAME.fullmatch(path.name)) for path in settings.BACKUP_DIR.iterdir())
    found = [Backup(path, datetime.strptime(name[1], STAMP).replace(tzinfo=UTC)) for path, name in named if name]
    ahead = datetime.now(UTC) + APART
    return sorted(found, key=lambda backup: (backup.made_at < ahead, backup.made_at), reverse=True)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Manifest, Iterator[bytes]]]:
    """What a backup says of itself, and the database in it; every byte of it is checked first."""
    with path.open("rb") as file:
        sealed_files.check(file)
        yield _unpacked(sealed_files.opened(file, environment.backup_key(settings.VAR_DIR, make=False)))


def restore(path: Path, *, precious: Mapping[str, str], replace: bool) -> Manifest:
    """Put a backup in the place of the database here, then migrate it; what it held.

    One of SQLite can be restored into PostgreSQL, not the other way round.
    `precious` are tables, and what people call their rows, that are given up only if `replace` is true, and then not
    before a backup of them is made. Raises Failure, and then everything is as it was.
    """
    with (
        in_one_sentence("Nothing was restored"),
        running.nothing_else("the site is running on this folder: stop it first"),
        opened(path) as (manifest, parts),
    ):
        moves = (manifest.kind, store().kind) == GROWING
        if manifest.kind != store().kind and not moves:
            raise Failure(f"the backup is one of {manifest.kind}, but DATABASE_URL names {store().kind}")
        known = expected_migrations()
        if unknown := [f"{app} {name}" for app, name in manifest.migrations if (app, name) not in known]:
            raise Failure(f"a newer version of the site made the backup (it knows {unknown[-1]}): install that first")
        if held := _held(precious):
            if not replace:
                raise Failure(f"the database here is in use ({held}): add --replace to give that up")
            _take()
        if moves:
            from rlsinfo.plumbing import moving  # which needs what SQLite does without

            with moving.from_sqlite(parts, manifest.contents) as snapshot:
                store().put_back(snapshot.parts, snapshot.contents)
        else:
            store().put_back(parts, manifest.contents)
    return manifest


def secret_key_id() -> str:
    """Tells one SECRET_KEY from another, and nothing else about it."""
    return salted_hmac("rlsinfo.plumbing.backups", "id", algorithm="sha256").hexdigest()[:16]


def _unpacked(parts: Iterator[bytes]) -> tuple[Manifest, Iterator[bytes]]:
    beginning = bytearray()
    for part in parts:
        beginning += part
        end = 4 + struct.unpack(">I", beginning[:4])[0] if len(beginning) >= 4 else len(beginning) + 1
        if len(beginning) >= end:
            said = json.loads(beginning[4:end])
            said["contents"] = {table: (rows, digest) for table, (rows, digest) in said["contents"].items()}
            said["migrations"] = [(app, name) for app, name in said["migrations"]]
            return Manifest(**said), chain([bytes(beginning[end:])], parts)
    raise Failure("the backup does not say what it holds")


def _take() -> Backup:
    now = datetime.now(UTC)
    path = settings.BACKUP_DIR / f"rlsinfo-{now:{STAMP}}Z.backup"
    draft = path.with_name(f"{path.name}.{os.getpid()}{UNFINISHED}")
    key = environment.backup_key(settings.VAR_DIR)
    settings.BACKUP_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Before anything asks for room: what a killed one left behind may be what takes it.
    _sweep_left_over(now)
    try:
        draft.touch(mode=0o600, exist_ok=False)
        with store().snapshot() as snapshot, draft.open("wb") as file:
            manifest = Manifest(
                kind=store().kind,
                version=store().version(),
                made_at=now.isoformat(),
                migrations=snapshot.migrations,
                contents=snapshot.contents,
                secret_key=secret_key_id(),
            )
            parts = chain([manifest.packed()], snapshot.parts)
            sealed_files.seal(sparing_room(parts, settings.BACKUP_DIR, "BACKUP_DIR"), key, file)
            file.flush()
            os.fsync(file.fileno())
        # Read once more from where it lies: what cannot be read again is no backup.
        with draft.open("rb") as file:
            sealed_files.check(file)
        draft.rename(path)
        flush_folder(settings.BACKUP_DIR)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return Backup(path, now)


def _held(tables: Mapping[str, str]) -> str:
    """What the database here holds that nobody would like to lose, in words; empty if nothing."""
    try:
        there, counts = set(connection.introspection.table_names()), {}
        with connection.cursor() as cursor:
            for table in there.intersection(tables):
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - ours
                counts[tables[table]] = cursor.fetchone()[0]
    except DatabaseError as error:
        raise Failure(f"the database here cannot be read ({first_line(error)}): move it away first") from error
    return ", ".join(f"{rows} {name}" for name, rows in sorted(counts.items()) if rows)


def _sweep(now: datetime) -> None:
    """Delete backups that are older than they need to be."""
    for backup in kept()[ALWAYS_KEPT:]:
        if backup.made_at < now - timedelta(days=settings.BACKUP_DAYS):
            backup.path.unlink(missing_ok=True)


def _sweep_left_over(now: datetime) -> None:
    """Delete what broken-off backups left behind."""
    for draft in settings.BACKUP_DIR.glob(f"*{UNFINISHED}"):
        if draft.stat().st_mtime < (now - LEFT_OVER).timestamp():
            draft.unlink(missing_ok=True)


@contextmanager
def in_one_sentence(what: str) -> Iterator[None]:
    """Whatever goes wrong is said in one sentence: what did not happen, and why."""
    try:
        yield
    except (Failure, sealed_files.Unreadable) as failure:
        raise Failure(f"{what}: {failure}.") from failure
    except ImproperlyConfigured as error:
        raise Failure(f"{what}: {error}") from error
    except OSError as error:
        raise Failure(f"{what}: {reason(error)}.") from error
    except DatabaseError as error:
        raise Failure(f"{what}: the database does not answer ({first_line(error)}).") from error
