"""Four hundred percent zoom, larger text, forced colors, reduced motion; and what a screen reader is told, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import steps

pytestmark = pytest.mark.browser

PAGES = {
    "article": "/causes/medicines-that-can-make-rls-worse/",
    "search": "/search/?q=feritin",
    "self-check": "/symptoms/self-check/",
    "letter": "/symptoms/letter-to-your-doctor/",
    "section": "/treatments/#i-am-pregnant",
    "form": "/consultation/request/",
}
ON_EVERY_PAGE = pytest.mark.parametrize("name", PAGES)
CUT_OFF = """() => [...document.querySelectorAll("body *")]
    .filter(each => each.checkVisibility() && each.innerText && !each.closest(".vh, .skip, svg, [role=textbox], input, option"))
    .filter(each => {
        const style = getComputedStyle(each);
        return ["hidden", "clip"].includes(style.overflowX)
            && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1);
    })
    .map(each => each.outerHTML.slice(0, 80))"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def enlarge_text(page: Page) -> None:
    """As somebody who has chosen letters of twice the size in their browser."""
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})


@ON_EVERY_PAGE
def test_at_four_hundred_percent_nothing_is_cut_off_and_the_focus_is_seen(page, name):
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(PAGES[name])

    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(CUT_OFF) == []
    for _ in range(12):
        page.keyboard.press("Tab")
        top, bottom, on_top = page.evaluate(
            """() => {
                const it = document.activeElement, box = it.getBoundingClientRect();
                const seen = document.elementFromPoint(box.x + Math.min(8, box.width / 2), Math.max(0, box.y) + 4);
                return [box.top, box.bottom, !seen || it.contains(seen) || seen.contains(it)];
            }"""
        )
        assert bottom > 0
        assert top < 256
        assert on_top


@pytest.mark.parametrize("width", [320, 1280])
@ON_EVERY_PAGE
def test_letters_of_twice_the_size_fit(page, name, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(PAGES[name])
    size = "parseFloat(getComputedStyle(document.querySelector('main :is(.flow p:not(.lead), label, .links span)')).fontSize)"
    before = page.evaluate(size)

    enlarge_text(page)
    page.reload()

    assert page.evaluate(size) >= 1.8 * before
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(CUT_OFF) == []


@ON_EVERY_PAGE
def test_in_forced_colors_everything_to_press_can_be_told_from_the_page(page, name):
    page.emulate_media(forced_colors="active")
    page.goto(PAGES[name])

    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    # The colors are the reader's own now, and not those that axe computes.
    assert Axe().run(page, options={"rules": {"color-contrast": {"enabled": False}}}).violations_count == 0
    unmarked = page.evaluate(
        """() => [...document.querySelectorAll("main .btn, main .care, main .write, main .asked a, main input[type=search]")]
            .filter(each => each.checkVisibility())
            .filter(each => getComputedStyle(each).borderTopStyle === "none" || getComputedStyle(each).borderTopWidth === "0px"
                || getComputedStyle(each).borderTopColor === getComputedStyle(document.body).backgroundColor)
            .map(each => each.outerHTML.slice(0, 80))"""
    )
    assert unmarked == []
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_in_forced_colors_the_mark_of_how_sure_we_are_is_still_drawn(page):
    page.emulate_media(forced_colors="active")
    page.goto("/causes/iron-and-rls/")

    drawn = page.evaluate(
        """() => { const mark = getComputedStyle(document.querySelector(".rests .strength"), "::before");
            return [mark.backgroundImage.includes("gradient"), mark.color, getComputedStyle(document.body).backgroundColor]; }"""
    )

    assert drawn[0]
    assert drawn[1] != drawn[2]


@pytest.mark.parametrize("name", ["article", "self-check", "form"])
def test_nothing_moves_by_itself_least_of_all_for_whoever_asked_for_rest(page, name):
    page.emulate_media(reduced_motion="reduce")
    page.goto(PAGES[name])

    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter(each => {
                const style = getComputedStyle(each);
                return style.animationName !== "none" || style.transitionDuration !== "0s" || style.scrollBehavior === "smooth";
            }).length + document.getAnimations().length"""
    )

    assert moving == 0
    assert page.locator("video, audio, marquee, img[src$=gif]").count() == 0


# --- read aloud --------------------------------------------------------------------------------------


@dataclass
class Said:
    """One thing that a screen reader comes to, and what is inside it."""

    role: str
    name: str
    level: int = 0
    inside: list["Said"] = field(default_factory=list)

    def walk(self) -> Iterator["Said"]:
        yield self
        for each in self.inside:
            yield from each.walk()

    def all(self, *roles: str) -> list["Said"]:
        return [each for each in self.walk() if each.role in roles]


def read_aloud(page: Page) -> Said:
    """The tree that the browser gives to screen readers, without what it leaves out."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in nodes}

    def said(node: dict) -> list[Said]:
        inside = [each for child in node.get("childIds", []) if child in by_id for each in said(by_id[child])]
        if node.get("ignored"):
            return inside
        level = next((each["value"]["value"] for each in node.get("properties", []) if each["name"] == "level"), 0)
        return [Said(node["role"]["value"], node.get("name", {}).get("value", ""), level, inside)]

    return said(nodes[0])[0]


@ON_EVERY_PAGE
def test_the_headings_lead_down_step_by_step_in_the_order_they_are_seen(page, name):
    page.set_viewport_size({"width": 320, "height": 800})
    page.goto(PAGES[name])

    levels = [each.level for each in read_aloud(page).all("heading")]
    tops = page.evaluate(
        "[...document.querySelectorAll('article.page > .flow :is(h2, h3)')].filter(h => h.checkVisibility()).map(h => h.getBoundingClientRect().top)"
    )

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in pairwise(levels))
    assert tops == sorted(tops)


