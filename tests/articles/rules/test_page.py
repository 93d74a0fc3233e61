"""Where a page's links lead and who links to it, its pictures, its end, its dates."""

from datetime import date

import pytest

from rlsinfo.articles.document import Level, Problem
from tests.articles.factories import BODY, DRAWING, make_article
from tests.articles.rules.samples import ASK, OTHERS, advised, review, review_all, told


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/causes/family-and-gens/", "There is no page /causes/family-and-gens/"),
        ("/causes/family-and-genes", "There is no page /causes/family-and-genes"),
        ("/causes/family-and-genes/#what-is-that", "There is no heading #what-is-that on /causes/family-and-genes/"),
        ("#nowhere", "There is no heading #nowhere on /causes/iron-and-rls/"),
        ("/glossary/#feritin", "There is no heading #feritin on /glossary/"),
        ("family-and-genes.md", "The link to “family-and-genes.md” cannot be followed."),
        ("http://www.rls.org", "The link to “http://www.rls.org” cannot be followed."),
        ("javascript:x", "The link to “javascript:x” cannot be followed."),
        ("", "The link to “” cannot be followed."),
    ],
)
def test_a_link_must_lead_somewhere(target, message):
    assert told(f"Iron.[@iron-01]\nMore [here]({target}).") == [(2, message)]


def test_a_dead_link_that_is_nearly_right_is_told_what_was_meant():
    [problem] = review(make_article(f"Iron.[@iron-01] More [here](/causes/family-and-gens/).{ASK}"))

    assert "Did you mean “/causes/family-and-genes/”?" in problem.remedy


@pytest.mark.parametrize(
    "target",
    [
        *(
            "/",
            "/consultation/",
            "/causes/family-and-genes/",
            "/causes/family-and-genes/#what-is-it",
            "/glossary/#ferritin",
        ),
        *("#what-to-ask-your-clinician", "https://www.rls.org", "mailto:a@example.com", "tel:911"),
    ],
)
def test_a_link_that_leads_somewhere_passes(target):
    assert told(f"Iron.[@iron-01] More [here]({target}).") == []


@pytest.mark.parametrize("body", ["Iron.[@iron-01]", "Iron.[@iron-01]" + ASK + "\n## More\n\nWords.\n"])
def test_a_page_of_the_guide_must_end_with_what_to_ask(body):
    assert [problem.message for problem in review(make_article(body))] == ["The last section is missing."]


@pytest.mark.parametrize(("questions", "reported"), [(2, True), (3, False), (6, False), (7, True)])
def test_three_to_six_questions_should_be_asked(questions, reported):
    article = make_article("Iron.[@iron-01]" + ASK.split("- ")[0] + "- What?\n" * questions)

    assert [(problem.level, problem.message) for problem in review(article)] == (
        [(Level.SHOULD, f"There are {questions} questions to ask.")] if reported else []
    )


def test_a_word_should_be_linked_to_the_glossary_once():
    [problem] = review(make_article(f"A [[ferritin]] test.[@iron-01]\n\nAnother [[Ferritin]] test.{ASK}"))

    assert (problem.level, problem.message) == (Level.SHOULD, "“Ferritin” is linked to the glossary twice.")


@pytest.mark.parametrize("path", ["causes/family-and-gens", "causes/iron-and-rls"])
def test_a_related_page_must_exist_and_be_another_one(path):
    article = make_article(related=f"\n  - {path}\n  - symptoms/what-rls-feels-like")

    [problem] = review(article)

    assert problem.message == f"“{path}” is no related page."
    assert problem.line == article.lines["related"]


def test_two_pages_must_not_have_the_same_title():
    problems = review(make_article(title="Family and Genes"))

    assert [problem.message for problem in problems] == ["Two pages are called “Family and Genes”."]


@pytest.mark.parametrize(("today", "reported"), [(date(2027, 10, 1), False), (date(2027, 10, 2), True)])
def test_an_overdue_review_is_only_reported(today, reported):
    article = make_article(reviewed="2026-10-01", reviewer="Ana Ortiz, MD", next_review="2027-10-01")

    problems = review(article, today=today)

    assert [problem.level for problem in problems] == ([Level.SHOULD] if reported else [])


