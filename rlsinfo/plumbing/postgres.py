"""PostgreSQL as a store: dumped by its own tools from one exported snapshot, put back in one transaction."""

import hashlib
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql
from psycopg.conninfo import make_conninfo

from rlsinfo.plumbing.files import first_line
from rlsinfo.plumbing.jobs import Failure
from rlsinfo.plumbing.stores import Contents, Copy, Migrations, Snapshot

PART = 1024 * 1024
NOT_OF_LIBPQ = ("pool", "isolation_level", "server_side_binding", "assume_role")
"""Options that Django understands and the server's own tools do not."""
# One text for one row, whatever the server or the role has set.
SAME_TEXT = "-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1"
COPY_NAME, COPY_STAMP, LEFT_OVER = "rlsinfo_drill_", "%Y%m%d%H%M%S", timedelta(days=1)

EMPTY = """
SET LOCAL client_min_messages = warning;
DO $$ DECLARE each record; BEGIN
    FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('DROP TABLE %I CASCADE', each.tablename);
    END LOOP;
END $$;
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
LEAVING = 2.0
"""Seconds that the server may take to see that a program, such as the one that just made a backup, has ended."""
LIKE_THIS_ONE = (
    "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()"
)
PSQL = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null")
KEY_OF = """
SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
WHERE indrelid = %s::regclass AND indisprimary ORDER BY array_position(indkey::smallint[], attnum)
"""


class Postgres:
    """The database on the server that this site uses."""

    kind = "PostgreSQL"

    def version(self) -> str:
        with _connected() as database:
            return f"PostgreSQL {database.info.parameter_status('server_version')}"

    @contextmanager
    def snapshot(self, name: str = "") -> Iterator[Snapshot]:
        """As of every store; of another database of the server where one is named."""
        with _connected(name) as database:
            database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            database.read_only = True
            # The tool sees exactly what is counted here, whatever is written meanwhile.
            moment = database.execute("SELECT pg_export_snapshot()").fetchone()[0]  # type: ignore[index]
            dump = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--snapshot={moment}")
            parts = _output_of("pg_dump", *dump, _target(name))
            try:
                yield Snapshot(contents_of(database), migrations_of(database), parts)
            finally:
                parts.close()

    @contextmanager
    def beside(self, parts: Iterable[bytes], contents: Contents) -> Iterator[Copy]:
        with self.empty_beside() as copy:
            restore = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", _target(copy.name))
            with _tool("pg_restore", *restore) as process:
                _give(process, parts)
            with _connected(copy.name) as database:
                if contents_of(database) != contents:
                    raise Failure("the backup does not hold the rows that it should hold")
            yield copy

    @contextmanager
    def empty_beside(self) -> Iterator[Copy]:
        """A database like this one, with nothing in it; it is gone afterwards."""
        name = f"{COPY_NAME}{datetime.now(UTC):{COPY_STAMP}}_{secrets.token_hex(3)}"
        with _connected() as server:
            server.autocommit = True
            _drop_left_over(server)
            encoding, collate, ctype = server.execute(LIKE_THIS_ONE).fetchone()  # type: ignore[misc]
            make = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {}")
            try:
                server.execute(make.format(sql.Identifier(name), encoding, collate, ctype))
            except psycopg.Error as error:
                raise Failure(f"no second database can be made beside this one ({first_line(error)})") from error
        # Nobody stays connected to the live one meanwhile: a restore needs it alone.
        try:
            yield Copy(name, urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl())
        finally:
            with _connected() as server:
                server.autocommit = True
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def put_back(self, parts: Iterable[bytes], contents: Contents) -> None:
        connection.close()
        with _connected() as database:
            if others := _others(database):
                raise Failure(f"the database is in use by {others} more: stop the site everywhere first")
            quoted = {table: sql.Identifier(table).as_string(database) for table in contents}
        checks = "".join(
            f"DO $$ BEGIN IF (SELECT count(*) FROM {quoted[table]}) <> {rows:d} THEN "  # noqa: S608 - quoted above
            "RAISE EXCEPTION 'the backup does not hold the rows that it should hold'; END IF; END $$;\n"
            for table, (rows, _) in contents.items()
        )

        def script() -> Iterator[bytes]:
            # One transaction: what is here stays until what comes is here, whole and counted.
            yield f"BEGIN;\n{EMPTY}".encode()
            yield from _output_of("pg_restore", "--no-owner", "--no-privileges", "--file=-", given=parts)
            yield f"SET search_path TO DEFAULT;\n{checks}COMMIT;\n".encode()

        with _tool("psql", *PSQL, _target()) as server:
            _give(server, script())
        call_command("migrate", interactive=False, verbosity=0)


def _others(database: psycopg.Connection) -> int:
    """How many programs are connected to the database besides this one, once those that are leaving have left."""
    until = time.monotonic() + LEAVING
    while True:
        others: int = database.execute(OTHERS).fetchone()[0]  # type: ignore[index]
        # The server shows one statement's view of this to a whole transaction.
        database.rollback()
        if not others or time.monotonic() > until:
            return others
        time.sleep(0.05)


def contents_of(database: psycopg.Connection) -> Contents:
    """How many rows each table has, and their digest."""
    tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return {table: _digest(database, table) for table in sorted(name for (name,) in tables)}


def migrations_of(database: psycopg.Connection) -> Migrations:
    """Which migrations made the database what it is."""
    return sorted(database.execute("SELECT app, name FROM django_migrations").fetchall())


def _digest(database: psycopg.Connection, table: str) -> tuple[int, str]:
    name = sql.Identifier(table)
    # By their bytes: how a language sorts words may differ between two databases of one server.
    key = [
        sql.SQL('{}::text COLLATE "C"').format(sql.Identifier(column))
        for (column,) in database.execute(KEY_OF, [name.as_string(database)])
    ]
    rows = sql.SQL("COPY (SELECT * FROM {} ORDER BY {}) TO STDOUT").format(name, sql.SQL(", ").join(key))
    digest, count = hashlib.sha256(), 0
    with database.cursor() as cursor, cursor.copy(rows) as copied:
        for block in copied:
            digest.update(block)
            count += bytes(block).count(b"\n")
    return count, digest.hexdigest()


def _parameters(name: str) -> dict[str, Any]:
    """What the server's own tools need to find a database of it."""
    here = connection.settings_dict
    options = {key: value for key, value in here["OPTIONS"].items() if key not in NOT_OF_LIBPQ}
    address = {"dbname": name or here["NAME"], "user": here["USER"], "host": here["HOST"], "port": here["PORT"]}
    return options | {key: value for key, value in address.items() if value}


