"""How fast the front desk is: beside itself without a request, a stock list of Django's admin, and plain csv.

    python bench/desk.py [--rows 100000] [--times 40] [--plans]
    .ci/with-postgres python bench/desk.py --rows 1000000

Opens the pages of an empty database (SQLite in a temporary folder, or the one that DATABASE_URL names), fills it with
that many requests, four attempts each, their history and their mail; 300 requests are open. Then a member of staff opens
all pages in turn, over and over and through the whole stack; each search is for somebody else. The stock list is
registered as people usually do: six columns, a search box, filters and a drill-down by date. Last, up to 100,000 requests
are taken away as text. `--plans` prints each query that reads a whole table. Exit status 1 if a line of the table at the
end misses its goal.

A page's work is all its time but the wait for the disk, until the line in the log is safe. What others do on this machine
disturbs it least, so it is what is held beside the page of an empty database.
"""

import argparse
import csv
import io
import logging
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import django
from filling import ATTEMPTS, OPEN, Filling
from profiled import print_shares
from reads import ROOT
from table import Line, figure, ratio, report

SLOW_TIMES, OPENINGS = 10, 5
EXPORTED, FEWER = 100_000, 10_000

CALL_NOW, STOCK = "Call now", "Stock list"
LISTS = (CALL_NOW, "Waiting", "Closed", "Closed, visits booked", "Spam", "E-mails not sent")
REQUESTS = ("Request, open", "Request, closed")
FIGURES = ("Figures of 90 days", "Figures of a year")
QUERIES, TIMES_EMPTY = 8, 2
LIST, ONE, RARE, COMMON, FIRST_BYTE, FIGURE = 40, 40, 10, 60, 60, 1000
"""Milliseconds for a list, the page of one request, two searches, a file and figures."""
GROWTH = 8
"""Megabytes."""
PROFILED = 20
PARTS = (
    ("in drawing the page from its template", "response.py", "rendered_content"),
    ("in fetching rows and making objects of them, some while it is drawn; of that", "query.py", "_fetch_all"),
    ("    in the database itself", "utils.py", "execute"),
    ("    unsealing what was typed", "model_fields.py", "from_db_value"),
    ("in counting", "query.py", "aggregate"),
    ("in making sure who looks", "backends.py", "get_user"),
)
"""Of a list; while there is no request, nearly all but the first two."""
FIGURES_UP_TO = 100_000
FASTER_FROM, TIMES_FASTER = 1_000_000, 50


def slip(name: str, chance: random.Random) -> str:
    """The name with two letters of its last word swapped."""
    first, last = name.split()
    at = chance.randrange(1, len(last) - 1)
    return f"{first} {last[:at]}{last[at + 1]}{last[at]}{last[at + 2 :]}"


def stock_list() -> str:
    """The address of a list of requests as people usually register one; made before any address is looked up."""
    from django.contrib import admin
    from django.urls import path, reverse

    from rlsinfo import urls
    from rlsinfo.consultations.models import ConsultationRequest

    class Stock(admin.ModelAdmin):
        list_display = ("reference", "name", "phone", "state", "topic", "received_at")
        search_fields = ("reference",)  # the only text in it that a database can read
        list_filter = ("state", "topic")
        date_hierarchy = "received_at"
        ordering = ("-received_at",)

        def changelist_view(self, request, extra_context=None):
            answer = super().changelist_view(request, extra_context)
            # The frame around it is ours, and its links are too.
            request.current_app = "admin"
            return answer

    site = admin.AdminSite(name="stock")
    site.register(ConsultationRequest, Stock)
    urls.urlpatterns.insert(0, path("stock/", site.urls))
    return reverse("stock:consultations_consultationrequest_changelist")


def member_of_staff(username: str):
    """A browser in which somebody who may see everything has signed in with both factors."""
    from django.contrib.auth.models import Group, User
    from django.test import Client
    from django.urls import reverse
    from django_otp.oath import totp
    from django_otp.plugins.otp_totp.models import TOTPDevice

    lead = User.objects.create_user(username, password="eleven purple lanterns", is_staff=True)
    lead.groups.set([Group.objects.get(name="Lead")])
    phone = TOTPDevice.objects.create(user=lead, name="Phone")
    browser = Client(SERVER_NAME="127.0.0.1", headers={"accept-encoding": "gzip"})
    browser.post(reverse("admin:login"), {"username": username, "password": "eleven purple lanterns"})
    browser.post(reverse("admin:enter_code"), {"code": f"{totp(phone.bin_key):06}"})
    return browser