def test_what_must_be_put_right_does_not_change_with_the_day():
    bad = make_article("Iron cures RLS.[@iron-02]", next_review="2026-01-01", reviewed="2025-01-01", reviewer="A. B.")

    def musts(today: date) -> list[Problem]:
        return [problem for problem in review(bad, today=today) if problem.level is Level.MUST]

    assert musts(date(2020, 1, 1)) == musts(date(2040, 1, 1)) != []


WELL_DESCRIBED = "A leg with one long vein and two valves in it"


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ('![A leg](leg.svg "A leg | Its veins.")', "This picture is described in 5 characters."),
        (f'![Image of {WELL_DESCRIBED}](leg.svg "A leg")', "This description begins with “Image of”."),
        (
            f'![A picture showing {WELL_DESCRIBED}](leg.svg "A leg")',
            "This description begins with “A picture showing”.",
        ),
        (f"![{WELL_DESCRIBED}](leg.svg)", "This picture has no caption."),
    ],
)
def test_a_picture_must_be_described_in_full_and_have_a_caption(figure, message):
    [(line, said, remedy)] = advised(f"Iron.[@iron-01]\n\n{figure}")

    assert (line, said) == (3, message)
    assert remedy


def test_a_picture_with_description_and_caption_passes():
    assert told(f'Iron.[@iron-01]\n\n![{WELL_DESCRIBED}](leg.svg "A leg | Its veins.")') == []


@pytest.mark.parametrize(
    ("drawing", "message"),
    [
        (DRAWING.replace("A leg</title>", "</title>"), "This drawing has no title."),
        (DRAWING.replace('id="arc"', 'id="glyph0-1"'), "There may be words here that are not text."),
        (DRAWING.replace("<text>", '<image href="words.png"/><text>'), "There may be words here that are not text."),
        (DRAWING, None),
    ],
    ids=["no title", "outlined letters", "a photo", "good"],
)
def test_words_in_a_picture_must_be_text_and_the_picture_have_a_title(drawing, message):
    article = make_article(f'![{WELL_DESCRIBED}](leg.svg "A leg | Its veins.")\n{BODY}')

    found = review_all(article, *OTHERS, pictures={"leg.svg": drawing})

    assert [(problem.path, problem.line, problem.message) for problem in found] == (
        [("images/leg.svg", 1, message)] if message else []
    )


def test_a_picture_that_no_page_shows_is_not_judged():
    assert review_all(make_article(), *OTHERS, pictures={"leg.svg": "<svg/>"}) == ()


def test_an_article_that_no_other_leads_to_is_told_so():
    own = "\n  - living/mood\n  - causes/iron-and-rls"
    lonely = make_article(f"[Mood](/living/mood/).\n{BODY}", path="living/mood", title="Mood", related=own)

    found = [each for each in review_all(lonely, make_article(), *OTHERS) if each.path == lonely.file]

    assert [(each.line, each.level, each.message) for each in found] == [
        (lonely.lines["related"], Level.MUST, "“living/mood” is no related page."),
        (1, Level.MUST, "No other article leads to this one."),
    ]
    assert "Link to it" in found[1].remedy


@pytest.mark.parametrize(
    "leading",
    [
        {"body": f"[Mood](/living/mood/#what-is-it).\n{BODY}"},
        {"related": "\n  - living/mood\n  - causes/family-and-genes"},
    ],
    ids=["in the text", "as related"],
)
def test_a_link_in_the_text_or_as_related_leads_to_an_article(leading):
    lonely = make_article(path="living/mood", title="Mood")

    assert review_all(lonely, make_article(**leading), *OTHERS) == ()


def test_a_page_about_the_site_needs_no_article_that_leads_to_it():
    assert review(make_article("We write for you.", path="pages/about")) == []


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        (["What is iron?"], []),
        (["What is iron?", "What to ask your clinician"], []),
        (["What is irn?"], ["“What is irn?” is no heading of a sheet."]),
        (["What to ask your clinician", "What is iron?"], ["The sheet ends before it begins."]),
    ],
)
def test_a_sheet_begins_and_ends_with_headings_of_its_page(sheet, message):
    heads = "".join(f"\n  - {head}" for head in sheet)
    article = make_article(f"## What is iron?\n\nIron.[@iron-01]{ASK}", sheet=heads)

    assert [problem.message for problem in review(article)] == message
