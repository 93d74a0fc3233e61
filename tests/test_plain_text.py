"""What is typed is made plain in one place: cleaned, or refused with a sentence, never changed in meaning."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlsinfo.plain_text import MOST_MARKS, Refused, has_a_letter, plain

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) != "\t"]
TURNING = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
NO_CHARACTERS = ["\ud800", "\udfff", "\ufdd0", "\ufdef", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff"]


@pytest.mark.parametrize("text", ["José Núñez", "李小龙", "Nguyễn Văn Ường", "О'Ніл", "עִבְרִית", "ไม่รู้", "👨‍👩‍👧 ok"])
def test_what_people_write_stays_as_it_is(text):
    assert plain(text, called="The name") == text


def test_a_persian_word_keeps_the_joiner_that_its_spelling_needs():
    assert plain("می\u200cخواهم", called="The name") == "می\u200cخواهم"


@pytest.mark.parametrize("character", CONTROLS, ids=ascii)
def test_a_control_character_is_refused_in_one_line(character):
    with pytest.raises(Refused, match="The name holds a control character"):
        plain(f"Ana{character}Ortiz", called="The name")


@pytest.mark.parametrize("character", sorted(set(CONTROLS) - set("\r\n\v\f\x85")), ids=ascii)
def test_a_control_character_is_refused_in_a_note_unless_it_ends_a_line(character):
    with pytest.raises(Refused, match="Your note holds a control character"):
        plain(f"one{character}two", called="Your note", lines=True)


@pytest.mark.parametrize("character", TURNING, ids=ascii)
def test_a_mark_that_turns_words_around_is_refused(character):
    with pytest.raises(Refused, match="The name holds a hidden mark that turns words around"):
        plain(f"Ana {character}ztirO", called="The name")


@pytest.mark.parametrize("character", NO_CHARACTERS, ids=ascii)
def test_what_is_no_character_is_refused(character):
    with pytest.raises(Refused, match="The name holds a character we cannot read"):
        plain(f"Ana{character}", called="The name")


def test_a_tower_of_accents_is_refused_but_a_letter_with_a_few_is_not():
    assert plain("q" + "\u0323" * MOST_MARKS, called="The name")
    with pytest.raises(Refused, match="The name holds a letter with more than 4 accents"):
        plain("q" + "\u0323" * (MOST_MARKS + 1), called="The name")


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u200e", "\U000e0041", "\u200d\u200c"])
def test_what_takes_no_room_is_left_out(unseen):
    assert plain(f"{unseen}Ana{unseen}", called="The name") == "Ana"


@pytest.mark.parametrize("name", ["\u200b", "\u3164", "\u115f\u1160", "\uffa0", "\u2800", "\u200c", " ", "123", "⠀👻"])
def test_a_name_that_nobody_can_see_or_read_out_has_no_letter(name):
    assert not has_a_letter(plain(name, called="The name"))


@given(st.text(st.characters(codec=None)), st.booleans())
def test_whatever_is_typed_is_refused_or_plain_and_stays_so(text, lines):
    try:
        kept = plain(text, called="It", lines=lines)
    except Refused:
        return
    assert kept == unicodedata.normalize("NFC", kept)
    assert {unicodedata.category(character) for character in kept.replace("\n", "")}.isdisjoint({"Cc", "Cs"})
    assert kept.encode().decode() == kept
    assert plain(kept, called="It", lines=lines) == kept
