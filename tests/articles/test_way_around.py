"""From every article a reader can go up, on, back and to what the editor chose, and can send it to somebody."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from justhtml import JustHTML

from rlsinfo.articles import library

ARTICLES = pytest.mark.parametrize("article", library.all(), ids=lambda each: each.path)


@pytest.fixture
def shown(client, article) -> JustHTML:
    return JustHTML(client.get(article.address).content.decode(), sanitize=False)


def addresses(page: JustHTML, where: str) -> list[str]:
    return [link.attrs["href"] for link in page.query(where)]


@ARTICLES
def test_the_way_up_leads_to_the_section_and_home(shown, article):
    assert addresses(shown, ".crumbs a") == ["/", f"/{article.section}/"]


@ARTICLES
def test_the_pages_chosen_by_the_editor_stand_at_the_end_in_their_order(shown, article):
    assert addresses(shown, ".page > .flow > .links a") == [f"/{path}/" for path in article.related]
    assert 2 <= len(article.related) <= 4


@ARTICLES
def test_previous_and_next_lead_through_the_whole_section(shown, article):
    row = [each.address for each in library.by_section()[article.section]]
    at = row.index(article.address)

    assert addresses(shown, ".pager [rel=prev]") == row[max(at - 1, 0) : at]
    assert addresses(shown, ".pager [rel=next]") == row[at + 1 : at + 2]


@ARTICLES
def test_an_article_can_be_sent_by_mail_or_by_its_address(shown, article):
    (mail,) = addresses(shown, ".share a")
    fields = parse_qs(urlsplit(mail).query)

    assert mail.startswith("mailto:?")
    assert fields == {"subject": [article.title], "body": [f"{settings.SITE_URL}{article.address}"]}
    assert shown.query(".share b")[0].to_text() == addresses(shown, "link[rel=canonical]")[0]


def test_a_page_about_the_site_can_be_sent_too(client):
    page = JustHTML(client.get("/about/").content.decode(), sanitize=False)

    assert addresses(page, ".crumbs a") == ["/"]
    assert page.query(".share b")[0].to_text() == f"{settings.SITE_URL}/about/"
