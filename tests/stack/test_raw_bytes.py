"""What no client library sends, byte by byte to the running site: refused or hung up on, and nothing comes of it."""

import json
import re
import socket
import struct
import time
from contextlib import suppress
from urllib.parse import urlencode

import pytest

from tests.running_site import RunningSite
from tests.stack.test_first_light import stored, wait_for
from tests.visitor import Visitor

MARKER = "Quillmarker"
HONEST = "/causes/iron-and-rls/"
SMUGGLED = "/our-figures/"
"""An address that only a second, smuggled request asks for."""
FORM = "/consultation/request/"
KIND = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with RunningSite(tmp_path_factory.mktemp("site"), WEB_CONCURRENCY="1") as running:
        yield running
        assert stored(running) == "0"


def talk(site, asked: bytes) -> bytes:
    """Send the bytes, say that there are no more, and read to the end."""
    answer = b""
    with socket.create_connection(("127.0.0.1", site.port), timeout=45) as line:
        # Refused while we were still talking: the answer is what counts.
        with suppress(OSError):
            line.sendall(asked)
            line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while more := line.recv(65536):
                answer += more
    return answer


def head(first: str, *headers: str, host: str = "{host}", end: str = "\r\n") -> str:
    return end.join([first, *([f"Host: {host}"] if host else []), *headers, "", ""])


def get(*headers: str, path: str = HONEST, **how: str) -> str:
    return head(f"GET {path} HTTP/1.1", *headers, **how)


def post(body: str, *headers: str, version: str = "1.1", path: str = FORM) -> str:
    return head(f"POST {path} HTTP/{version}", KIND, *headers) + body


