"""How easy a text in Spanish is to read."""

import pytest

from rlsinfo.articles import outline, spanish

SYLLABLES = """
pier-na in-quie-tas guí-a dí-a ai-re le-er ca-os sín-dro-me se-guir pin-güi-no hoy a-yu-da mé-di-co ciu-dad muy o-ír rey ya
me-di-ca-men-tos ga-ba-pen-ti-na po-e-ta cui-da-do no-che que gue-rras
"""


@pytest.mark.parametrize("word", SYLLABLES.split())
def test_syllables_are_counted_as_they_are_spoken(word):
    assert spanish.syllables(word.replace("-", "")) == word.count("-") + 1


def test_a_number_is_spoken_as_one():
    assert spanish.syllables("988") == 1


def test_the_scale_is_that_of_szigriszt_pazos():
    blocks, _ = outline.scan("La pierna duele. Camine un poco.", "x.md")

    reading = spanish.measure(blocks)

    assert (reading.words, reading.sentences, reading.syllables) == (6, 2, 11)
    assert reading.ease == round(206.835 - 62.3 * 11 / 6 - 6 / 2, 1)


def test_nothing_to_read_is_easy():
    assert spanish.measure(()).ease == 100.0
