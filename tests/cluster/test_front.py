"""nginx before the site answers as the site does, refuses what it must, and goes on when the site is away."""

import json
import socket
import ssl
import subprocess
import time
import warnings
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from rlsinfo.pages import built_paths
from tests.cluster.front import Front
from tests.running_site import RunningSite, free_port
from tests.stack.test_headers import ON_EVERY_ANSWER, policy_for

HOST = "clinic.example"
ASK = "/consultation/request/"
OF_THE_CONNECTION = {"server", "date", "connection"}


class Way:
    """One way to the site: asks, and gives back what a browser would see."""

    def __init__(self, connection, **headers):
        self.connection, self.headers = connection, {"Host": HOST} | headers

    def ask(self, path, method="GET", body=None, **headers):
        sent = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        seen = sorted((name.lower(), value) for name, value in answer.getheaders())
        return answer.status, [header for header in seen if header[0] not in OF_THE_CONNECTION], answer.read()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site for https, with what nginx needs beside it."""
    environment = {"SITE_URL": f"https://{HOST}", "ALLOWED_HOSTS": f"{HOST},127.0.0.1", "TRUSTED_PROXIES": "1"}
    with RunningSite(tmp_path_factory.mktemp("site"), **environment) as running:
        running.manage("prepare_release")
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate that nobody vouches for, in one file."""
    folder = tmp_path_factory.mktemp("certificate")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    subprocess.run([*made, "-keyout", "key", "-out", "certificate"], cwd=folder, check=True, capture_output=True)
    both = folder / "both"
    both.write_text((folder / "key").read_text() + (folder / "certificate").read_text())
    return both


@pytest.fixture(scope="module")
def front(site, certificate, tmp_path_factory):
    folder = tmp_path_factory.mktemp("front") / "nginx"
    with Front(folder, site.var_dir / "pages", [site.port], certificate=certificate) as running:
        yield running


@pytest.fixture(scope="module")
def lonely_front(site, certificate, tmp_path_factory):
    """nginx before a site that is away."""
    folder = tmp_path_factory.mktemp("lonely") / "nginx"
    with Front(folder, site.var_dir / "pages", [free_port()], certificate=certificate) as running:
        yield running


def over_tls(front):
    unverified = ssl._create_unverified_context()
    return Way(HTTPSConnection("127.0.0.1", front.tls_port, timeout=60, context=unverified))


@pytest.fixture(scope="module")
def straight(site):
    """To the web server, as nginx asks it for somebody who came over https."""
    return Way(HTTPConnection("127.0.0.1", site.port, timeout=60), **{"X-Forwarded-Proto": "https"})


@pytest.fixture(scope="module")
def through(front):
    return over_tls(front)


@pytest.fixture(scope="module")
def alone(lonely_front):
    """To nginx, which gets no help from the site: what it answers, it has from files."""
    return over_tls(lonely_front)


@pytest.fixture(scope="module")
def assets(site):
    return json.loads((site.var_dir / "pages/static/staticfiles.json").read_text())["paths"]


@pytest.mark.parametrize("path", built_paths())
def test_a_page_is_the_same_from_nginx_alone(path, straight, alone):
    for encoding in ("", "gzip", "gzip, deflate, br", "br;q=0.5, gzip"):
        answer = alone.ask(path, Accept_Encoding=encoding)
        assert answer == straight.ask(path, Accept_Encoding=encoding)
        etag = dict(answer[1])["etag"]
        assert alone.ask(path, Accept_Encoding=encoding, If_None_Match=etag) == straight.ask(
            path, Accept_Encoding=encoding, If_None_Match=etag
        )
    assert alone.ask(path, "HEAD") == straight.ask(path, "HEAD")


@pytest.mark.parametrize("known", ["W/{}", '"another", {}', '"another"'])
def test_a_page_that_a_cache_knows_is_answered_alike(known, straight, alone):
    known = known.format(dict(alone.ask("/")[1])["etag"])

    assert alone.ask("/", If_None_Match=known) == straight.ask("/", If_None_Match=known)


