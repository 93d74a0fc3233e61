"""Nothing is promised, and a page about veins says when this clinic is the wrong one."""

import pytest

from tests.articles.factories import BALANCED, BODY, make_article
from tests.articles.rules.samples import DO_NOT_STOP, EXCEPTION, advised, review, told


@pytest.mark.parametrize(
    "sentence",
    [
        "Iron cures RLS.",
        "Live free from RLS.",
        "We cured many people.",
        "Veins are the hidden cause.",
        "Find the root cause.",
        "This is a breakthrough.",
        "We guarantee relief.",
        "Our form is HIPAA compliant.",
        "Our form is HIPAA-compliant.",
        "Be pain-free in a week.",
        "This laser is perfectly safe.",
        "You get the relief you deserve.",
        "This treatment changed my life.",
        "Our success rate is high.",
        "It is proven to work.",
        "Our patients say that they sleep again.",
        "Read our testimonials.",
        "See before-and-after photos.",
        "We use state-of-the-art lasers.",
        "Our highly trained team is here.",
        "Say goodbye to restless legs.",
    ],
)
def test_words_that_promise_too_much_are_refused(sentence):
    [(line, message)] = told(f"Iron.[@iron-01]\n\n{sentence}")

    assert line == 3
    assert "promises too much" in message


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no cure.",
        "Iron doesn't cure RLS.",
        "RLS cannot be cured, but it can be treated.",
        "There is no pill, diet or stocking that cures RLS.",
        "Nobody can guarantee relief.",
        "Can it be cured?",
        "It has not been shown that veins are a hidden cause.",
        "The secure form is accurate.",
        "No treatment is risk-free.",
        "We print no testimonials.",
        "Many patients tell their clinician too late.",
        "Ask what the best time of day is.",
        "They deserve a straight answer.",
        "You may have spells with no symptoms.",
    ],
)
def test_a_promise_may_be_denied_or_asked_about(sentence):
    assert told(f"Iron.[@iron-01]\n\n{sentence}") == []


def test_the_header_must_not_promise_either():
    assert told("Iron.[@iron-01]", title="How iron cures RLS")[0][1] == "“cures” promises too much."


NOT_US = "\n\n## When we are not the right clinic\n\n- If you are pregnant, ask that team."


def test_a_page_about_veins_must_say_when_we_are_the_wrong_clinic():
    [(line, message, remedy)] = advised("Veins.[@iron-01]", path="vascular/veins-and-rls")

    assert (line, message) == (1, "This page does not say when we are the wrong clinic.")
    assert "## When we are not the right clinic" in remedy


@pytest.mark.parametrize(
    ("body", "path"),
    [(f"Veins.[@iron-01]{NOT_US}", "vascular/veins-and-rls"), ("Iron.[@iron-01]", "causes/iron-and-rls")],
)
def test_a_page_about_veins_that_says_so_and_any_other_page_passes(body, path):
    assert told(body, path=path) == []


def test_a_whole_treatment_page_breaks_no_rule():
    body = BODY.replace("## What to ask", f"{DO_NOT_STOP} {EXCEPTION}\n\n## What to ask")

    assert review(make_article(body, path="treatments/iron-treatment", **BALANCED)) == []
