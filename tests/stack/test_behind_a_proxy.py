"""Behind a proxy that ends TLS on another machine: https links, a form that can be sent, and no redirect for ever."""

from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from justhtml import JustHTML

from tests.running_site import RunningSite
from tests.visitor import ANSWERS

HTTPS = {"Host": "clinic.example", "X-Forwarded-Proto": "https"}
ASK = "/consultation/request/"


@pytest.fixture(scope="module")
def ask_through_proxy(tmp_path_factory):
    """Asks from an address that is not the site's own, as a proxy does."""
    with RunningSite(
        tmp_path_factory.mktemp("site"), SITE_URL="https://clinic.example", ALLOWED_HOSTS="clinic.example,127.0.0.1"
    ) as site:

        def ask(path, headers, fields=None):
            connection = HTTPConnection("127.0.0.1", site.port, timeout=60, source_address=("127.0.0.2", 0))
            connection.request(
                "POST" if fields else "GET", path, urlencode(fields, doseq=True) if fields else None, headers
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

        yield ask


@pytest.mark.parametrize("path", ["/causes/iron-and-rls/", ASK])
def test_a_page_is_answered(ask_through_proxy, path):
    status, headers, text = ask_through_proxy(path, HTTPS)

    assert status == 200
    assert headers["Strict-Transport-Security"]
    assert "Restless legs guide" in text


@pytest.mark.parametrize("path", ["/causes/iron-and-rls/", ASK])
def test_a_reader_who_came_without_tls_is_sent_to_https(ask_through_proxy, path):
    status, headers, _ = ask_through_proxy(path, {"Host": "clinic.example"})

    assert (status, headers["Location"]) == (301, f"https://clinic.example{path}")


def test_the_form_can_be_sent(ask_through_proxy):
    _, headers, text = ask_through_proxy(ASK, HTTPS)
    form = JustHTML(text, sanitize=False)
    fields = {field.attrs["name"]: field.attrs["value"] for field in form.query("main form input[value]")} | ANSWERS
    cookie = headers["Set-Cookie"].partition(";")[0]
    sender = {"Cookie": cookie, "Referer": f"https://clinic.example{ASK}", "Origin": "https://clinic.example"}
    sender["Content-Type"] = "application/x-www-form-urlencoded"

    status, _, text = ask_through_proxy(ASK, HTTPS | sender, fields)

    assert status == 200
    assert "Check your answers" in text
    assert "__Host-" in cookie


def test_a_path_is_never_read_from_a_header(ask_through_proxy):
    _, _, text = ask_through_proxy(ASK, HTTPS | {"SCRIPT_NAME": "/elsewhere"})

    assert "/elsewhere" not in text