def pages(browser, filling: Filling, stock: str) -> dict[str, Callable[[], object]]:
    """What is measured: each opens one page once, somebody else each time."""
    from rlsinfo.consultations.desk.pages import address

    chance = random.Random(5)

    def somebody() -> int:
        return chance.randrange(filling.number)

    def find(text: Callable[[], str]) -> Callable[[], object]:
        return lambda: browser.post(address("find"), {"text": text()})

    still_open = sorted(filling.open)
    return {
        CALL_NOW: lambda: browser.get(address("changelist")),
        "Waiting": lambda: browser.get(address("waiting")),
        "Closed": lambda: browser.get(address("closed")),
        "Closed, visits booked": lambda: browser.get(address("closed"), {"state": "scheduled"}),
        "Spam": lambda: browser.get(address("spam")),
        "E-mails not sent": lambda: browser.get(address("mails")),
        "Request, open": lambda: browser.get(address("change", chance.choice(still_open) + 1)),
        "Request, closed": lambda: browser.get(address("change", somebody() + 1)),
        "Find by phone": find(lambda: filling.phone(somebody())),
        "Find by its last 4 digits": find(lambda: filling.phone(somebody())[-4:]),
        "Find by name": find(lambda: filling.names[somebody()]),
        "Find by name with a slip": find(lambda: slip(filling.names[somebody()], chance)),
        "Find by a very common name": find(lambda: filling.common),
        "Find by e-mail": find(lambda: filling.email(somebody())),
        "Find by reference": find(lambda: filling.reference(somebody())),
        "Find nobody": find(lambda: "Quentin Xylophone"),
        "Figures of 90 days": lambda: browser.get(address("figures"), {"days": 90}),
        "Figures of a year": lambda: browser.get(address("figures"), {"days": 365}),
        STOCK: lambda: browser.get(stock),
        f"{STOCK}, searched": lambda: browser.get(stock, {"q": filling.reference(somebody())}),
    }


