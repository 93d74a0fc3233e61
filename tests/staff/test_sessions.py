"""A screen that is left alone locks itself, a day's session ends, and no typed word is lost by either."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.http import JsonResponse
from django.test import Client
from django.urls import path
from django.utils import timezone
from justhtml import JustHTML

from rlsinfo.staff.models import AccessEntry
from rlsinfo.staff.sessions import REFRESH, REFRESH_HEADER
from rlsinfo.urls import urlpatterns as addresses_of_the_site
from tests.factories import make_staff
from tests.staff.signing_in import PASSWORD, code_of, signed_in

pytestmark = pytest.mark.django_db

DESK = "/admin/desk/"
DRAFT = "/admin/desk/draft/"
WORDS = {"path": "causes/new-page", "text": 'Line one\r\n"quoted" & <b>bold</b>\r\n'}


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def desk(clock, maria):
    return signed_in(Client(), maria)


# For one test, an address in the admin that answers with what it was sent.
urlpatterns = [
    path("admin/echo/", admin.site.admin_view(lambda request: JsonResponse(dict(request.POST.lists())))),
    *addresses_of_the_site,
]


def fields(response) -> dict[str, str]:
    """What the form of a page would send, as a browser reads it."""
    form = JustHTML(response.content.decode(), sanitize=False).query("form")[0]
    inputs = [each.attrs for each in form.query("input")]
    return {each["name"]: each.get("value", "") for each in inputs if each["name"] != "csrfmiddlewaretoken"}


def is_locked(response) -> bool:
    return response.status_code == 403 and b"<h1>Locked</h1>" in response.content


def actions() -> list[tuple[str, str]]:
    return list(AccessEntry.objects.order_by("number").values_list("action", "outcome"))


class TestTheLock:
    def test_closes_after_fifteen_minutes_without_a_person(self, desk, clock):
        clock.shift(timedelta(minutes=15))
        assert desk.get(DESK).status_code == 200

        clock.shift(timedelta(minutes=15, seconds=1))

        assert is_locked(desk.get(DESK))
        assert is_locked(desk.post(DRAFT, WORDS))
        assert is_locked(desk.get("/admin/log/"))

    def test_closes_when_the_clock_was_ahead_and_is_put_right(self, desk, clock):
        clock.shift(timedelta(hours=-6))

        assert is_locked(desk.get(DESK))

    def test_stays_open_while_somebody_works(self, desk, clock):
        for _ in range(6):
            clock.shift(timedelta(minutes=14))
            assert desk.get(DESK).status_code == 200

    def test_is_not_put_off_by_a_page_that_refreshes_itself(self, desk, clock):
        for _ in range(16):
            clock.shift(timedelta(minutes=1))
            response = desk.get(DESK, headers={REFRESH_HEADER: REFRESH})

        assert is_locked(response)

    def test_says_who_is_signed_in_and_shows_nothing_else(self, desk, clock, read):
        clock.shift(timedelta(minutes=16))

        page = read(desk.get(DESK))

        assert "Signed in as <b>Maria Lopez</b>" in page
        assert "Not yet reviewed" not in page
        assert "user-tools" not in page

    def test_is_not_kept_by_a_cache(self, desk, clock):
        clock.shift(timedelta(minutes=16))

        assert "no-store" in desk.get(DESK)["Cache-Control"]

    def test_opens_with_the_password_alone_and_leads_back_to_the_same_address(self, desk, clock):
        clock.shift(timedelta(minutes=16))
        address = f"{DRAFT}?page=causes/iron-and-rls"
        page = desk.get(address)

        response = desk.post(address, fields(page) | {"unlock-password": PASSWORD})

        assert response.url == address
        assert desk.get(response.url).status_code == 200

    def test_keeps_every_word_and_lets_it_through(self, desk, clock):
        clock.shift(timedelta(minutes=16))
        page = desk.post(DRAFT, WORDS)

        response = desk.post(DRAFT, fields(page) | {"unlock-password": PASSWORD})

        assert response.status_code == 200
        sent = JustHTML(response.content.decode(), sanitize=False)
        assert sent.query('input[name="path"]')[0].attrs["value"] == "causes/new-page"
        assert sent.query("textarea")[0].to_text().strip() == 'Line one\n"quoted" & <b>bold</b>'

    def test_keeps_every_word_through_a_wrong_password(self, desk, clock, read):
        clock.shift(timedelta(minutes=16))
        page = desk.post(DRAFT, WORDS)

        wrong = desk.post(DRAFT, fields(page) | {"unlock-password": "wrong"})

        assert wrong.status_code == 403
        assert "That is not your password." in read(wrong)
        kept = fields(wrong)
        assert {name: kept[name] for name in WORDS} == {
            name: text.replace("\r\n", "\n") for name, text in WORDS.items()
        }
        assert is_locked(desk.get(DESK))
        assert desk.post(DRAFT, kept | {"unlock-password": PASSWORD}).status_code == 200

    def test_keeps_several_values_of_one_name(self, desk, clock):
        clock.shift(timedelta(minutes=16))

        page = desk.post(DRAFT, {"best_times": ["morning", "afternoon"]}).content.decode()

        assert page.count('name="best_times"') == 2

    def test_passes_on_what_was_typed_and_nothing_of_its_own(self, desk, clock, settings):
        settings.ROOT_URLCONF = __name__
        clock.shift(timedelta(minutes=16))
        page = desk.post("/admin/echo/", {"to": "working", "note": "kept"})

        response = desk.post("/admin/echo/", fields(page) | {"unlock-password": PASSWORD})

        assert response.json() == {"to": ["working"], "note": ["kept"]}

    @pytest.mark.parametrize(
        ("address", "typed"),
        [
            ("/admin/password_change/", {"current": "old one", "new_password1": "new one", "new_password2": "new one"}),
            ("/admin/your-sign-in/recovery-codes/", {"password": "old one", "code": "123456"}),
        ],
    )
    def test_writes_no_password_and_no_code_into_its_page(self, desk, clock, address, typed):
        clock.shift(timedelta(minutes=16))

        page = desk.post(address, typed)

        assert is_locked(page)
        assert not any(word in page.content.decode() for word in typed.values())

    def test_stores_no_typed_word(self, desk, clock):
        clock.shift(timedelta(minutes=16))
        desk.post(DRAFT, WORDS)

        assert "quoted" not in str(dict(desk.session))

    def test_does_not_open_with_the_password_of_a_colleague(self, desk, clock):
        make_staff(username="sam", password="twelve orange lanterns")
        clock.shift(timedelta(minutes=16))

        desk.post(DESK, {"unlock-method": "GET", "unlock-password": "twelve orange lanterns"})

        assert is_locked(desk.get(DESK))

    def test_slows_down_whoever_guesses(self, desk, clock, read):
        clock.shift(timedelta(minutes=16))

        for _ in range(10):
            response = desk.post(DESK, {"unlock-method": "GET", "unlock-password": "wrong"})

        assert "Wait 30 seconds before you try again." in read(response)
        assert is_locked(desk.post(DESK, {"unlock-method": "GET", "unlock-password": PASSWORD}))

    def test_needs_the_token_of_its_own_form(self, clock, maria):
        careful = signed_in(Client(enforce_csrf_checks=True), maria)
        clock.shift(timedelta(minutes=16))

        response = careful.post(DESK, {"unlock-method": "GET", "unlock-password": PASSWORD})

        assert response.status_code == 403
        assert not is_locked(response)
        assert is_locked(careful.get(DESK))

    def test_lets_somebody_else_sign_out(self, desk, clock, read):
        clock.shift(timedelta(minutes=16))

        assert "Nobody can see the requests" in read(desk.post("/admin/logout/"))
        assert desk.get(DESK).status_code == 302

    def test_can_be_closed_by_hand(self, desk, read):
        response = desk.post("/admin/lock/", {"next": DRAFT})

        assert response.url == DRAFT
        assert is_locked(desk.get(DRAFT))
        assert actions() == [("locked", "done")]

    @pytest.mark.parametrize("address", ["https://evil.example/", "admin", "\u034f", "../admin/", "x" * 3000])
    def test_leads_nowhere_else_when_it_is_closed_by_hand(self, desk, address):
        assert desk.post("/admin/lock/", {"next": address}).url == "/admin/"
        assert desk.get("/admin/lock/").status_code == 403

    def test_that_was_opened_in_another_tab_leads_on_in_this_one_too(self, desk, clock):
        clock.shift(timedelta(minutes=16))
        looking, sending = desk.get(DESK), desk.post(DRAFT, WORDS)
        desk.post(DESK, fields(looking) | {"unlock-password": PASSWORD})

        assert desk.post(DESK, fields(looking) | {"unlock-password": PASSWORD}).url == DESK
        sent = desk.post(DRAFT, fields(sending) | {"unlock-password": PASSWORD})
        assert sent.status_code == 200
        assert "quoted" in sent.content.decode()

    def test_is_written_down_once(self, desk, clock):
        clock.shift(timedelta(minutes=16))
        desk.get(DESK)
        desk.get(DESK)
        desk.post(DESK, {"unlock-method": "GET", "unlock-password": "wrong"})
        desk.post(DESK, {"unlock-method": "GET", "unlock-password": PASSWORD})

        assert actions() == [("locked", "done"), ("sign_in", "refused"), ("unlocked", "done")]

    def test_does_not_concern_readers_of_the_public_pages(self, desk, clock):
        clock.shift(timedelta(minutes=16))

        assert desk.get("/consultation/request/").status_code == 200


class TestTheEndOfTheDay:
    def test_comes_after_twelve_hours_however_much_was_done(self, desk, clock):
        for _ in range(71):
            clock.shift(timedelta(minutes=10))
            response = desk.get(DESK)
        assert response.status_code == 200

        clock.shift(timedelta(minutes=10))

        assert desk.get(DESK).url == f"/admin/login/?next={DESK}"

    def test_loses_no_word_that_is_sent_after_it(self, desk, clock, maria, read):
        clock.shift(timedelta(hours=13))
        page = desk.post(DRAFT, WORDS)
        assert page.status_code == 403
        assert "Your session has ended" in read(page)

        again = {"again-username": maria.username, "again-password": PASSWORD, "again-code": code_of(maria)}
        response = desk.post(DRAFT, fields(page) | again)

        assert response.status_code == 200
        sent = JustHTML(response.content.decode(), sanitize=False)
        assert sent.query("textarea")[0].to_text().strip() == 'Line one\n"quoted" & <b>bold</b>'
        assert desk.get(DESK).status_code == 200
        assert actions()[-1] == ("sign_in", "done")

    def test_leads_whoever_left_a_locked_screen_overnight_back_to_the_page(self, desk, clock, maria, read):
        clock.shift(timedelta(minutes=16))
        locked = desk.get(DESK)
        clock.shift(timedelta(hours=15))

        page = desk.post(DESK, fields(locked) | {"unlock-password": PASSWORD})
        assert "Sign in here, and you are back where you were." in read(page)
        again = {"again-username": maria.username, "again-password": PASSWORD, "again-code": code_of(maria)}
        response = desk.post(DESK, fields(page) | again)

        assert response.url == DESK
        assert desk.get(DESK).status_code == 200

    @pytest.mark.parametrize("wrong", ["again-password", "again-code", "again-username"])
    def test_keeps_every_word_while_something_is_wrong(self, desk, clock, maria, wrong):
        clock.shift(timedelta(hours=13))
        page = desk.post(DRAFT, WORDS)
        again = {"again-username": maria.username, "again-password": PASSWORD, "again-code": code_of(maria)}

        response = desk.post(DRAFT, fields(page) | again | {wrong: "000000"})

        assert response.status_code == 403
        assert fields(response)["text"] == WORDS["text"].replace("\r\n", "\n")
        assert desk.get(DESK).status_code == 302

    def test_opens_nothing_to_who_may_not_do_it(self, desk, clock, read):
        curious = make_staff("view_user", username="sam", password=PASSWORD)
        clock.shift(timedelta(hours=13))

        again = {"again-username": "sam", "again-password": PASSWORD, "again-code": code_of(curious)}
        response = desk.post("/admin/log/", again | {"again-method": "POST"})

        assert response.status_code == 403
        assert "Your session has ended" not in read(response)


class TestAPageFromBeforeSomebodySignedInAnew:
    HERE = "http://testserver"

    @pytest.fixture
    def client_of_maria(self, maria):
        """It shows a page of the morning in one tab, and has signed in anew in another."""
        client_of_maria = signed_in(Client(enforce_csrf_checks=True), maria)
        client_of_maria.old = self.proof(client_of_maria)
        client_of_maria.cookies.pop("csrf")
        return client_of_maria

    @staticmethod
    def proof(client_of_maria) -> str:
        page = JustHTML(client_of_maria.get("/admin/your-sign-in/").content.decode(), sanitize=False)
        return page.query("[name=csrfmiddlewaretoken]")[0].attrs["value"]

    def test_keeps_every_word_and_sends_it_after_one_press(self, client_of_maria, read):
        client_of_maria.get("/admin/your-sign-in/")
        sent = WORDS | {"csrfmiddlewaretoken": client_of_maria.old}

        page = client_of_maria.post(DRAFT, sent, headers={"origin": self.HERE})
        assert page.status_code == 403
        assert "Nothing was changed, and nothing you typed is lost." in read(page)
        again = client_of_maria.post(DRAFT, fields(page) | {"csrfmiddlewaretoken": self.proof(client_of_maria)})

        assert again.status_code == 200
        assert "&quot;quoted&quot;" in again.content.decode()

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
    def test_a_form_of_another_site_is_offered_to_nobody(self, client_of_maria, origin, read):
        page = client_of_maria.post(DRAFT, WORDS, headers={"origin": origin} if origin else {})

        assert page.status_code == 403
        assert "quoted" not in read(page)
        assert "Send it now" not in read(page)

    def test_whoever_is_not_signed_in_is_offered_nothing(self, read):
        page = Client(enforce_csrf_checks=True).post(DRAFT, WORDS, headers={"origin": self.HERE})

        assert "Send it now" not in read(page)
