"""What people do in the browser, in their own words."""

from playwright.sync_api import Page

from tests.browser.conftest import STAFF


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


def sign_in(page: Page) -> None:
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(STAFF[0])
    page.get_by_label("Password").fill(STAFF[1])
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Log out").wait_for()


def open_the_list(page: Page) -> None:
    send_the_request(page)
    sign_in(page)
    page.goto("/admin/consultations/consultationrequest/")


def open_a_request(page: Page) -> None:
    open_the_list(page)
    page.locator(".desk tbody th a").first.click()
    page.get_by_role("heading", name="So far").wait_for()