def queries(visit: Callable[[], object]) -> list[dict[str, str]]:
    """What is asked of the database, transactions apart."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        visit()
    return [query for query in captured.captured_queries if query["sql"].split()[0] not in {"BEGIN", "COMMIT"}]


def milliseconds(visit: Callable[[], object]) -> tuple[float, float, float]:
    """How long a visit takes, how much of that passes in the database, and how much is work, of ours and of its server.

    What is no work is waiting for the disk, until the line in the log is safe, and for others on this machine.
    """
    from django.db import connection

    waited = served = 0.0

    def ask(execute, *question):
        nonlocal waited, served
        asked_at, worked = time.perf_counter(), time.process_time()
        try:
            return execute(*question)
        finally:
            passed = time.perf_counter() - asked_at
            waited += passed
            served += passed - (time.process_time() - worked) if connection.vendor == "postgresql" else 0.0

    with connection.execute_wrapper(ask):
        started, worked = time.perf_counter(), time.process_time()
        answer = visit()
        taken, worked = time.perf_counter() - started, time.process_time() - worked
    if answer.status_code != 200:
        sys.exit(f"A page answered {answer.status_code}:\n{answer.content[:500]}")
    return 1000 * taken, 1000 * waited, 1000 * (worked + served)


class Page(NamedTuple):
    """Medians for one page, in milliseconds."""

    whole: float
    in_database: float
    worked: float


def searching(text: Callable[[], str], times: int) -> list[float]:
    """How many milliseconds it takes from words to requests, without the page around them."""
    from rlsinfo.consultations.models import ConsultationRequest

    taken = []
    for _ in range(times + 1):
        words, started = text(), time.perf_counter()
        ConsultationRequest.objects.select_related("claimed_by").find(words)
        taken.append(1000 * (time.perf_counter() - started))
    return taken[1:]


def while_empty(visits: dict[str, Callable[[], object]], times: int) -> dict[str, float]:
    """How many milliseconds of work each list is while there is no request, as a median."""
    worked = [{name: milliseconds(visits[name])[2] for name in LISTS} for _ in range(times + 1)]
    return {name: statistics.median(each[name] for each in worked[1:]) for name in LISTS}


@dataclass(frozen=True)
class Taken:
    """How requests were taken away as text."""

    rows: int
    first_bytes: list[float]
    """Milliseconds, each time somebody began to."""
    first_row: float
    seconds: float
    growth: float
    """Megabytes that the process needed more for all rows than for the first 10,000."""
    beside: float
    """How many times as long it took as plain csv takes for the same rows from memory."""


def take_away(browser, filling: Filling) -> Taken:
    """Fetch the newest requests, up to 100,000 and the rest of a day, without keeping more than the first 10,000."""
    from rlsinfo.consultations.desk.pages import address

    first = filling.received[-min(EXPORTED, filling.number)]
    asked = {"reason": "Measuring how fast it is", "first": f"{first:%Y-%m-%d}", "last": f"{filling.now:%Y-%m-%d}"}

    def pieces() -> Iterator[bytes]:
        answer = browser.post(address("export"), asked | {"kind": "csv"}, headers={"accept-encoding": "identity"})
        yield from answer.streaming_content

    first_bytes = []
    for _ in range(OPENINGS):
        started, begun = time.perf_counter(), pieces()
        next(begun)
        first_bytes.append(1000 * (time.perf_counter() - started))
        # That it broke off goes into the log, which is not what is measured.
        begun.close()
    kept, rows, moments, least, most = [], 0, [], 0.0, 0.0
    started = time.perf_counter()
    for piece in pieces():
        moments.append(time.perf_counter() - started)
        rows += piece.count(b'\r\n"')
        most = max(most, resident())
        if rows <= FEWER:
            kept.append(piece)
            least = most
    cells = list(csv.reader(io.StringIO(b"".join(kept).decode("utf-8-sig"), newline="")))
    started = time.perf_counter()
    csv.writer(io.StringIO(), quoting=csv.QUOTE_ALL).writerows(cells)
    plain = (time.perf_counter() - started) / len(cells)
    rows = int(re.search(rb"End of the file: (\d+)", piece)[1])
    return Taken(rows, first_bytes, 1000 * moments[1], moments[-1], most - least, moments[-1] / rows / plain)


def resident() -> float:
    """Megabytes of memory that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def whole_tables(asked: Iterable[dict[str, str]]) -> Iterator[str]:
    """Each query that reads all of a table that grows for ever, with its plan."""
    from django.db import connection

    word, scan = ("EXPLAIN QUERY PLAN", "SCAN") if connection.vendor == "sqlite" else ("EXPLAIN", "Seq Scan on")
    grows = re.compile(rf"{scan} consultations_(consultationrequest|contactattempt|event|outboxmail|searchkey)\b")
    with connection.cursor() as cursor:
        for query in asked:
            if query["sql"].startswith("SELECT"):
                cursor.execute(f"{word} {query['sql']}")
                plan = [str(row[-1]) for row in cursor.fetchall()]
                if any(grows.search(line) for line in plan):
                    yield "\n    ".join([query["sql"], *plan])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--times", type=int, default=40)
    options.add_argument("--plans", action="store_true")
    chosen = options.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "rlsinfo.settings",
            "VAR_DIR": folder,
            "SITE_URL": "",
            "ALLOWED_HOSTS": "",
            "EMAIL_URL": "",
            "DEBUG": "0",
        }
        sys.path.insert(0, str(ROOT))
        django.setup()
        sys.exit(measure(chosen.rows, chosen.times, chosen.plans, Path(folder)))


