"""The limit that bench/writes.py measures against: a function that stores the rows of one request in one commit.

The file BARE_ROWS holds them as JSON: of each table, a list of rows, each a mapping from column to value.
"""

import json
import os
import secrets
import sqlite3
import threading
from pathlib import Path

import psycopg
from psycopg.types.json import Jsonb

POSTGRESQL = os.environ.get("DATABASE_URL", "")
REQUEST = "consultations_consultationrequest"
UNIQUE = {"submission_key", "reference", "message_id", "key"}
LETTERS = "CDFGHJKMNPRTWXY34679"
"""Some of those that a reference may hold."""
rows = json.loads(Path(os.environ["BARE_ROWS"]).read_text())
# The request comes first, since the others point to it.
tables = sorted(rows, key=lambda table: table != REQUEST)
here = threading.local()


def connection():
    """That of this thread, with the promises that the site's own connections make."""
    if not hasattr(here, "connection"):
        if POSTGRESQL:
            here.connection = psycopg.connect(POSTGRESQL, autocommit=True)
        else:
            path = Path(os.environ["VAR_DIR"], "rlsinfo.sqlite3")
            here.connection = sqlite3.connect(path, timeout=20, isolation_level="IMMEDIATE")
            here.connection.execute("PRAGMA journal_mode=DELETE")
            here.connection.execute("PRAGMA synchronous=EXTRA")
            here.connection.execute("PRAGMA secure_delete=ON")
            here.connection.execute("PRAGMA foreign_keys=ON")
    return here.connection


def statement(table, columns):
    """An INSERT of one row."""
    marks = ", ".join(["%s" if POSTGRESQL else "?"] * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


def values(row, number):
    """The values of a row for one request more: what must be unique is drawn anew."""
    new = {column: "".join(secrets.choice(LETTERS) for _ in range(8)) for column in UNIQUE & row.keys()}
    if isinstance(row.get("key"), int):
        new["key"] = secrets.randbits(63)
    if "request_id" in row:
        new["request_id"] = number
    return [Jsonb(value) if isinstance(value, list) else value for value in (row | new).values()]


def store():
    """One request, and what belongs to it."""
    number, database = None, connection()
    with database.transaction() if POSTGRESQL else database:
        cursor = database.cursor()
        for table in tables:
            first, *_ = rows[table]
            given = [values(row, number) for row in rows[table]]
            if table == REQUEST:
                cursor.execute(f"{statement(table, first)} RETURNING id", given[0])
                number = cursor.fetchone()[0]
            else:
                cursor.executemany(statement(table, first), given)


def application(environ, start_response):
    """Store a request for each form that comes, whatever it says."""
    if environ["REQUEST_METHOD"] == "POST":
        environ["wsgi.input"].read()
        store()
    start_response("303 See Other", [("Location", "/consultation/sent/"), ("Content-Length", "0")])
    return []
