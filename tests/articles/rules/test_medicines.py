"""Nobody is led to stop a medicine alone, each medicine is in the register, and is called what it is."""

import pytest

from tests.articles.factories import make_article, make_register
from tests.articles.rules.samples import ASK, DO_NOT_STOP, EXCEPTION, advised, review, told


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
    assert told("Mirapexity is no medicine.[@iron-01]") == []


def test_nothing_is_asked_about_medicines_when_none_are_known():
    assert review(make_article("Gabapentin.[@iron-01]" + ASK), register=make_register(medicines="")) == []


@pytest.mark.parametrize(
    ("word", "meant"),
    [("Lorazepam", ""), ("omeprazole", ""), ("Gabapentine", "gabapentin"), ("pramipexol", "pramipexole")],
)
def test_a_medicine_that_the_register_does_not_know_is_told_once_with_the_one_that_may_be_meant(word, meant):
    [(line, message, remedy)] = advised(f"First.[@iron-01]\n\n{word} is one.[@iron-01] So {word} is.[@iron-01]")

    assert (line, message) == (3, f"“{word.lower()}” is no medicine of the register.")
    assert "content/evidence/medicines.yaml" in remedy
    assert ("Did you mean" in remedy) is bool(meant)
    assert f"“{meant}”" in remedy or not meant


@pytest.mark.parametrize(
    "words",
    ["Dopamine agonists and alpha-2-delta ligands", "Ferritin", "A serotonin pathway", "Cholesterol and a magazine"],
)
def test_what_only_sounds_like_a_medicine_passes(words):
    assert told(f"{words} may be named.[@iron-01]") == []


@pytest.mark.parametrize(
    ("sentence", "name", "kind"),
    [
        ("Gabapentin, a dopamine agonist, is one.", "Gabapentin", "dopamine agonist"),
        ("Gabapentin (a dopamine agonist) is one.", "Gabapentin", "dopamine agonist"),
        ("Gabapentin is a dopamine agonist.", "Gabapentin", "dopamine agonist"),
        ("Mirapex is an alpha-2-delta ligand.", "Mirapex", "alpha-2-delta ligand"),
        ("Gabapentin and pramipexole are dopamine agonists.", "Gabapentin", "dopamine agonist"),
        ("Dopamine agonists such as gabapentin are old.", "gabapentin", "dopamine agonist"),
        ("The dopamine agonist gabapentin is old.", "gabapentin", "dopamine agonist"),
        ("Dopamine agonists, such as Mirapex and gabapentin, are old.", "gabapentin", "dopamine agonist"),
    ],
)
def test_a_medicine_must_be_called_what_it_is(sentence, name, kind):
    [(line, message, remedy)] = advised(f"{DO_NOT_STOP} {EXCEPTION}\n\n{sentence}[@iron-01]")

    assert (line, message) == (3, f"“{name}” is called “{kind}”, and it is none.")
    assert ("alpha-2-delta ligand" if name.lower() == "gabapentin" else "dopamine agonist") in remedy


@pytest.mark.parametrize(
    "sentence",
    [
        "Gabapentin, an alpha-2-delta ligand, is one.",
        "Mirapex is a dopamine agonist, and gabapentin is none.",
        "Gabapentin is not a dopamine agonist.",
        "Is gabapentin a dopamine agonist?",
        "Dopamine agonists such as pramipexole are old.",
        "Gabapentin and a dopamine agonist are two things.",
        "Take gabapentin with a dopamine agonist only if your clinician says so.",
        "Tell us about gabapentin, or a dopamine agonist.",
    ],
)
def test_a_medicine_with_its_own_class_or_beside_another_passes(sentence):
    assert told(f"{DO_NOT_STOP} {EXCEPTION}\n\n{sentence}[@iron-01]") == []
