"""The self-check and the sheets to take along: nothing leaves the device, and each prints as it was filled in."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CHECK = "/symptoms/self-check/"
MEANINGS = {"Four times yes", "One no, or more", "Not sure"}
POINTS = ("Urge.", "Rest.", "Relief.", "Evening.")


@pytest.fixture
def requests(page: Page) -> list[str]:
    """Everything the browser asks for."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    return asked


def answer(page: Page, answers: tuple[str, ...], signs: str = "No, none of these") -> None:
    page.get_by_role("radiogroup", name="Look at the lists").get_by_label(signs).check()
    if signs.startswith("Yes"):
        return
    for point, said in zip(POINTS, answers, strict=True):
        page.get_by_role("radiogroup", name=point).get_by_label(said, exact=True).check()


def shown(page: Page) -> set[str]:
    return {head.inner_text() for head in page.query_selector_all(".flow > :is(h2, h3)") if head.is_visible()}


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [
        (("Yes", "Yes", "Yes", "Yes"), "Four times yes"),
        (("Yes", "No", "Yes", "Yes"), "One no, or more"),
        (("No", "Not sure", "No", "Not sure"), "One no, or more"),
        (("Yes", "Yes", "Not sure", "Yes"), "Not sure"),
    ],
)
def test_the_answers_leave_the_meaning_that_fits(page, answers, meaning):
    page.goto(CHECK)
    assert shown(page) >= MEANINGS

    answer(page, answers)

    assert shown(page) & MEANINGS == {meaning}
    assert "Why can a list not diagnose me?" in shown(page)


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [
        (("Sí", "Sí", "Sí", "Sí"), "Cuatro veces sí"),
        (("Sí", "No", "Sí", "Sí"), "Un no, o más"),
        (("Sí", "Sí", "No sé", "Sí"), "No sé"),
    ],
)
def test_the_answers_leave_the_meaning_that_fits_in_spanish_too(page, answers, meaning):
    page.goto(f"/es{CHECK}")
    page.get_by_role("radiogroup", name="Mire las listas").get_by_label("No, ninguna de estas").check()
    for point, said in zip(("Necesidad.", "Descanso.", "Alivio.", "Noche."), answers, strict=True):
        page.get_by_role("radiogroup", name=point).get_by_label(said, exact=True).check()

    assert shown(page) & {"Cuatro veces sí", "Un no, o más", "No sé"} == {meaning}


def test_a_sign_that_cannot_wait_ends_the_list_in_spanish_too(page):
    page.goto(f"/es{CHECK}")

    page.get_by_role("radiogroup", name="Mire las listas").get_by_label("Sí, o no sé").check()

    assert "Paso 1: ¿Tiene alguna de estas señales?" in shown(page)
    assert not shown(page) & {"Cuatro veces sí", "Paso 2: Cuatro preguntas sobre sus piernas", "¿Debo ver a alguien?"}


def test_a_sign_that_cannot_wait_ends_the_list(page):
    page.goto(CHECK)

    answer(page, (), signs="Yes, or I am not sure")

    assert "Step 1: Are any of these true?" in shown(page)
    assert not shown(page) & {*MEANINGS, "Step 2: Four questions about your legs", "Should I see someone?"}


def test_the_answers_go_nowhere_and_are_kept_nowhere(page, requests, site):
    page.goto(CHECK, wait_until="networkidle")
    asked, before = len(requests), site.output

    answer(page, ("Yes", "Yes", "Yes", "Yes"))
    page.get_by_text("A muscle goes hard").click()
    page.wait_for_timeout(300)

    assert len(requests) == asked
    assert site.output == before
    assert page.url.endswith(CHECK)
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_it_works_without_script(browser, base_url):
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto(CHECK)

    answer(page, ("Yes", "Yes", "Yes", "Yes"))

    assert page.get_by_role("heading", name="Four times yes").is_visible()
    assert not page.get_by_role("heading", name="One no, or more").is_visible()
    context.close()


def test_the_visit_summary_is_filled_in_by_keyboard_and_prints_what_was_typed(page, requests):
    page.goto("/treatments/questions-for-your-visit/", wait_until="networkidle")
    asked = len(requests)

    page.get_by_role("textbox", name="How it feels, in my own words").focus()
    page.keyboard.type("Like ants.")
    page.keyboard.press("Tab")
    page.keyboard.type("Both legs")
    page.emulate_media(media="print")

    assert page.get_by_role("textbox", name="Where: one leg, both, arms").inner_text() == "Both legs"
    assert page.get_by_text("Like ants.").is_visible()
    assert len(requests) == asked
