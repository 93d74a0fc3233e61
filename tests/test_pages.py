"""What holds for every public page. No test here asks for the database, so a query on a public page fails it."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest
import time_machine
from django.urls import reverse
from justhtml import JustHTML

from rlsinfo import pages
from rlsinfo.articles import library

PAGES = [page.path for page in pages.public_pages()]


@pytest.fixture(scope="module")
def documents():
    """Every public page, asked for once and read as a browser would."""
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1:8000"})
    return {path: client.get(path) for path in PAGES}


def parsed(answer):
    return JustHTML(answer.content.decode(), sanitize=False)


@pytest.mark.parametrize("path", PAGES)
class TestEveryPage:
    def test_answers_without_a_cookie_and_the_same_for_everybody(self, path, documents):
        answer = documents[path]

        assert answer.status_code == 200
        assert not answer.cookies
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "csrfmiddlewaretoken" not in answer.content.decode()

    def test_is_well_formed(self, path, documents):
        assert JustHTML(documents[path].content.decode(), collect_errors=True, sanitize=False).errors == []

    def test_has_one_title_one_h1_and_no_skipped_heading(self, path, documents):
        page = parsed(documents[path])
        levels = [int(heading.name[1]) for heading in page.query("h1, h2, h3, h4, h5, h6")]

        assert len(page.query("head title")) == 1
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))

    def test_has_no_id_twice_and_no_link_to_a_missing_one(self, path, documents):
        page = parsed(documents[path])
        ids = [element.attrs["id"] for element in page.query("[id]")]
        referred = [link.attrs["href"][1:] for link in page.query('a[href^="#"]')]
        for attribute in ("aria-labelledby", "aria-describedby", "for"):
            referred += [name for each in page.query(f"[{attribute}]") for name in each.attrs[attribute].split()]

        assert len(ids) == len(set(ids))
        assert set(referred) <= set(ids)

    def test_asks_no_foreign_host_for_anything(self, path, documents):
        page = parsed(documents[path])
        fetched = [element.attrs["src"] for element in page.query("[src]")]
        fetched += [
            link.attrs["href"] for link in page.query("link") if link.attrs["rel"] not in ("canonical", "alternate")
        ]

        assert fetched
        assert all(address.startswith("/static/") for address in fetched)

    def test_names_its_own_address_and_describes_itself(self, path, documents):
        page = parsed(documents[path])
        canonical = [link.attrs["href"] for link in page.query('link[rel="canonical"]')]
        description = [meta.attrs["content"] for meta in page.query('meta[name="description"]')]

        assert canonical == [f"http://127.0.0.1:8000{path}"]
        assert 50 <= len(description[0]) <= 200

    def test_prints_quotation_marks_in_one_way(self, path, documents):
        assert not re.search("[“”‘’]", documents[path].content.decode())

    def test_says_first_whom_to_call_in_an_emergency(self, path, documents):
        text = parsed(documents[path]).query("body")[0].to_text()

        assert "911" in text[:200]
        assert "988" in text[:200]

    def test_leads_only_to_pages_that_exist(self, path, documents, client):
        page = parsed(documents[path])
        targets = {link.attrs["href"] for link in page.query("a[href]")}
        internal = {target.split("?")[0] for target in targets if target.startswith("/")}

        for target in internal:
            address, _, fragment = target.partition("#")
            if address in documents:
                answer = documents[address]
            elif address == reverse("consultations:ask"):
                continue
            else:
                answer = client.get(address, headers={"host": "127.0.0.1:8000"})
            assert answer.status_code == 200, target
            if fragment:
                assert f'id="{fragment}"' in answer.content.decode(), target


WITH_A_PICTURE = [page.address for page in (library.home(), *library.all(), *library.pages(), *library.translations())]


@pytest.mark.parametrize("path", [*WITH_A_PICTURE, *(section.address for section in library.SECTIONS)])
def test_another_site_can_show_a_page_as_a_card_with_its_title_and_a_large_picture(path, documents):
    page = parsed(documents[path])
    said = {
        each.attrs.get("property") or each.attrs.get("name"): each.attrs["content"]
        for each in page.query("meta[content]")
    }

    assert said["twitter:card"] == "summary_large_image"
    assert said["og:image"].startswith("http://127.0.0.1:8000/static/social/")
    assert page.query_one("title").to_text().startswith(said["og:title"])
    assert said["description"]


@pytest.mark.parametrize("article", library.all(), ids=lambda article: article.path)
class TestEveryArticle:
    def test_shows_what_every_number_rests_on(self, article, documents):
        page = parsed(documents[article.address])
        numbers = {link.attrs["href"][1:] for link in page.query("sup a")}
        grounds = page.query("ol.rests > li")

        assert numbers
        assert numbers <= {ground.attrs["id"] for ground in grounds}
        assert all(ground.query(".refs") for ground in grounds)

    def test_says_that_no_clinician_has_reviewed_it(self, article, documents):
        assert article.reviewed is None
        assert "Not yet reviewed by a clinician." in parsed(documents[article.address]).query(".status")[0].to_text()

    def test_tells_search_engines_what_it_tells_the_reader(self, article, documents):
        page = parsed(documents[article.address])
        data = json.loads(page.query('script[type="application/ld+json"]')[0].to_text())
        web_page = next(each for each in data["@graph"] if each["@type"] == "MedicalWebPage")

        assert web_page["name"] == page.query("h1")[0].to_text().strip() == article.title
        assert web_page["description"] == page.query(".lead")[0].to_text().strip()
        assert web_page["dateModified"] == article.updated.isoformat()
        assert "reviewedBy" not in web_page

    def test_says_who_wrote_and_paid_for_it_and_when_it_changed(self, article, documents):
        status = parsed(documents[article.address]).query(".status")[0]

        assert "Written and paid for by Truffles Vein Specialists" in status.to_text()
        assert status.query("a")[0].attrs["href"] == "/about/"
        assert "Last changed November" in status.to_text()

    def test_has_a_way_on(self, article, documents):
        assert parsed(documents[article.address]).query("nav.pager a")


URGENT = {"when-to-get-help", "mood-and-mental-health"}


def test_every_article_offers_a_call_but_those_for_an_emergency(documents):
    for article in library.all():
        offer = f"{reverse('consultations:start')}?from={article.address}"
        assert (offer in documents[article.address].content.decode()) == (article.slug not in URGENT)


def test_on_pages_for_an_emergency_the_cards_come_before_the_contents(documents):
    for article in library.all():
        page = documents[article.address].content.decode()
        if article.slug in URGENT:
            assert page.index('class="care emergency"') < page.index('class="side contents"')


def test_vascular_pages_state_the_interest(documents):
    for article in library.by_section()["vascular"]:
        assert "something to gain" in parsed(documents[article.address]).query(".interest")[0].to_text()


def test_the_sitemap_names_every_public_page_by_its_canonical_address(client):
    listed = re.findall(r"<loc>(.*?)</loc>", client.get("/sitemap.xml").content.decode())

    assert listed == [f"http://127.0.0.1:8000{path}" for path in PAGES]


def test_robots_may_read_everything_but_forms_and_the_admin(client):
    text = client.get("/robots.txt").content.decode()

    assert "Disallow: /admin/" in text
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in text
    assert "Disallow: /\n" not in text


def test_whom_to_tell_of_a_hole_is_not_said_until_somebody_can_be_told(client):
    assert client.get("/.well-known/security.txt").status_code == 404


def test_whom_to_tell_of_a_hole_is_said_as_machines_expect_it(client, settings):
    settings.CLINIC = replace(settings.CLINIC, security_contact="mailto:holes@clinic.example")

    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        answer = client.get("/.well-known/security.txt")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.content.decode().splitlines() == [
        "Contact: mailto:holes@clinic.example",
        "Expires: 2027-02-18T12:00:00Z",
        "Canonical: http://127.0.0.1:8000/.well-known/security.txt",
        "Preferred-Languages: en",
    ]


def test_a_missing_page_offers_ways_on(client):
    answer = client.get("/causes/no-such-page/")

    assert answer.status_code == 404
    assert b"A to Z" in answer.content


def test_a_page_without_its_slash_is_found(client):
    answer = client.get("/causes/iron-and-rls")

    assert (answer.status_code, answer["Location"]) == (301, "/causes/iron-and-rls/")


def test_the_clinic_is_described_by_what_is_known_of_it_alone(client):
    data = json.loads(parsed(client.get("/")).query('script[type="application/ld+json"]')[0].to_text())
    clinic = next(each for each in data["@graph"] if each["@type"] == "MedicalClinic")

    assert clinic == {
        "@type": "MedicalClinic",
        "name": "Truffles Vein Specialists",
        "url": "https://trufflesveinspecialists.com",
    }


def test_a_broken_site_still_tells_whom_to_call(client, monkeypatch, settings):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    client.raise_request_exception = False
    monkeypatch.setattr("rlsinfo.views.library.by_section", lambda: 1 / 0)

    answer = client.get("/")

    assert answer.status_code == 500
    assert b"Something went wrong on our side" in answer.content
    assert b"911" in answer.content


def test_a_broken_frame_still_tells_whom_to_call(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("rlsinfo.views.render", lambda *arguments, **options: 1 / 0)

    answer = client.get("/")

    assert answer.status_code == 500
    assert b"call 911" in answer.content


def test_health_answers_while_requests_can_be_stored(client, db):
    assert client.get("/health/").json() == {"ok": True}


def test_health_fails_when_they_cannot(client, monkeypatch):
    from django.db import OperationalError

    def away():
        raise OperationalError

    monkeypatch.setattr("rlsinfo.views.connection.cursor", away)

    assert client.get("/health/").status_code == 503


def test_changes_can_be_followed_without_being_followed(client):
    answer = client.get("/changes.atom", headers={"host": "127.0.0.1"})

    feed = ElementTree.fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"
    entries = feed.findall(f"{atom}entry")
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert feed.find(f"{atom}link[@rel='self']").attrib["href"] == "http://127.0.0.1:8000/changes.atom"
    assert len(entries) >= len(library.all())
    dates = [entry.findtext(f"{atom}updated") for entry in entries]
    assert dates == sorted(dates, reverse=True)
    assert {entry.find(f"{atom}link").attrib["href"] for entry in entries} <= {
        f"http://127.0.0.1:8000{path}" for path in PAGES
    }
    assert len({entry.findtext(f"{atom}id") for entry in entries}) == len(entries)
    assert not answer.cookies


def test_the_search_says_what_it_is_for_and_stays_out_of_search_engines(client, db):
    head = parsed(client.get("/search/")).query("meta[name]")

    named = {meta.attrs["name"]: meta.attrs["content"] for meta in head}
    assert "every page" in named["description"]
    assert named["robots"] == "noindex"


def test_the_search_stands_on_the_way_in(documents):
    (form,) = parsed(documents["/"]).query("form[role=search]")

    assert form.attrs["action"] == "/search/"
    assert form.query("input[name=q]")
