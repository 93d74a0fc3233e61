"""Coming in as a person does: invited, with a phone, by keyboard, and back at a screen that has locked itself."""

import re
from base64 import b32decode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import STAFF
from tests.browser.steps import tab_to
from tests.running_site import RunningSite
from tests.staff.signing_in import code_for

pytestmark = pytest.mark.browser

LINK = (
    "from django.contrib.auth.models import User; from rlsinfo.staff import invitations;"
    "print(invitations.link(User.objects.get(username='olga@example.com')))"
)


def test_somebody_is_invited_sets_up_a_phone_and_is_in(page: Page, second_page: Page, site: RunningSite):
    steps.look_at_the_people(second_page)
    second_page.get_by_role("link", name="Invite somebody").click()
    second_page.get_by_label("First name").fill("Olga")
    second_page.get_by_label("Last name").fill("Novak")
    second_page.get_by_label("E-mail address").fill("olga@example.com")
    second_page.get_by_label("Front desk").check()
    second_page.get_by_role("button", name="Send the invitation").click()
    expect(second_page.get_by_text("An invitation is on its way to olga@example.com.")).to_be_visible()
    expect(second_page.get_by_role("row", name="Olga Novak")).to_contain_text("Invited")

    page.goto(site.manage("shell", "--no-imports", "--command", LINK).strip())
    expect(page.get_by_role("heading", name="Choose your password")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.get_by_label("New password").fill("seven quiet green boats")
    page.get_by_label("The same password again").fill("seven quiet green boats")
    page.get_by_role("button", name="Go on").click()

    page.get_by_text("The camera does not work").click()
    groups = page.locator(".secret").inner_text()
    assert re.fullmatch(r"([A-Z2-7]{4} ){7}[A-Z2-7]{4}", groups)
    page.get_by_label("Six digits from your phone").fill(code_for(secret_from(groups)))
    page.get_by_role("button", name="Set up and sign in").click()

    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them: go on").click()
    expect(page.get_by_role("heading", name="Call now")).to_be_visible()
    second_page.reload()
    expect(second_page.get_by_role("row", name="Olga Novak")).to_contain_text("Active")


def secret_from(groups: str) -> str:
    """What an app makes of the secret that somebody types into it."""
    return b32decode(groups.replace(" ", "")).hex()


def test_a_locked_screen_opens_by_keyboard_with_every_word_where_it_was(page: Page, site: RunningSite):
    steps.sign_in(page)
    other = page.context.new_page()
    page.goto("/admin/desk/draft/?page=causes/iron-and-rls")
    page.get_by_label("Text").fill('Words of an hour,\n\n"quoted" & <b>bold</b>.')
    steps.lock_the_screen(other)

    page.get_by_role("button", name="Look at the page").click()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    expect(page.get_by_text("Frida Kern")).to_be_visible()
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(STAFF[1])
    tab_to(page, "Unlock")
    page.keyboard.press("Enter")

    expect(page.get_by_label("Text")).to_have_value('Words of an hour,\n\n"quoted" & <b>bold</b>.')


class TestWithoutScript:
    @pytest.fixture
    def browser_context_args(self, browser_context_args):
        return browser_context_args | {"java_script_enabled": False}

    def test_one_signs_in_and_locks_the_screen(self, page: Page):
        steps.lock_the_screen(page)

        page.get_by_label("Password").fill(STAFF[1])
        page.get_by_role("button", name="Unlock").click()

        expect(page.get_by_role("heading", name="Content desk")).to_be_visible()