@ON_EVERY_PAGE
def test_help_comes_first_and_each_part_of_the_page_has_its_place(page, name):
    page.goto(PAGES[name])

    heard = [(each.role, each.name) for each in read_aloud(page).walk()]
    first_link = next(each for each in heard if each[0] == "link")
    places = [role for role, _ in heard if role in {"banner", "main", "contentinfo"}]

    assert first_link == ("link", "Skip to the page")
    assert heard.index(("region", "Urgent help")) < heard.index(("banner", ""))
    assert places == ["banner", "main", "contentinfo"]
    assert ("navigation", "Main") in heard
    assert [
        each for each in heard if each[0] in {"link", "button", "radio", "checkbox", "textbox"} and not each[1]
    ] == []


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("path", [PAGES["article"], "/treatments/treatment-overview/"])
def test_a_table_is_read_with_its_name_and_the_heads_of_its_rows_and_columns(page, path, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(path)
    captions = page.locator("main caption").all_inner_texts()

    tables = read_aloud(page).all("table")

    assert len(tables) == len(captions) > 0
    for table, caption in zip(tables, captions, strict=True):
        head, *rows = table.all("row")
        columns = head.all("columnheader")
        assert caption in (table.name, *(each.name for each in table.walk()))
        assert all(each.name for each in columns)
        for row in rows:
            assert [each.role for each in row.all("rowheader", "cell", "gridcell")] == [
                "rowheader",
                *["cell"] * (len(columns) - 1),
            ]
            assert row.all("rowheader")[0].name


@pytest.mark.parametrize("path", ["/symptoms/when-to-get-help/", PAGES["self-check"], PAGES["letter"]])
def test_a_card_is_read_as_how_urgent_it_is_what_to_do_and_a_list(page, path):
    page.goto(path)
    heard = [each for each in read_aloud(page).walk() if each.role in {"heading", "list", "listitem"}]
    cards = [at for at, each in enumerate(heard) if each.name.startswith(("Emergency", "Urgent, today"))]

    assert heard[cards[0]].name.startswith("Emergency")
    assert len(cards) >= 2
    for at in cards:
        assert heard[at].role == "heading"
        what_to_look_for = next(each for each in heard[at:] if each.role == "list")
        assert heard.index(what_to_look_for) - at <= 2
        assert what_to_look_for.all("listitem")


def test_the_answers_of_the_self_check_are_read_under_their_question(page):
    page.goto(PAGES["self-check"])

    groups = read_aloud(page).all("radiogroup")

    assert [group.name.split(".")[0] for group in groups[1:5]] == ["Urge", "Rest", "Relief", "Evening"]
    assert {tuple(each.name for each in group.all("radio")) for group in groups[1:5]} == {("Yes", "No", "Not sure")}


def test_an_error_in_the_form_is_read_with_its_field(page):
    steps.leave_everything_empty(page)

    heard = read_aloud(page)
    problem = next(each for each in heard.all("heading") if each.name == "There is a problem")
    described = page.locator("main [aria-invalid=true]").evaluate_all(
        "all => all.map(each => (each.getAttribute('aria-describedby') || each.closest('fieldset')?.getAttribute('aria-describedby') || '')"
        ".split(' ').map(id => document.getElementById(id)?.textContent.trim() || '').join(' ').trim())"
    )

    assert [each.name for each in heard.all("heading")].index(problem.name) <= 1
    assert described
    assert all(described)
