"""Everything that leaves the browser or stays in it while somebody checks, fills in, chooses a light or answers."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote_plus, urlsplit
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, Request, expect

from tests.running_site import RunningSite, wait_for

pytestmark = pytest.mark.browser

WORDS = "Zanzibar moth wings"
"""Typed wherever something can be typed: if it turns up anywhere else, something was told on."""
STORES = """async () => JSON.stringify({
    local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie,
    databases: (await indexedDB.databases()).map((each) => each.name),
    caches: self.caches ? await caches.keys() : [],
    workers: navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0,
    files: navigator.storage && navigator.storage.getDirectory
        ? await Array.fromAsync((await navigator.storage.getDirectory()).keys()) : [],
})"""
EMPTY = {"local": {}, "session": {}, "cookie": "", "databases": [], "caches": [], "workers": 0, "files": []}


@dataclass
class Trace:
    """What one reader's browser asked for, and what it keeps."""

    page: Page
    site: RunningSite
    requests: list[Request] = field(default_factory=list)
    logged: int = 0

    @property
    def hosts(self) -> set[str]:
        return {urlsplit(each.url).netloc for each in self.requests}

    @property
    def cookies(self) -> list[str]:
        """Every cookie that was sent, set or kept."""
        sent = [each.all_headers().get("cookie", "") for each in self.requests]
        answers = [answer for each in self.requests if (answer := each.response())]
        given = [value for answer in answers for value in answer.header_values("set-cookie")]
        return [*filter(None, sent), *given, *(str(each) for each in self.page.context.cookies())]

    @property
    def kept(self) -> dict[str, object]:
        return json.loads(self.page.evaluate(STORES))

    @property
    def told(self) -> str:
        """Every address that was asked for, in the browser's bar too, and every body that was sent."""
        addresses = [unquote_plus(each.url) for each in self.requests]
        bodies = [unquote_plus(each.post_data or "") for each in self.requests]
        return "\n".join([*addresses, *bodies, unquote_plus(self.page.url)])

    @property
    def log(self) -> str:
        """What the site has written down since, up to a visit of our own."""
        urlopen(f"{self.site.address}/search/").close()
        return wait_for(lambda: (written := self.site.output[self.logged :]).count('"/search/"') and written)


@pytest.fixture
def trace(page: Page, site: RunningSite) -> Trace:
    trace = Trace(page, site, logged=len(site.output))
    page.context.on("request", lambda request: trace.requests.append(request))
    return trace


def check_oneself(page: Page) -> None:
    page.goto("/symptoms/self-check/", wait_until="networkidle")
    page.get_by_role("radiogroup", name="Look at the lists").get_by_label("No, none of these").check()
    for point in ("Urge.", "Rest.", "Relief.", "Evening."):
        page.get_by_role("radiogroup", name=point).get_by_label("Yes", exact=True).check()
    for clue in page.get_by_role("checkbox").all():
        clue.check()


def fill_in(path: str) -> Callable[[Page], None]:
    """Write into the first places of a sheet, by keyboard, and print it."""

    def journey(page: Page) -> None:
        page.goto(path, wait_until="networkidle")
        for place in page.locator(".write").all()[:4]:
            place.focus()
            page.keyboard.insert_text(WORDS)
        for mark in page.locator(".boxes input, [value=no-none-of-these], .marks [value=yes]").all():
            mark.check()
        page.pdf()

    return journey


def choose_a_light(page: Page) -> None:
    page.goto("/causes/iron-and-rls/", wait_until="networkidle")
    page.get_by_label("Night, dim and warm").check()


def answer_at_the_foot(page: Page) -> None:
    page.goto("/causes/iron-and-rls/", wait_until="networkidle")
    page.locator("form.useful").get_by_role("button", name="No").click()
    page.get_by_label("What were you looking for?").fill(WORDS)
    page.get_by_role("button", name="Tell us").click()
    expect(page.get_by_text("Your words will help us")).to_be_visible()


SHEETS = {
    "self-check": check_oneself,
    "self-check in Spanish": fill_in("/es/symptoms/self-check/"),
    "visit summary": fill_in("/treatments/questions-for-your-visit/"),
    "diary": fill_in("/living/triggers-and-symptom-diary/"),
    "list for the pharmacist": fill_in("/causes/medicines-that-can-make-rls-worse/"),
    "letter": fill_in("/symptoms/letter-to-your-doctor/"),
}
"""What is marked or filled in here stays on the page."""
JOURNEYS = SHEETS | {"light": choose_a_light, "useful": answer_at_the_foot}


@pytest.mark.parametrize("name", JOURNEYS)
def test_nobody_else_is_asked_no_cookie_is_given_and_nothing_is_kept_but_the_light(page, trace, name):
    JOURNEYS[name](page)

    assert trace.hosts == {urlsplit(trace.site.address).netloc}
    assert trace.cookies == []
    assert trace.kept == EMPTY | ({"local": {"light": "night"}} if name == "light" else {})


@pytest.mark.parametrize("name", SHEETS)
def test_what_is_marked_or_filled_in_is_in_no_address_no_body_and_no_log(page, trace, name):
    page.goto("/about/", wait_until="networkidle")

    SHEETS[name](page)
    asked = len(trace.requests)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)

    assert {each.method for each in trace.requests} == {"GET"}
    assert len(trace.requests) == asked
    assert not urlsplit(page.url).query
    assert all("?" not in each.url for each in trace.requests)
    assert WORDS not in trace.told
    assert WORDS not in trace.log


def test_what_somebody_was_looking_for_is_sent_once_and_never_written_to_the_log(page, trace):
    answer_at_the_foot(page)

    assert trace.told.count(WORDS) == 1
    assert '"address": "/useful/"' in trace.log
    assert WORDS not in trace.log
    assert "useful=no" not in trace.log


def test_the_choice_of_light_is_never_told_to_the_site(page, trace):
    choose_a_light(page)
    page.goto("/about/", wait_until="networkidle")

    assert page.evaluate("document.documentElement.dataset.theme") == "night"
    assert "night" not in trace.told
    assert not any("night" in value for each in trace.requests for value in each.all_headers().values())


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_empty_again_for_whoever_comes_back_to_it(page, name):
    SHEETS[name](page)
    page.goto("/about/")

    page.go_back(wait_until="networkidle")

    assert page.locator(".flow input:checked").count() == 0
    assert not "".join(page.locator(".write").all_inner_texts()).strip()


def test_the_watch_sees_what_it_looks_for(page, trace):
    page.goto("/about/", wait_until="networkidle")
    page.evaluate(
        f"""async () => {{
            document.cookie = "trail=1";
            localStorage.setItem("a", "b"); sessionStorage.setItem("a", "b");
            await new Promise((done) => {{ indexedDB.open("kept").onsuccess = done; }});
            await caches.open("kept");
            await (await navigator.storage.getDirectory()).getFileHandle("kept", {{create: true}});
            await fetch("/causes/?{WORDS}");
        }}"""
    )
    page.context.route(
        "**/*", lambda route: route.fulfill(body="") if "foreign" in route.request.url else route.fallback()
    )
    page.goto("http://foreign.example/")
    page.goto("/about/")

    assert "foreign.example" in trace.hosts
    assert any("trail=1" in each for each in trace.cookies)
    assert WORDS in trace.told
    assert [name for name, value in trace.kept.items() if value == EMPTY[name]] == ["workers"]