@pytest.mark.parametrize(
    "path",
    [
        *("/?from=a", "/?q=%41", "/?q=%00", "/Causes/", "/causes", "/causes//", "/caus%65s/", "/causes/../"),
        *("/no-such-page/", "/index.html", "/causes/index.html.br", "/headers.json", "/nginx/maps.conf", "/static/"),
        *("/static/none.css", "/static/../pages/headers.json", "/admin/", "/health/"),
    ],
)
def test_any_other_address_is_answered_as_by_the_site(path, straight, through):
    status, headers, body = through.ask(path)

    assert (status, headers, body) == straight.ask(path)


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "BREW", "PROPFIND"])
def test_what_is_not_reading_is_left_to_the_site(method, straight, through):
    assert through.ask("/causes/", method)[:2] == straight.ask("/causes/", method)[:2]


def test_assets_are_the_same_from_nginx_alone_and_hashed_ones_are_kept_for_ever(assets, straight, alone):
    def asked(way, asset, encoding):
        status, headers, body = way.ask(f"/static/{asset}", Accept_Encoding=encoding)
        # WhiteNoise names the date of the file before it was compressed.
        return status, [header for header in headers if header[0] not in {"etag", "last-modified"}], body

    ours = ("css/", "js/", "icon", "admin/css/base", "admin/img/icon")
    chosen = {name: hashed for name, hashed in assets.items() if name.startswith(ours)}
    for asset in (*chosen, *chosen.values()):
        for encoding in ("", "gzip", "gzip, br"):
            assert asked(alone, asset, encoding) == asked(straight, asset, encoding), asset
    for hashed in chosen.values():
        headers = dict(alone.ask(f"/static/{hashed}")[1])
        assert "immutable" in headers["cache-control"]
        assert alone.ask(f"/static/{hashed}", If_None_Match=headers["etag"])[0] == 304


def test_no_page_of_another_site_may_read_ours(through):
    for path in ("/", "/static/icon.svg", ASK):
        assert "access-control-allow-origin" not in dict(through.ask(path, Origin="https://evil.example")[1])


def talk(front, request, tls=True):
    """Send bytes, and read the answer to its end: status, headers, body."""
    line = socket.create_connection(("127.0.0.1", front.tls_port if tls else front.port), timeout=30)
    if tls:
        line = ssl._create_unverified_context().wrap_socket(line)
    with line:
        line.sendall(request)
        head, _, body = b"".join(iter(lambda: line.recv(65536), b"")).partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return int(status.split()[1]), dict(header.split(": ", 1) for header in headers), body.decode()


def request(method="GET", path="/", host=HOST, more="", body=b""):
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n".encode() + body


