"""Every kind of page and every state of the form, in every light: no axe violation, nothing cut off, nobody else asked."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import in_spanish, steps

pytestmark = pytest.mark.browser

PAGES = {
    "home": "/",
    "section": "/causes/",
    "section by question": "/treatments/#my-medicine-stopped-working",
    "search": "/search/",
    "thanks for an answer": "/useful/thanks/?page=/causes/iron-and-rls/",
    "search that found": "/search/?q=feritin",
    "search in an emergency": "/search/?q=swollen+one+leg",
    "search that found nothing": "/search/?q=zzzz",
    "article": "/causes/iron-and-rls/",
    "article with tables": "/treatments/treatment-overview/",
    "vascular article": "/vascular/vein-treatment-and-rls/",
    "urgent help": "/symptoms/when-to-get-help/",
    "a to z": "/a-to-z/",
    "glossary": "/glossary/",
    "sources": "/sources/",
    "our figures": "/our-figures/",
    "diary": "/living/triggers-and-symptom-diary/",
    "letter": "/symptoms/letter-to-your-doctor/",
    "self-check": "/symptoms/self-check/",
    "crisis": "/living/mood-and-mental-health/",
    "site page": "/how-we-write/",
    "before the form": "/consultation/",
    "not found": "/no-such-page/",
    "home in Spanish": "/es/",
    "article in Spanish": "/es/treatments/treatment-overview/",
    "self-check in Spanish": "/es/symptoms/self-check/",
    "urgent help in Spanish": "/es/symptoms/when-to-get-help/",
    "glossary in Spanish": "/es/glossary/",
    "before the form in Spanish": "/es/consultation/",
    "privacy in Spanish": "/es/privacy/",
    "thanks in Spanish": "/es/useful/thanks/?page=/es/symptoms/self-check/",
    "not found in Spanish": "/es/no-such-page/",
    "sign in": "/admin/login/",
}
STATES = {
    "form": steps.open_the_form,
    "form with errors": steps.leave_everything_empty,
    "check": steps.check_the_answers,
    "urgent": steps.say_that_it_is_urgent,
    "confirmation": steps.send_the_request,
    "code": steps.come_to_the_code,
    "phone": steps.come_to_the_phone,
    "own sign-in": steps.look_at_the_own_sign_in,
    "change password": steps.change_the_password,
    "recovery codes": steps.make_recovery_codes,
    "locked": steps.lock_the_screen,
    "session ended": steps.send_after_the_session_ended,
    "people": steps.look_at_the_people,
    "invitation with errors": steps.leave_the_invitation_empty,
    "person": steps.look_at_a_person,
    "access log": steps.look_at_the_log,
    "staff list": steps.open_the_list,
    "staff request": steps.open_a_request,
    "form in Spanish": in_spanish.open_the_form,
    "form with errors in Spanish": in_spanish.leave_everything_empty,
    "check in Spanish": in_spanish.check_the_answers,
    "urgent in Spanish": in_spanish.say_that_it_is_urgent,
    "confirmation in Spanish": in_spanish.send_the_request,
}
REFUSALS = {
    "not found": "404 (Not Found)",
    "form with errors": "422 (Unprocessable Entity)",
    "not found in Spanish": "404 (Not Found)",
    "form with errors in Spanish": "422 (Unprocessable Entity)",
    "locked": "403 (Forbidden)",
    "session ended": "403 (Forbidden)",
}
FASTER_THAN_THE_PAGE = "Autofocus processing was blocked because a document already has a focused element."
"""The browser tells so when somebody has put the cursor elsewhere before the page had come whole."""
LIGHTS = ("light", "dark", "night")


def reach(page: Page, name: str) -> None:
    if name in PAGES:
        page.goto(PAGES[name])
    else:
        STATES[name](page)


@pytest.fixture
def watched(page):
    """The page, with everything it asked for and everything it complained about."""
    page.asked, page.complaints = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def put_in_light(page: Page, light: str) -> None:
    page.emulate_media(color_scheme="dark" if light == "dark" else "light")
    if light == "night":
        page.add_init_script("localStorage.setItem('light', 'night')")


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("name", [*PAGES, *STATES])
def test_a_page_is_accessible_in_every_light(watched, name, light, site):
    put_in_light(watched, light)

    reach(watched, name)

    found = Axe().run(watched)
    assert found.violations_count == 0, found.generate_report()
    answered = "Failed to load resource: the server responded with a status of "
    assert set(watched.complaints) <= {answered + REFUSALS.get(name, "200 (OK)"), FASTER_THAN_THE_PAGE}
    assert all(address.startswith(site.address) for address in watched.asked)


@pytest.mark.parametrize("name", [*PAGES, *STATES])
def test_nothing_is_cut_off_or_scrolls_sideways(page, name):
    page.set_viewport_size({"width": 320, "height": 800})

    reach(page, name)

    for width in (320, 768, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "name",
    ["home", "article", "urgent help", "before the form", "form", "check", "home in Spanish", "check in Spanish"],
)
def test_everything_one_can_press_is_big_enough_for_a_thumb(page, name):
    page.set_viewport_size({"width": 320, "height": 800})
    reach(page, name)

    too_small = page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main input, header a, footer a, footer label")]
            .filter(target => !target.closest("p, sup, td, dd, .term, li:has(sup)") && target.checkVisibility())
            .map(target => [target.closest("label") || target, target])
            .map(([area, target]) => [area.getBoundingClientRect(), target.outerHTML.slice(0, 80)])
            .filter(([box]) => box.height > 0 && box.width > 1 && box.height < 43.5)
            .map(([box, markup]) => `${box.height} ${markup}`)"""
    )

    assert too_small == []


def test_no_line_begins_with_the_number_of_a_source(page):
    page.goto("/causes/iron-and-rls/")

    widths = page.evaluate(
        """() => {
            const question = document.createElement("p");
            question.innerHTML = 'Would every other day suit me?<sup class="ev"><a href="#r1">12</a></sup>';
            document.querySelector(".flow").prepend(question);
            return [...Array(300).keys()].map(more => 100 + more).filter(width => {
                question.style.width = `${width}px`;
                return question.querySelector("a").getBoundingClientRect().left < question.getBoundingClientRect().left + 10;
            });
        }"""
    )

    assert widths == []


@pytest.mark.parametrize(
    "path",
    [
        "/symptoms/when-to-get-help/",
        "/symptoms/children-and-teens/",
        "/es/symptoms/when-to-get-help/",
        "/search/?q=child+swallowed+iron+pills",
    ],
)
def test_no_telephone_number_stands_on_two_lines(page, path):
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(path)

    lines = page.evaluate(
        """() => {
            const main = document.querySelector("main"), texts = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
            const numbers = [];
            for (let text; text = texts.nextNode();) for (const number of text.data.matchAll(/1-800-222-1222/g)) {
                const range = document.createRange();
                range.setStart(text, number.index);
                range.setEnd(text, number.index + number[0].length);
                numbers.push(range);
            }
            return [...Array(60).keys()].map(less => 320 - 2 * less).flatMap(width => {
                main.style.width = `${width}px`;
                return numbers.map(each => new Set([...each.getClientRects()].map(line => line.top)).size || 1);
            });
        }"""
    )

    assert set(lines) == {1}


def test_a_telephone_number_stands_in_its_sentence(page):
    page.goto("/search/?q=poison")

    shown = page.locator("main .held").evaluate_all("all => all.map(each => getComputedStyle(each).display)")

    assert shown
    assert set(shown) == {"inline"}
