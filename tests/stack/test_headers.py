"""Over real HTTP behind a proxy that ends TLS: the headers of every kind of answer, and no cookie for readers."""

import re
from base64 import b64encode
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from justhtml import JustHTML

from rlsinfo.pages import built_paths
from tests.observatory import points, score
from tests.running_site import RunningSite
from tests.staff.signing_in import PASSWORD, code_for

ROOT = Path(__file__).parents[2]
FORM, SIGN_IN = "/consultation/request/", "/admin/login/"
PHONE = "3132333435363738393031323334353637383930"
PROXIED = {"Host": "clinic.example", "X-Forwarded-Proto": "https"}
KIND = {"Content-Type": "application/x-www-form-urlencoded"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
DIGEST = r" 'sha256-[\w+/]{43}='"
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
    # Answered from files, which never ask for a host by themselves.
    "an asset of a forged host": (400, "GET", "/static/icon.svg", {"Host": "evil.example"}, None),
    "a broken address": (400, "GET", "/?q=%00", {}, None),
    "an unknown method": (405, "BREW", "/", {}, None),
    "a method that this page does not have": (405, "OPTIONS", "/causes/iron-and-rls/", {}, None),
    "too large a body": (413, "POST", FORM, KIND, b"note=" + b"x" * 70_000),
    "health": (200, "GET", "/health/", {}, None),
}
MAY_BE_KEPT = {"a built page", "a built page that has not changed", "a page for machines", "an asset"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with RunningSite(
        tmp_path_factory.mktemp("site"), SITE_URL="https://clinic.example", ALLOWED_HOSTS="clinic.example,127.0.0.1"
    ) as site:
        yield site


@pytest.fixture(scope="module")
def ask(site):
    """Asks as the proxy does, for a reader who came over https unless told otherwise."""

    def ask(path, method="GET", headers=None, body=None):
        if "If-None-Match" in (headers or {}):
            headers = headers | {"If-None-Match": ask(path)[1]["ETag"]}
        connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
        connection.request(method, path, body, PROXIED | (headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()

    return ask


@pytest.fixture(scope="module")
def sent_cookies(site, ask):
    """The Set-Cookie lines that somebody gets who signs in, by the name of the cookie."""
    site.make_staff("frida", PASSWORD, phone=PHONE)
    kept: dict[str, str] = {}

    def go(path, fields=None):
        headers = {"Cookie": "; ".join(line.partition(";")[0] for line in kept.values())}
        body = None
        if fields:
            headers |= KIND | {"Origin": "https://clinic.example"}
            token = JustHTML(go(path), sanitize=False).query('input[name="csrfmiddlewaretoken"]')[0].attrs["value"]
            body = urlencode(fields | {"csrfmiddlewaretoken": token}).encode()
            headers["Cookie"] = "; ".join(line.partition(";")[0] for line in kept.values())
        _, sent, text = ask(path, "POST" if fields else "GET", headers, body)
        kept.update({line.partition("=")[0]: line for line in sent.get_all("Set-Cookie", [])})
        return text

    go(SIGN_IN, {"username": "frida", "password": PASSWORD})
    go("/admin/login/code/", {"code": code_for(PHONE)})
    assert "Log out" in go("/admin/desk/")
    return kept


@pytest.fixture(params=KINDS)
def answer(request, ask):
    """An answer of each kind, with the name of the kind."""
    status, method, path, headers, body = KINDS[request.param]
    answered, sent, _ = ask(path, method, headers, body)
    assert answered == status
    return request.param, sent


def test_every_answer_carries_every_header_once(answer):
    _, sent = answer

    # What stands in a page is named besides: see below.
    carried = {name: [re.sub(DIGEST, "", value) for value in sent.get_all(name, [])] for name in ON_EVERY_ANSWER}
    assert carried == {name: [value] for name, value in ON_EVERY_ANSWER.items()}


def test_only_what_is_the_same_for_everybody_may_be_kept(answer):
    kind, sent = answer

    assert ("no-store" not in sent["Cache-Control"]) == (kind in MAY_BE_KEPT)


def test_every_cookie_is_bound_to_this_host_and_hidden_from_scripts(sent_cookies):
    assert sent_cookies.keys() == {"__Host-session", "__Host-csrf", "__Host-device"}
    for line in sent_cookies.values():
        flags = set(line.split("; ")[1:])
        assert {"Secure", "HttpOnly", "Path=/"} <= flags
        assert not any(flag.startswith("Domain") for flag in flags)


def test_a_cookie_follows_a_link_from_a_mail_only_where_it_has_to(sent_cookies):
    """By a link from a mail, people come to a request or take up an invitation: their session has to come along."""
    same_site = {name: re.search(r"SameSite=(\w+)", line)[1] for name, line in sent_cookies.items()}

    assert same_site == {"__Host-session": "Lax", "__Host-csrf": "Lax", "__Host-device": "Strict"}


def test_every_answer_says_what_it_is_and_in_which_encoding(answer):
    kind, sent = answer

    if (
        kind != "a built page that has not changed"
        and sent["Content-Length"] != "0"
        and sent["Content-Type"] != "application/json"
    ):
        assert sent.get_content_charset() == "utf-8"


def test_readers_get_no_cookie_from_any_public_page_or_asset(ask):
    assets = {f"/static/css/{sheet.name}" for sheet in (ROOT / "static/css").iterdir()}
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


@pytest.mark.parametrize(
    "path",
    [
        *("/.git/config", "/.git/HEAD", "/.env", "/manage.py", "/requirements.txt", "/var/secret-key", "/secret-key"),
        *("/rlsinfo/settings.py", "/build/static/icon.svg", "/current.json", "/headers.json", "/rlsinfo.sqlite3"),
        *(
            "/static/",
            "/static/css/",
            "/static/js",
            "/static/../manage.py",
            "/static/..%2fmanage.py",
            "/static//etc/passwd",
        ),
        *("/admin/doc/", "/__reload__/", "/debug/", "/server-status", "/metrics", "/causes/../.env", "//etc/passwd"),
    ],
)
def test_nothing_but_pages_and_assets_is_handed_out(ask, path):
    status, sent, text = ask(path)
    if status == 301:
        # Only the slash was missing that our own pages end with.
        status, sent, text = ask(f"{path}/")

    # Inside the admin whoever is not signed in is asked to, whether the page exists or not.
    assert status in ({302} if path.startswith("/admin/") else {400, 404})
    assert "Index of" not in text
    assert not re.search(r"\d", sent["Server"]), "the version of the server is nobody's business"


def test_health_tells_outsiders_nothing_but_yes_or_no(ask):
    assert ask("/health/")[2] == '{"ok": true}'


def test_a_form_that_came_in_clear_is_refused_and_not_led_on_as_if_nothing_had_happened(ask):
    status, sent, _ = ask(FORM, "POST", KIND | {"X-Forwarded-Proto": "http"}, b"name=Ana")

    assert (status, sent["Location"]) == (400, None)


@pytest.mark.parametrize("path", ["/", "/causes/iron-and-rls/", "/consultation/", FORM, SIGN_IN, "/no-such-page/"])
def test_the_policy_names_what_stands_in_the_page_and_nothing_else(ask, path):
    _, sent, text = ask(path)

    assert sent["Content-Security-Policy"] == policy_for(text)


@pytest.mark.parametrize("path", ["/", "/causes/iron-and-rls/", "/consultation/", FORM, SIGN_IN])
def test_a_browser_runs_only_the_scripts_we_wrote(ask, path):
    scripts = JustHTML(ask(path)[2], sanitize=False).query("script[src]")

    assert scripts
    for script in scripts:
        algorithm, _, digest = script.attrs["integrity"].partition("-")
        assert algorithm == "sha256"
        assert digest == _digest(ask(script.attrs["src"])[2])


@pytest.fixture
def observed(ask):
    """The score of an answer, as the observatory would reckon it from outside, and its parts."""
    leads_to = ask("/", headers={"X-Forwarded-Proto": "http"})[1]["Location"]

    def observed(sent, text):
        parts = points(sent, text, from_plain_http=leads_to)
        return score(parts), parts

    return observed


def test_every_public_page_has_all_points_that_a_page_without_a_cookie_can_have(ask, observed):
    answers = {path: ask(path) for path in built_paths()}
    scores = {path: observed(sent, text) for path, (_, sent, text) in answers.items() if is_a_page(sent, text)}

    assert {path: each for path, each in scores.items() if each[0] < 155} == {}
    assert len(scores) > 40


@pytest.mark.parametrize("path", [FORM, SIGN_IN])
def test_the_form_and_the_sign_in_have_all_points_that_can_be_had(ask, observed, path):
    reckoned, parts = observed(*ask(path)[1:])

    assert reckoned >= 160, parts


ERRORS = [kind for kind, (status, *_) in KINDS.items() if status >= 400]


def test_a_page_about_an_error_has_no_fewer(ask, observed):
    answers = {kind: ask(path, method, headers, body)[1:] for kind, (_, method, path, headers, body) in KINDS.items()}
    pages = {kind: answers[kind] for kind in ERRORS if is_a_page(*answers[kind])}

    for kind, (sent, text) in pages.items():
        reckoned, parts = observed(sent, text)
        assert reckoned >= (160 if sent["Set-Cookie"] else 155), (kind, parts)
    assert len(pages) >= 6


def is_a_page(sent, text):
    return bool(text) and sent.get_content_type() == "text/html"


def policy_for(text: str) -> str:
    """The policy of an answer with this page in it: each style sheet and script that stands there is named."""
    policy, page = ON_EVERY_ANSWER["Content-Security-Policy"], JustHTML(text, sanitize=False)
    for directive, elements in (("script-src", "script:not([src], [type])"), ("style-src", "style")):
        named = "".join(f" 'sha256-{_digest(each.to_text(strip=False))}'" for each in page.query(elements))
        policy = policy.replace(f"{directive} 'self'", f"{directive} 'self'{named}")
    return policy


def _digest(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
