"""What no browser sends is refused early and plainly, and every answer carries the security headers."""

from email.message import Message

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.observatory import points, score
from tests.served_client import ServedClient

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
    answer = client.generic("POST", "/consultation/request/", b"a=x&" * 10_000, "application/x-www-form-urlencoded")

    assert answer.status_code == 400
    assert b"Traceback" not in answer.content


@pytest.mark.django_db
def test_a_body_that_no_form_needs_is_refused_with_the_way_to_keep_the_words(client):
    answer = client.post("/consultation/request/", {"note": "x" * 1_000_000})

    assert answer.status_code == 413
    assert "your words should still be there" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_a_file_that_no_form_asks_for_is_not_even_read(client, path):
    answer = client.post(path, {"file": SimpleUploadedFile("evil.bin", b"x" * 65_537)})

    assert answer.status_code == 413
    assert not answer.wsgi_request.FILES


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/consultation/request/", "/admin/login/"])
@pytest.mark.parametrize("encoding", ["utf-7", "idna", "hex", "latin-1", "'utf-16'", "no-such-encoding"])
def test_a_form_in_another_encoding_is_refused(path, encoding):
    body = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n+2AA-\r\n--x--\r\n'

    kind = f"multipart/form-data; boundary=x; charset={encoding}"

    answer = ServedClient().generic("POST", f"{path}?q=1", body, kind)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded; charset=UTF-8", b"name=Ana+Ortiz"),
        ('Application/X-WWW-Form-Urlencoded; Charset="utf-8"', b"name=Ana+Ortiz"),
        ("application/x-www-form-urlencoded; x*=no-such''y", b"name=Ana+Ortiz"),
        (
            'multipart/form-data; charset=utf-8; boundary="x y"',
            b'--x y\r\nContent-Disposition: form-data; name="name"\r\n\r\nAna Ortiz\r\n--x y--\r\n',
        ),
    ],
)
def test_a_form_in_our_encoding_is_read_whatever_else_its_type_says(kind, body):
    answer = ServedClient().generic("POST", f"/consultation/request/?{'&'.join(['q=1'] * 60)}", body, kind)

    assert answer.status_code == 422
    assert "Ana Ortiz" in answer.content.decode()


def test_an_error_of_ours_is_as_well_protected_as_any_page(monkeypatch, settings):
    def fail():
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


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value", [r'"\000\000\000\000\000\000\000\000\000"', r'"\012\012\012\012\012\012\012\012"', "\xff" * 9]
)
@pytest.mark.parametrize("name", ["session", "csrf", "device"])
def test_a_cookie_that_spells_what_no_cookie_of_ours_holds_is_as_good_as_none(client, name, value):
    answer = client.get("/admin/", HTTP_COOKIE=f"{name}={value}")

    assert (answer.status_code, answer.url) == (302, "/admin/login/?next=/admin/")
    assert name not in answer.wsgi_request.COOKIES