SECOND = f"GET {SMUGGLED} HTTP/1.1\r\nHost: {{host}}\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked"
REQUESTS = {
    # Where does the message end?
    "a length that is no number": post(f"a=1{SECOND}", "Content-Length: abc"),
    "a negative length": post(f"a=1{SECOND}", "Content-Length: -1"),
    "a length with a sign": post(f"a=1{SECOND}", "Content-Length: +3"),
    "a length in two scripts": post(f"a=1{SECOND}", "Content-Length: 3\xb2"),
    "a length in base 16": post(f"a=1{SECOND}", "Content-Length: 0x3"),
    "a length with a space in it": post(f"a=1{SECOND}", "Content-Length: 3 3"),
    "a length of 5,000 digits": post(f"a=1{SECOND}", f"Content-Length: {'9' * 5000}"),
    "two lengths": post(f"a=1{SECOND}", "Content-Length: 3", "Content-Length: 40"),
    "the same length twice": post(f"a=1{SECOND}", "Content-Length: 3", "Content-Length: 3"),
    "two lengths in one header": post(f"a=1{SECOND}", "Content-Length: 3, 3"),
    "a length and chunks": post(f"0\r\n\r\n{SECOND}", "Content-Length: 5", CHUNKED),
    "chunks and a length": post(f"0\r\n\r\n{SECOND}", CHUNKED, "Content-Length: 5"),
    "chunks twice": post(f"0\r\n\r\n{SECOND}", CHUNKED, CHUNKED),
    "chunks, then something else": post(f"0\r\n\r\n{SECOND}", "Transfer-Encoding: chunked, identity"),
    "chunks under another name": post(f"0\r\n\r\n{SECOND}", "Transfer-Encoding: xchunked"),
    "chunks in a quotation": post(f"0\r\n\r\n{SECOND}", 'Transfer-Encoding: "chunked"'),
    "chunks with a stray control": post(f"0\r\n\r\n{SECOND}", "Transfer-Encoding: \x0bchunked"),
    "chunks before there were chunks": post(f"0\r\n\r\n{SECOND}", CHUNKED, version="1.0"),
    "a space before the colon": post(f"0\r\n\r\n{SECOND}", "Content-Length : 5", CHUNKED),
    "a name in underscores": post(
        f"0\r\n\r\n{SECOND}", "Content_Length: 5", "Transfer_Encoding: chunked", "Content-Length: x"
    ),
    "a compressed body": post(f"\x1f\x8b{SECOND}", "Transfer-Encoding: gzip, chunked", "Content-Length: 2"),
    # Lines and characters.
    "a header folded onto a second line": get("X-Folded: a\r\n b"),
    "a folded length": post(f"a=1{SECOND}", "Content-Length:\r\n 3"),
    "lines that end without a return": get(end="\n"),
    "one line that ends without a return": get(f"X: a\nX-Other: {MARKER}"),
    "a return without an end": get("X: a\rX-Other: b"),
    "a NUL in a value": get(f"X: {MARKER}\x00"),
    "a NUL in a name": get("X\x00Y: a"),
    "an escape sequence in a value": get("X: \x1b[2K\x1b[1A"),
    "a space in a name": get(f"{MARKER} Header: a"),
    "a name that is none": get(": a"),
    "a header without a colon": get(MARKER),
    "a giant header": get(f"X: {'x' * 40_000}"),
    "a giant name": get(f"{'x' * 40_000}: a"),
    "a thousand headers": get(*(f"X-{number}: a" for number in range(1000))),
    "a giant cookie": get(f"Cookie: session={'x' * 60_000}"),
    "a giant address": get(path=f"/{'x' * 20_000}"),
    "an empty line too many before it": "\r\n\r\n\r\n" + get(),
    # First lines.
    "an address with a host": get(path=f"http://evil.example{SMUGGLED}"),
    "an address with our own host": get(path=f"http://{{host}}{HONEST}"),
    "an address with somebody's name": get(path=f"http://{MARKER}@{{host}}/"),
    "an address with another scheme": get(path="file:///etc/passwd"),
    "an address that is a host": get(path="evil.example:443"),
    "an address that is a star": get(path="*"),
    "an address with a space": get(path=f"/{MARKER} {MARKER}"),
    "an address with raw bytes": get(path="/\xff\xfe"),
    "an address with a fragment": get(path=f"{HONEST}#\x00"),
    "a version from the past": f"GET {HONEST}\r\n\r\n",
    "a version from the future": head(f"GET {HONEST} HTTP/9.9"),
    "a version that is none": head(f"GET {HONEST} HTTP/x"),
    "another protocol": "EHLO evil.example\r\nMAIL FROM:<a@b>\r\n",
    "the beginning of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a method in small letters": head(f"get {HONEST} HTTP/1.1"),
    "a method that is none": head(f"G(T {HONEST} HTTP/1.1"),
    "a method that nobody knows": head(f"{MARKER.upper()} {HONEST} HTTP/1.1"),
    "TRACE": head(f"TRACE {HONEST} HTTP/1.1", f"X: {MARKER}"),
    "CONNECT": head("CONNECT evil.example:443 HTTP/1.1") + SECOND,
    "two hosts": get("Host: evil.example"),
    "no host": get(host=""),
    "an empty host": get(host=" "),
    "two types of body": post("a=1", "Content-Type: text/plain", "Content-Length: 3"),
    "an expectation": post("a=1", "Expect: the unexpected", "Content-Length: 3"),
    "two minds about TLS": get("X-Forwarded-Proto: https", "X-Forwarded-Proto: http"),
    "the greeting of a proxy": f"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n{get()}",
    "the hello of TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "\x8f" * 500,
    "nothing but zeros": "\x00" * 20_000,
    # Bodies that do not come, or not as they were announced.
    "half a body": post("urgent=no&name=Half+Ready&phone=5550100177", "Content-Length: 400"),
    "no body at all": post("", "Content-Length: 400"),
    "a form in chunks": post("5\r\na=1&b\r\n0\r\n\r\n", CHUNKED),
    "a chunk that is longer than it says": post(f"1\r\naaaa\r\n0\r\n\r\n{SECOND}", CHUNKED),
    "a chunk that is shorter than it says": post("ff\r\naaaa\r\n0\r\n\r\n", CHUNKED),
    "a chunk without a length": post(f"\r\n\r\n{SECOND}", CHUNKED),
    "a chunk with a wrong length": post(f"xyz\r\na\r\n0\r\n\r\n{SECOND}", CHUNKED),
    "a chunk with a negative length": post(f"-1\r\na\r\n0\r\n\r\n{SECOND}", CHUNKED),
    "a chunk with an endless length": post(f"{'f' * 40}\r\na\r\n", CHUNKED),
    "a chunk with an odd extension": post(f"1;a\n=b\r\na\r\n0\r\n\r\n{SECOND}", CHUNKED),
    "chunks that end in mid-air": post("5\r\nhello\r\n", CHUNKED),
    "a trailer with a length": post(f"0\r\nContent-Length: 5\r\n\r\n{SECOND}", CHUNKED),
}


