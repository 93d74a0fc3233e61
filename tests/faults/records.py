"""What the database really holds, asked past the site."""

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from tests.faults.crowd import Ledger
from tests.faults.stack import Stack

ASK = """
import json, sqlite3, sys
print(json.dumps(sqlite3.connect(sys.argv[1], timeout=30).execute(sys.argv[2]).fetchall()))
"""
# Each time other people: a form that came before would be found, and not stored again.
RECEIVE = """
from secrets import token_urlsafe
from django.utils import timezone
from rlsinfo.consultations.intake import receive
from tests.factories import make_answers
for _ in range({}):
    receive(make_answers(submission_key=token_urlsafe()), now=timezone.now())
"""
LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""
# The site sends itself a test request now and then, and writes when it is not well, which here it often is.
REQUESTS = "SELECT id, submission_key, reference FROM consultations_consultationrequest WHERE NOT is_test"
OF_PEOPLE = """FROM consultations_outboxmail mail
LEFT JOIN consultations_consultationrequest request ON request.id = mail.request_id
WHERE mail.kind IN ('alert', 'receipt') AND NOT COALESCE(request.is_test, FALSE)"""
MAILS = f"SELECT mail.request_id, mail.kind {OF_PEOPLE}"
OUTBOX = f"SELECT mail.message_id, mail.kind, mail.state, mail.last_error {OF_PEOPLE}"
OWED = {"alert": 1, "receipt": 1}


@dataclass(frozen=True)
class Mail:
    """One message of the outbox, as staff see it."""

    identifier: str
    kind: str
    state: str
    last_error: str


@dataclass(frozen=True)
class Verdict:
    """What must all be nothing: requests told but not stored, stored twice, without their mail; damage to the file."""

    lost: list[str]
    twice: list[str]
    orphans: list[int]
    damage: list[str]

    def __bool__(self) -> bool:
        return not (self.lost or self.twice or self.orphans or self.damage)


def rows(site: Stack, question: str) -> list[tuple[Any, ...]]:
    """What the database answers; it may be asked while the site runs, or after it was killed."""
    if server := site.environment.get("DATABASE_URL"):
        with psycopg.connect(server) as connection:
            return connection.execute(question).fetchall()
    if site.inside:
        answer = subprocess.run([*asking(site, ASK), question], capture_output=True, text=True, check=True).stdout
        return [tuple(row) for row in json.loads(answer)]
    with closing(sqlite3.connect(site.var_dir / "rlsinfo.sqlite3", timeout=30)) as file:
        return file.execute(question).fetchall()


def asking(site: Stack, code: str) -> list[str]:
    """A command that runs a few lines about the SQLite file, where its disk is; the file is their first argument."""
    return [*site.inside, sys.executable, "-c", code, str(site.var_dir / "rlsinfo.sqlite3")]


def mails(site: Stack, besides: Collection[Mail] = ()) -> list[Mail]:
    """Every message, besides those that were there before."""
    known = {mail.identifier for mail in besides}
    found = [Mail(*row) for row in rows(site, OUTBOX)]
    return [mail for mail in found if mail.identifier not in known]


def receive_requests(site: Stack, how_many: int) -> None:
    """Store requests as the form does, each of which owes an alert and a receipt."""
    site.manage("shell", "--no-imports", "--command", RECEIVE.format(how_many))


@contextmanager
def locked(site: Stack) -> Iterator[None]:
    """Another program has the database to itself."""
    if server := site.environment.get("DATABASE_URL"):
        with psycopg.connect(server) as connection:
            connection.execute("LOCK TABLE consultations_consultationrequest, staff_failedtries")
            yield
        return
    holder = subprocess.Popen(asking(site, LOCK), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdin
    assert holder.stdout
    assert holder.stdout.readline() == b"locked\n"
    try:
        yield
    finally:
        holder.communicate()


def judge(site: Stack, ledger: Ledger) -> Verdict:
    """Compare what people were told with what is stored."""
    stored = rows(site, REQUESTS)
    keys = Counter(key for _, key, _ in stored)
    references = {(key, reference) for _, key, reference in stored}
    mails: dict[int, Counter[str]] = {}
    for request, kind in rows(site, MAILS):
        mails.setdefault(request, Counter())[kind] += 1
    owing = {request: OWED for request, _, _ in stored}
    return Verdict(
        lost=[key for key, seen in ledger.acknowledged.items() if (key, seen.replace(" ", "")) not in references],
        twice=[key for key, times in keys.items() if times > 1],
        orphans=[request for request in owing.keys() | mails.keys() if mails.get(request) != owing.get(request)],
        damage=_damage(site),
    )


def _damage(site: Stack) -> list[str]:
    if "DATABASE_URL" not in site.environment:
        return [problem for (problem,) in rows(site, "PRAGMA integrity_check") if problem != "ok"]
    with psycopg.connect(site.environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
        try:
            connection.execute(
                "SELECT bt_index_check(index.indexrelid, true) FROM pg_index index"
                " JOIN pg_class class ON class.oid = index.indexrelid"
                " JOIN pg_am method ON method.oid = class.relam"
                " WHERE method.amname = 'btree' AND class.relpersistence = 'p' AND index.indisvalid"
            )
        except psycopg.Error as error:
            return [str(error)]
    return []
