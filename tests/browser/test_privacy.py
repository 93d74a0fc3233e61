"""In a browser: somebody stops us by the link in the receipt, and a lead copies and erases one person."""

import json
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import backstage, steps
from tests.browser.conftest import PASSWORD, PHONE
from tests.factories import make_answers
from tests.running_site import RunningSite

pytestmark = pytest.mark.browser

LEAD = ("lena", PASSWORD)
WIDTHS = (320, 768, 1440)


def faults(page: Page) -> list[str]:
    """What is wrong with the page in either light, on a phone and on a wide screen."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"scrolls sideways at {width}")
        for light in ("light", "dark"):
            page.emulate_media(color_scheme=light)
            page.evaluate("Promise.all(document.getAnimations().map(each => each.finished)).then(() => null)")
            violations = Axe().run(page).response["violations"]
            found += [f"{each['id']} in {light} at {width}: {each['nodes'][0]['html']}" for each in violations]
    return found


def link_in_the_receipt(site: RunningSite) -> str:
    """Where the newest receipt leads whoever wants us to stop."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        links = re.findall(r"https?://\S+/consultation/stop/\S+", "\n".join(site.mails()).replace("=\n", ""))
        if links:
            return links[-1]
        time.sleep(0.2)
    raise AssertionError("No receipt was sent.")


def test_somebody_stops_us_by_the_link_in_the_receipt_with_the_keyboard_alone(page: Page, site: RunningSite):
    steps.answer_the_questions(page)
    page.get_by_label("E-mail").fill("marigold@example.org")
    page.get_by_label("Yes. The clinic may also text me").check()
    page.get_by_role("button", name="Check your answers").click()
    expect(page.locator(".answers")).to_contain_text("Yes. The clinic may also text me at this number")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".ref")).to_be_visible()

    page.goto(link_in_the_receipt(site))
    assert faults(page) == []
    steps.tab_to(page, "Do not contact me again")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("We have stopped")
    assert faults(page) == []
    assert page.context.cookies() == [each for each in page.context.cookies() if each["name"].endswith("csrf")]


def test_a_lead_copies_one_person_and_then_erases_them(page: Page, site: RunningSite, tmp_path):
    site.make_staff(*LEAD, name="Lena Lead", group="Lead", phone=PHONE)
    backstage.arrive(site, [make_answers(name="Zebediah Quill", phone="(555) 010-6262", email="zeb@example.com")])
    steps.sign_in(page, LEAD)
    page.goto("/admin/")

    page.locator("details.me summary").click()
    page.get_by_role("link", name="Copy or erase one person").click()
    assert faults(page) == []
    page.get_by_label("Reference, phone number or e-mail address").fill("555-010-6262")
    page.get_by_role("button", name="Look").click()
    assert faults(page) == []

    page.get_by_label("They asked for it").check()
    page.get_by_label("Data for another program").check()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Make the file").click()
    (held,) = json.loads(downloaded.value.path().read_text(encoding="utf-8"))
    assert held["The request"]["Name"] == "Zebediah Quill"

    page.get_by_role("button", name="Erase: see first what goes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Erase one person")
    assert faults(page) == []
    page.get_by_label("I have read what goes").check()
    page.get_by_role("button", name="Erase for good").click()

    expect(page.locator(".messagelist")).to_contain_text("Erased: 1 request")
    page.get_by_label("Reference, phone number or e-mail address").fill("555-010-6262")
    page.get_by_role("button", name="Look").click()
    expect(page.locator("#content")).to_contain_text("Nothing is held under this reference, number or address.")
