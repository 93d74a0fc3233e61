"""People are counted in one way on a page, and in the units and words of US patients."""

import pytest

from tests.articles.rules.samples import advised, told


@pytest.mark.parametrize(
    "sentence",
    [
        "It affects 30% of people.",
        "About 30 percent of patients have it.",
        "Ten percent got better.",
        "It fell by 2.5 %.",
    ],
)
def test_people_must_not_be_counted_in_percent(sentence):
    [(line, message, remedy)] = advised(f"Iron.[@iron-01]\n\n{sentence}")

    assert line == 3
    assert message.endswith("is a bare percentage.")
    assert "“about 30 in 100”" in remedy


@pytest.mark.parametrize(
    "body",
    [
        "About 30 in 100 people have it.",
        "No iron with TSAT over about 45 percent.",
        "A transferrin saturation under 20% is low.",
        "Labs give it in percent.",
        "Table: Studies\n\n| Study | Limits |\n| --- | --- |\n| 98% felt better | Nobody was compared. |",
    ],
)
def test_iron_tests_and_a_table_with_limits_may_hold_percent(body):
    assert told(f"Iron.[@iron-01]\n\n{body}") == []


def test_a_page_about_the_site_may_speak_of_percent():
    assert told("You can zoom to 400 percent.", path="pages/accessibility") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "About 1 in 20 people had it.",
        "About one in five had it.",
        "About 3 people in 1,000 had it.",
        "Some 2 out of 50.",
    ],
)
def test_a_page_must_count_people_with_one_denominator(sentence):
    [(line, message, remedy)] = advised(f"About 7 in 100 adults have it.[@iron-01]\n\n{sentence}")

    assert line == 3
    assert message.endswith("counts in another way than the rest of the page, which counts in 100.")
    assert remedy == "Write it as so many in 100."


@pytest.mark.parametrize(
    "sentence",
    [
        "Another study found 5 to 10 in 100.",
        "It was 22 parts in 100.",
        "A survey of 81 people in 2005 found it.",
        "It was seen in 10 of 140 people.",
        "In two studies, one in Korea and one in Utah, it was rare.",
        "It is better for 1 in 4 weeks.",
        "It came to about 7 in 100 in one clinic.",
    ],
)
def test_one_denominator_and_numbers_that_are_no_share_pass(sentence):
    assert told(f"About 7 in 100 adults have it.[@iron-01]\n\n{sentence}") == []


@pytest.mark.parametrize(
    ("sentence", "foreign", "american"),
    [
        ("Iron of 12 µmol/L is low.", "µmol", "the unit of a US lab report"),
        ("Iron of 12 \u03bcmol/L is low.", "\u03bcmol", "the unit of a US lab report"),  # the Greek letter
        ("Lose 5 kg.", "kg", "pounds"),
        ("Leave 10 cm free.", "cm", "inches, feet or miles"),
        ("Drink two litres of water.", "litres", "ounces or cups"),
        ("Keep it at 18 °C.", "°C", "°F"),
        ("Your haemoglobin may be low.", "haemoglobin", "the American spelling"),
        ("A change in skin colour.", "colour", "the American spelling"),
        ("Take paracetamol.", "paracetamol", "acetaminophen"),
        ("Paracetamol may help.", "Paracetamol", "acetaminophen"),
        ("See your GP.", "GP", "primary care clinician"),
        ("Go to A&E.", "A&E", "emergency room"),
        ("Then call 999.", "999", "911"),
    ],
)
def test_units_and_words_must_be_those_of_us_patients(sentence, foreign, american):
    [(line, message, remedy)] = advised(f"Iron.[@iron-01]\n\n{sentence}")

    assert (line, message) == (3, f"“{foreign}” is not used in US care.")
    assert remedy == f"Write {american}."


@pytest.mark.parametrize(
    "sentence",
    [
        "Ferritin of 75 ng/mL is low.",
        "Take no more than 45 mg a day.",
        "Blood pressure is given in mm Hg.",
        "Lose 11 pounds (5 kg).",
        "A glucose meter and a parking meter.",
        "In one study, 999 people had it.",
        "Your hemoglobin and the color of your skin.",
    ],
)
def test_american_units_and_words_pass(sentence):
    assert told(f"Iron.[@iron-01]\n\n{sentence}") == []


def test_the_conversion_of_ferritin_stands_once_and_beside_the_american_unit():
    once = "For ferritin, 1 ng/mL is the same as 1 µg/L.[@iron-01]"

    assert told(once) == []
    assert told(f"{once}\n\n{once}") == [(3, "“µg/L” is not the unit of US labs.")]
    assert told("Ferritin of 75 µg/L.[@iron-01]") == [(1, "“µg/L” is not the unit of US labs.")]
