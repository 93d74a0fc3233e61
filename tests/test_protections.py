"""The runner that switches protections off tells red from green, and each protection is still where it says."""

from collections import Counter

import pytest

from tests import protections
from tests.protections import (
    PROTECTIONS,
    CannotRun,
    NoLongerFits,
    Protection,
    copy_of_the_site,
    red_tests,
    switched_off,
)

SAMPLE = ("no marks that turn words around", "the log holds nobody's words", "a damaged backup is noticed")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return copy_of_the_site(tmp_path_factory.mktemp("site"))


def test_every_protection_is_still_where_it_says_and_its_tests_are_there(site):
    for each in PROTECTIONS:
        with switched_off(each, site):
            assert (site / each.file).read_text() != (protections.ROOT / each.file).read_text()
        for test in each.tests:
            file, *names = test.partition("[")[0].split("::")
            source = (site / file).read_text()
            assert all(f"class {name}" in source or f"def {name}(" in source for name in names), test


def test_enough_protections_are_tried_and_each_under_its_own_name():
    assert len(PROTECTIONS) >= 40
    assert max(Counter(each.name for each in PROTECTIONS).values()) == 1


@pytest.mark.parametrize("name", SAMPLE)
def test_a_protection_that_is_switched_off_is_missed(site, name):
    (protection,) = (each for each in PROTECTIONS if each.name == name)

    with switched_off(protection, site):
        red = red_tests(protection.tests, site)

    assert red


def test_with_every_protection_on_the_same_tests_are_green(site):
    tests = [test for each in PROTECTIONS if each.name in SAMPLE for test in each.tests]

    assert red_tests(tests, site) == []


@pytest.fixture
def small_site(tmp_path):
    (tmp_path / "lock.py").write_text("LOCKED = True\n")
    (tmp_path / "test_lock.py").write_text("from lock import LOCKED\n\ndef test_it():\n    assert LOCKED\n")
    (tmp_path / "test_door.py").write_text("def test_it():\n    pass\n")
    return tmp_path


def lock(**changes) -> Protection:
    return Protection(
        **{"name": "lock", "file": "lock.py", "text": "True", "off": "False", "tests": ("test_lock.py",)} | changes
    )


def test_a_text_that_is_gone_or_stands_twice_is_an_error(small_site):
    for text in ("Gone", " "):
        with pytest.raises(NoLongerFits), switched_off(lock(text=text), small_site):
            pass


def test_everything_is_put_back(small_site):
    with switched_off(lock(), small_site):
        assert (small_site / "lock.py").read_text() == "LOCKED = False\n"

    assert (small_site / "lock.py").read_text() == "LOCKED = True\n"


def test_tests_that_cannot_be_run_are_no_red_tests(small_site):
    with switched_off(lock(off="!"), small_site), pytest.raises(CannotRun):
        red_tests(["test_lock.py"], small_site)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({}, 0, "1 of 1 protections are missed"),
        ({"tests": ("test_door.py",)}, 1, "GREEN"),
        (
            {"text": "LOCKED = True", "off": "LOCKED = 1", "tests": ("test_lock.py",)},
            1,
            "0 of 1 protections are missed",
        ),
    ],
)
def test_what_nobody_misses_ends_badly(small_site, monkeypatch, capsys, changes, status, said):
    monkeypatch.setattr(protections, "copy_of_the_site", lambda folder: small_site)
    monkeypatch.setattr(protections, "PROTECTIONS", [lock(**changes)])

    assert protections.main([]) == status
    assert said in capsys.readouterr().out


def test_nothing_is_told_while_a_test_is_red_anyway(small_site, monkeypatch, capsys):
    (small_site / "test_door.py").write_text("def test_it():\n    assert False\n")
    monkeypatch.setattr(protections, "copy_of_the_site", lambda folder: small_site)
    monkeypatch.setattr(protections, "PROTECTIONS", [lock(tests=("test_door.py",))])

    assert protections.main(["lo"]) == 1
    assert "nothing can be told: test_door.py::test_it" in capsys.readouterr().out
