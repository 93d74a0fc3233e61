"""How hard a page may be to read."""

import pytest

from rlsinfo.articles import evidence, readability
from rlsinfo.articles.document import Level
from tests.articles.factories import make_article
from tests.articles.rules.samples import ASK, review, told


def sentence(length: int) -> str:
    return " ".join(["Low", *["low"] * (length - 2), "iron."])


@pytest.mark.parametrize(("length", "level"), [(20, None), (21, Level.SHOULD), (25, Level.SHOULD), (26, Level.MUST)])
def test_a_sentence_must_not_be_long(length, level):
    problems = review(make_article(f"First.[@iron-01]\n{sentence(length)}{ASK}"))

    assert [(problem.level, problem.message) for problem in problems] == (
        [(level, f"This sentence has {length} words.")] if level else []
    )


def test_a_paragraph_must_not_have_more_than_three_sentences():
    assert told("One. Two. Three.[@iron-01]") == []
    assert told("Zero.\n\nOne. Two. Three. Four.[@iron-01]") == [(3, "This paragraph has 4 sentences.")]
    assert told("- One. Two. Three. Four.[@iron-01]") == []


@pytest.mark.parametrize(
    ("harder", "level"), [(1, None), (5, Level.SHOULD), (10, Level.MUST)], ids=["easy", "above six", "above seven"]
)
def test_the_reading_grade_should_be_six_and_must_not_be_above_seven(harder, level):
    item = "- Your clinician can arrange an examination of the circulation in your legs.\n"
    article = make_article(f"Iron.[@iron-01]\n\n{item * harder}{ASK}")
    grade = readability.measure(article.blocks).grade

    assert [(problem.level, problem.message) for problem in review(article)] == (
        [(level, f"The reading grade is {grade}.")] if level else []
    )


@pytest.mark.parametrize(
    ("sentence", "word", "plainer"),
    [
        ("It may come with hypertension.", "hypertension", "high blood pressure"),
        ("Look for edema of one leg.", "edema", "swelling"),
        ("Iron is given intravenously.", "intravenously", "by vein"),
        ("Ask prior to your visit.", "prior to", "before"),
        ("A thrombus is one reason.", "thrombus", "blood clot"),
    ],
)
def test_a_hard_word_should_be_explained_or_replaced(sentence, word, plainer):
    [problem] = review(make_article(f"First.[@iron-01]\n{sentence}\n{sentence}{ASK}"))

    assert (problem.level, problem.message) == (Level.SHOULD, f"Not every reader knows “{word}”.")
    assert f"“{plainer}”" in problem.remedy


@pytest.mark.parametrize(
    "sentence",
    [
        "High blood pressure is called hypertension. Hypertension is common.",
        "Look for swelling (edema).",
        "A test is transferrin saturation.",
        "Morally and verbally we are sure.",
    ],
)
def test_a_word_that_is_explained_or_plain_passes(sentence):
    assert told(f"First.[@iron-01] {sentence}") == []


def test_a_word_of_the_glossary_needs_no_other_explanation():
    glossary = "- {term: Pulmonary embolism, definition: A clot in the lung.}"
    article = make_article(f"First.[@iron-01]\nA [[pulmonary embolism]] is one.{ASK}")

    assert [each.message for each in review(article)] == ["Not every reader knows “pulmonary”."]
    assert review(article, glossary=evidence.read_glossary(glossary)[0]) == []
