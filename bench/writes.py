"""How fast requests are stored: the site's whole form beside a bare function that stores the same rows in one commit.

    python bench/writes.py [--seconds 3] [--rounds 7] [--connections 8]

Both run under the same gunicorn and write to the same database, in turns: SQLite, or the server in DATABASE_URL. Prints
requests per second, their ratio, the time that all but one in a hundred took, and where the time of one form goes.
A run in which not all that was answered was stored ends the bench. Needs `wrk` (Debian's package of that name).
"""

import argparse
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import table
from profiled import print_shares
from psycopg.rows import dict_row
from reads import ARTICLE, ROOT, free_port, gunicorn, options

from rlsinfo.consultations.consent import CALL_VERSION
from tests.faults.crowd import FORM, HIDDEN
from tests.visitor import ANSWERS, Visitor

TABLES = (
    "consultations_consultationrequest",
    "consultations_event",
    "consultations_outboxmail",
    "consultations_searchkey",
    "staff_failedtries",
)
GOAL, LONGEST = 0.4, 15.0
"""The least ratio, and the milliseconds within which 99 of 100 are answered on SQLite."""
FORMS = 200
PARTS = (
    ("in reading and checking the form", "forms.py", "full_clean"),
    ("in what happens in the transaction; of that", "intake.py", "receive"),
    ("    counting the client", "rates.py", "spend"),
    ("    looking for earlier ones of the same form", "intake.py", "_sent_with"),
    ("    looking for a flood", "intake.py", "_flood"),
    ("    looking for an open one of the same person", "intake.py", "_longest_open"),
    ("    sealing what was typed", "encryption.py", "seal"),
    ("    making it findable", "requests.py", "make_findable"),
    ("    owing its mail", "intake.py", "owe_mail"),
    ("    waiting for the disk", "base.py", "_commit"),
)
"""Of the way of one form."""
PERSON = """
-- Each form is another person's: its own key, number, address and place in the net.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Cookie"] = "{cookie}"
math.randomseed({seed})
local number = 0
request = function()
   number = number + 1
   local key = string.format("%010d%010d%010d%013d", math.random(0, 999999999), {seed}, number, 0)
   local phone = string.format("555%07d", math.random(0, 9999999))
   local body = string.gsub(string.gsub("{body}", "THEKEY", key), "THENUMBER", phone)
   wrk.headers["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.random(0, 255), math.random(0, 255), number % 256)
   return wrk.format(nil, nil, nil, body)
end
done = function(summary, latency, requests)
   local failed = summary.errors.status + summary.errors.read + summary.errors.write + summary.errors.timeout
   print(string.format("COUNTED %d %d %f", summary.requests, failed, latency:percentile(99) / 1000))
end
"""


class Database:
    """That of the site, asked beside it."""

    def __init__(self, var_dir: str) -> None:
        self.server = os.environ.get("DATABASE_URL", "")
        self.path = Path(var_dir, "rlsinfo.sqlite3")

    def rows(self, table: str) -> list[dict[str, object]]:
        """Every row of a table, without its number."""
        if self.server:
            with psycopg.connect(self.server, row_factory=dict_row) as database:
                found = database.execute(f"SELECT * FROM {table}").fetchall()
        else:
            with closing(sqlite3.connect(self.path)) as database:
                database.row_factory = sqlite3.Row
                found = [dict(row) for row in database.execute(f"SELECT * FROM {table}")]
        return [{column: value for column, value in row.items() if column != "id"} for row in found]

    def let_a_day_pass(self) -> None:
        """Put every request a day back, as if they had not all come within this hour, which the site counts."""
        if self.server:
            with psycopg.connect(self.server, autocommit=True) as database:
                database.execute(f"UPDATE {TABLES[0]} SET received_at = received_at - interval '1 day'")
                # Left to itself the server does this within a minute.
                database.execute("VACUUM ANALYZE")
        else:
            with closing(sqlite3.connect(self.path)) as database, database:
                database.execute(f"UPDATE {TABLES[0]} SET received_at = datetime(received_at, '-1 day')")

    def count(self) -> int:
        """How many requests are stored."""
        question = f"SELECT count(*) FROM {TABLES[0]}"
        if self.server:
            with psycopg.connect(self.server) as database:
                return database.execute(question).fetchone()[0]
        with closing(sqlite3.connect(self.path)) as database:
            return database.execute(question).fetchone()[0]


