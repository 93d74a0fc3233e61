"""SQLite as a store: copied in one step while others write, checked, and swapped in as a whole file."""

import hashlib
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from rlsinfo.encryption import flush_folder
from rlsinfo.plumbing import commands
from rlsinfo.plumbing.database import expected_migrations
from rlsinfo.plumbing.files import RESERVE, room_for, size_in_words, sparing_room, write
from rlsinfo.plumbing.jobs import Failure
from rlsinfo.plumbing.stores import Contents, Copy, Migrations, Snapshot

PART = 1024 * 1024
PATIENCE = 20
"""Seconds to wait for somebody who is writing."""
LEFT_OVER = 24 * 60 * 60
"""Seconds after which nobody works in a folder any more."""


class SQLite:
    """The database file that this site uses."""

    kind = "SQLite"

    @property
    def path(self) -> Path:
        return Path(connection.settings_dict["NAME"]).absolute()

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        with _folder("snapshot-") as folder:
            size = self.path.stat().st_size
            if room_for(folder) < size + RESERVE:
                copied = size_in_words(size)
                raise Failure(f"there is too little room in VAR_DIR for a copy of {copied}: make room there")
            copy = folder / "copy.sqlite3"
            try:
                with closing(_opened(self.path)) as live, closing(sqlite3.connect(copy)) as target:
                    # In one step: in several, each write of somebody else would begin the copy anew.
                    live.backup(target)
                check(copy)
            except sqlite3.Error as error:
                raise Failure(f"the database cannot be copied ({error})") from error
            with copy.open("rb") as file:
                yield Snapshot(contents_of(copy), migrations_of(copy), iter(lambda: file.read(PART), b""))

    @contextmanager
    def beside(self, parts: Iterable[bytes], contents: Contents) -> Iterator[Copy]:
        with _folder("drill-") as folder:
            copy = _made(folder / "copy.sqlite3", sparing_room(parts, folder, "VAR_DIR"), contents)
            yield Copy(str(copy), _address(copy))

    def put_back(self, parts: Iterable[bytes], contents: Contents) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the live file, so that taking its place is one step that either happened or did not.
        with _folder("restore-", self.path.parent) as folder:
            copy = _made(folder / "copy.sqlite3", parts, contents)
            if expected_migrations() - set(migrations_of(copy)):
                commands.run("migrate", "--noinput", "--verbosity", "0", DATABASE_URL=_address(copy))
            connection.close()
            try:
                with closing(_opened(self.path)) as live:
                    # Whatever a broken-off write left beside the file is taken back, and nobody else is writing now.
                    live.execute("BEGIN EXCLUSIVE")
                    copy.replace(self.path)
            except sqlite3.Error as error:
                raise Failure(f"another program uses the database ({error}): stop it first") from error
            flush_folder(self.path.parent)


def check(path: Path) -> None:
    """Raise Failure unless the file is a whole database whose rows refer to rows that are there."""
    with closing(_opened(path)) as database:
        if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise Failure("the database is damaged, its integrity check fails")
        if lost := database.execute("PRAGMA foreign_key_check").fetchone():
            raise Failure(f"the database is damaged, {lost[0]} refers to a row that is gone")


def contents_of(path: Path) -> Contents:
    """How many rows each table has, and their digest."""
    with closing(_opened(path)) as database:
        # As stored, whatever it is: a digest need not understand it.
        database.text_factory = bytes
        return {table: _digest(database, table) for table in _tables(database)}


def migrations_of(path: Path) -> Migrations:
    """Which migrations made the database what it is."""
    with closing(_opened(path)) as database:
        return sorted(database.execute("SELECT app, name FROM django_migrations"))


def _made(path: Path, parts: Iterable[bytes], contents: Contents) -> Path:
    """A database file made from a snapshot, with the contents that it should have."""
    try:
        path.touch(mode=0o600)
        write(path, parts)
        check(path)
        if contents_of(path) != contents:
            raise Failure("the backup does not hold the rows that it should hold")
    except sqlite3.Error as error:
        raise Failure(f"the backup holds no sound database ({error})") from error
    return path


def _tables(database: sqlite3.Connection) -> list[str]:
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
    )
    return sorted(name.decode() for (name,) in names)


def _digest(database: sqlite3.Connection, table: str) -> tuple[int, str]:
    columns = database.execute("SELECT name, pk FROM pragma_table_info(?)", [table]).fetchall()
    key = [f'"{name.decode()}"' for name, place in sorted(columns, key=lambda column: column[1]) if place]
    digest, count = hashlib.sha256(), 0
    for row in database.execute(f'SELECT * FROM "{table}" ORDER BY {", ".join(key) or "rowid"}'):  # noqa: S608 - ours
        digest.update(repr(row).encode())
        count += 1
    return count, digest.hexdigest()


def _opened(path: Path) -> sqlite3.Connection:
    # Never made by looking at it; and with the right to write, without which a broken-off write could not be undone.
    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, timeout=PATIENCE)


def _address(path: Path) -> str:
    return f"sqlite:///{quote(str(path))}"


@contextmanager
def _folder(prefix: str, where: Path | None = None) -> Iterator[Path]:
    """A folder that only we can read, gone afterwards; those of processes that were killed go with it a day later."""
    where = where or settings.VAR_DIR
    for other in where.glob(f"{prefix}*"):
        if other.stat().st_mtime < time.time() - LEFT_OVER:
            shutil.rmtree(other, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=where))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
