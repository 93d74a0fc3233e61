"""Readers say whether a page was useful, and nobody learns who they are."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from justhtml import JustHTML

from rlsinfo.articles import library
from rlsinfo.articles.views import searched_in_vain
from rlsinfo.readers import views
from rlsinfo.readers.models import Comment, SoughtWord, Votes
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

PAGE = "/causes/iron-and-rls/"


@pytest.fixture(autouse=True)
def _noon():
    """Of one day: what readers say is counted by the day, and how often by the hour."""
    with time_machine.travel(datetime(2026, 11, 18, 18, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def reader() -> Client:
    """A browser that sends no token and no cookie."""
    return Client(enforce_csrf_checks=True)


def say(reader: Client, useful: str = "yes", page: str = PAGE, **headers: str):
    return reader.post("/useful/", {"page": page, "useful": useful}, headers=headers)


def parsed(response) -> JustHTML:
    return JustHTML(response.content.decode(), sanitize=False)


def test_the_question_stands_at_the_foot_of_every_article_but_those_for_an_emergency(client):
    for article in library.all():
        asks = parsed(client.get(article.address)).query("form.useful")
        assert len(asks) == (article.path not in {"symptoms/when-to-get-help", "living/mood-and-mental-health"})


def test_answers_are_counted_by_page_and_day_and_nothing_else_is_kept(reader):
    for useful in ("yes", "yes", "no"):
        response = say(reader, useful)

    votes = Votes.objects.get()
    assert (votes.page, votes.day, votes.useful, votes.not_useful) == (PAGE, timezone.localdate(), 2, 1)
    assert response.status_code == 303
    assert not reader.cookies


def test_the_buttons_of_the_page_do_what_they_say(client, reader):
    (form,) = parsed(client.get(PAGE)).query("form.useful")
    fields = {each.attrs["name"]: each.attrs["value"] for each in form.query("input")}
    (no,) = (button for button in form.query("button") if button.to_text() == "No")

    reader.post(form.attrs["action"], fields | {no.attrs["name"]: no.attrs["value"]})

    assert Votes.objects.get().not_useful == 1


@pytest.mark.parametrize(
    ("sent", "headers"),
    [
        ({"page": "/no/such-page/", "useful": "yes"}, {}),
        ({"page": PAGE, "useful": "maybe"}, {}),
        ({}, {}),
        ({"page": PAGE, "useful": "yes"}, {"Sec-Fetch-Site": "cross-site"}),
    ],
    ids=["another page", "another answer", "nothing", "another site"],
)
def test_what_no_button_of_ours_sends_is_not_counted(reader, sent, headers):
    response = reader.post("/useful/", sent, headers=headers)

    assert response.status_code == 400
    assert not Votes.objects.exists()


def test_a_machine_that_presses_all_day_is_not_counted_on(reader, monkeypatch):
    monkeypatch.setattr(views, "ANSWERS", views.rates.Rate("useful", 2))

    for _ in range(5):
        assert say(reader).status_code == 303

    assert Votes.objects.get().useful == 2


def test_a_few_words_may_follow_without_numbers_and_addresses(reader):
    thanks = reader.get(say(reader, "no")["Location"])
    (form,) = parsed(thanks).query("main form")
    page = form.query("input[name=page]")[0].attrs["value"]

    answer = reader.post(
        form.attrs["action"], {"page": page, "words": "doses, call 555 010-0177 or ana@example.org\n12 Elm"}
    )

    assert "Nobody can tell" in answer.content.decode()
    comment = Comment.objects.get()
    assert comment.page == PAGE
    assert comment.words == "doses, call … … or … … Elm"
    with connection.cursor() as cursor:
        cursor.execute("SELECT words FROM readers_comment")
        assert "doses" not in cursor.fetchone()[0]


@pytest.mark.parametrize(("words", "said"), [("", "Type what you were looking for"), ("x" * 301, "use 300 or fewer")])
def test_words_that_cannot_be_kept_come_back_with_the_reason(reader, words, said):
    response = reader.post(reverse("readers:thanks"), {"page": PAGE, "words": words})

    assert response.status_code == 422
    assert said in response.content.decode()
    assert words in response.content.decode()
    assert not Comment.objects.exists()


def test_a_reader_is_thanked_though_the_database_is_away(reader, monkeypatch):
    def away(*_):
        raise DatabaseError("away")

    monkeypatch.setattr(views.rates, "spend", away)

    assert say(reader).status_code == 303
    kept = reader.post(reverse("readers:thanks"), {"page": PAGE, "words": "more on sleep"})
    assert kept.status_code == 503
    assert "more on sleep" in kept.content.decode()


def test_a_strange_page_in_the_address_of_the_thanks_offers_no_box(reader):
    response = reader.get(f"{reverse('readers:thanks')}?page=https://evil.example/")

    assert "evil.example" not in parsed(response).query("main")[0].to_html()


class TestWordsThatWereLookedForInVain:
    def search(self, typed: str, *, day: int = 0) -> None:
        Client().get("/search/", {"q": typed})
        SoughtWord.objects.update(last_day=timezone.localdate() - timedelta(days=1 + day))

    def test_are_written_down_once_they_were_typed_on_three_days(self):
        for _ in range(2):
            self.search("quinoxaline")
        assert SoughtWord.objects.get().word == ""

        self.search("quinoxaline")

        assert SoughtWord.objects.get().word == "quinoxaline"

    def test_count_once_a_day(self):
        for _ in range(5):
            Client().get("/search/", {"q": "quinoxaline"})

        assert SoughtWord.objects.get().days == 1

    def test_leave_no_name_number_or_address_behind(self):
        Client().get("/search/", {"q": "Zbigniewska 5550100177 zb@example.org 12b"})

        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM readers_soughtword")
            stored = str(cursor.fetchall()).lower()
        assert SoughtWord.objects.count() == 1
        assert not [part for part in ("zbigniewska", "5550100177", "example") if part in stored]

    def test_cost_a_reader_nothing_when_they_cannot_be_counted(self, caplog):
        def broken(**_):
            raise DatabaseError("away")

        searched_in_vain.connect(broken)
        try:
            assert Client().get("/search/", {"q": "quinoxaline"}).status_code == 200
        finally:
            searched_in_vain.disconnect(broken)


def test_editors_see_what_readers_told(client, reader):
    say(reader, "no")
    say(reader, "yes")
    Comment.objects.create(page=PAGE, words="more on <b>doses</b>", day=timezone.localdate())
    SoughtWord.objects.create(fingerprint=1, days=3, word="quinoxaline", last_day=timezone.localdate())
    client.force_login(make_staff())

    page = client.get(reverse("admin:readers")).content.decode()

    assert "50 in 100" in page
    assert "more on &lt;b&gt;doses" in page
    assert "quinoxaline" in page
