"""Advertising is flagged only on strong signs, and urgent words are noticed."""

import pytest

from rlsinfo.consultations.screening import looks_urgent, spam_reasons
from tests.factories import make_answers

ADVERTISEMENT = "We offer SEO and backlinks for your website"


def test_an_ordinary_request_is_not_flagged():
    assert spam_reasons(make_answers()) == ()


def test_filling_in_the_hidden_field_is_enough():
    reasons = spam_reasons(make_answers(trap="https://example.com"))

    assert reasons == ("A field that people cannot see was filled in.",)


@pytest.mark.parametrize(
    "one_sign",
    [
        {"seconds_on_form": 1.2},
        {"seconds_on_form": None},
        {"note": "I read www.example.org about my legs"},
        {"note": ADVERTISEMENT},
    ],
)
def test_one_weak_sign_is_not_enough(one_sign):
    assert spam_reasons(make_answers(**one_sign)) == ()


@pytest.mark.parametrize(
    ("two_signs", "sentence"),
    [
        ({"seconds_on_form": 2.9, "note": ADVERTISEMENT}, "It was sent within 3 seconds."),
        ({"seconds_on_form": None, "note": ADVERTISEMENT}, "It is not known when the form was opened."),
        ({"note": f"{ADVERTISEMENT} http://example.com"}, "It holds a web address."),
        ({"name": "cheap-pills.xyz", "note": ADVERTISEMENT}, "It holds a web address."),
        ({"help_needed": "bitcoin", "seconds_on_form": 0.0}, "It uses words of advertising."),
    ],
)
def test_two_weak_signs_are_enough_and_are_said(two_signs, sentence):
    reasons = spam_reasons(make_answers(**two_signs))

    assert len(reasons) == 2
    assert sentence in reasons


def test_three_seconds_are_enough_for_a_person():
    assert spam_reasons(make_answers(seconds_on_form=3.0, note=ADVERTISEMENT)) == ()


@pytest.mark.parametrize(
    "note",
    [
        "I have chest pain since this morning",
        "Sometimes I can’t breathe when I lie down",
        "My left leg is very swollen and warm",
        "I do not want to live like this any more",
        "Thinking about SUICIDE",
        "my foot has gone\n cold and white",
        "The vein on my ankle is bleeding",
        "could this be a blood clot?",
    ],
)
def test_words_of_an_urgent_sign_are_noticed(note):
    assert looks_urgent(note)


@pytest.mark.parametrize(
    "note",
    ["", "My legs will not keep still at night.", "I feel a stroking sense, and I live in Coldwater.", "Call after 4."],
)
def test_other_words_are_left_alone(note):
    assert not looks_urgent(note)
