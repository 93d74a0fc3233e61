"""What no client library sends, over a plain socket: a clear 4xx at every address, never a 500."""

import re
import socket
from contextlib import suppress

import pytest

from tests.running_site import RunningSite

PATHS = ("/", "/causes/iron-and-rls/", "/consultation/", "/consultation/request/", "/consultation/sent/x/")
PATHS += ("/admin/", "/admin/login/", "/health/", "/sitemap.xml", "/static/icon.svg", "/no-such-page/")
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with RunningSite(tmp_path_factory.mktemp("site")) as running:
        yield running
        assert "Traceback" not in running.output


def talk(site, request: bytes) -> tuple[int, bytes]:
    """Send bytes, and read the answer to its end."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=30) as line:
        # Refused while we were still talking: the answer is what counts.
        with suppress(OSError):
            line.sendall(request)
        answer = b""
        with suppress(ConnectionResetError):
            while more := line.recv(65536):
                answer += more
    status = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(status[1]) if status else 0, answer


def post(path: str, body: bytes, site) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    )
    return head.encode() + FORM + b"\r\n" + body


def get(path: bytes, site, host: str = "", method: bytes = b"GET") -> bytes:
    host = host or f"127.0.0.1:{site.port}"
    return method + b" " + path + f" HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize("path", PATHS)
class TestEveryAddress:
    def check(self, answered, allowed=range(400, 500)):
        status, answer = answered
        assert status in allowed, answer[:300]
        assert b"Traceback" not in answer

    @pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "a@b", "[::1", "x" * 3000])
    def test_a_forged_host_is_refused(self, path, host, site):
        self.check(talk(site, get(path.encode(), site, host=host)))

    @pytest.mark.parametrize("method", [b"BREW", b"TRACE", b"PROPFIND", b"get", b"\x00GET"])
    def test_an_unknown_method_is_refused(self, path, method, site):
        self.check(talk(site, get(path.encode(), site, method=method)))

    @pytest.mark.parametrize("odd", [b"%00", b"\x00", b"%0d%0aSet-Cookie:x", b"%ff%fe", b"\xff\xfe", b"%c0%af"])
    def test_a_broken_address_is_refused(self, path, odd, site):
        self.check(talk(site, get(path.encode() + odd, site)))

    def test_a_nul_byte_in_the_query_is_refused(self, path, site):
        self.check(talk(site, get(path.encode() + b"?q=%00", site)))

    def test_ten_thousand_fields_are_refused(self, path, site):
        self.check(talk(site, post(path, b"&".join(b"f%d=x" % number for number in range(10_000)), site)))

    def test_a_megabyte_is_refused(self, path, site):
        self.check(talk(site, post(path, b"note=" + b"x" * 1_000_000, site)))

    def test_broken_utf_8_is_no_server_error(self, path, site):
        self.check(talk(site, post(path, b"name=\xff\xfe%ff%00&note=%ed%a0%80", site)))

    def test_a_multipart_body_that_lies_is_no_server_error(self, path, site):
        lying = post(path, b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nno end", site)
        self.check(talk(site, lying.replace(FORM, b"Content-Type: multipart/form-data; boundary=x\r\n")))