def _connected(name: str = "") -> psycopg.Connection:
    parameters = _parameters(name)
    parameters["options"] = f"{parameters.get('options', '')} {SAME_TEXT}".strip()
    try:
        return psycopg.connect(**parameters, password=connection.settings_dict["PASSWORD"] or None)
    except psycopg.Error as error:
        raise Failure(f"the database server does not answer ({first_line(error)})") from error


def _target(name: str = "") -> str:
    """The argument that names the database to a tool; the password is not in it, since anybody can list processes."""
    return f"--dbname={make_conninfo(**_parameters(name))}"


@contextmanager
def _tool(name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """One of the server's own tools at work; raises Failure with its own words when it fails."""
    environment = os.environ | {"PGPASSWORD": connection.settings_dict["PASSWORD"]} | {"LC_ALL": "C.UTF-8"}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(  # noqa: S603
            [_path_of(name), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment,
        ) as process,
    ):
        try:
            yield process
            _end_input(process)
            status = process.wait()
        except BaseException:
            process.kill()
            _end_input(process)
            raise
        if status:
            said.seek(0)
            words = said.read().decode(errors="replace")
            raise Failure(f"{name} failed ({words.strip().splitlines()[0] if words.strip() else status})")


def _give(process: subprocess.Popen[bytes], parts: Iterable[bytes]) -> None:
    """Hand the parts over. A tool that stops reading has failed, and says itself why."""
    assert process.stdin  # noqa: S101 - each tool has one
    # A broken pipe of what the parts come from is a failure like any other, and goes on to whoever asked.
    for part in parts:
        try:
            process.stdin.write(part)
        except BrokenPipeError:
            break
    _end_input(process)


def _end_input(process: subprocess.Popen[bytes]) -> None:
    """Close a tool's input, which hands over what is still held back: to one that has ended, that is a broken pipe."""
    assert process.stdin  # noqa: S101 - each tool has one
    with suppress(BrokenPipeError):
        process.stdin.close()


def _output_of(name: str, *arguments: str, given: Iterable[bytes] = ()) -> Generator[bytes, None, None]:
    """What a tool writes, in parts, while it is given others."""
    trouble: list[BaseException] = []

    def give(process: subprocess.Popen[bytes]) -> None:
        try:
            _give(process, given)
        except BaseException as error:
            trouble.append(error)
            process.kill()

    with _tool(name, *arguments) as process:
        assert process.stdout  # noqa: S101 - each tool has one
        giver = Thread(target=give, args=[process])
        giver.start()
        try:
            while part := process.stdout.read(PART):
                yield part
        finally:
            process.stdout.close()
            giver.join()
        if trouble:
            raise trouble[0]


def _path_of(tool: str) -> str:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"), key=lambda path: int(path.parts[4]))
    path = str(newest[-1]) if newest else shutil.which(tool)
    if path is None:
        raise Failure(f"{tool} is not installed on this machine: install postgresql-client")
    return path


def _drop_left_over(server: psycopg.Connection) -> None:
    """A drill that was killed leaves its database behind."""
    for (name,) in server.execute(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [COPY_NAME]
    ).fetchall():
        made_at = datetime.strptime(name.removeprefix(COPY_NAME).partition("_")[0], COPY_STAMP).replace(tzinfo=UTC)
        if made_at < datetime.now(UTC) - LEFT_OVER:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
