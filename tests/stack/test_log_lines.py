"""What the running site writes to standard output: one JSON object a line from every process, and nobody in it."""

import json
import socket
from datetime import datetime, timedelta
from http.client import HTTPConnection

import pytest

from tests.running_site import RunningSite, free_port
from tests.stack.test_first_light import PASSWORD, PHONE, sign_in, token, wait_for
from tests.visitor import Visitor

MARKER = "Quillmarker"
FORGED = '%0d%0a{"level":"ERROR","says":"Quillmarker"}%1b%5b2K%1b%5b1A%e2%80%a8'
LAST = "/our-figures/"
"""Asked for at the end: when its line is there, so are all the others."""


def ask(site, path, method="GET", body=None, **headers):
    connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request(method, path, body, headers)
    return connection.getresponse().read()


def say(site, words: bytes):
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as line:
        line.sendall(words)
        while line.recv(65536):
            pass


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    """What the site wrote about a busy morning, with a mail server that is away."""
    mail = {"EMAIL_URL": f"smtp://127.0.0.1:{free_port()}", "CLINIC_ALERT_EMAIL": "desk@example.org"}
    with RunningSite(tmp_path_factory.mktemp("site"), **mail) as site:
        site.make_staff("frida", PASSWORD, phone=PHONE)
        ask(
            site,
            "/causes/iron-and-rls/",
            **{"User-Agent": MARKER, "Referer": f"http://{MARKER}/", "Cookie": f"a={MARKER}"},
        )
        ask(site, f"/a-to-z/?q={MARKER}")
        ask(site, f"/{MARKER}/?q={MARKER}")
        ask(site, f"/consultation/sent/{MARKER}")
        ask(site, f"/consultation/sent/{MARKER}/")
        ask(site, f"/admin/invitation/{MARKER}/{MARKER}/")
        for start in ("/", "/causes/", "/consultation/sent/", "/static/", "/admin/"):
            ask(site, start + FORGED)
        ask(site, "/", method=MARKER.upper())
        ask(site, "/", Host=f"{MARKER}.example")
        ask(
            site,
            "/consultation/request/",
            "POST",
            f"name={MARKER}",
            **{"Content-Type": "application/x-www-form-urlencoded"},
        )
        ask(
            site,
            "/consultation/request/",
            "POST",
            "x" * 70_000,
            **{"Content-Type": "application/x-www-form-urlencoded"},
        )
        say(site, f"GET /{MARKER} HTTP/1.1\r\nHost: a\r\nNo Header {MARKER}: x\r\n\r\n".encode())
        say(site, f"{MARKER}\x1b[2K\r\n\r\n".encode())
        Visitor(site.address).fill_in(name=MARKER, note=MARKER, email=f"{MARKER}@example.org").send()
        stranger = Visitor(site.address)
        stranger.open("/admin/login/")
        for _ in range(6):
            stranger.open("/admin/login/", token(stranger) | {"username": MARKER, "password": MARKER})
        sign_in(site, "frida").open("/admin/")
        ask(site, "/health/")
        ask(site, LAST)
        wait_for(lambda: LAST in site.output and "mail server" in site.output)
        # What stands before is for the person who started it.
        text = site.output[site.output.index("{") :]
    return text.splitlines()


@pytest.fixture
def events(lines):
    return [json.loads(line) for line in lines]


def test_every_line_is_one_json_object_that_says_when_in_utc(events):
    for each in events:
        assert datetime.fromisoformat(each["at"]).utcoffset() == timedelta(0)
        assert set(each) >= {"level", "from", "process", "says"}
    assert {"rlsinfo.web_server", "rlsinfo.staff.log", "rlsinfo.consultations.outbox"} <= {
        each["from"] for each in events
    }


def test_nothing_typed_or_sent_along_and_nobody_s_address_is_in_any_line(lines):
    text = "\n".join(lines)

    assert text.isascii()
    assert all(line.isprintable() for line in lines)
    for typed in (MARKER, "010-0177", "5550100177", "frida", "127.0.0.1", "?", "%0d", "\\u001b", "\\r"):
        assert typed.lower() not in text.lower()


def test_an_address_is_told_by_its_pattern(events):
    addresses = {each["address"] for each in events if "address" in each}

    assert "/causes/iron-and-rls/" in addresses
    assert "/consultation/sent/<token>/" in addresses
    assert "/admin/invitation/<uidb64>/<token>/" in addresses
    assert all(address == "none of ours" or address.startswith("/") for address in addresses)


@pytest.mark.parametrize(
    ("says", "level", "known"),
    [
        ("A request was answered.", "INFO", {"method": "GET", "address": "/causes/iron-and-rls/", "status": 200}),
        ("A request was for nothing that is here.", "INFO", {"address": "/<slug:slug>/", "status": 404}),
        ("A request was refused.", "WARNING", {"method": "another", "address": "none of ours", "status": 405}),
        ("A request was refused.", "WARNING", {"status": 400, "why": "DisallowedHost"}),
        ("A request was refused.", "WARNING", {"status": 400, "why": "BadRequest"}),
        ("A request was refused.", "WARNING", {"status": 413, "why": "RequestDataTooBig"}),
        ("A request was refused.", "WARNING", {"status": 403, "why": "no proof that it came from our page"}),
        ("What came was no request.", "WARNING", {"status": 400, "why": "InvalidHeaderName"}),
        ("What came was no request.", "WARNING", {"status": 400, "why": "InvalidRequestLine"}),
        ("A request was stored.", "INFO", {}),
        ("Signed in: Refused.", "WARNING", {"by": "nobody known"}),
        ("A password was not looked at: too many were tried before.", "WARNING", {}),
        ("Signed in: Done.", "INFO", {"by": "account-1", "action": "sign_in"}),
        ("The mail server cannot be reached (ConnectionRefusedError). Messages wait.", "WARNING", {}),
    ],
    ids=str,
)
def test_what_matters_is_an_event_in_our_own_words(events, says, level, known):
    assert any(each["says"] == says and each["level"] == level and known.items() <= each.items() for each in events)


def test_a_health_check_that_goes_well_is_no_line(events):
    assert not [each for each in events if "health" in each.get("address", "")]
