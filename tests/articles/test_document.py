"""An article's text: what is read from it, and what its author is told, with line and remedy."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlsinfo.articles import document
from rlsinfo.articles.document import Change
from tests.articles.factories import BALANCED, BODY, make_article, make_text, problems_in

CLINIC = "This clinic treats vein disease."


def line_of(words: str, text: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), start=1) if words in line)


def test_a_good_article_has_no_problems():
    assert problems_in() == ()


def test_an_article_is_what_its_header_and_body_say():
    article = make_article(reviewed="2026-10-01", reviewer="Ana Ortiz, MD", next_review="2027-10-01")

    assert article.title == "Iron and restless legs"
    assert article.order == 2
    assert article.key_facts == ("You can be low in iron without anemia.", "Ask for two tests.")
    assert (article.reviewed, article.reviewer, article.next_review) == (
        date(2026, 10, 1),
        "Ana Ortiz, MD",
        date(2027, 10, 1),
    )
    assert article.changes == (Change(date(2026, 11, 20), "First version of this page."),)
    assert article.body == BODY
    assert make_text().split("\n")[article.body_line - 1 :] == BODY.split("\n")


def test_the_folder_and_name_of_a_file_are_the_address_of_its_page():
    assert make_article(path="causes/iron-and-rls").address == "/causes/iron-and-rls/"
    assert make_article(path="pages/about").address == "/about/"


def test_a_file_saved_on_windows_reads_the_same():
    text = make_text()

    assert document.read("\ufeff" + text.replace("\n", "\r\n"), "causes/x") == document.read(text, "causes/x")


@pytest.mark.parametrize(
    ("changed", "at", "message", "remedy"),
    [
        ({"title": None}, "---", "“title” is missing", "Fill in"),
        ({"title": ""}, "title:", "“title” is empty", "Fill in"),
        ({"title": "Iron: what to know"}, "title:", "holds a colon", 'title: "Iron: what to know"'),
        ({"title": "Iron #1 of many"}, "title:", "taken for a comment", "quotation marks"),
        ({"title": '"Iron and legs'}, "title:", "never closed", "Close it"),
        ({"title": "*Iron* and legs"}, "title:", "a meaning of its own", "quotation marks"),
        ({"title": "&Iron and legs"}, "title:", "a meaning of its own", "quotation marks"),
        ({"title": "!Iron and legs"}, "title:", "a meaning of its own", "quotation marks"),
        ({"title": "> 5 irons"}, "title:", "a meaning of its own", "quotation marks"),
        ({"title": "- Iron and legs"}, "title:", "a meaning of its own", "quotation marks"),
        ({"title": "@iron and legs"}, "title:", "a meaning of its own", "quotation marks"),
        ({"title": '"Iron" and legs'}, "title:", "do not fit together", "quote a value as a whole"),
        ({"title": "Iron\x07 and legs"}, "title:", "invisible", "Delete"),
        ({"title": "[[ferritin]"}, "title:", "a meaning of its own", "quotation marks"),
        ({"title": '"Iron \\q legs"'}, "title:", "cannot be read", "quotation marks"),
        ({"title": '"\\UFFFFFFFF"'}, "title:", "cannot be read", "quotation marks"),
        ({"title": "Iron"}, "title:", "has 4 characters", "5 to 65"),
        ({"title": "Iron **and** legs"}, "title:", "Markdown", "plain words"),
        ({"title": "\n  - Iron and legs"}, "  - Iron", "not one line of text", "quotation marks"),
        ({"summary": "Too short."}, "summary:", "has 10 characters", "60 to 200"),
        ({"order": "second"}, "order:", "not a whole number", "1, 2, 3"),
        ({"ordre": "2"}, "ordre:", "no field named “ordre”", "mean “order”"),
        ({"updated": "20 Nov 2026"}, "updated:", "not a date", "2026-11-20"),
        ({"updated": "20261120"}, "updated:", "not a date", "2026-11-20"),
        ({"updated": "2026-02-30"}, "updated:", "not a date", "2026-11-20"),
        ({"updated": "2026-11-19"}, "updated:", "change later", "latest change"),
        ({"reviewed": "2026-11-20"}, "reviewer:", "“reviewer” is empty", "together"),
        (
            {"reviewed": "2026-11-20", "reviewer": "Ana Ortiz, MD", "next_review": "2026-11-20"},
            "next_review:",
            "not after",
            "later date",
        ),
        ({"key_facts": "One fact."}, "key_facts:", "not a list", "“- ”"),
        ({"key_facts": "\n  - One fact."}, "  - One fact", "has 1 lines", "2 to 4"),
        ({"key_facts": "\n  - One: fact.\n  - Two."}, "  - One", "not one line of text", "quotation marks"),
        ({"key_facts": "\n  - One.[@iron-01]\n  - Two."}, "  - One", "marker", "plain words"),
        ({"related": "\n  - causes/x"}, "  - causes/x", "has 1 lines", "2 to 4"),
        ({"changes": "First version."}, "changes:", "not a list", "- 2026-11-20: First"),
        ({"changes": "\n  - First version."}, "  - First", "cannot be read", "- 2026-11-20: First"),
        ({"changes": "\n  - 2026-11-20:"}, "  - 2026", "says nothing", "- 2026-11-20: First"),
        ({"changes": "\n  - yesterday: First."}, "  - yesterday", "not a date", "2026-11-20"),
        ({"interest": "'## We gain'"}, "interest:", "holds a heading", "Leave it out"),
        ({"interest": "We gain. [@iron-01]"}, "interest:", "not in its place", "full stop"),
        ({"interest": "<b>We</b> gain."}, "interest:", "HTML here: <b>", "Markdown"),
    ],
)
def test_a_fault_in_the_header_is_told_with_its_line_and_a_remedy(changed, at, message, remedy):
    text = make_text(**changed)

    _, problems = document.read(text, "causes/iron-and-rls")

    told = [problem for problem in problems if message in problem.message]
    assert told, problems
    assert told[0].path == "causes/iron-and-rls.md"
    assert told[0].line == line_of(at, text)
    assert remedy in told[0].remedy


def test_a_field_that_stands_twice_is_told_where_it_stands_again():
    text = make_text().replace("order: 2", "order: 2\norder: 3")

    _, problems = document.read(text, "causes/iron-and-rls")

    assert [(problem.line, problem.message) for problem in problems] == [
        (line_of("order: 3", text), "The field “order” stands here twice.")
    ]


def test_one_unreadable_line_in_a_header_is_one_problem_not_one_for_every_field():
    assert len(problems_in(title="Iron: what to know")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Just words.", "does not begin with a header"),
        ("---\ntitle: Iron\n\n## Words", "has no end"),
    ],
)
def test_a_file_without_its_lines_of_dashes_is_told_so(text, message):
    _, problems = document.read(text, "causes/iron-and-rls")

    assert [problem.message for problem in problems if message in problem.message]


def test_a_line_that_is_no_field_is_told_where_it_stands():
    text = make_text().replace("order: 2", "order 2")

    [problem] = document.read(text, "causes/iron-and-rls")[1]

    assert problem.line == line_of("order 2", text)
    assert "no field name" in problem.message


def test_a_vascular_page_must_state_the_clinics_interest():
    assert "“interest” is missing" in problems_in(path="vascular/veins-and-rls")[0].message
    assert problems_in(path="vascular/veins-and-rls", interest=CLINIC) == ()


def test_a_treatment_page_must_weigh_up_all_five_things():
    told = [problem.message for problem in problems_in(path="treatments/iron-treatment")]

    assert told == [f"The field “{name}” is missing." for name in BALANCED]
    assert problems_in(path="treatments/iron-treatment", **BALANCED) == ()


def test_any_page_that_weighs_one_thing_up_must_weigh_up_all_five():
    told = [problem.message for problem in problems_in(benefits="Iron may ease RLS.[@iron-02]")]

    assert told == [f"The field “{name}” is missing." for name in BALANCED if name != "benefits"]


def test_a_page_about_the_site_needs_no_key_facts_place_or_related_pages():
    assert problems_in(path="pages/about", key_facts=None, order=None, related=None) == ()
    assert len(problems_in(path="causes/about", key_facts=None, order=None, related=None)) == 3


@pytest.mark.parametrize(
    ("path", "message", "remedy"),
    [
        ("cuases/iron", "no section named “cuases”", "mean “causes”"),  # codespell:ignore cuases
        ("causes/Iron_Pills", "cannot be the name", "small letters"),
        ("causes/deep/iron", "cannot be the name", "small letters"),
        ("iron", "no section named “iron”", "Sections are causes"),
    ],
)
def test_a_file_in_the_wrong_place_or_with_a_bad_name_is_told_so(path, message, remedy):
    told = [problem for problem in problems_in(path=path) if message in problem.message]

    assert told
    assert remedy in told[0].remedy


@pytest.mark.parametrize(
    ("body", "at", "message"),
    [
        ("# Iron\n\nWords.", "# Iron", "The title stands in the body"),
        ("Words.\n\n### Iron", "### Iron", "level of heading is skipped"),
        ("## A\n\n#### B", "#### B", "too deep"),
        ("##\n\nWords.", "##", "no words"),
        ("Words.\n\n<div>more</div>", "<div>", "HTML here: <div>"),
        ("Words.\n\n<div\nclass=x>more", "<div", "HTML here: <div"),
        ("Words.\n\n<!-- hidden -->", "<!--", "HTML here: <!--"),
        ("", "", "no text"),
        ("Words:\n- a\n- b", "- a", "list begins right under"),
        ("Words.\n\n    more words", "    more", "stands in no card or list"),
        ("Words.\n\n    - more", "    - more", "stands in no card or list"),
        ("Heading\n=======\n\nWords.", "====", "underlining"),
        ("Heading\n---\n\nWords.", "---x", "underlining"),
        ("| A | B |\n|---|---|\n| 1 | 2 |", "| A", "table has no caption"),
        ("Table: x\n\n| | B |\n|---|---|\n| 1 | 2 |", "| | B", "column of this table has no heading"),
        ("Table: x\n| A | B |\n|---|---|\n| 1 | 2 |", "| A", "table begins right under"),
        ("Table: x\n\nWords.", "Table: x", "caption has no table"),
        ('!!! emergncy "Call"\n    - now', "!!!", "no card named “emergncy”"),
        ("!!! emergency\n    - now", "!!!", "card cannot be read"),
        ('!!! do "Do"\n- walk', "- walk", "not indented"),
        ('!!! do "Do"\n\nWords.', "!!!", "card is empty"),
        ('!!! do "Do"\n    ## Walk\n    - now', "## Walk", "heading stands inside a card"),
        ("![](leg.svg)", "![]", "picture is not described"),
        ("Words ![a leg](leg.svg) more.", "Words", "picture cannot be read"),
        ("Words.[@iron-01", "Words", "marker is not closed"),
        ("First.\nWords.[@iron-01, iron-02]", "Words", "marker [@iron-01, iron-02] cannot be read"),
        ("First.\nWords. [@iron-01]", "Words", "is not in its place"),
        ("First.\nWords[@iron-01].", "Words", "is not in its place"),
        ("Some [[ferritin] here.", "Some", "glossary term is not closed"),
    ],
)
def test_a_fault_in_the_body_is_told_with_its_line(body, at, message):
    text = make_text(body.replace("Heading\n---\n", "Heading\n---x\n"))
    text = text.replace("---x", "---")
    end_of_header = text.index("\n---\n") + 1

    _, problems = document.read(text, "causes/iron-and-rls")

    told = [problem for problem in problems if message in problem.message]
    assert told, problems
    before = text.index(at.removesuffix("x"), end_of_header + 4) if at else end_of_header + 4
    assert told[0].line == text.count("\n", 0, before) + 1


@pytest.mark.parametrize(
    "body",
    [
        "Less than 5 (p<0.05) and 3 < 4.",
        "Write to <ana@example.com> or see <https://www.rls.org>.",
        "- a\n- b\n\n    more of b\n\n- c\n    - d",
        "Table: x\n\n| A | B |\n|---|---|\n| [[TSAT|x]] | 2 |",
        '![a leg](leg.svg "Title | Words.")',
        '!!! do "Do"\n    - walk\n\n    Then rest.\n\n## Next\n\nWords.',
        "Words.[@iron-01; @flag:dvt; @guideline:gps-iron]",
        "One\nsentence - with a dash.",
    ],
)
def test_good_markdown_is_no_problem(body):
    assert problems_in(body) == ()


def test_problems_come_in_the_order_of_their_lines():
    problems = problems_in("# Title\n\n<br>\n\n### Deep", title="Iron")

    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert len(problems) == 4


pieces = st.sampled_from(
    [
        *(
            "---\n",
            "\n",
            "\n\n",
            "    ",
            "title: ",
            "key_facts:\n",
            "  - ",
            "changes:",
            ": ",
            "#",
            "## ",
            "### ",
            '"',
            "'",
        ),
        *(
            "[@iron-01]",
            "[@",
            "[[",
            "]]",
            "![",
            "](",
            "<b>",
            "<!--",
            "| a | b |\n",
            "|---|---|\n",
            "Table: ",
            '!!! do "Do"\n',
        ),
        *(
            "- ",
            "1. ",
            "> ",
            "`",
            "**",
            "_",
            "\\",
            "&amp;",
            "&#x3",
            "\x00",
            "\ue000",
            "\x02",
            "\x03",
            "===",
            "{",
            "[",
            "*a",
            "&a",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(st.one_of(pieces, st.text(max_size=5)), max_size=60).map("".join)))
def test_reading_any_text_gives_an_article_and_never_raises(text):
    article, problems = document.read(text, "causes/iron-and-rls")

    assert article.path == "causes/iron-and-rls"
    assert article.title
    assert all(problem.line >= 1 and problem.remedy for problem in problems)


@given(st.text())
def test_a_file_of_any_name_gives_an_article(path):
    article, _ = document.read(make_text(), path)

    assert article.path == path
