"""Who has a sign that cannot wait sees where to go, and is never sent to us."""

import pytest

from tests.articles.factories import RED_FLAGS, make_article, make_register
from tests.articles.rules.samples import ASK, advised, review, told


@pytest.mark.parametrize("words", ["see [more](/)", "a [[ferritin]] of 3", "see <https://www.rls.org>"])
def test_an_emergency_card_must_hold_no_link(words):
    body = f'Iron.[@iron-01]\n\n!!! emergency "Call 911 now if:"\n    - {words}'

    assert told(body) == [(4, "There is a link in an emergency card.")]
    assert told(body.replace("emergency", "help")) == []


def test_an_urgent_card_must_not_lead_to_our_form():
    body = 'Iron.[@iron-01]\n\n!!! urgent "Go to urgent care today:"\n    - [here](/consultation/)\n    - [signs](/)'

    assert told(body) == [(4, "An urgent card leads to our form.")]


def test_every_line_of_a_do_not_list_must_say_so():
    body = 'Iron.[@iron-01]\n\n!!! dont "Do not"\n    - do not rub it\n    - **Do not** wait\n    - take pills'

    assert told(body) == [(6, "This line of a “do not” list does not say “do not”.")]


def test_a_page_must_not_have_more_than_two_notes():
    note = '\n\n!!! note "Note"\n    Words.'

    assert told(f"Iron.[@iron-01]{note * 2}") == []
    assert told(f"Iron.[@iron-01]{note * 3}") == [(9, "There are more than 2 notes on this page.")]


def card(name: str, heading: str, *lines: str) -> str:
    return "\n    - ".join([f'Iron.[@iron-01]\n\n!!! {name} "{heading}"', *lines])


@pytest.mark.parametrize("heading", ["If you have:", "Get help now for:", "Go to the hospital:"])
def test_an_emergency_cards_heading_must_say_whom_to_call(heading):
    [(line, message, remedy)] = advised(card("emergency", heading, "chest pain: call 911"))

    assert (line, message) == (3, "This emergency card's heading does not say whom to call.")
    assert "911" in remedy


@pytest.mark.parametrize(
    "heading",
    [
        "Call 911 now if:",
        "Call or text 988",
        "Call Poison Help now",
        "Call 1-800-222-1222",
        "Go to an emergency room now",
    ],
)
def test_an_emergency_cards_heading_that_says_whom_to_call_passes(heading):
    assert told(card("emergency", heading, "chest pain")) == []
    assert told(card("help", "If:", "your legs ache")) == []


def test_an_urgent_card_must_name_a_place_to_go_today():
    [(line, message, remedy)] = advised(card("urgent", "Call a clinician today if:", "one leg swells"))

    assert (line, message) == (3, "This urgent card names no place to go today.")
    assert "urgent care or an emergency room" in remedy


def test_a_place_named_elsewhere_on_the_page_is_not_in_the_card():
    elsewhere = card("urgent", "Today if:", "one leg swells") + "\n\n## More\n\nGo to urgent care."

    assert told(elsewhere) == [(3, "This urgent card names no place to go today.")]


@pytest.mark.parametrize(
    ("heading", "line"),
    [
        ("Go to an emergency room now if:", "one leg swells"),
        ("Get care today if:", "one leg swells: go to urgent care"),
    ],
)
def test_an_urgent_card_with_a_place_to_go_passes(heading, line):
    assert told(card("urgent", heading, line)) == []


@pytest.mark.parametrize(
    "line",
    ["Come to our clinic.", "Call us today.", "Fill in our form.", "This vein clinic can scan it.", "Ask our team."],
)
@pytest.mark.parametrize(
    ("name", "heading"), [("emergency", "Call 911 now if:"), ("urgent", "Go to urgent care today if:")]
)
def test_a_card_on_signs_that_cannot_wait_must_not_lead_to_us(name, heading, line):
    [(at, message, remedy)] = advised(card(name, heading, "one leg swells", line))

    assert at == 5
    assert "in a card on signs that cannot wait for us" in message
    assert "urgent care" in remedy


@pytest.mark.parametrize(
    "body",
    [
        card("urgent", "Go to urgent care today if:", "one leg swells", "Do not wait for our clinic."),
        card("emergency", "Call 911 now if:", "This clinic cannot help."),
        card("help", "Make an appointment if:", "you want to ask us"),
    ],
)
def test_a_card_may_say_that_we_cannot_help_and_an_ordinary_one_may_name_us(body):
    assert told(body) == []


@pytest.mark.parametrize(
    "loose", ["Some more words.", "- a line\n- another line", "Table: One\n\n| A | B |\n| - | - |\n| a | b |"]
)
def test_what_follows_a_card_must_have_a_heading(loose):
    [(line, message, remedy)] = advised(card("do", "Do", "walk") + f"\n\n{loose}")

    assert (line, message) == (6, "This stands right after a card without a heading.")
    assert "heading of its own" in remedy


def test_cards_in_a_row_and_a_heading_after_them_pass():
    assert told(card("do", "Do", "walk") + '\n\n!!! dont "Do not"\n    - do not rub it\n\n## More\n\nWords.') == []


@pytest.mark.parametrize("signs", ["The skin turns red.", "It is warm, with redness.", "A red or swollen patch."])
def test_redness_must_be_told_for_darker_skin_too(signs):
    [(line, message, remedy)] = advised(f"Iron.[@iron-01]\n\n{signs}")

    assert line == 3
    assert "is not how it looks on darker skin" in message
    assert remedy == "Write “red, purple, or darker than usual”."


@pytest.mark.parametrize(
    "signs",
    [
        "The skin turns red, purple, or darker than usual.",
        "It may be red, or darker than your usual skin.",
        "Redness or darkening that spreads.",
        "You have too few red blood cells.",
        "Does red wine count?",
        "You feel tired and bored.",
    ],
)
def test_redness_in_every_skin_and_what_is_simply_red_passes(signs):
    assert told(f"Iron.[@iron-01]\n\n{signs}") == []


def test_every_sign_of_the_register_must_stand_on_the_page_on_when_to_get_help():
    lung = RED_FLAGS.replace("id: dvt, name: Blood clot in a leg vein", "id: pe, name: Blood clot in the lung")
    article = make_article(
        f"A swollen leg.[@flag:dvt]{ASK}", path="symptoms/when-to-get-help", title="When to get help"
    )

    [problem] = review(article, register=make_register(red_flags=RED_FLAGS + lung))

    assert (problem.line, problem.message) == (article.body_line, "The sign “Blood clot in the lung” is missing here.")
    assert "[@flag:pe]" in problem.remedy
    assert review(article) == []
