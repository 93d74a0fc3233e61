"""What is sealed tells nothing, opens only where it was sealed, and outlasts a change of keys."""

import os
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlsinfo.encryption import CannotOpen, KeyRing, Keys, NotAKey, new_key

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
OLD, NEW = new_key(), new_key()
PLACE = "requests.name"


@given(TEXTS)
def test_what_was_sealed_opens_again(text):
    ring = KeyRing([NEW])

    assert ring.unseal(ring.seal(text, PLACE), PLACE) == text


def test_the_same_name_never_looks_the_same_twice():
    ring = KeyRing([NEW])

    assert ring.seal("Ana Ortiz", PLACE) != ring.seal("Ana Ortiz", PLACE)
    assert "Ana" not in ring.seal("Ana Ortiz", PLACE)


def test_a_text_opens_only_in_its_own_column():
    ring = KeyRing([NEW])

    with pytest.raises(CannotOpen, match=r"requests\.phone"):
        ring.unseal(ring.seal("Ana Ortiz", PLACE), "requests.phone")


@pytest.mark.parametrize("at", [0, 8, 9, 20, -1])
def test_a_text_that_somebody_changed_does_not_open(at):
    ring = KeyRing([NEW])
    sealed = ring.seal("Ana Ortiz", PLACE)
    at %= len(sealed)
    other = "1" if sealed[at] != "1" else "2"

    with pytest.raises(CannotOpen):
        ring.unseal(sealed[:at] + other + sealed[at + 1 :], PLACE)


@pytest.mark.parametrize("stored", ["Ana Ortiz", "", ".", "deadbeef.", "deadbeef.!!"])
def test_a_text_that_was_never_sealed_does_not_open(stored):
    with pytest.raises(CannotOpen):
        KeyRing([NEW]).unseal(stored, PLACE)


def test_why_a_text_does_not_open_is_said_without_the_text():
    with pytest.raises(CannotOpen) as refusal:
        KeyRing([NEW]).unseal("Ana Ortiz lives in Elm Street", PLACE)

    assert "Ortiz" not in str(refusal.value)


def test_old_texts_open_after_a_new_key_and_new_ones_need_it():
    before, after = KeyRing([OLD]), KeyRing([NEW, OLD])

    assert after.unseal(before.seal("Ana", PLACE), PLACE) == "Ana"
    with pytest.raises(CannotOpen, match=after.ids[0]):
        before.unseal(after.seal("Ana", PLACE), PLACE)


def test_a_person_is_found_under_the_keys_of_before_too():
    before, after = KeyRing([OLD]), KeyRing([NEW, OLD])

    assert before.fingerprint("phone 5550100177") in after.fingerprints("phone 5550100177")
    assert before.fingerprint("phone 5550100177") != after.fingerprint("phone 5550100177")
    assert 0 <= after.fingerprint("phone 5550100177") < 2**63


@pytest.mark.parametrize("text", ["", "too short", "x" * 43 + "yy", "ä" * 43])
def test_a_broken_key_is_refused_without_being_repeated(text):
    with pytest.raises(NotAKey) as refusal:
        Keys(text)

    assert not text or text not in str(refusal.value)


class TestAFileOfKeys:
    @pytest.fixture
    def file(self, tmp_path):
        file = tmp_path / "keys"
        file.write_text(f"{OLD}\n", encoding="utf-8")
        return file

    def test_is_read_again_when_somebody_adds_a_key(self, file):
        running, elsewhere = Keys(file), Keys(file)
        sealed_before = running.ring.seal("Ana", PLACE)

        elsewhere.add(NEW)
        assert running.ring.ids == KeyRing([OLD, NEW]).ids

        elsewhere.put_first(NEW)
        assert running.ring.ids == KeyRing([NEW, OLD]).ids
        assert running.ring.unseal(sealed_before, PLACE) == "Ana"

    def test_is_for_its_owner_alone(self, file):
        Keys(file).add(NEW)

        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    @pytest.mark.parametrize(
        "harm", [lambda file: file.unlink(), lambda file: file.write_text("gone\n")], ids=["gone", "broken"]
    )
    def test_that_is_harmed_under_a_running_site_stops_nobody(self, file, harm):
        running = Keys(file)
        sealed = running.ring.seal("Ana", PLACE)

        harm(file)

        assert running.ring.unseal(sealed, PLACE) == "Ana"


def test_a_key_can_be_made_where_no_site_starts():
    printed = subprocess.run(
        [sys.executable, "-m", "rlsinfo.encryption"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.defpath},
    )

    assert len(KeyRing([printed.stdout.strip()]).ids) == 1