TOO_BIG = request("POST", ASK, more="Content-Length: 70000\r\n", body=b"x" * 70000)
TOO_BIG_IN_PIECES = request(
    "POST", ASK, more="Transfer-Encoding: chunked\r\n", body=b"11170\r\n" + b"x" * 70000 + b"\r\n0\r\n\r\n"
)
REFUSED = {
    "a forged host": (400, request(host="evil.example")),
    "a host that only begins like ours": (400, request(host=f"{HOST}.evil.example")),
    "no host": (400, b"GET / HTTP/1.0\r\n\r\n"),
    "no HTTP": (400, b"\x16\x03\x01\r\n\r\n"),
    "a NUL byte": (400, request(path="/%00")),
    "a way out of the folder": (400, request(path="/../../etc/passwd")),
    "an internal address": (400, request(path="/answers/away.html")),
    "TRACE": (405, request("TRACE")),
    "too long an address": (414, request(path="/" + "x" * 9000)),
    "too long a header": (400, request(more=f"X: {'x' * 9000}\r\n")),
    "too big a body": (413, TOO_BIG),
    "too big a body in pieces": (413, TOO_BIG_IN_PIECES),
    "two lengths": (400, request("POST", ASK, more="Content-Length: 1\r\nContent-Length: 2\r\n", body=b"xx")),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_nginx_refuses_it_refuses_with_our_page_and_every_header(why, front):
    status, headers, body = talk(front, REFUSED[why][1])

    assert status == REFUSED[why][0]
    expected = ON_EVERY_ANSWER | {"Content-Security-Policy": policy_for(body)}
    assert {name: headers.get(name) for name in expected} == expected
    assert (headers["Cache-Control"], headers["Server"]) == ("no-store", "nginx")
    assert "Restless legs guide" in body
    assert "We could not read that" in body


def test_whoever_sends_too_much_is_told_what_to_do(front):
    _, _, body = talk(front, TOO_BIG)

    assert "more than this form can hold" in body
    assert "Shorten the note" in body
    assert "Era más de lo que cabe en este formulario." in body


def test_the_pages_and_the_form_in_spanish_come_through(through):
    home, form = through.ask("/es/"), through.ask(f"/es{ASK}")

    assert (home[0], form[0]) == (200, 200)
    assert dict(home[1])["content-language"] == dict(form[1])["content-language"] == "es"
    assert dict(through.ask("/")[1])["content-language"] == "en"


@pytest.mark.parametrize("path", [ASK, f"/es{ASK}"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_asks_for_a_call_while_the_site_is_away_is_told_what_to_do(method, path, alone):
    status, headers, body = alone.ask(path, method)

    assert (status, dict(headers)["retry-after"], dict(headers)["cache-control"]) == (503, "60", "no-store")
    assert b"We cannot take your request right now" in body
    assert b"your words are still in it" in body
    assert b"No podemos recibir su solicitud en este momento" in body


class Back(BaseHTTPRequestHandler):
    """A replica that answers everybody."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        """Says nothing."""


@contextmanager
def replica(port):
    with HTTPServer(("127.0.0.1", port), Back) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def machine_that_is_gone():
    """A port at which nobody takes a connection and nobody refuses one."""
    with ExitStack() as lines:
        gone = lines.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = lines.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(gone.getsockname())
        yield gone.getsockname()[1]


def test_a_replica_that_nginx_leaves_alone_is_asked_all_the_same_when_no_other_answers(site, certificate, tmp_path):
    ports = [free_port(), free_port()]
    with Front(tmp_path / "nginx", site.var_dir / "pages", ports, certificate=certificate) as front:
        for _ in ports:
            assert over_tls(front).ask(ASK)[0] == 503
        with replica(ports[0]):
            assert over_tls(front).ask(ASK)[0] == 200


def test_of_many_who_ask_while_a_machine_is_gone_few_wait_for_it(site, certificate, tmp_path):
    with (
        machine_that_is_gone() as gone,
        replica(port := free_port()),
        Front(tmp_path / "nginx", site.var_dir / "pages", [gone, port], certificate=certificate) as front,
    ):
        waited = []
        for _ in range(10):
            begun = time.monotonic()
            assert over_tls(front).ask(ASK)[0] == 200
            waited.append(time.monotonic() - begun > 1.5)

    assert 1 <= sum(waited) <= 2, "nginx waits two seconds for a machine that says nothing"


def test_over_plain_http_nginx_promises_nothing_and_the_site_leads_to_https(front):
    status, headers, _ = talk(front, request(path="/causes/"), tls=False)
    assert (status, headers["Location"]) == (301, f"https://{HOST}/causes/")

    status, headers, _ = talk(front, request(host="evil.example"), tls=False)
    assert status == 400
    assert "Strict-Transport-Security" not in headers


def test_the_log_names_nobody_and_nothing_that_was_typed(front, through):
    through.ask("/causes/?from=marigold")
    through.ask("/static/icon.svg?marigold")
    through.ask("/marigold/")
    through.ask("/static/marigold.css")
    talk(front, request("MARIGOLD", "/marigold", host="marigold.example"))
    # Written when somebody leaves, too.
    lines = [json.loads(line) for line in front.output.splitlines()]

    assert "marigold" not in front.output.casefold()
    assert "127.0.0.1" not in front.output
    assert {line["address"] for line in lines} >= {"/causes/", "/static/icon.svg", "left to the site"}
    assert {"at", "level", "from", "says", "method", "address", "status", "seconds"} == set(lines[0])
    assert lines[0]["at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("version", "is_spoken"),
    [
        (ssl.TLSVersion.TLSv1, False),
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
)
def test_no_way_of_encrypting_is_spoken_that_can_be_broken(front, version, is_spoken):
    context = ssl._create_unverified_context()
    # Whatever this machine's own rules are, ask as an old browser would.
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version

    with socket.create_connection(("127.0.0.1", front.tls_port), timeout=10) as line:
        try:
            with context.wrap_socket(line, server_hostname=HOST) as encrypted:
                spoken = encrypted.version()
        except (ssl.SSLError, ConnectionError):
            spoken = None

    assert bool(spoken) == is_spoken
