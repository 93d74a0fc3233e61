"""The reckoning of the observatory's score can fail: each protection that is taken away costs what it costs there."""

from email.message import Message

import pytest

from tests.observatory import points, score

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'"
BEST = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": POLICY,
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Set-Cookie": "__Host-csrf=x; HttpOnly; Path=/; SameSite=Lax; Secure",
}
PAGE = '<!doctype html><title>x</title><script src="/static/x.js" integrity="sha256-x"></script>'
SESSION = "__Host-session=x; HttpOnly; Path=/; SameSite=Lax; Secure"


def reckoned(changes: dict[str, str | None], text: str = PAGE, leads_to: str = "https://clinic.example/") -> int:
    sent = Message()
    for name, value in (BEST | changes).items():
        if value is not None:
            sent[name] = value
    return score(points(sent, text, from_plain_http=leads_to))


def test_all_that_can_be_had_without_the_preload_list_is_160():
    assert reckoned({}) == 160


def test_a_page_that_sets_no_cookie_can_have_155_and_150_if_it_fetches_no_script():
    assert reckoned({"Set-Cookie": None}) == 155
    assert reckoned({"Set-Cookie": None}, "<!doctype html><title>x</title><script>1</script>") == 150


@pytest.mark.parametrize(
    ("header", "value", "left"),
    [
        # Below 90 no bonus counts: one hole costs all that the other headers earned.
        ("Content-Security-Policy", None, 75),
        ("Content-Security-Policy", POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"), 80),
        ("Content-Security-Policy", POLICY.replace("script-src 'self'", "script-src *"), 80),
        ("Content-Security-Policy", POLICY.replace("script-src 'self'", "script-src http://a.example"), 80),
        ("Content-Security-Policy", POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'"), 140),
        ("Content-Security-Policy", f"{POLICY}; img-src http:", 140),
        ("Content-Security-Policy", POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'"), 150),
        ("Content-Security-Policy", f"{POLICY}; base-uri 'self'", 150),
        ("Content-Security-Policy", POLICY.replace("default-src 'none'", "default-src 'self'"), 155),
        ("Content-Security-Policy", POLICY.replace("frame-ancestors 'none'; ", ""), 155),
        ("Strict-Transport-Security", None, 80),
        ("Strict-Transport-Security", "includeSubDomains", 80),
        ("Strict-Transport-Security", "max-age=86400", 150),
        ("X-Content-Type-Options", None, 155),
        ("X-Content-Type-Options", "sniff", 155),
        ("Referrer-Policy", None, 155),
        ("Referrer-Policy", "unsafe-url", 150),
        ("Cross-Origin-Opener-Policy", None, 150),
        ("Cross-Origin-Opener-Policy", "unsafe-none", 150),
        ("Cross-Origin-Embedder-Policy", None, 150),
        ("Cross-Origin-Embedder-Policy", "require", 145),
        ("Cross-Origin-Resource-Policy", None, 150),
        ("Cross-Origin-Resource-Policy", "cross-origin", 150),
        ("Access-Control-Allow-Credentials", "true", 50),
        ("Set-Cookie", "__Host-csrf=x; HttpOnly; Path=/; Secure", 80),
        ("Set-Cookie", "__Host-csrf=x; HttpOnly; Path=/; SameSite=Never; Secure", 80),
        ("Set-Cookie", "light=x; Path=/; Secure", 155),
        ("Set-Cookie", "light=x; Path=/; SameSite=Lax", 150),
        ("Set-Cookie", SESSION, 160),
        ("Set-Cookie", SESSION.replace("; Secure", ""), 145),
        ("Set-Cookie", SESSION.replace("; HttpOnly", ""), 70),
    ],
)
def test_what_is_missing_or_wrong_costs_points(header, value, left):
    assert reckoned({header: value}) == left


def test_a_cookie_that_may_leave_in_clear_costs_more_where_no_browser_insists_on_https():
    changes = {"Strict-Transport-Security": None, "Set-Cookie": SESSION.replace("; Secure", "")}

    assert reckoned(changes) == 40


def test_a_page_without_the_policy_may_still_refuse_to_be_framed():
    open_to_frames = {
        "Content-Security-Policy": POLICY.replace("frame-ancestors 'none'; ", ""),
        "X-Frame-Options": None,
    }

    assert reckoned(open_to_frames) == 80


@pytest.mark.parametrize(
    ("script", "left"),
    [
        ('<script src="/static/x.js"></script>', 155),
        ('<script src="https://cdn.example/x.js"></script>', 150),
        ('<script src="http://cdn.example/x.js"></script>', 50),
        ('<script src="//cdn.example/x.js"></script>', 50),
        ("", 155),
    ],
)
def test_a_script_that_anybody_could_swap_costs_points(script, left):
    assert reckoned({}, f"<!doctype html><title>x</title>{script}") == left


@pytest.mark.parametrize(
    ("leads_to", "left"), [("", 80), ("http://clinic.example/", 80), ("https://www.clinic.example/", 155)]
)
def test_plain_http_leads_to_https_on_the_same_host(leads_to, left):
    assert reckoned({}, leads_to=leads_to) == left
