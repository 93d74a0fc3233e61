"""A page says no more than its claims, and its claims stand on sources that stand."""

import pytest

from rlsinfo.articles.document import Level
from tests.articles.factories import CLAIMS, REFERENCES, make_article, make_register
from tests.articles.rules.samples import ASK, DO_NOT_STOP, EXCEPTION, OTHERS, review, review_all, told


def test_a_page_of_the_guide_must_rest_on_something():
    assert told("Iron is a metal.") == [(1, "This page does not say what it rests on.")]


def test_a_page_about_the_site_may_rest_on_nothing():
    assert review(make_article("We write for you.", path="pages/about")) == []


@pytest.mark.parametrize(
    ("sentence", "verb"),
    [
        ("Iron improves RLS.[@iron-02]", "improves"),
        ("Pills of iron improve RLS.[@iron-02]", "improve"),
        ("Iron eased the urge.[@iron-02]", "eased"),
        ("Iron prevents RLS.[@iron-02]", "prevents"),
        ("Iron treats RLS.[@iron-02]", "treats"),
        ("This works within weeks.[@iron-02]", "works"),
        ("It helps you sleep.[@iron-02]", "helps"),
        ("RLS leads to heart disease.[@heart-01]", "leads to"),
        ("A trial shows that iron is best.[@iron-02]", "shows that"),
        ("Leaking veins cause RLS.[@vein-01]", "cause"),
        ("Vein treatment may ease RLS.[@vein-01]", "ease"),
        ("Vein treatment may help RLS.[@vein-01]", "help"),
        ("Vein treatment can work for restless legs.[@vein-01]", "work"),
        ("Some people find that vein treatment improves RLS.[@vein-01]", "improves"),
        ("Iron improves RLS.[@iron-02; @vein-01]", "improves"),
    ],
)
def test_a_verb_must_not_be_stronger_than_the_evidence(sentence, verb):
    [(line, message)] = told(f"First.[@iron-01]\n\n{sentence}")

    assert line == 3
    assert message.startswith(f"“{verb}” says more than is known")


@pytest.mark.parametrize(
    "sentence",
    [
        "Iron may improve RLS.[@iron-02]",
        "Small studies suggest that iron eases RLS.[@iron-02]",
        "In one small trial iron eased RLS.[@iron-02]",
        "Iron has not been shown to prevent RLS.[@iron-02]",
        "Studies disagree on whether RLS leads to heart disease.[@heart-01]",
        "Does iron improve RLS?[@iron-02]",
        "Low iron causes RLS.[@iron-01]",
        "Low iron causes RLS.[@iron-01; @iron-02]",
        "A clot causes swelling.[@flag:dvt]",
        "It has not been shown that veins cause RLS.[@vein-01]",
        "Nobody knows if vein treatment eases RLS.[@vein-01]",
        "Stockings may ease a heavy leg.[@vein-01]",
        "Vein clinics say that it improves RLS.[@vein-01]",
        "The cause is not a leaking vein.[@vein-01]",
        "Look for the cause first.[@iron-02]",
        "Start proven care first.[@iron-02]",
        "Get help to put on a stocking with ease before work.[@vein-01]",
        "A study of people treated with iron found 12 of them better.[@iron-02]",
        "Iron improves RLS. That is what people hope.[@iron-02]",
        "Iron improves RLS.[@nothing]",
    ],
)
def test_what_is_denied_doubted_asked_or_well_founded_may_have_a_strong_verb(sentence):
    assert told(f"First.[@iron-01]\n\n{sentence}") == []


def test_the_remedy_offers_a_gentler_verb_for_what_is_weak_and_none_for_what_nobody_has_shown():
    weak, nothing = review(make_article(f"Iron improves RLS.[@iron-02]\n\nIt eases RLS.[@vein-01]{ASK}"))

    assert "“may improve”" in weak.remedy
    assert weak.message.endswith("the evidence is “limited”.")
    assert "may" not in nothing.remedy
    assert "“it has not been shown that ...”" in nothing.remedy


