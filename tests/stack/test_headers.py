"""Over real HTTP behind a proxy that ends TLS: the headers of every kind of answer, and no cookie for readers."""

import re
from base64 import b64encode
from hashlib import sha256
from http.client import HTTPConnection, HTTPMessage

import pytest
from justhtml import JustHTML

from rlsinfo.pages import built_paths
from tests.running_site import RunningSite

FORM, SIGN_IN = "/consultation/request/", "/admin/login/"
PROXIED = {"Host": "clinic.example", "X-Forwarded-Proto": "https"}
KIND = {"Content-Type": "application/x-www-form-urlencoded"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
ON_EVERY_ANSWER = {
    "Content-Security-Policy": f"{POLICY}; upgrade-insecure-requests",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}
# What is asked, and how it is answered: status, method, address, further headers, body.
KINDS = {
    "a built page": (200, "GET", "/causes/iron-and-rls/", {}, None),
    "a built page that has not changed": (304, "GET", "/", {"If-None-Match": "*"}, None),
    "a page for machines": (200, "GET", "/sitemap.xml", {}, None),
    "an asset": (200, "GET", "/static/icon.svg", {}, None),
    "an asset that is not there": (404, "GET", "/static/nothing.css", {}, None),
    "the form": (200, "GET", FORM, {}, None),
    "an expired form": (403, "POST", FORM, KIND, b"name=Ana"),
    "the sign-in": (200, "GET", SIGN_IN, {}, None),
    "a sign-in that came from elsewhere": (403, "POST", SIGN_IN, KIND, b"username=ana"),
    "the way to the sign-in": (302, "GET", "/admin/", {}, None),
    "a missing slash": (301, "GET", "/causes", {}, None),
    "no such page": (404, "GET", "/no-such-page/", {}, None),
    "a forged confirmation": (404, "GET", "/consultation/sent/forged/", {}, None),
    "a forged host": (400, "GET", "/", {"Host": "evil.example"}, None),
    "a broken address": (400, "GET", "/?q=%00", {}, None),
    "an unknown method": (405, "BREW", "/", {}, None),
    "a method that this page does not have": (405, "OPTIONS", "/causes/iron-and-rls/", {}, None),
    "too large a body": (413, "POST", FORM, KIND, b"note=" + b"x" * 70_000),
    "health": (200, "GET", "/health/", {}, None),
}
MAY_BE_KEPT = {"a built page", "a built page that has not changed", "a page for machines", "an asset"}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Asks as the proxy does, for a reader who came over https unless told otherwise."""
    with RunningSite(
        tmp_path_factory.mktemp("site"), SITE_URL="https://clinic.example", ALLOWED_HOSTS="clinic.example,127.0.0.1"
    ) as site:

        def ask(path, method="GET", headers=None, body=None):
            if "If-None-Match" in (headers or {}):
                headers = headers | {"If-None-Match": ask(path)[1]["ETag"]}
            connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
            connection.request(method, path, body, PROXIED | (headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

        yield ask


@pytest.fixture(params=KINDS)
def answer(request, ask):
    """An answer of each kind, with the name of the kind."""
    status, method, path, headers, body = KINDS[request.param]
    answered, sent, _ = ask(path, method, headers, body)
    assert answered == status
    return request.param, sent


def test_every_answer_carries_every_header_once(answer):
    _, sent = answer

    assert {name: sent.get_all(name) for name in ON_EVERY_ANSWER} == {n: [v] for n, v in ON_EVERY_ANSWER.items()}


def test_only_what_is_the_same_for_everybody_may_be_kept(answer):
    kind, sent = answer

    assert ("no-store" not in sent["Cache-Control"]) == (kind in MAY_BE_KEPT)


def test_a_cookie_is_bound_to_this_host_and_hidden_from_scripts(answer):
    _, sent = answer

    for cookie in sent.get_all("Set-Cookie", []):
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "SameSite=Lax" in cookie
        assert "Domain" not in cookie


def test_readers_get_no_cookie_from_any_public_page_or_asset(ask):
    assets = set()
    for path in built_paths():
        status, sent, text = ask(path)
        assert (status, sent["Set-Cookie"], sent["Vary"]) == (200, None, "Accept-Encoding"), path
        assets |= set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text))
    assert len(assets) > 5
    for asset in sorted(assets):
        status, sent, _ = ask(asset)
        assert (status, sent["Set-Cookie"]) == (200, None), asset


def test_plain_http_leads_to_https_on_the_same_host_and_promises_nothing(ask):
    status, sent, _ = ask("/", headers={"X-Forwarded-Proto": "http"})

    assert (status, sent["Location"]) == (301, "https://clinic.example/")
    assert sent["Strict-Transport-Security"] is None


@pytest.mark.parametrize("path", ["/", "/causes/iron-and-rls/", "/consultation/", FORM, SIGN_IN])
def test_a_browser_runs_only_the_scripts_we_wrote(ask, path):
    for script in JustHTML(ask(path)[2], sanitize=False).query("script[src]"):
        algorithm, _, digest = script.attrs["integrity"].partition("-")
        assert algorithm == "sha256"
        assert digest == _digest(ask(script.attrs["src"])[2])


@pytest.mark.parametrize(
    ("path", "least"),
    [
        *((path, 155) for path in ("/", "/causes/iron-and-rls/", "/consultation/")),
        *((path, 155) for path in ("/no-such-page/", "/consultation/sent/forged/", "/?q=%00")),
        *((path, 160) for path in (FORM, SIGN_IN)),
    ],
)
def test_the_score_of_mozillas_observatory(ask, path, least):
    _, sent, text = ask(path)

    assert observatory(sent, text) >= least


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def observatory(sent: HTTPMessage, text: str) -> int:
    """The score as its algorithm 6 reckons it: bonuses for what is best; here, anything less is a failure.

    Not counted are the 5 points for being on browsers' preload list.
    """
    directives = [directive.split() for directive in sent["Content-Security-Policy"].split("; ")]
    names = [name for name, *_ in directives]
    assert len(names) == len(set(names)), "a directive that stands twice voids the policy"
    assert ["default-src", "'none'"] in directives
    assert "unsafe" not in sent["Content-Security-Policy"]
    assert "'none'" in {name: of for name, *of in directives}["frame-ancestors"]
    assert sent["Access-Control-Allow-Origin"] is None
    assert sent["X-Content-Type-Options"] == "nosniff"
    age = re.match(r"max-age=(\d+)", sent["Strict-Transport-Security"])
    assert age
    assert int(age[1]) >= 6 * 30 * 24 * 60 * 60
    policy, embedder, opener, resource, framing = 10, 10, 10, 10, 5
    assert sent["Cross-Origin-Embedder-Policy"] in {"require-corp", "credentialless"}
    assert sent["Cross-Origin-Opener-Policy"] == "same-origin"
    assert sent["Cross-Origin-Resource-Policy"] in {"same-origin", "same-site"}
    referrer = 5 * (sent["Referrer-Policy"] in {"no-referrer", "same-origin", "strict-origin"})
    cookies = sent.get_all("Set-Cookie", [])
    assert all({"Secure", "HttpOnly"} <= set(cookie.split("; ")) and "SameSite=" in cookie for cookie in cookies)
    scripts = JustHTML(text, sanitize=False).query("script[src]")
    integrity = 5 * bool(scripts and all("integrity" in script.attrs for script in scripts))
    return 100 + policy + embedder + opener + resource + framing + referrer + integrity + 5 * bool(cookies)
