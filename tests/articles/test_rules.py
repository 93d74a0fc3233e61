"""The rules: for each, what it stops, and what it must let pass."""

from datetime import date

import pytest

from rlsinfo.articles import readability, rules
from rlsinfo.articles.document import Article, Level, Problem
from tests.articles.factories import BALANCED, BODY, CLAIMS, REFERENCES, make_article, make_glossary, make_register

TODAY = date(2026, 11, 20)
ASK = "\n\n## What to ask your clinician\n\n- What now?\n- What next?\n- What else?\n"
DO_NOT_STOP = "Do not stop or change a medicine on your own."
EXCEPTION = "Trouble breathing, swelling of the face or throat, or thoughts of suicide need emergency help at once."
OTHERS = (
    make_article(path="causes/family-and-genes", title="Family and genes"),
    make_article(path="symptoms/what-rls-feels-like", title="What RLS feels like"),
)


def review(*articles: Article, register: object = None, today: date = TODAY) -> list[Problem]:
    found = rules.review(
        (*articles, *OTHERS), register or make_register(), make_glossary(), ["/", "/consultation/"], today
    )
    return [problem for problem in found if problem.path in {article.file for article in articles}]


def told(body: str, **header: str) -> list[tuple[int, str]]:
    """The problems of one page with this body and a good end: line within the body, and message."""
    article = make_article(body + ASK, **header)
    return [(problem.line - article.body_line + 1, problem.message) for problem in review(article)]


def test_a_good_page_breaks_no_rule():
    assert review(make_article()) == []


# What a page rests on


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


# Medicines


@pytest.mark.parametrize("name", ["Pramipexole", "Mirapex", "gabapentin"])
def test_a_page_that_names_a_medicine_must_say_not_to_stop_it_alone(name):
    [(line, message)] = told(f"First.[@iron-01]\n\n{name} is one.[@iron-01]")

    assert (line, message) == (3, f"A medicine is named ({name}), but not that nobody should stop one alone.")


def test_do_not_stop_must_have_its_exception_beside_it():
    elsewhere = f"Gabapentin is one.[@iron-01]\n\n{DO_NOT_STOP}\n\n## More\n\n{EXCEPTION}"

    assert told(elsewhere) == [(1, "“Do not stop a medicine” stands without its exception.")]


@pytest.mark.parametrize(
    "warning",
    [
        f"{DO_NOT_STOP} {EXCEPTION}",
        f'!!! dont "Do not"\n    - do not stop a medicine on your own\n\n    {EXCEPTION}',
        f'!!! note "Do not change a medicine on your own"\n    {EXCEPTION}',
        f"Never stop your medicine alone.\n\n{EXCEPTION.replace('swelling of the', 'a swollen')}",
    ],
)
def test_a_medicine_with_its_warning_passes(warning):
    assert told(f"Gabapentin is one.[@iron-01]\n\n{warning}") == []


def test_a_page_without_a_medicine_needs_no_warning():
    assert told("Programming gabapentinoids is no medicine here.[@iron-01]") == []


def test_nothing_is_asked_about_medicines_when_none_are_known():
    assert review(make_article("Gabapentin.[@iron-01]" + ASK), register=make_register(medicines="")) == []


# Links and cards


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


@pytest.mark.parametrize("words", ["see [more](/)", "a [[ferritin]] of 3", "see <https://www.rls.org>"])
def test_an_emergency_card_must_hold_no_link(words):
    body = f'Iron.[@iron-01]\n\n!!! emergency "Call 911 now if:"\n    - {words}'

    assert told(body) == [(4, "There is a link in an emergency card.")]
    assert told(body.replace("emergency", "help")) == []


def test_an_urgent_card_must_not_lead_to_our_form():
    body = 'Iron.[@iron-01]\n\n!!! urgent "Today:"\n    - [ask us](/consultation/)\n    - [signs](/)'

    assert told(body) == [(4, "An urgent card leads to our form.")]


def test_every_line_of_a_do_not_list_must_say_so():
    body = 'Iron.[@iron-01]\n\n!!! dont "Do not"\n    - do not rub it\n    - **Do not** wait\n    - take pills'

    assert told(body) == [(6, "This line of a “do not” list does not say “do not”.")]


def test_a_page_must_not_have_more_than_two_notes():
    note = '\n\n!!! note "Note"\n    Words.'

    assert told(f"Iron.[@iron-01]{note * 2}") == []
    assert told(f"Iron.[@iron-01]{note * 3}") == [(9, "There are more than 2 notes on this page.")]


# The end


@pytest.mark.parametrize("body", ["Iron.[@iron-01]", "Iron.[@iron-01]" + ASK + "\n## More\n\nWords.\n"])
def test_a_page_of_the_guide_must_end_with_what_to_ask(body):
    assert [problem.message for problem in review(make_article(body))] == ["The last section is missing."]


@pytest.mark.parametrize(("questions", "reported"), [(2, True), (3, False), (6, False), (7, True)])
def test_three_to_six_questions_should_be_asked(questions, reported):
    article = make_article("Iron.[@iron-01]" + ASK.split("- ")[0] + "- What?\n" * questions)

    assert [(problem.level, problem.message) for problem in review(article)] == (
        [(Level.SHOULD, f"There are {questions} questions to ask.")] if reported else []
    )


# Reading


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


# Words


@pytest.mark.parametrize(
    "sentence",
    [
        "Iron cures RLS.",
        "We cured many people.",
        "Veins are the hidden cause.",
        "Find the root cause.",
        "This is a breakthrough.",
        "We guarantee relief.",
        "Our form is HIPAA compliant.",
        "Our form is HIPAA-compliant.",
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
    ],
)
def test_a_promise_may_be_denied_or_asked_about(sentence):
    assert told(f"Iron.[@iron-01]\n\n{sentence}") == []


def test_the_header_must_not_promise_either():
    assert told("Iron.[@iron-01]", title="How iron cures RLS")[0][1] == "“cures” promises too much."


def test_a_word_should_be_linked_to_the_glossary_once():
    [problem] = review(make_article(f"A [[ferritin]] test.[@iron-01]\n\nAnother [[Ferritin]] test.{ASK}"))

    assert (problem.level, problem.message) == (Level.SHOULD, "“Ferritin” is linked to the glossary twice.")


# The set


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


def test_a_whole_treatment_page_breaks_no_rule():
    body = BODY.replace("## What to ask", f"{DO_NOT_STOP} {EXCEPTION}\n\n## What to ask")

    assert review(make_article(body, path="treatments/iron-treatment", **BALANCED)) == []