@pytest.mark.parametrize(
    "sentence",
    [
        "Experts suggest pramipexole.[@guideline:adult-pramipexole]",
        "Experts recommend against gabapentin.[@guideline:adult-gabapentin]",
        "Gabapentin is no longer recommended.[@guideline:adult-gabapentin]",
    ],
)
def test_a_sentence_must_go_the_way_of_the_guidelines_row(sentence):
    found = told(f"{DO_NOT_STOP} {EXCEPTION}\n\n{sentence}")

    assert found == [(3, "This says the opposite of the guideline's row.")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Experts suggest against pramipexole.[@guideline:adult-pramipexole]",
        "Experts recommend gabapentin.[@guideline:adult-gabapentin]",
        "Pramipexole is a dopamine medicine.[@guideline:adult-pramipexole]",
        "Do experts recommend pramipexole?[@guideline:adult-pramipexole]",
        "Experts recommend gabapentin and suggest against pramipexole."
        "[@guideline:adult-gabapentin; @guideline:adult-pramipexole]",
        "Experts recommend two tests.[@guideline:gps-iron]",
        "Experts recommend nothing here.[@guideline:nothing]",
    ],
)
def test_what_goes_the_guidelines_way_or_gives_no_advice_passes(sentence):
    assert told(f"{DO_NOT_STOP} {EXCEPTION}\n\n{sentence}") == []


def test_a_reference_that_was_never_seen_must_not_be_used():
    seen, recalled = "consensus, verified: seen", "consensus, verified: recalled"
    register = make_register(references=REFERENCES.replace(seen, recalled))

    found = [problem.message for problem in review(make_article("Iron.[@iron-01]" + ASK), register=register)]

    assert found == [
        "“iron-01” has no reference that may be printed.",
        "“iron-01” rests on “allen-2014”, which was never seen.",
    ]


@pytest.mark.parametrize(("beside", "problems"), [("", 2), (", aasm-2025", 0)])
def test_a_reference_that_was_replaced_is_used_only_beside_the_newer_one(beside, problems):
    register = make_register(
        references=REFERENCES.replace("kind: consensus", "kind: consensus, superseded_by: aasm-2025"),
        claims=CLAIMS.replace("[allen-2014]", f"[allen-2014{beside}]"),
    )

    assert len(review(make_article("Iron.[@iron-01] Iron.[@iron-01]" + ASK), register=register)) == problems


def test_a_claim_that_rests_only_on_a_retracted_reference_must_go():
    register = make_register(references=REFERENCES.replace("kind: consensus", "kind: consensus, retracted: yes"))

    found = review(make_article("Iron.[@iron-01]" + ASK), register=register)

    assert [(problem.level, problem.message) for problem in found] == [
        (Level.MUST, "“iron-01” has no reference that may be printed."),
        (Level.MUST, "“iron-01” rests on “allen-2014”, which was retracted."),
    ]
    assert "Check the claim without it" in found[1].remedy


def test_a_claim_that_rests_also_on_a_retracted_reference_should_be_checked():
    register = make_register(
        references=REFERENCES.replace("kind: consensus", "kind: consensus, retracted: yes"),
        claims=CLAIMS.replace("[allen-2014]", "[allen-2014, aasm-2025]"),
    )

    [problem] = review(make_article("Iron.[@iron-01]" + ASK), register=register)

    assert (problem.level, problem.message) == (
        Level.SHOULD,
        "“iron-01” rests on “allen-2014”, which was retracted.",
    )


def test_a_claim_must_be_used_or_say_why_not():
    why_not = ", unused_because: Kept for another page."
    register = make_register(claims=CLAIMS.replace(why_not, "", 1))

    [problem] = review_all(make_article(), *OTHERS, register=register)

    assert (problem.path, problem.level) == ("evidence/claims.yaml", Level.MUST)
    assert problem.message == "No page uses the claim “iron-02”."
    assert CLAIMS.split("\n")[problem.line - 1].startswith("- {id: iron-02")
    assert "unused_because" in problem.remedy


def test_a_claim_that_is_used_should_not_be_marked_as_unused():
    article = make_article(f"Iron.[@iron-01] Iron may help.[@iron-02]{ASK}")

    [problem] = review_all(article, *OTHERS)

    assert (problem.path, problem.level) == ("evidence/claims.yaml", Level.SHOULD)
    assert problem.message == "A page uses the claim “iron-02”, which is marked as unused."


def test_good_pages_use_every_claim_or_say_why_not():
    assert review_all(make_article(), *OTHERS) == ()