@pytest.fixture
def heard(site):
    """The lines of the log since the test began."""
    before = len(site.output)
    return lambda: [json.loads(line) for line in site.output[before:].splitlines()]


def statuses(answer: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"^HTTP/1\.1 (\d{3}) ", answer, re.MULTILINE)]


def check_that_nothing_came_of_it(site, heard) -> None:
    """The log is as it should be, and whoever comes next is served; that nothing is kept is looked at in the end."""
    assert Visitor(site.address).open(HONEST).status == 200
    wait_for(lambda: any(each.get("address") == HONEST for each in heard()))
    assert not [each for each in heard() if each.get("address") == SMUGGLED or "errors" in each]
    text = json.dumps(heard())
    assert not [typed for typed in (MARKER, "Half", "evil", "203.0.113", "127.0.0.1") if typed.lower() in text.lower()]


@pytest.mark.parametrize("name", REQUESTS)
def test_what_no_browser_sends_is_refused_or_hung_up_on(site, heard, name):
    asked = REQUESTS[name].replace("{host}", f"127.0.0.1:{site.port}").encode("latin-1")

    answer = talk(site, asked)

    assert all(400 <= status < 500 for status in statuses(answer)), answer[:400]
    assert MARKER.encode() not in answer
    if answer:
        assert b"Content-Security-Policy: default-src 'none'" in answer
    check_that_nothing_came_of_it(site, heard)


HUNG_UP = {
    "in the first line": "GET /cau",
    "among the headers": f"GET {HONEST} HTTP/1.1\r\nHost: {{host}}\r\nX: ",
    "before the body": post("", "Content-Length: 400"),
    "in the body": post("urgent=no&name=Half+Ready&phone=5550100177&note=", "Content-Length: 400"),
    "in a chunk": post("ff\r\nurgent=no", CHUNKED),
    "before the answer": get(),
}


@pytest.mark.parametrize("when", HUNG_UP)
@pytest.mark.parametrize("slowly", [False, True], ids=["at once", "byte by byte"])
def test_whoever_hangs_up_leaves_nothing_behind(site, heard, when, slowly):
    asked = HUNG_UP[when].replace("{host}", f"127.0.0.1:{site.port}").encode("latin-1")
    line = socket.create_connection(("127.0.0.1", site.port), timeout=45)
    # Closed like a line that is cut: nothing more is sent or read.
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    for at in range(0, len(asked), 1 if slowly else len(asked)):
        line.sendall(asked[at : at + (1 if slowly else len(asked))])
        time.sleep(0.001 if slowly else 0)
    line.close()

    check_that_nothing_came_of_it(site, heard)


def test_half_a_form_is_not_taken_for_a_whole_one(site, heard):
    """Every question is answered and the note comes last, so only its length tells that the line went dead in it."""
    visitor = Visitor(site.address).fill_in(name="Half Ready", note="")
    fields = {**visitor.hidden(), "step": "send", "note": "I take blood t"}
    body = urlencode(fields, doseq=True)
    cookie = "; ".join(f"{each.name}={each.value}" for each in visitor.cookies)

    half = post(body, f"Cookie: {cookie}", f"Content-Length: {len(body) + 4}", "Connection: close")
    answer = talk(site, half.replace("{host}", f"127.0.0.1:{site.port}").encode())

    assert statuses(answer) == [400]
    check_that_nothing_came_of_it(site, heard)


def test_two_honest_requests_in_one_breath_are_both_answered(site):
    """What keeps smuggled requests out does not stand in the way of a browser that is in a hurry."""
    closing = get("Connection: close")

    answer = talk(site, (get() + closing).replace("{host}", f"127.0.0.1:{site.port}").encode())

    assert statuses(answer) == [200, 200]
