"""Whole journeys: by keyboard alone, without script, at night."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import in_spanish, steps
from tests.browser.steps import tab_to

pytestmark = pytest.mark.browser

REFERENCE = re.compile(r"[A-Z0-9]{4} [A-Z0-9]{4}")


def test_a_reader_follows_a_number_to_what_it_rests_on(page: Page):
    page.goto("/causes/iron-and-rls/")

    page.get_by_role("link", name="What this rests on, 2", exact=True).first.click()

    expect(page).to_have_url(re.compile("#r2$"))
    expect(page.locator("#r2")).to_be_in_viewport()
    expect(page.locator("#r2 .strength")).to_have_text(re.compile("established|evidence|Limited|disagree"))
    page.locator("#r2 .refs a").first.click()
    expect(page).to_have_url(re.compile("/sources/#"))
    expect(page.locator(":target")).to_be_in_viewport()


def test_a_person_asks_for_a_call_by_keyboard_alone(page: Page):
    page.goto("/consultation/")
    tab_to(page, "Start your request")
    page.keyboard.press("Enter")
    page.get_by_label("Full name").wait_for()

    tab_to(page, "no")
    page.keyboard.press("Space")
    tab_to(page, "name")
    page.keyboard.type("Marigold Testperson")
    page.keyboard.press("Tab")
    page.keyboard.type("555 010 0177")
    tab_to(page, "morning")
    page.keyboard.press("Space")
    tab_to(page, "yes")
    page.keyboard.press("Space")
    tab_to(page, "rls_or_veins")
    page.keyboard.press("Space")
    tab_to(page, "2026-11")
    page.keyboard.press("Space")
    tab_to(page, "Check your answers")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Check your answers").wait_for()
    tab_to(page, "Send")
    page.keyboard.press("Enter")

    expect(page.locator(".ref")).to_have_text(REFERENCE)


def test_a_person_finds_the_spanish_and_asks_for_a_call_in_it(page: Page):
    page.goto("/symptoms/self-check/")
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("¿Parece ser SPI? Una autoevaluación de cinco puntos")
    page.get_by_role("link", name="Pida que le llamemos").first.click()
    page.get_by_role("link", name="Empezar su solicitud").click()
    expect(page).to_have_url(re.compile("/es/consultation/request/$"))

    in_spanish.send_the_request(page)

    expect(page).to_have_url(re.compile("/es/consultation/sent/"))
    assert page.locator("html").get_attribute("lang") == "es"


class TestInSpanishByKeyboardAlone:
    def test_a_reader_comes_to_the_signs_that_cannot_wait(self, page: Page):
        page.goto("/es/")

        tab_to(page, "Cuándo buscar ayuda")
        page.keyboard.press("Enter")

        expect(page).to_have_url(re.compile("/es/symptoms/when-to-get-help/$"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Cuándo buscar ayuda por las piernas inquietas")
        expect(page.get_by_role("heading", name="Emergencia: Llame al 911").first).to_be_visible()

    def test_a_reader_checks_whether_it_may_be_rls(self, page: Page):
        page.goto("/es/")
        tab_to(page, "¿Parece ser SPI?")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/es/symptoms/self-check/$"))

        tab_to(page, "no-none-of-these")
        page.keyboard.press("Space")
        for _ in range(4):
            tab_to(page, "yes")
            page.keyboard.press("Space")

        expect(page.get_by_role("heading", name="Cuatro veces sí")).to_be_visible()
        expect(page.get_by_role("heading", name="Un no, o más")).to_be_hidden()

    def test_a_person_mends_a_mistake_and_asks_for_a_call(self, page: Page):
        page.goto("/es/consultation/")
        tab_to(page, "Empezar su solicitud")
        page.keyboard.press("Enter")
        page.get_by_label("Nombre completo").wait_for()
        tab_to(page, "no")
        page.keyboard.press("Space")
        tab_to(page, "name")
        page.keyboard.type("Caléndula Persona")
        page.keyboard.press("Tab")
        page.keyboard.type("12")
        for choice in ("morning", "yes", "rls_or_veins", "2026-11-es"):
            tab_to(page, choice)
            page.keyboard.press("Space")
        tab_to(page, "Revise sus respuestas")
        page.keyboard.press("Enter")

        expect(page).to_have_title(re.compile("^Error: "))
        expect(page.get_by_role("region", name="Hay un problema")).to_be_focused()
        tab_to(page, "Escriba un número de teléfono")
        page.keyboard.press("Enter")
        expect(page.get_by_label("¿A qué número le llamamos?")).to_be_focused()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("555 010 0183")
        tab_to(page, "Revise sus respuestas")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Revise sus respuestas").wait_for()
        tab_to(page, "Enviar")
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=1)).to_have_text("Tenemos su solicitud")
        expect(page.locator(".ref")).to_have_text(REFERENCE)


def test_a_mistake_is_explained_and_every_word_kept(page: Page):
    steps.answer_the_questions(page)
    page.get_by_label("What number should we call?").fill("12")

    page.get_by_role("button", name="Check your answers").click()

    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.get_by_role("region", name="There is a problem")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("There is a problem")
    summary.get_by_role("link").click()
    expect(page.get_by_label("What number should we call?")).to_be_focused()
    expect(page.get_by_label("What number should we call?")).to_have_value("12")
    expect(page.get_by_label("Anything else?")).to_have_value("Please ring twice.")
    expect(page.get_by_label("Restless legs", exact=True)).to_be_checked()


def test_an_emergency_ends_in_advice_and_stores_nothing(page: Page, site):
    count = ("shell", "--no-imports", "--command")
    code = "from rlsinfo.consultations.models import *; print(ConsultationRequest.objects.count())"
    before = site.manage(*count, code)

    steps.say_that_it_is_urgent(page)

    expect(page.get_by_role("heading", name="Call 911 now")).to_be_visible()
    assert site.manage(*count, code) == before


class TestWithoutScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return browser_context_args | {"java_script_enabled": False}

    def test_a_person_asks_for_a_call(self, page: Page):
        steps.send_the_request(page)

        expect(page.locator(".ref")).to_have_text(REFERENCE)

    def test_an_emergency_ends_in_advice(self, page: Page):
        steps.say_that_it_is_urgent(page)

        expect(page.get_by_role("heading", name="Call 911 now")).to_be_visible()

    def test_the_light_can_be_dimmed_on_the_page(self, page: Page):
        page.goto("/causes/iron-and-rls/")

        page.get_by_label("Night, dim and warm").check()

        expect(page.locator("body")).to_have_css("background-color", "rgb(21, 16, 11)")

    def test_the_light_can_be_turned_on_when_the_device_is_dark(self, page: Page):
        page.emulate_media(color_scheme="dark")
        page.goto("/causes/iron-and-rls/")
        expect(page.locator("body")).to_have_css("background-color", "rgb(17, 26, 32)")

        page.get_by_label("Light", exact=True).check()

        expect(page.locator("body")).to_have_css("background-color", "rgb(251, 248, 242)")


def test_the_night_light_stays_on_from_page_to_page_and_is_kept_on_the_device_alone(page: Page):
    page.goto("/")
    page.get_by_label("Night, dim and warm").check()

    page.goto("/causes/iron-and-rls/")

    expect(page.locator("body")).to_have_css("background-color", "rgb(21, 16, 11)")
    expect(page.get_by_label("Night, dim and warm")).to_be_checked()
    assert page.context.cookies() == []


def test_a_reader_leaves_no_cookie(page: Page):
    for path in ("/", "/causes/", "/causes/iron-and-rls/", "/a-to-z/", "/consultation/", "/es/", "/es/consultation/"):
        page.goto(path)

    assert page.context.cookies() == []


class TestAWordIsExplainedInPlace:
    def test_by_keyboard(self, page: Page):
        page.goto("/causes/iron-and-rls/")
        word = page.get_by_role("button", name="ferritin").first
        definition = page.locator(f"#{word.get_attribute('popovertarget')}")
        expect(definition).to_be_hidden()

        word.focus()
        page.keyboard.press("Enter")

        expect(definition).to_be_in_viewport()
        expect(definition).to_contain_text("how much iron the body has stored")
        page.keyboard.press("Escape")
        expect(definition).to_be_hidden()
        expect(word).to_be_focused()
        expect(page).to_have_url(re.compile("/causes/iron-and-rls/$"))

    def test_on_a_small_screen_by_touch_without_script(self, browser, site):
        phone = browser.new_context(
            base_url=site.address, viewport={"width": 320, "height": 640}, has_touch=True, java_script_enabled=False
        )
        page = phone.new_page()
        page.goto("/causes/iron-and-rls/")

        word = page.get_by_role("button", name="ferritin").first
        word.tap()

        expect(page.locator(f"#{word.get_attribute('popovertarget')}")).to_be_in_viewport(ratio=1)
        phone.close()


def test_a_question_leaves_the_pages_that_answer_it_without_script_and_by_keyboard(browser, base_url):
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/treatments/")
    everything = page.get_by_role("heading", name="Pages in this part")
    assert everything.is_visible()

    page.get_by_role("link", name="My medicine stopped working").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="My medicine stopped working")).to_be_visible()
    assert page.locator(".answers:visible").count() == 1
    assert not everything.is_visible()
    page.keyboard.press("Tab")
    assert page.get_by_role("link", name="Dopamine medicines, and when they make RLS worse").is_visible()
    page.get_by_role("link", name="All pages in this part").click()
    assert everything.is_visible()
    assert page.locator(".answers:visible").count() == 0
    context.close()


def test_the_search_offers_words_while_somebody_types_without_asking_us(page: Page):
    asked: list[str] = []
    page.goto("/search/", wait_until="networkidle")
    page.on("request", lambda request: asked.append(request.url))

    page.get_by_role("combobox", name="Search the guide").press_sequentially("gabap")

    offered = page.evaluate("[...document.querySelector('input[type=search]').list.options].map(each => each.value)")
    assert {"gabapentin", "Iron and restless legs"} <= set(offered)
    assert asked == []
