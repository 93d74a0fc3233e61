"""What a page is drawn with stands in it: exactly our files, let through by exactly their digests."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from rlsinfo import content_policy
from rlsinfo.assets import smaller


@pytest.fixture
def request_for_a_page():
    return RequestFactory().get("/")


def drawn(request, name):
    return Template("{% load in_the_page %}{% in_the_page name %}").render(Context({"request": request, "name": name}))


def digest(text):
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_a_style_sheet_is_let_through_by_what_it_says_and_no_script_with_it(request_for_a_page, settings):
    sheet = smaller((settings.BASE_DIR / "static/css/site.css").read_text(encoding="utf-8"))

    assert drawn(request_for_a_page, "css/site.css") == f"<style>{sheet}</style>"

    policy = content_policy.policy(request_for_a_page)
    assert f"style-src 'self' {digest(sheet)}; " in policy
    assert "script-src 'self'; " in policy


def test_a_script_loses_only_what_its_authors_read(request_for_a_page):
    element = drawn(request_for_a_page, "js/light.js")

    text = element.removeprefix("<script>").removesuffix("</script>")
    assert "localStorage.getItem" in text
    assert not re.search(r"^ |//", text, re.MULTILINE)
    assert f"script-src 'self' {digest(text)}; " in content_policy.policy(request_for_a_page)


def test_what_one_page_holds_is_not_let_through_on_another(request_for_a_page):
    drawn(request_for_a_page, "css/site.css")

    assert "sha256" not in content_policy.policy(RequestFactory().get("/"))
    assert "sha256" not in content_policy.policy()


def test_a_sheet_that_stands_there_twice_is_named_once(request_for_a_page):
    drawn(request_for_a_page, "css/forms.css")
    drawn(request_for_a_page, "css/forms.css")

    assert content_policy.policy(request_for_a_page).count("sha256") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/", "/causes/iron-and-rls/", "/search/?q=iron", "/consultation/request/", "/no-page/"]
)
def test_nothing_is_fetched_before_a_page_can_be_read(client, path):
    head = client.get(path).content.decode().partition("</head>")[0]

    assert not re.search(r"<script(?![^>]* defer)[^>]* src=|rel=.?(stylesheet|preload)", head)
