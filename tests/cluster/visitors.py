"""People who read and people who ask for a call, for as long as something goes on at the cluster; and what came of it."""

import itertools
import random
import re
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException, IncompleteRead
from urllib.parse import urlencode

import psycopg

from rlsinfo.consultations.consent import CALL_VERSION
from rlsinfo.pages import built_paths
from tests.cluster.running_cluster import Cluster
from tests.running_site import wait_for
from tests.visitor import ANSWERS

ASK = "/consultation/request/"
HIDDEN = re.compile(r'<input type="hidden" name="(csrfmiddlewaretoken|key|started)" value="([^"]+)"')
ASSET = re.compile(r'(?:src|href)="(/static/[^"]+)"')
REFERENCE = re.compile(r'class="ref"[^>]*>\s*([A-Z0-9]{4}) ([A-Z0-9]{4})\s*<')
BROKE_OFF = "broke off"
"""A replica died between two pieces of its answer: a form or a confirmation; pages and assets are nginx's own."""
PATIENCE = 120
"""Seconds after which a person gives up."""


class Visitors:
    """Readers and senders, who go on until the block ends; each sender ends with the form in hand."""

    def __init__(self, cluster: Cluster, *, readers: int = 2, senders: int = 4) -> None:
        self.cluster = cluster
        self.read: Counter[int | str] = Counter()
        """How often a page, an asset or a form was answered with which status; without an answer, how it failed."""
        self.told: dict[str, str] = {}
        """The reference that each sender saw, by the key of the form."""
        self.put_off: Counter[int | str] = Counter()
        """How often the form was opened or sent in vain, by what came instead: a status, or BROKE_OFF."""
        self.trouble: list[BaseException] = []
        self._numbers = itertools.count()
        self._enough = threading.Event()
        work = [self._read] * readers + [self._send] * senders
        self._threads = [threading.Thread(target=self._until_enough, args=[each]) for each in work]

    def __enter__(self) -> "Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *unused: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()
        assert not self.trouble, self.trouble

    def _until_enough(self, do) -> None:
        try:
            while not self._enough.is_set():
                do()
        except BaseException as error:  # told when the block ends
            self.trouble.append(error)

    def _read(self) -> None:
        page = self._ask("GET", random.choice(built_paths()))[2]
        for asset in ASSET.findall(page):
            self._ask("GET", asset)
        time.sleep(0.02)

    def _send(self) -> None:
        status, headers, page = self._once("GET", ASK)
        if status == BROKE_OFF:
            self.put_off[status] += 1
            return
        self.read[status] += 1
        fields = dict(HIDDEN.findall(page))
        if not fields:
            return  # counted as a page that was not answered
        who = {"name": "Cluster Visitor", "email": f"person{next(self._numbers)}@example.org"}
        body = urlencode(fields | ANSWERS | who | {"consent": CALL_VERSION, "step": "send"}, doseq=True)
        cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
        deadline = time.monotonic() + PATIENCE
        while (answer := self._once("POST", ASK, body, cookie))[0] != 303:
            self.put_off[answer[0]] += 1
            assert time.monotonic() < deadline, f"in vain: {answer[0]}"
            time.sleep(0.2)
        while (status := (confirmation := self._once("GET", answer[1]["Location"]))[0]) == BROKE_OFF:
            self.put_off[BROKE_OFF] += 1
            assert time.monotonic() < deadline, "half a confirmation, again and again"
        self.read[status] += 1
        seen = REFERENCE.search(confirmation[2])
        self.told[fields["key"]] = "".join(seen.groups()) if seen else ""

    def _ask(self, method, path):
        answer = self._once(method, path)
        self.read[answer[0]] += 1
        return answer

    def _once(self, method, path, body=None, headers=None):
        """Status, headers and text; each time over a connection of its own, as people come."""
        line = HTTPConnection("127.0.0.1", self.cluster.port, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            line.request(method, path, body, kind | (headers or {}))
            answer = line.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        except IncompleteRead:
            return BROKE_OFF, {}, ""
        except (OSError, HTTPException) as error:
            return f"{type(error).__name__} for {path}", {}, ""
        finally:
            line.close()


def nothing_is_lost_or_double(cluster: Cluster, visitors: Visitors) -> None:
    """Each form for which somebody saw a reference is one request with that reference."""
    assert visitors.told
    found = rows(cluster, "SELECT submission_key, reference FROM consultations_consultationrequest", visitors)
    assert sorted(found) == sorted(visitors.told.items())


def each_was_mailed_about_once(cluster: Cluster, visitors: Visitors) -> None:
    """The front desk and each sender got one message, however many workers there were."""
    owed = rows(
        cluster,
        "SELECT submission_key, message_id FROM consultations_outboxmail"
        " JOIN consultations_consultationrequest request ON request.id = request_id",
        visitors,
    )
    assert len(owed) == 2 * len(visitors.told)
    wait_for(lambda: {identifier for _, identifier in owed} <= set(cluster.mailbox.identifiers), seconds=120)
    times = Counter(cluster.mailbox.identifiers)
    assert {times[identifier] for _, identifier in owed} == {1}


def rows(cluster: Cluster, question: str, visitors: Visitors) -> list[tuple[str, str]]:
    """What the database says of these visitors: their keys, and something else."""
    with psycopg.connect(cluster.database.url, password=cluster.password) as connection:
        return [row for row in connection.execute(question).fetchall() if row[0] in visitors.told]
