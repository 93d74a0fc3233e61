"""How fast requests are stored: the site's whole form beside a bare function that stores the same rows in one commit.

    python bench/writes.py [--seconds 5] [--rounds 5] [--connections 8]

Both run under the same gunicorn and write to the same database, in turns: SQLite, or the server in DATABASE_URL. Prints
requests per second, the time that all but one in a hundred took, their ratio, and whether all that was answered was
stored. Needs `wrk` (Debian's package of that name).
"""

import argparse
import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from psycopg.rows import dict_row
from reads import ARTICLE, ROOT, free_port, gunicorn, options

sys.path.insert(0, str(ROOT))
from rlsinfo.consultations.consent import CALL_VERSION
from tests.faults.crowd import FORM, HIDDEN
from tests.visitor import ANSWERS, Visitor

TABLES = ("consultations_consultationrequest", "consultations_event", "consultations_outboxmail")
GOAL, AIM, LONGEST = 0.4, 0.6, 15.0
"""The least and the hoped for ratio, and the milliseconds within which 99 of 100 are answered on SQLite."""
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


def main() -> None:
    chosen = options(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        own = {"PORT": str(port), "VAR_DIR": folder, "SITE_URL": "", "ALLOWED_HOSTS": "", "DEBUG": "0"}
        plenty = {"REQUESTS_PER_CLIENT": "1000000", "REQUESTS_PER_HOUR": "1000000", "TRUSTED_PROXIES": "1"}
        site = os.environ | own | plenty
        for command in ("migrate", "build_pages"):
            subprocess.run([sys.executable, "manage.py", command, "--verbosity", "0"], cwd=ROOT, env=site, check=True)
        database, rows, script = Database(folder), Path(folder, "rows"), Path(folder, "person.lua")
        with gunicorn("rlsinfo.wsgi", port, site) as article:
            address = article.removesuffix(ARTICLE)
            cookie, body = a_form(address)
            database.let_a_day_pass()
            rows.write_text(json.dumps({table: database.rows(table) for table in TABLES}, default=str))
            bare = site | {"BARE_ROWS": str(rows), "PYTHONPATH": str(ROOT / "bench")}
            with gunicorn("bare_store:application", free_port(), bare) as bare_article:
                places = {"bare": bare_article, "site": address + FORM}
                pairs = []
                for seed in range(1, chosen.rounds + 1):
                    found = {}
                    for name, place in places.items():
                        script.write_text(PERSON.format(cookie=cookie, body=body, seed=seed * 2 + (name == "site")))
                        found[name] = rate(place, str(script), chosen, database)
                        database.let_a_day_pass()
                    pairs.append((found["bare"], found["site"]))
                    print(
                        "bare {:6,.0f}/s, 99 % within {:5.1f} ms   site {:6,.0f}/s, 99 % within {:5.1f} ms   "
                        "ratio {:.2f}".format(*found["bare"], *found["site"], found["site"][0] / found["bare"][0])
                    )
    ratio = statistics.median(site[0] / bare[0] for bare, site in pairs)
    longest = statistics.median(site[1] for _, site in pairs)
    print(
        f"{'PostgreSQL' if database.server else 'SQLite'}: ratio (median of {chosen.rounds}) {ratio:.2f}, goal {GOAL}, "
        f"aim {AIM}; 99 % within {longest:.1f} ms{'' if database.server else f', goal {LONGEST}'}; all answered is stored"
    )
    sys.exit(ratio < GOAL or (not database.server and longest > LONGEST))


if __name__ == "__main__":
    main()
