"""Readers find pages by their own question; each leads to pages that exist, and no page is left out."""

import pytest
from django.conf import settings
from justhtml import JustHTML

from rlsinfo.articles import library, questions
from rlsinfo.articles.questions import Question, read

PATHS = ("causes/pregnancy", "treatments/iron-treatment")
SECTIONS = [section.slug for section in library.SECTIONS]


def page(client, section: str) -> JustHTML:
    return JustHTML(client.get(f"/{section}/").content.decode(), sanitize=False)


def test_a_question_is_read_with_the_pages_that_answer_it():
    read_in, problems = read("treatments:\n  I am pregnant: [causes/pregnancy, treatments/iron-treatment]\n", PATHS)

    assert read_in == {"treatments": (Question("I am pregnant", PATHS),)}
    assert read_in["treatments"][0].id == "i-am-pregnant"
    assert problems == ()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (
            "causes:\n  I am pregnant: [causes/pregnanci]",
            2,
            "“I am pregnant” leads to “causes/pregnanci”, which is no page.",
        ),
        ("causes:\n  I am pregnant: causes/pregnancy", 2, "“I am pregnant” leads to no page."),
        ("causes:\n  I am pregnant: []", 2, "“I am pregnant” leads to no page."),
        ("cures:\n  I am pregnant: [causes/pregnancy]", 2, "There is no section named “cures”."),
    ],
)
def test_a_question_must_lead_to_a_page(text, line, message):
    _, (problem,) = read(text, PATHS)

    assert (problem.message, problem.line) == (message, line)
    assert problem.level == "must"


def test_a_page_that_is_nearly_named_is_told():
    _, (problem,) = read("causes:\n  I am pregnant: [causes/pregnanci]", PATHS)

    assert "Did you mean “causes/pregnancy”?" in problem.remedy


def test_the_questions_of_the_guide_are_without_fault():
    text = (settings.CONTENT_DIR / questions.FILE).read_text(encoding="utf-8")
    asked, problems = read(text, library.paths())

    assert problems == ()
    assert list(asked) == SECTIONS
    assert {"I am pregnant", "My medicine stopped working"} <= {each.text for each in asked["treatments"]}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_question_of_a_section_leads_to_live_pages(client, section):
    shown = page(client, section)

    for link in shown.query(".asked a"):
        (answers,) = shown.query(f"{link.attrs['href']}.answers")
        assert answers.query("h2")[0].to_text() == link.to_text()
        pages = [each.attrs["href"] for each in answers.query(".links a")]
        assert pages
        assert {client.get(address).status_code for address in pages} == {200}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_article_of_a_section_stands_in_its_list_and_under_a_question(client, section):
    shown = page(client, section)
    listed = [link.attrs["href"] for link in shown.query("[aria-labelledby=pages] .links a")]
    answering = {link.attrs["href"] for each in SECTIONS for link in page(client, each).query(".answers .links a")}

    assert listed == [article.address for article in library.by_section()[section]]
    assert set(listed) <= answering


@pytest.mark.parametrize("section", SECTIONS)
def test_no_two_things_on_a_section_page_share_an_address(client, section):
    ids = [each.attrs["id"] for each in page(client, section).query("[id]")]

    assert sorted(set(ids)) == sorted(ids)
