"""The reading grade: known words, known texts, and what is counted as what."""

import pytest

from rlsinfo.articles import outline, readability
from tests.articles.factories import make_article


def measured(text: str) -> readability.Reading:
    return readability.measure(outline.scan(text, "x.md")[0])


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("legs", 1),
        ("restless", 2),
        ("syndrome", 2),
        ("iron", 2),
        ("doctor's", 2),
        ("clinician\u2019s", 3),
        ("augmentation", 4),
        ("every", 3),  # the dictionary knows two ways to say it: the first counts
        ("low-iron", 3),
        ("75", 1),
        ("RLS", 1),  # not a word of the dictionary, and without a vowel
        ("pramipexole", 5),  # not in the dictionary: a, i, e, o, e
        ("ferritin", 3),
        ("\u00fcbung", 1),  # behind the last word of the dictionary
    ],
)
def test_syllables_are_counted_as_spoken_and_else_by_groups_of_vowels(word, syllables):
    assert readability.syllables(word) == syllables


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("45 mg of low-cost iron", 5),
        ("1,000 ng/mL is 3.5 times more", 7),
        ("don't \u2013 or don\u2019t", 3),
        ("\u2014 * |", 0),
    ],
)
def test_words_are_what_stands_between_spaces_and_slashes(text, count):
    assert len(readability.words(text)) == count


@pytest.mark.parametrize(
    ("text", "words", "sentences", "syllables"),
    [
        ("The cat sat on the mat.", 6, 1, 6),
        ("Restless legs syndrome is a condition of the nerves. Rest makes it worse.", 13, 2, 17),
        (
            "Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in"
            " Liberty, and dedicated to the proposition that all men are created equal.",
            30,
            1,
            49,  # "our" has two in the dictionary
        ),
    ],
)
def test_the_grade_of_a_known_text_is_what_the_formula_gives_by_hand(text, words, sentences, syllables):
    reading = measured(text)

    assert (reading.words, reading.sentences, reading.syllables) == (words, sentences, syllables)
    assert reading.grade == pytest.approx(0.39 * words / sentences + 11.8 * syllables / words - 15.59, abs=0.051)


def test_every_heading_list_item_and_table_cell_is_a_sentence():
    text = "## What helps\n\n- a walk\n- a warm bath\n\nTable: Tests\n\n| Test | Who |\n|---|---|\n| Ferritin | all |\n| TSAT | |"

    reading = measured(text)

    assert (reading.sentences, reading.words) == (9, 13)


def test_markers_addresses_and_descriptions_of_pictures_are_left_out():
    plain = measured("Ask for ferritin. Read more here.")
    marked = measured("Ask for [[ferritin]].[@iron-01; @flag:dvt] Read more [here](/symptoms/how-rls-is-diagnosed/).")

    assert marked.words == plain.words == 6
    assert marked.grade == plain.grade
    assert measured("![a long description of the picture](leg.svg)").words == 0


def test_the_longest_sentence_is_known_with_its_line():
    longest = measured("One.\nThis is much longer than that.\n\nTwo words.").longest

    assert longest is not None
    assert (longest.words, longest.line) == ("This is much longer than that.", 2)


def test_nothing_to_read_has_grade_nought():
    assert (measured("").grade, measured("").longest) == (0.0, None)


def test_a_page_is_measured_with_its_header():
    article = make_article()

    assert readability.measure(article.blocks).words > readability.measure(article.body_blocks).words