def measure(rows: int, times: int, plans: bool, folder: Path) -> int:
    """Prints a line for each page, then the table; the exit status."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from rlsinfo.consultations.desk import lists
    from rlsinfo.consultations.models import ConsultationRequest
    from rlsinfo.staff.rates import Rate

    # Nobody looks for so many people in an hour.
    lists.SEARCHES = Rate("find", 1_000_000)
    # Every visit is written down; here, only where it counts.
    logging.disable(logging.WARNING)
    # Hashed names need a collected folder.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    call_command("migrate", interactive=False, verbosity=0)
    if ConsultationRequest.objects.exists():
        sys.exit("This database holds requests. Name an empty one in DATABASE_URL.")
    filling, stock = Filling(rows, timezone.now()), stock_list()
    empty = while_empty(pages(member_of_staff("sam"), filling, stock), times)
    started = time.perf_counter()
    filling.run()
    size = sum(file.stat().st_size for file in folder.rglob("*")) / 1e9
    print(
        f"{connection.vendor}: {rows:,} requests, {ATTEMPTS * rows:,} attempts, {OPEN} open; filled in"
        f" {time.perf_counter() - started:.0f} s" + (f", {size:.1f} GB" if connection.vendor == "sqlite" else "")
    )
    browser = member_of_staff("maria")
    visits = pages(browser, filling, stock)
    for visit in visits.values():
        visit()
    asked = {name: queries(visit) for name, visit in visits.items()}
    taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in visits}
    for turn in range(times):
        for name, visit in visits.items():
            if not name.startswith(STOCK) or turn < SLOW_TIMES:
                taken[name].append(milliseconds(visit))
    medians = {}
    for name, each in taken.items():
        whole, in_database, worked = zip(*each, strict=True)
        medians[name] = Page(*map(statistics.median, (whole, in_database, worked)))
        p95 = sorted(whole)[int(0.95 * (len(whole) - 1))]
        beside = f"   {medians[name].worked / empty[name]:.1f} times the work with no request" if name in empty else ""
        print(
            f"{name:<28}{len(asked[name]):>4} queries{medians[name].whole:>9.1f} ms median, in the database"
            f"{medians[name].in_database:>8.1f}, work{medians[name].worked:>8.1f}{p95:>9.1f} ms p95{beside}"
        )
        if plans and not name.startswith(STOCK):
            for query in whole_tables(asked[name]):
                print(f"  reads a whole table: {query}")
    most_worked = max(LISTS, key=lambda name: medians[name].worked / empty[name])
    print_shares(f"for {most_worked}", visits[most_worked], PROFILED, PARTS)
    chance = random.Random(6)
    rare = searching(lambda: filling.names[chance.randrange(rows)], times)
    common = searching(lambda: filling.common, times)
    file = take_away(browser, filling)
    print(
        f"Taken away as text: {file.rows:,} requests, the first after {file.first_row:.0f} ms,"
        f" {file.rows / file.seconds:,.0f} a second, {file.beside:.0f} times as long as plain csv from memory"
    )
    where = f"{rows:,} requests, {'SQLite' if connection.vendor == 'sqlite' else 'PostgreSQL'}"
    most_asked = [len(asked[name]) for name in LISTS]
    times_empty = [medians[name].worked / empty[name] for name in LISTS]

    def slowest(what: str, names: Sequence[str], goal: float) -> Line:
        return figure(f"slowest {what}, {where}", [medians[name].whole for name in names], " ms", goal, worst=True)

    lines = [
        slowest("list of the desk", LISTS, LIST),
        figure("most questions of a list to the database", most_asked, "", QUERIES, worst=True),
        figure("work of a list, times that of an empty one", times_empty, "", TIMES_EMPTY, worst=True),
        slowest("page of one request", REQUESTS, ONE),
        figure("search for a first and last name", rare, " ms", RARE),
        figure("search for a very common last name", common, " ms", COMMON),
        figure(f"{file.rows:,} requests as text, first byte", file.first_bytes, " ms", FIRST_BYTE),
        figure(f"memory for more than the first {FEWER:,} of them", [file.growth], " MB", GROWTH),
    ]
    if rows <= FIGURES_UP_TO:
        lines.append(slowest("figures", FIGURES, FIGURE))
    if rows >= FASTER_FROM:
        pairs = [(medians[STOCK].whole, medians[CALL_NOW].whole)]
        lines.append(ratio("stock list of Django's admin", pairs, " ms", CALL_NOW, TIMES_FASTER))
    return report(lines)


if __name__ == "__main__":
    main()
