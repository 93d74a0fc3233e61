"""What a page has to mark or to fill in works on the screen and on paper."""

import pytest
from justhtml import JustHTML

from rlsinfo.articles import library
from rlsinfo.articles.sheets import set_apart, to_fill_in


def page(html: str) -> JustHTML:
    return JustHTML(to_fill_in(html), sanitize=False)


def test_a_box_to_tick_is_a_checkbox_with_its_words():
    (label,) = page('<ul class="boxes"><li>A <strong>cramp</strong><sup><a href="#r1">1</a></sup></li></ul>').query(
        "label"
    )

    assert label.query("input")[0].attrs["type"] == "checkbox"
    assert label.to_text() == "A cramp"


def test_a_question_with_answers_is_a_choice_under_its_own_name():
    html = "<ol><li><strong>Rest.</strong> Worse at rest?<sup>2</sup><br>\n ☐\u00a0Yes ☐\u00a0Not sure</li></ol>"

    (group,) = page(html).query("[role=radiogroup]")

    assert group.attrs["aria-label"] == "Rest. Worse at rest?"
    assert [each.attrs["value"] for each in group.query("input")] == ["yes", "not-sure"]
    assert {each.attrs["name"] for each in group.query("input")} == {"q1"}
    assert [label.to_text() for label in group.query("label")] == ["Yes", "Not sure"]


def test_two_questions_do_not_share_an_answer():
    html = "<p>One?<br>☐ Yes ☐ No</p><p>Two?<br>☐ Yes ☐ No</p>"

    assert {each.attrs["name"] for each in page(html).query("input")} == {"q1", "q2"}


def test_an_empty_cell_can_be_written_in_under_the_name_of_its_row_and_column():
    rows = "<tr><th>Day</th><th>Start</th><th>Note</th></tr><tr><th>Monday<sup>1</sup></th><td></td><td>full</td></tr>"

    (cell,) = page(f"<table>{rows}</table>").query("[role=textbox]")

    assert cell.attrs["aria-label"] == "Monday: Start"
    assert cell.attrs["contenteditable"] == "true"


def test_a_page_without_anything_to_fill_in_stays_as_it_is():
    html = "<table><tr><th>A</th></tr><tr><td>b</td></tr></table><ul><li>c</li></ul>"

    assert to_fill_in(html) == html


def test_every_box_and_blank_of_the_guide_can_be_used():
    sheets = [article for article in library.all() if "<input" in library.rendered(article).html]

    assert {"symptoms/self-check", "treatments/questions-for-your-visit"} <= {sheet.path for sheet in sheets}
    for sheet in sheets:
        html = str(library.rendered(sheet).html)
        assert "☐" not in html, sheet.path
        assert "<td></td>" not in html, sheet.path


PARTS = '<p>Before.</p><h2 id="one">One</h2><p>1</p><h2 id="two">Two</h2><p>2</p><h2 id="three">Three</h2>'


@pytest.mark.parametrize(("first", "last", "heads"), [("one", "one", "One"), ("one", "two", "One Two")])
def test_a_sheet_holds_its_parts_and_no_other(first, last, heads):
    (sheet,) = JustHTML(set_apart(PARTS, first, last), sanitize=False).query(".sheet")

    assert " ".join(head.to_text() for head in sheet.query("h2")) == heads
    assert sheet.attrs["aria-labelledby"] == first


def test_a_sheet_may_be_the_end_of_a_page():
    assert set_apart(PARTS, "three", "three").endswith("Three</h2></section>")


def test_a_sheet_without_its_heading_leaves_the_page_as_it_is():
    assert set_apart(PARTS, "four", "four") == PARTS
    assert set_apart(PARTS, "two", "one") == PARTS


@pytest.mark.parametrize("article", [each for each in library.all() if each.sheet], ids=lambda each: each.slug)
def test_every_sheet_of_the_guide_is_set_apart(article):
    (sheet,) = JustHTML(library.rendered(article).html, sanitize=False).query(".sheet")

    assert sheet.query("h2")[0].to_text() == article.sheet[0]
    assert sheet.query(".write, input")