def a_form(address: str) -> tuple[str, str]:
    """The cookie and the fields of a form that was opened some seconds ago; one person has sent it already."""
    visitor = Visitor(address)
    fields: dict[str, object] = dict(HIDDEN.findall(visitor.open(FORM).text))
    # Nobody fills it in faster.
    time.sleep(3.5)
    fields |= ANSWERS | {"consent": CALL_VERSION, "step": "send"}
    assert "/sent/" in visitor.open(FORM, fields).url
    body = urlencode(fields | {"key": "THEKEY", "phone": "THENUMBER", "email": "THENUMBER@example.org"}, doseq=True)
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.cookies), body


def rate(address: str, script: str, chosen: argparse.Namespace, database: Database) -> tuple[float, float]:
    """Requests per second and the 99th percentile in ms; ends the run where an answer was none or a row is missing."""
    before = database.count()
    command = [
        "wrk",
        "-t1",
        f"-c{chosen.connections}",
        f"-d{chosen.seconds}s",
        "--timeout",
        "20s",
        "-s",
        script,
        address,
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    answered, failed, longest = re.search(r"COUNTED (\d+) (\d+) ([\d.]+)", printed).groups()
    time.sleep(0.5)
    # What was on its way when time was up is stored, and its answer was no longer counted.
    stored = database.count() - before
    if int(failed) or not 0 <= stored - int(answered) <= chosen.connections:
        sys.exit(f"The run is worth nothing: {stored} stored.\n{printed}")
    return int(answered) / chosen.seconds, float(longest)


def where_it_goes(site: dict[str, str]) -> None:
    """Print what share of the time of one form passes in which part of its way, as the profiler sees it."""
    os.environ |= site | {"DJANGO_SETTINGS_MODULE": "rlsinfo.settings", "ALLOWED_HOSTS": "testserver"}
    import django

    django.setup()
    from django.test import Client

    logging.disable(logging.INFO)
    client = Client()
    fields = dict(HIDDEN.findall(client.get(FORM).content.decode())) | ANSWERS
    fields |= {"consent": CALL_VERSION, "step": "send", "started": ""}
    numbers = count()

    def send() -> None:
        number = next(numbers)
        body = urlencode(fields | {"key": f"form-to-be-profiled-{number:09}", "phone": f"555{number:07}"}, doseq=True)
        answer = client.post(FORM, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 303

    print_shares("a form", send, FORMS, PARTS)


def main() -> int:
    chosen = options(__doc__, seconds=3, rounds=7)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        own = {"PORT": str(port), "VAR_DIR": folder, "SITE_URL": "", "ALLOWED_HOSTS": "", "DEBUG": "0"}
        plenty = {"REQUESTS_PER_CLIENT": "1000000", "REQUESTS_PER_HOUR": "1000000", "TRUSTED_PROXIES": "1"}
        site = os.environ | own | plenty
        for command in ("migrate", "build_pages"):
            subprocess.run(
                [sys.executable, "manage.py", command, "--verbosity", "0"], cwd=ROOT, env=site, check=True, stdout=2
            )
        database, rows, script = Database(folder), Path(folder, "rows"), Path(folder, "person.lua")
        name = "PostgreSQL" if database.server else "SQLite"
        with gunicorn("rlsinfo.wsgi", port, site) as article:
            address = article.removesuffix(ARTICLE)
            cookie, body = a_form(address)
            database.let_a_day_pass()
            rows.write_text(json.dumps({each: database.rows(each) for each in TABLES}, default=str))
            bare = site | {"BARE_ROWS": str(rows), "PYTHONPATH": str(ROOT / "bench")}
            with gunicorn("bare_store:application", free_port(), bare) as bare_article:
                places = {"site": address + FORM, "bare": bare_article}
                rounds: list[dict[str, tuple[float, float]]] = []
                for seed in range(1, chosen.rounds + 1):
                    rounds.append({})
                    for at, (which, place) in enumerate(places.items()):
                        script.write_text(PERSON.format(cookie=cookie, body=body, seed=seed * 2 + at))
                        rounds[-1][which] = rate(place, str(script), chosen, database)
                        database.let_a_day_pass()
                        print(
                            f"{name}: {which} {{:6,.0f}}/s, 99 % within {{:7.1f}} ms".format(*rounds[-1][which]),
                            flush=True,
                        )
        where_it_goes(site)
    pairs = [(each["site"][0], each["bare"][0]) for each in rounds]
    lines = [table.ratio(f"requests stored, {name}", pairs, "/s", "bare function", GOAL)]
    if not database.server:
        longest, bare_longest = ([each[which][1] for each in rounds] for which in places)
        what = f"99 of 100 answered within, {chosen.connections} at once"
        lines.append(table.figure(what, longest, " ms", LONGEST, beside=("bare function", bare_longest)))
    return table.report(lines)


if __name__ == "__main__":
    sys.exit(main())
