"""What no browser sends is refused early and plainly, and every answer carries the security headers."""

from email.message import Message

import pytest
from django.test import Client

from tests.observatory import points, score

PATHS = ("/", "/causes/iron-and-rls/", "/a-to-z/", "/consultation/", "/consultation/request/", "/admin/login/")
PATHS += ("/sitemap.xml", "/robots.txt", "/no-such-page/", "/static/css/site.css")


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(client, path):
    answer = client.get(path)

    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert len(policy.split("; ")) == len({directive.split()[0] for directive in policy.split("; ")})
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"host": "evil.example"}},
        {"headers": {"host": "127.0.0.1:8000@evil.example"}},
        {"method": "TRACE"},
        {"method": "BREW"},
        {"query": "a=%00"},
        {"query": "a=\x1f"},
    ],
    ids=str,
)
def test_a_malformed_request_is_refused_at_every_address(client, path, asked):
    answer = client.generic(
        asked.get("method", "GET"), path, headers=asked.get("headers", {}), QUERY_STRING=asked.get("query", "")
    )

    assert answer.status_code in {400, 405}
    assert b"Traceback" not in answer.content
    assert answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/%00", "/causes/%0a/", "/caf%ff%fe/", "/" + "a" * 5000 + "/", "/..%2f..%2fetc/passwd"]
)
def test_a_broken_address_is_a_clear_4xx(client, path):
    answer = client.get(path)

    assert 400 <= answer.status_code < 500


@pytest.mark.django_db
def test_more_fields_than_any_form_has_are_refused(client):
    answer = client.post("/consultation/request/", {f"field{number}": "x" for number in range(10_000)})

    assert answer.status_code == 400
    assert b"Traceback" not in answer.content


@pytest.mark.django_db
def test_a_body_that_no_form_needs_is_refused_with_the_way_to_keep_the_words(client):
    answer = client.post("/consultation/request/", {"note": "x" * 1_000_000})

    assert answer.status_code == 413
    assert "your words should still be there" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/consultation/request/", "/admin/login/"])
@pytest.mark.parametrize("encoding", ["utf-7", "idna", "base64", "latin-1"])
def test_a_form_in_another_encoding_is_refused(client, path, encoding):
    body = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n+2AA-\r\n--x--\r\n'

    answer = client.generic("POST", path, body, content_type=f"multipart/form-data; boundary=x; charset={encoding}")

    assert answer.status_code == 400


@pytest.mark.parametrize("encoding", ["UTF-8", "no-such-encoding"])
def test_a_form_that_names_our_encoding_or_none_that_exists_is_read(client, encoding):
    kind = f"application/x-www-form-urlencoded; charset={encoding}"

    answer = client.generic("POST", "/consultation/request/", b"name=Ana+Ortiz", content_type=kind)

    assert answer.status_code == 422
    assert "Ana Ortiz" in answer.content.decode()


def test_an_error_of_ours_is_as_well_protected_as_any_page(monkeypatch, settings):
    def fail(request):
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("rlsinfo.articles.library.by_section", fail)
    settings.SECURE_HSTS_SECONDS = 63_072_000

    answer = Client(raise_request_exception=False).get("/", secure=True)

    sent = Message()
    for name, value in answer.items():
        sent[name] = value
    assert answer.status_code == 500
    assert answer["Cache-Control"] == "no-store"
    assert "secret" not in answer.content.decode()
    assert score(points(sent, answer.content.decode(), from_plain_http="https://clinic.example/")) == 155
