"""Each sheet as it comes out of the printer: one page, nothing cut off, black on white, large enough to read."""

import re
import subprocess
from collections import Counter
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as etree

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SHEETS = {
    "self-check": "/symptoms/self-check/",
    "visit summary": "/treatments/questions-for-your-visit/",
    "diary": "/living/triggers-and-symptom-diary/",
    "list for the pharmacist": "/causes/medicines-that-can-make-rls-worse/",
    "letter": "/symptoms/letter-to-your-doctor/",
    "self-check in Spanish": "/es/symptoms/self-check/",
}
PAPERS = ("Letter", "A4")
MARGIN = 28
"""Ten millimeters, in points: what any printer can reach."""
SMALLEST = 8.5
"""Points."""


def fill_in(page: Page, name: str) -> None:
    """Every place with a word of its own, every box ticked, the self-check to its result."""
    number = count(100)
    for place in page.locator(".write").all():
        place.evaluate("(place, words) => { place.textContent = words; }", f"w{next(number)}, 8 pm")
    for box in page.locator(".boxes input").all():
        box.check()
    if name.startswith("self-check"):
        none, yes = ("No, ninguna de estas", "Sí") if "Spanish" in name else ("No, none of these", "Yes")
        page.get_by_label(none).check()
        for point in page.locator(".sheet ol .marks").all():
            point.get_by_label(yes, exact=True).check()


def printed(page: Page, paper: str, folder: Path) -> Path:
    file = folder / "sheet.pdf"
    page.pdf(path=file, format=paper)
    return file


def words(file: Path) -> list[tuple[str, float, float, float, float]]:
    """Every word of the only page, and how far it is from the edges: left, top, right, bottom."""
    asked = ["pdftotext", "-bbox", str(file), "-"]
    text = subprocess.run(asked, capture_output=True, check=True).stdout.decode()
    pages = etree.fromstring(re.sub(r"<!DOCTYPE[^>]*>|[\x00-\x08]", "", text)).findall(".//{*}page")
    assert len(pages) == 1, f"{len(pages)} pages"
    width, height = float(pages[0].get("width")), float(pages[0].get("height"))
    return [
        (
            word.text,
            float(word.get("xMin")),
            float(word.get("yMin")),
            width - float(word.get("xMax")),
            height - float(word.get("yMax")),
        )
        for word in pages[0].findall(".//{*}word")
    ]


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("filled", [False, True], ids=["by pen", "filled in"])
@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_comes_out_whole_on_one_page(page, name, filled, paper, tmp_path):
    page.goto(SHEETS[name])
    if filled:
        fill_in(page, name)
    page.emulate_media(media="print")
    shown = Counter(page.locator(".sheet").inner_text().split())

    found = words(printed(page, paper, tmp_path))

    assert shown - Counter(word for word, *_ in found) == Counter()
    assert sum(shown.values()) > 60
    assert [word for word, *edges in found if min(edges) < MARGIN] == []


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_is_black_on_white_and_large_enough_to_read(page, name, tmp_path):
    page.goto(SHEETS[name])
    fill_in(page, name)
    page.emulate_media(media="print", color_scheme="dark")

    sizes = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(each => each.checkVisibility() && !each.matches(".vh, .skip, [popover]")
                && [...each.childNodes].some(child => child.nodeType === 3 && child.data.trim()))
            .map(each => [parseFloat(getComputedStyle(each).fontSize) * 0.75, getComputedStyle(each).color])"""
    )
    drawn = subprocess.run(
        ["pdftoppm", "-r", "60", str(printed(page, "Letter", tmp_path))], capture_output=True, check=True
    ).stdout
    dots = drawn[-(int(drawn.split()[1]) * int(drawn.split()[2]) * 3) :]

    assert min(size for size, _ in sizes) >= SMALLEST - 0.01
    assert {color for _, color in sizes} <= {"rgb(0, 0, 0)", "rgb(51, 51, 51)"}
    assert dots[0::3] == dots[1::3] == dots[2::3]
    # Ink enough to be read, and paper enough not to empty a cartridge.
    assert 0.002 < sum(dot < 128 for dot in dots[::3]) * 3 / len(dots) < 0.2


def test_a_sign_that_cannot_wait_prints_where_to_go_and_no_result(page, tmp_path):
    page.goto(SHEETS["self-check"])
    page.get_by_label("Yes, or I am not sure").check()

    text = " ".join(word for word, *_ in words(printed(page, "Letter", tmp_path)))

    assert "Call 911 now if you have:" in text
    assert "Four times yes" not in text
    assert "Your answers fit RLS" not in text


def test_the_printed_result_says_why_it_may_be_wrong(page, tmp_path):
    page.goto(SHEETS["self-check"])
    fill_in(page, "self-check")

    text = " ".join(word for word, *_ in words(printed(page, "Letter", tmp_path)))

    assert "Your answers fit RLS. A clinician needs to check for other causes." in text
    assert "about 16 in 100 people without RLS still said yes" in text
    assert "Your answers do not fit" not in text


def test_the_whole_page_prints_for_whoever_asks_for_it(page, tmp_path):
    page.goto(SHEETS["letter"])
    page.get_by_label("Print the whole page").check()

    text = subprocess.run(["pdftotext", str(printed(page, "Letter", tmp_path)), "-"], capture_output=True, check=True)

    assert b"What this rests on" in text.stdout
    assert b"Letter to my doctor" in text.stdout
