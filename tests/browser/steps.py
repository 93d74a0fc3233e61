"""What people do in the browser, in their own words."""

import time
from collections.abc import Callable

from playwright.sync_api import Cookie, Page

from tests.browser.conftest import ADMINISTRATOR, NEWCOMER, PHONE, RECOVERY_CODES, STAFF
from tests.staff.signing_in import code_for


def wait_until(page: Page, what: Callable[[], object]) -> None:
    """Wait until a function returns something, while the browser goes on telling; fail when it does not."""
    deadline = time.monotonic() + 30
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        page.wait_for_timeout(50)


def open_the_form(page: Page) -> None:
    page.goto("/consultation/request/")


def leave_everything_empty(page: Page) -> None:
    open_the_form(page)
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("heading", name="There is a problem").wait_for()


def answer_the_questions(page: Page) -> None:
    open_the_form(page)
    page.get_by_label("No, none of these").check()
    page.get_by_label("Full name").fill("Marigold Testperson")
    page.get_by_label("What number should we call?").fill("(555) 010-0177")
    page.get_by_label("Morning").check()
    page.get_by_role("group", name="May we leave a message?").get_by_label("Yes").check()
    page.get_by_label("Restless legs", exact=True).check()
    page.get_by_label("Anything else?").fill("Please ring twice.")
    page.get_by_label("Yes. Keep my answers").check()


def check_the_answers(page: Page) -> None:
    answer_the_questions(page)
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("heading", name="Check your answers").wait_for()


def send_the_request(page: Page) -> None:
    check_the_answers(page)
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="We have your request").wait_for()


def say_that_it_is_urgent(page: Page) -> None:
    open_the_form(page)
    page.get_by_label("Yes, or I am not sure").check()
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("heading", name="Call 911 now").wait_for()


def give_a_password(page: Page, username: str, password: str) -> None:
    page.goto("/admin/login/")
    page.get_by_label("E-mail address or user name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Go on").click()


def come_to_the_code(page: Page, staff: tuple[str, str] = STAFF) -> None:
    give_a_password(page, *staff)
    page.get_by_role("heading", name="Your code").wait_for()


def come_to_the_phone(page: Page) -> None:
    give_a_password(page, *NEWCOMER)
    page.get_by_role("heading", name="Set up your phone").wait_for()


_sessions: dict[str, list[Cookie]] = {}
"""The sessions of earlier tests, since a code works only once in half a minute."""


def sign_in(page: Page, staff: tuple[str, str] = STAFF) -> None:
    page.context.add_cookies(_sessions.get(staff[0], []))
    page.goto("/admin/")
    if page.get_by_role("heading", name="Locked").count():
        page.get_by_label("Password").fill(staff[1])
        page.get_by_role("button", name="Unlock").click()
    elif page.get_by_role("heading", name="Sign in").count():
        page.context.clear_cookies()
        come_to_the_code(page, staff)
        page.get_by_label("Six digits from your phone").fill(code_for(PHONE))
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("#user-tools").wait_for()
    _sessions[staff[0]] = [cookie for cookie in page.context.cookies() if cookie["name"] == "session"]


def look_at_the_own_sign_in(page: Page) -> None:
    sign_in(page)
    page.goto("/admin/your-sign-in/")


def change_the_password(page: Page) -> None:
    sign_in(page)
    page.goto("/admin/password_change/")


def make_recovery_codes(page: Page) -> None:
    look_at_the_own_sign_in(page)
    page.get_by_label("Your password").fill(STAFF[1])
    # The phone's code works once in half a minute, and may just have been used.
    page.get_by_label("Six digits from your phone").fill(RECOVERY_CODES[0])
    page.get_by_role("button", name="Make ten new codes").click()
    page.get_by_role("heading", name="Keep these ten codes").wait_for()
    RECOVERY_CODES[:] = page.locator(".codes li").all_inner_texts()


def lock_the_screen(page: Page) -> None:
    sign_in(page)
    page.goto("/admin/desk/")
    page.locator("#user-tools summary").click()
    page.get_by_role("button", name="Lock").click()
    page.get_by_role("heading", name="Locked").wait_for()


def send_after_the_session_ended(page: Page) -> None:
    sign_in(page)
    page.goto("/admin/desk/draft/?page=causes/iron-and-rls")
    page.context.clear_cookies(name="session")
    page.get_by_label("Text").fill("Words of an hour")
    page.get_by_role("button", name="Look at the page").click()
    page.get_by_role("heading", name="Sign in again").wait_for()


def look_at_the_people(page: Page) -> None:
    sign_in(page, ADMINISTRATOR)
    page.goto("/admin/people/")


def leave_the_invitation_empty(page: Page) -> None:
    look_at_the_people(page)
    page.get_by_role("link", name="Invite somebody").click()
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("Tick at least one.").wait_for()


def look_at_a_person(page: Page) -> None:
    look_at_the_people(page)
    page.get_by_role("link", name="Sam Tran").click()
    page.get_by_role("heading", name="Sam Tran").wait_for()


def look_at_the_log(page: Page) -> None:
    sign_in(page, ADMINISTRATOR)
    page.goto("/admin/log/")
    page.goto("/admin/log/")


def open_the_list(page: Page) -> None:
    send_the_request(page)
    sign_in(page)


def open_a_request(page: Page) -> None:
    open_the_list(page)
    page.locator(".queue tbody th a").first.click()
    page.get_by_role("heading", name="So far").wait_for()


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the wanted thing has the focus, and see that the focus can be seen on the way."""
    for _ in range(120):
        page.keyboard.press("Tab")
        label, text, value, field, outline = page.evaluate(
            """() => {
                const it = document.activeElement;
                // Between the last thing on the page and the first, the browser itself has the focus.
                if (it === document.body) return ["", "", "", "", "auto"];
                return [it.getAttribute("aria-label") || "", it.innerText.replace(/\\s+/g, " ").trim(), it.value || "", it.name || "",
                    // A field for a day or a time shows by itself which of its parts has the focus.
                    it.type === "date" || it.type === "time" ? "auto" : getComputedStyle(it).outlineStyle];
            }"""
        )
        assert outline != "none", f"no focus to be seen on {label or text or value}"
        if (label or text).startswith(wanted) or wanted in (value, field):
            return
    raise AssertionError(f"Tab never comes to {wanted}")
