"""A day at the front desk: by keyboard alone, by two people at once, without a connection, without script."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import backstage
from tests.browser.conftest import COLLEAGUE, PASSWORD, PHONE
from tests.browser.steps import sign_in, tab_to
from tests.factories import make_answers
from tests.running_site import RunningSite
from tests.staff.signing_in import code_for

pytestmark = pytest.mark.browser

LIST = re.compile("/admin/consultations/consultationrequest/$")
A_REQUEST = re.compile(r"/consultationrequest/\d+/change/$")


@pytest.fixture(autouse=True)
def nobody_waits(site):
    backstage.put_everything_away(site)


def arrive(site: RunningSite, *names: str, hours_ago: int = 0, **changes: Any) -> None:
    backstage.arrive(site, [make_answers(name=name, **changes) for name in names], hours_ago=hours_ago)


def press(page: Page, name: str) -> None:
    """Go to a button or a link with Tab alone, and press it."""
    tab_to(page, name)
    page.keyboard.press("Enter")


def figure(page: Page, name: str):
    """One of the figures on how the day stands."""
    return page.locator(".day div").filter(has_text=name).locator("dd")


def opened(page: Page, name: str) -> None:
    """The page of this person is there."""
    expect(page).to_have_url(A_REQUEST)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


# --- one day ------------------------------------------------------------------------------------


def test_a_whole_day_by_keyboard_alone(page: Page, site: RunningSite):
    callers = [f"Caller{number:02} Ortiz" for number in range(1, 29)]
    arrive(site, *callers, hours_ago=14)
    arrive(site, "Uta Urgent", hours_ago=13, note="I have chest pain at night")
    arrive(site, "Tim Trapped", hours_ago=12, trap="filled in by a password manager")

    # A code of a phone works once, so whoever works this day has a phone of their own.
    site.make_staff("dora", PASSWORD, name="Dora Day", phone=PHONE)

    page.goto("/admin/")
    tab_to(page, "username")
    page.keyboard.type("dora")
    tab_to(page, "password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    tab_to(page, "code")
    page.keyboard.type(code_for(PHONE))
    page.keyboard.press("Enter")
    expect(page).to_have_url(LIST)
    for name, count in (("Not tried yet", 29), ("Due now", 29), ("Waiting for later", 0), ("Spam to skim", 1)):
        expect(figure(page, name)).to_have_text(str(count))

    def take_the_next(name: str) -> dict[str, Any]:
        first, last = name.split()
        expect(page.locator(".next .who")).to_have_text(f"{first} {last[0]}.")
        press(page, "Take this one")
        opened(page, name)
        found = backstage.stored(site, name)
        assert (found["claimed_by"], found["attempts"]) == ("dora", [])
        backstage.lists_hold_everybody(site)
        return found

    def ended(name: str, state: str, *attempts: str) -> dict[str, Any]:
        found = backstage.stored(site, name)
        assert (found["state"], found["attempts"]) == (state, list(attempts))
        backstage.lists_hold_everybody(site)
        log = backstage.log_about(site, found["reference"])
        assert {who for who, _, _ in log} == {"Dora Day"}
        assert [detail for _, action, detail in log if action == "change"][-1] in {"press", "undo"}
        assert "view" in {action for _, action, _ in log}
        return found

    # The one that may be urgent stands first. They talk, and book: three presses in all.
    take_the_next("Uta Urgent")
    expect(page.locator(".callbox")).to_contain_text("Read it before you dial.")
    press(page, "Reached")
    expect(page.locator(".stands")).to_contain_text("Talking with them")
    assert backstage.stored(site, "Uta Urgent")["state"] == "talking"
    press(page, "Visit booked")
    tab_to(page, "visit_date")
    page.keyboard.type(f"{datetime.now(UTC) + timedelta(days=14):%m%d%Y}")
    press(page, "Booked, close it")
    expect(page).to_have_url(LIST)
    ended("Uta Urgent", "scheduled", "reached", "booked")

    # Nobody answers: one press. It was the wrong button: undone at once, and the right one pressed.
    take_the_next("Caller01 Ortiz")
    press(page, "No answer")
    expect(page).to_have_url(LIST)
    expect(page.locator(".undo")).to_contain_text("No answer: Caller01 O.; back on the list")
    ended("Caller01 Ortiz", "trying", "no_answer")
    press(page, "Undo")
    opened(page, "Caller01 Ortiz")
    undone = ended("Caller01 Ortiz", "new")
    assert (undone["undone"], undone["tries"]) == (["no_answer"], 0)
    press(page, "Left a message")
    expect(page).to_have_url(LIST)
    ended("Caller01 Ortiz", "trying", "left_message")

    # Somebody wants to be called on another day.
    take_the_next("Caller02 Ortiz")
    day = datetime.now(UTC) + timedelta(days=10)
    tab_to(page, "why")
    page.keyboard.type("Is at work until Friday.")
    press(page, "Call again at another time")
    tab_to(page, "again_day")
    page.keyboard.type(f"{day:%m%d%Y}")
    tab_to(page, "again_time")
    page.keyboard.type("1030A")
    # Round to the buttons, which stand above.
    press(page, "Call back later")
    expect(page).to_have_url(LIST)
    promised = ended("Caller02 Ortiz", "call_back", "call_back")
    assert promised["due"].startswith(f"{day:%Y-%m-%d} 10:30")

    # Somebody has decided against it: closed, with its reason.
    take_the_next("Caller03 Ortiz")
    press(page, "Close with a reason")
    tab_to(page, "reason")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_label("They decided against it")).to_be_checked()
    press(page, "Close it")
    expect(page).to_have_url(LIST)
    ended("Caller03 Ortiz", "declined", "closed")

    # A person was taken for spam: restored with one press, and called like everybody else.
    press(page, "Spam and duplicates")
    expect(page.locator(".skim tbody th a")).to_have_text(["Tim Trapped"])
    press(page, "Restore Tim Trapped")
    opened(page, "Tim Trapped")
    restored = backstage.stored(site, "Tim Trapped")
    assert restored["state"] == "new"
    assert backstage.log_about(site, restored["reference"])[0] == ("Dora Day", "change", "restore")
    assert backstage.query(site, "SELECT kind FROM consultations_outboxmail WHERE request_id = ?", restored["pk"])
    press(page, "No answer")
    expect(page).to_have_url(LIST)
    ended("Tim Trapped", "trying", "no_answer")

    # Nobody else answers: one press each, until the list is empty.
    for left, name in reversed(list(enumerate(reversed(callers[3:]), start=1))):
        expect(figure(page, "Due now")).to_have_text(str(left))
        take_the_next(name)
        press(page, "No answer")
        expect(page).to_have_url(LIST)
        ended(name, "trying", "no_answer")

    expect(page.locator(".nothing")).to_contain_text("Nothing to do. The next call is due")
    for name, count in (("Not tried yet", 0), ("Due now", 0), ("Waiting for later", 28), ("Spam to skim", 0)):
        expect(figure(page, name)).to_have_text(str(count))


# --- two people at once -------------------------------------------------------------------------


@pytest.fixture
def frida(page: Page) -> Page:
    sign_in(page)
    return page


@pytest.fixture
def sam(second_page: Page) -> Page:
    sign_in(second_page, COLLEAGUE)
    return second_page


def test_of_two_who_take_the_same_person_one_calls_and_the_other_is_told(frida: Page, sam: Page, site: RunningSite):
    arrive(site, "Twice Taken")
    for each in (frida, sam):
        each.goto("/admin/")

    frida.get_by_role("button", name="Take Twice T.").click()
    opened(frida, "Twice Taken")
    sam.get_by_role("button", name="Take Twice T.").click()

    expect(sam.get_by_role("alert")).to_contain_text("Frida Kern has this request in hand")
    expect(sam.locator(".hands")).to_contain_text("Do not call as well.")
    expect(sam.get_by_role("button", name="No answer")).to_have_count(0)
    sam.goto("/admin/")
    expect(sam.get_by_role("row", name="Twice T.")).to_contain_text("Frida Kern")
    assert backstage.stored(site, "Twice Taken")["claimed_by"] == "frida"


def test_of_two_who_press_one_is_written_down_and_the_other_keeps_the_words(frida: Page, sam: Page, site: RunningSite):
    arrive(site, "Twice Pressed")
    for each in (frida, sam):
        each.goto("/admin/")
        each.get_by_role("link", name="Twice P.", exact=True).click()

    frida.get_by_role("button", name="No answer").click()
    expect(frida).to_have_url(LIST)
    sam.get_by_label("A few words for whoever looks next").fill("Her son: call on Friday.")
    sam.get_by_role("button", name="Reached").click()

    expect(sam.get_by_role("alert")).to_contain_text("Last: No answer, Frida Kern")
    expect(sam.get_by_label("A few words for whoever looks next")).to_have_value("Her son: call on Friday.")
    assert backstage.stored(site, "Twice Pressed")["attempts"] == ["no_answer"]


def test_a_double_click_is_one_try(frida: Page, site: RunningSite):
    arrive(site, "Double Clicked")
    frida.goto("/admin/")
    frida.get_by_role("link", name="Double C.", exact=True).click()

    frida.get_by_role("button", name="No answer").dblclick()

    expect(frida).to_have_url(LIST)
    found = backstage.stored(site, "Double Clicked")
    assert (found["attempts"], found["tries"]) == (["no_answer"], 1)


# --- a list that lives --------------------------------------------------------------------------


@pytest.fixture
def live_list(frida: Page) -> Page:
    """The list, in a browser whose clock a test sets forward."""
    frida.clock.install()
    frida.goto("/admin/")
    return frida


def test_who_arrives_appears_without_a_reload_and_takes_nobody_s_place_from_the_keyboard(
    live_list: Page, site: RunningSite
):
    arrive(site, "Early Bird", hours_ago=1)
    live_list.clock.run_for(31_000)
    expect(live_list.get_by_role("row", name="Early B.")).to_be_visible()
    live_list.get_by_role("button", name="Take Early B.").focus()

    arrive(site, "Just Arrived")
    live_list.clock.run_for(31_000)

    expect(live_list.get_by_role("row", name="Just A.")).to_be_visible()
    expect(figure(live_list, "Not tried yet")).to_have_text("2")
    expect(live_list.get_by_role("button", name="Take Early B.")).to_be_focused()


def test_a_list_that_could_not_be_renewed_for_two_minutes_says_so_until_it_is(live_list: Page):
    stale = live_list.get_by_role("alert")
    live_list.context.set_offline(True)
    live_list.clock.run_for(100_000)
    expect(stale).to_be_hidden()

    live_list.clock.run_for(30_000)
    expect(stale).to_contain_text("This list is out of date.")

    live_list.context.set_offline(False)
    live_list.clock.run_for(31_000)
    expect(stale).to_be_hidden()


def test_whoever_has_a_request_open_is_told_when_a_colleague_takes_it(frida: Page, sam: Page, site: RunningSite):
    arrive(site, "Twice Opened")
    frida.clock.install()
    for each in (frida, sam):
        each.goto("/admin/")
        each.get_by_role("link", name="Twice O.", exact=True).click()
    changed = frida.get_by_text("This request has changed since you opened it.")
    frida.clock.run_for(31_000)
    expect(changed).to_be_hidden()

    sam.get_by_role("button", name="Take it").click()
    expect(sam.locator(".hands")).to_contain_text("Yours until")
    frida.clock.run_for(31_000)
    expect(changed).to_be_visible()
    frida.get_by_role("link", name="Look again").click()

    expect(frida.locator(".hands")).to_contain_text("Sam Tran has this in hand")
    expect(changed).to_be_hidden()


def test_a_screen_left_alone_shows_nobody_and_comes_back_with_every_word(frida: Page, site: RunningSite):
    arrive(site, "Left Alone")
    frida.clock.install()
    frida.goto("/admin/")
    frida.get_by_role("link", name="Left A.", exact=True).click()
    frida.get_by_text("Correct what they mistyped").click()
    frida.get_by_label("Right phone number").fill("555 010 7777")
    frida.get_by_label("A few words for whoever looks next").fill("Her son: <b>Friday</b>")

    frida.clock.fast_forward(15 * 60_000 + 6_000)
    expect(frida.get_by_role("heading", name="Locked")).to_be_visible()
    expect(frida.locator("body")).not_to_contain_text("Left Alone")
    expect(frida).to_have_title(re.compile("Locked"))
    assert Axe().run(frida).violations_count == 0
    other = frida.context.new_page()
    other.goto("/admin/")
    expect(other.get_by_role("heading", name="Locked")).to_be_visible()
    expect(frida.get_by_label("Password")).to_be_focused()
    frida.keyboard.type("wrong")
    frida.keyboard.press("Enter")
    expect(frida.get_by_role("alert")).to_contain_text("That is not your password.")
    frida.keyboard.type(PASSWORD)
    frida.keyboard.press("Enter")

    expect(frida.get_by_role("heading", name="Left Alone")).to_be_visible()
    expect(frida.get_by_label("Right phone number")).to_have_value("555 010 7777")
    expect(frida.get_by_label("A few words for whoever looks next")).to_have_value("Her son: <b>Friday</b>")
    frida.get_by_role("button", name="Keep the correction").click()
    expect(frida.locator(".phone")).to_have_text("555 010 7777")


def test_a_locked_screen_that_cannot_be_opened_just_now_loses_no_word(frida: Page, site: RunningSite):
    arrive(site, "Away Awhile")
    frida.clock.install()
    frida.goto("/admin/")
    frida.get_by_role("link", name="Away A.", exact=True).click()
    frida.get_by_label("A few words for whoever looks next").fill("Her daughter: Monday")
    frida.clock.fast_forward(15 * 60_000 + 6_000)
    expect(frida.get_by_label("Password")).to_be_focused()

    for away in (lambda route: route.fulfill(status=503, body="<h1>Away</h1>"), lambda route: route.abort()):
        frida.route("**/change/*", away)
        frida.keyboard.type(PASSWORD)
        frida.keyboard.press("Enter")
        expect(frida.get_by_role("alert")).to_have_count(1)
        expect(frida.get_by_role("alert")).to_contain_text("Nothing is lost: please try again in a minute.")
        frida.unroute("**/change/*")
        # So that the next one is seen to come.
        frida.get_by_role("alert").evaluate("alert => alert.remove()")
    frida.keyboard.type(PASSWORD)
    frida.keyboard.press("Enter")

    expect(frida.get_by_role("heading", name="Away Awhile")).to_be_visible()
    expect(frida.get_by_label("A few words for whoever looks next")).to_have_value("Her daughter: Monday")


def test_the_keyboard_starts_at_what_is_to_be_done(frida: Page, site: RunningSite):
    arrive(site, "Kim Keys")
    frida.goto("/admin/")
    take = frida.get_by_role("button", name="Take this one")
    expect(take).to_be_focused()
    expect(take).to_have_accessible_description(re.compile(r"Kim K\. Next\. Came"))
    frida.keyboard.press("Enter")

    opened(frida, "Kim Keys")
    expect(frida.get_by_label("How to reach them")).to_be_focused()
    steps_to = []
    while "No answer" not in "".join(steps_to):
        frida.keyboard.press("Tab")
        steps_to.append(frida.evaluate("document.activeElement.innerText"))
    assert len(steps_to) <= 6, steps_to
    frida.goto("/admin/consultations/consultationrequest/find/")
    expect(frida.get_by_label("Find a person")).to_be_focused()
    frida.keyboard.type("kim")
    frida.keyboard.press("Enter")
    expect(frida.get_by_role("row", name="Kim Keys")).to_be_visible()


def test_the_time_that_a_button_suggested_is_changed_right_after(frida: Page, site: RunningSite):
    arrive(site, "Tim Later")
    frida.goto("/admin/")
    frida.get_by_role("button", name="Take this one").click()
    frida.get_by_role("button", name="No answer").click()
    frida.get_by_role("link", name="Change the time").click()

    day = datetime.now(UTC) + timedelta(days=10)
    frida.get_by_label("Day", exact=True).fill(f"{day:%Y-%m-%d}")
    frida.get_by_label("Time", exact=True).fill("10:30")
    frida.get_by_role("button", name="Change the time only").click()

    expect(frida.locator(".hands")).to_be_visible()
    found = backstage.stored(site, "Tim Later")
    assert (found["attempts"], found["due"][:16]) == (["no_answer"], f"{day:%Y-%m-%d} 10:30")


def test_what_is_typed_is_not_lost_with_the_page(frida: Page, site: RunningSite):
    arrive(site, "Half Typed")
    frida.goto("/admin/")
    frida.get_by_role("link", name="Half T.", exact=True).click()

    words = frida.get_by_label("A few words for whoever looks next")
    words.press_sequentially("Her son says: <b>Friday</b>")
    expect(frida.locator(".draft-state")).to_have_text("Your words are kept.")
    frida.goto("/admin/")
    frida.go_back()
    frida.reload()

    expect(words).to_have_value("Her son says: <b>Friday</b>")


def test_undo_leaves_when_its_minute_is_over(frida: Page, site: RunningSite):
    arrive(site, "Un Done")
    frida.goto("/admin/")
    frida.get_by_role("link", name="Un D.", exact=True).click()
    frida.clock.install()
    # After this one the page does not renew itself by the clock of the site.
    frida.get_by_role("button", name="Reached").click()
    expect(frida.locator(".undo")).to_be_visible()
    frida.wait_for_load_state("load")

    frida.clock.run_for(61_000)

    expect(frida.locator(".undo")).to_be_hidden()


# --- without script -----------------------------------------------------------------------------


class TestWithoutScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return browser_context_args | {"java_script_enabled": False}

    def test_a_request_is_taken_called_closed_and_found(self, frida: Page, site: RunningSite):
        arrive(site, "Plain Pages")
        frida.goto("/admin/")
        frida.get_by_role("button", name="Take this one").click()
        opened(frida, "Plain Pages")
        frida.get_by_role("button", name="Reached").click()
        expect(frida.locator(".undo")).to_contain_text("Reached: Plain P.")

        frida.locator("summary", has_text="Close").click()
        frida.get_by_label("Not for us: too far away").check()
        frida.get_by_role("button", name="Close it").click()
        expect(frida).to_have_url(LIST)
        frida.get_by_label("Find a person").fill("plan pages")
        frida.get_by_role("button", name="Find").click()

        expect(frida.get_by_role("row", name="Plain Pages")).to_contain_text("Not for us")
        assert "plan" not in frida.url
        assert backstage.stored(site, "Plain Pages")["attempts"] == ["reached", "closed"]

    def test_a_hint_to_renew_the_list_stands_there(self, frida: Page):
        expect(frida.get_by_role("link", name="Refresh")).to_be_visible()


# --- every page, in every light and width -------------------------------------------------------


def find(page: Page, text: str) -> None:
    page.goto("/admin/consultations/consultationrequest/find/")
    page.get_by_label("Find a person").fill(text)
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".said-of, .nothing-found")).to_contain_text(text)


def open_one(page: Page, name: str) -> None:
    find(page, name)
    page.get_by_role("link", name=name, exact=True).click()
    opened(page, name)


def refuse(page: Page) -> None:
    open_one(page, "Iris Open")
    page.locator("summary", has_text="Close").click()
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why the request is closed.")
    expect(page.get_by_role("alert")).to_be_focused()


def press_no_answer(page: Page) -> None:
    open_one(page, "Nora Tried")
    page.get_by_role("button", name="No answer").click()
    expect(page.locator(".undo")).to_be_visible()


def close_one(page: Page) -> None:
    open_one(page, "Carl Closed")
    page.locator("summary", has_text="Close").click()
    page.get_by_label("They decided against it").check()
    page.get_by_role("button", name="Close it").click()
    open_one(page, "Carl Closed")
    expect(page.get_by_role("button", name="Open again")).to_be_visible()


PLACES = {
    "call now": lambda page: page.goto("/admin/consultations/consultationrequest/"),
    "call now with undo": press_no_answer,
    "open": lambda page: open_one(page, "Iris Open"),
    "urgent": lambda page: open_one(page, "Urs Urgent"),
    "without a number": lambda page: open_one(page, "Ed Mailer"),
    "in other hands": lambda page: open_one(page, "Otto Others"),
    "refused": refuse,
    "closed": close_one,
    "set aside": lambda page: open_one(page, "Trudy Trapped"),
    "find": lambda page: page.goto("/admin/consultations/consultationrequest/find/"),
    "found": lambda page: find(page, "ires"),
    "nobody found": lambda page: find(page, "Zebediah"),
    "waiting": lambda page: page.goto("/admin/consultations/consultationrequest/waiting/"),
    "closed requests": lambda page: page.goto("/admin/consultations/consultationrequest/closed/"),
    "spam": lambda page: page.goto("/admin/consultations/consultationrequest/spam/"),
    "mails": lambda page: page.goto("/admin/consultations/consultationrequest/mails/"),
}

TOO_SMALL = """() => [...document.querySelectorAll("#content a, #content button, #content input, #content summary")]
    .filter(target => !target.closest("p, dd, .breadcrumbs") && target.checkVisibility())
    .map(target => [(target.closest("label, .day div") || target).getBoundingClientRect(), target.outerHTML.slice(0, 90)])
    .filter(([box]) => box.height > 0 && box.width > 1 && box.height < 43.5)
    .map(([box, markup]) => `${box.height} ${markup}`)"""


def people(site: RunningSite) -> None:
    """Somebody for each of the places."""
    arrive(site, "Iris Open", "Nora Tried", "Carl Closed", hours_ago=2, help_needed="Spanish interpreter")
    arrive(site, "Urs Urgent", note="I have chest pain", may_leave_message=False)
    arrive(site, "Ed Mailer", phone="", email="ed.mailer.with.a.long.name@a-rather-long-domain-name.example.com")
    arrive(site, "Trudy Trapped", trap="yes", note="Please call me.\n\nThank you.")
    arrive(site, "Otto Others")
    backstage.run(
        site,
        "from datetime import timedelta; from django.contrib.auth.models import User; from django.utils import timezone;"
        "from rlsinfo.consultations import work; from rlsinfo.consultations.models import ConsultationRequest;"
        "(otto,) = ConsultationRequest.objects.open().find('Otto Others');"
        "work.claim(otto, by=User.objects.get(username='sam'), version=otto.version, now=timezone.now());"
        "otto.mails.update(state='failed', due_at=None, attempts=8, last_error='SMTPRecipientsRefused')",
    )


def faults(page: Page) -> list[str]:
    """What is wrong with a page in either light, on a phone and on a wide screen."""
    found = []
    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"scrolls sideways at {width}")
        if width == 320:
            found += page.evaluate(TOO_SMALL)
        for light in ("light", "dark") if width != 768 else ():
            page.emulate_media(color_scheme=light)
            page.evaluate("Promise.all(document.getAnimations().map(each => each.finished)).then(() => null)")
            found += [
                f"{violation['id']} in {light} at {width}: {node['html']} {node['failureSummary']}"
                for violation in Axe().run(page).response["violations"]
                for node in violation["nodes"]
            ]
    return found


def test_every_page_is_accessible_in_both_lights_and_on_every_screen(frida: Page, site: RunningSite):
    complaints: list[str] = []
    frida.on("console", lambda message: complaints.append(message.text))
    frida.on("pageerror", lambda error: complaints.append(str(error)))
    found = {"nothing to do": faults(frida)}
    people(site)

    for name, reach in PLACES.items():
        frida.set_viewport_size({"width": 1280, "height": 800})
        reach(frida)
        found[name] = faults(frida)

    assert [f"{name}: {each}" for name in found for each in found[name]] == []
    refused = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    assert [each for each in complaints if each != refused] == []


CALL_THEM_ALL = """
from datetime import date
from django.contrib.auth.models import User
from django.utils import timezone
from rlsinfo.consultations.models import ConsultationRequest, Outcome
from rlsinfo.consultations.work import Press, press
for number, each in enumerate(ConsultationRequest.objects.open()):
    outcome = Outcome.NO_ANSWER if number % 2 else Outcome.BOOKED
    said = Press(outcome, f"call {each.pk}", each.version, visit_date=date(2099, 1, 4))
    press(each, said, by=User.objects.get(username="sam"), now=timezone.now())
"""


def test_what_a_lead_alone_sees_is_accessible_in_both_lights_and_on_every_screen(page: Page, site: RunningSite):
    site.make_staff("lou", PASSWORD, name="Lou Lead", group="Lead", phone=PHONE)
    arrive(site, *(f"Caller{number} Counted" for number in range(12)), hours_ago=3)
    backstage.run(site, CALL_THEM_ALL)
    sign_in(page, ("lou", PASSWORD))

    page.goto("/admin/consultations/consultationrequest/figures/")
    expect(page.get_by_role("heading", name="When people answer")).to_be_visible()
    for table in page.get_by_text("The same as a table").all():
        table.click()
    found = {"figures": faults(page)}
    page.goto("/admin/consultations/consultationrequest/export/")
    found["export"] = faults(page)
    page.get_by_role("button", name="Make the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what the file is for.")
    found["export refused"] = faults(page)
    page.goto("/admin/consultations/consultationrequest/plumbing/")
    expect(page.get_by_role("heading", name="Plumbing")).to_be_visible()
    found["plumbing"] = faults(page)
    assert page.goto("/admin/people/").status == 403
    found["not for this account"] = faults(page)

    assert [f"{name}: {each}" for name in found for each in found[name]] == []
