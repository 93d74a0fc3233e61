"""Slow clients and floods are held at nginx: readers notice nothing, and thirty people behind one address get through."""

import asyncio
import re
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from rlsinfo.consultations.consent import CALL_VERSION
from rlsinfo.pages import built_paths
from tests.cluster.running_cluster import Cluster
from tests.cluster.size import FULL
from tests.cluster.slow_clients import SlowClients
from tests.running_site import wait_for
from tests.visitor import ANSWERS, Visitor

ASK = "/consultation/request/"
HIDDEN = re.compile(r'<input type="hidden" name="(csrfmiddlewaretoken|key|started)" value="([^"]+)"')
PEOPLE_BEHIND_ONE_ADDRESS = 30
A_CLIENTS_LIMIT = 32
HOUR, MORE_THAN_IT_TAKES = 3600, 60
"""Seconds."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("cluster"), REQUESTS_PER_CLIENT=str(A_CLIENTS_LIMIT)) as running:
        yield running


class Sender:
    """A program that sends the form again and again from an address of its own."""

    def __init__(self, cluster, address):
        self.line = HTTPConnection("127.0.0.1", cluster.port, timeout=60, source_address=(address, 0))
        self.headers = {}
        _, sent, page = self.ask("GET")
        self.headers["Cookie"] = sent["Set-Cookie"].partition(";")[0]
        self.fields = dict(HIDDEN.findall(page)) | ANSWERS | {"consent": CALL_VERSION, "step": "send"}

    def ask(self, method, body=None, **headers):
        self.line.request(method, ASK, body, self.headers | headers)
        answer = self.line.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    def send(self, number, **headers):
        body = urlencode(self.fields | {"key": f"{self.fields['key'][:-4]}{number:04}"}, doseq=True)
        return self.ask("POST", body, **{"Content-Type": "application/x-www-form-urlencoded"}, **headers)


def test_thirty_people_behind_one_address_read_and_ask_at_once(cluster):
    def visit(number):
        visitor = Visitor(cluster.address)
        for path in ("/", "/causes/iron-and-rls/", "/consultation/"):
            visitor.open(path)
            assert visitor.status == 200
            for asset in re.findall(r'(?:src|href)="(/static/[^"]+)"', visitor.text):
                assert visitor.open(asset).status == 200
        return visitor.fill_in(email=f"person{number}@example.org").send().reference

    with ThreadPoolExecutor(PEOPLE_BEHIND_ONE_ADDRESS) as office:
        references = set(office.map(visit, range(PEOPLE_BEHIND_ONE_ADDRESS)))

    assert len(references) == PEOPLE_BEHIND_ONE_ADDRESS


def test_a_forged_header_gains_nothing_and_another_address_has_a_limit_of_its_own(cluster):
    # All of it within one hour of the clock: the next one counts anew.
    if (left := HOUR - time.time() % HOUR) < MORE_THAN_IT_TAKES:
        time.sleep(left)
    flood = Sender(cluster, "127.0.0.2")
    for number in range(A_CLIENTS_LIMIT):
        assert flood.send(number, **{"X-Forwarded-For": f"203.0.113.{number}"})[0] == 303

    for forged in ("203.0.113.200", "203.0.113.201, 203.0.113.202", "127.0.0.3", ""):
        status, headers, page = flood.send(A_CLIENTS_LIMIT, **{"X-Forwarded-For": forged})
        assert status == 429
        assert headers["Retry-After"]
        assert ANSWERS["name"] in page

    assert Sender(cluster, "127.0.0.3").send(0)[0] == 303


async def at_once(port, request, source, how_many, seconds=3):
    """What so many requests at one instant are answered within some seconds; 0 for those that get no answer yet."""

    async def one():
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        writer.write(request.encode())
        try:
            line = await asyncio.wait_for(reader.readline(), seconds)
        except TimeoutError:
            return 0
        finally:
            writer.transport.abort()
        return int(line.split()[1])

    return Counter(await asyncio.gather(*(one() for _ in range(how_many))))


def get(path):
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def test_a_flood_from_one_address_is_put_off_and_nobody_else_is(cluster):
    answered = asyncio.run(at_once(cluster.port, get("/admin/login/"), "127.0.0.4", 500))
    neighbour = asyncio.run(at_once(cluster.port, get("/admin/login/"), "127.0.0.5", 1, seconds=30))

    assert answered[429] >= 200
    assert set(answered) <= {200, 429, 0}
    assert neighbour == {200: 1}


def test_a_program_that_asks_one_thing_after_another_is_slowed_down(cluster):
    line = HTTPConnection("127.0.0.1", cluster.port, timeout=60, source_address=("127.0.0.6", 0))

    def ask(times):
        begun = time.monotonic()
        for _ in range(times):
            line.request("GET", "/consultation/sent/forged/")
            assert line.getresponse().read()
        return time.monotonic() - begun

    ask(120)
    # 10 a second, once a hundred were let through.
    assert ask(20) > 1


def test_who_has_a_hundred_requests_in_hand_is_put_off_and_told_what_to_do(cluster):
    unfinished = "POST /consultation/request/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx"

    def one_more():
        line = HTTPConnection("127.0.0.1", cluster.port, timeout=60, source_address=("127.0.0.7", 0))
        line.request("GET", ASK)
        answer = line.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    async def patient_attack():
        hundred = asyncio.create_task(at_once(cluster.port, unfinished, "127.0.0.7", 100, seconds=6))
        # Until its rate is no reason any more.
        await asyncio.sleep(3)
        return await asyncio.to_thread(one_more), await hundred

    (status, headers, page), hundred = asyncio.run(patient_attack())

    assert hundred == {0: 100}
    assert (status, headers["Retry-After"]) == (429, "60")
    assert "your words are still in it" in page


def test_a_flood_of_readers_is_not_limited(cluster):
    assert asyncio.run(at_once(cluster.port, get("/causes/"), "127.0.0.8", 500, seconds=30)) == {200: 500}


def test_readers_and_senders_notice_nothing_of_thousands_of_slow_clients(cluster):
    headers, bodies = (5000, 2000) if FULL else (400, 200)
    before = [reading(cluster) for _ in range(100)]

    with SlowClients(cluster.port, headers=headers, bodies=bodies) as slow:
        wait_for(lambda: slow.held == headers + bodies, seconds=120)
        meanwhile, held, enough = [], [], time.monotonic() + (60 if FULL else 2)
        while time.monotonic() < enough:
            meanwhile.append(reading(cluster))
            held.append(slow.held)
        reached = sum(connections_of(port) for port in cluster.web)
        begun = time.monotonic()
        sent = Sender(cluster, "127.0.0.10").send(0)[0]
        sending = time.monotonic() - begun

    figures = {
        "held at least": min(held),
        "pages read": len(meanwhile),
        "p95 of a reader without them, ms": round(statistics.quantiles(before, n=20)[-1] * 1000, 1),
        "p95 of a reader with them, ms": round(statistics.quantiles(meanwhile, n=20)[-1] * 1000, 1),
        "one honest request, ms": round(sending * 1000),
    }
    print(figures)
    assert sent == 303
    assert reached <= 2, "a body came through before it was whole"
    # Those that nginx has cut off are on their way back.
    assert statistics.median(held) > 0.9 * (headers + bodies)
    if FULL:
        assert statistics.quantiles(meanwhile, n=20)[-1] < 0.1
        assert sending < 1


PATHS = built_paths()


def reading(cluster) -> float:
    """Seconds in which somebody new gets a page."""
    path = PATHS[time.monotonic_ns() % len(PATHS)]
    begun = time.monotonic()
    line = HTTPConnection("127.0.0.1", cluster.port, timeout=60)
    line.request("GET", path)
    answer = line.getresponse()
    answer.read()
    assert answer.status == 200
    return time.monotonic() - begun


def connections_of(port) -> int:
    """How many connections a web server has at the moment."""
    established = re.compile(rf"^ *\d+: [0-9A-F]+:{port:04X} [0-9A-F]+:[0-9A-F]+ 01 ", re.MULTILINE)
    return len(established.findall(Path("/proc/net/tcp").read_text()))
