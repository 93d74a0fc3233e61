"""What people type, made plain: one Unicode form, nothing unseen, or a sentence that says what to change; no Django."""

import re
import unicodedata

MOST_MARKS = 4
"""Accents on one letter. No language stacks more after composition; towers of them cover the lines around."""

LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\v\f\x85]")
# They take no room, so that nobody could find and delete them; many come along when text is copied.
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Persian, Indic scripts and emoji need a joiner between two characters; never two, and none at an end.
JOINERS = re.compile("^[\u200c\u200d]+|[\u200c\u200d]+$|([\u200c\u200d])[\u200c\u200d]+", re.MULTILINE)
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def gettext_noop(sentence: str) -> str:
    """Marks a sentence that is translated where it is shown."""
    return sentence


class Refused(ValueError):
    """The text cannot be kept as it is; the message is a sentence for whoever typed it.

    `sentence` is the same with a place for what the text is called, to be translated.
    """

    def __init__(self, sentence: str, called: str) -> None:
        self.sentence = sentence
        super().__init__(sentence.format(called=called))


def plain(text: str, *, called: str, lines: bool = False) -> str:
    """The text in NFC without what cannot be seen; with `lines`, line ends are kept, as "\\n".

    Raises Refused for control characters, for marks that turn text around, for what is no character, and
    for towers of accents.
    """
    text = UNSEEN.sub("", text).replace("\t", " ")
    if lines:
        text = LINE_ENDS.sub("\n", text)
    text = unicodedata.normalize("NFC", JOINERS.sub(r"\1", text))
    if any(unicodedata.category(character) == "Cc" and not (lines and character == "\n") for character in text):
        raise Refused(gettext_noop("{called} holds a control character: please type it again"), called)
    if not all(map(_is_character, text)):
        raise Refused(gettext_noop("{called} holds a character we cannot read: please type it again"), called)
    if TURNING.search(text):
        raise Refused(
            gettext_noop("{called} holds a hidden mark that turns words around: please type it again"), called
        )
    if _longest_tower(text) > MOST_MARKS:
        raise Refused(gettext_noop("{called} holds a letter with more than 4 accents: please type it again"), called)
    return text


def without_turning_marks(text: str) -> str:
    """For numbers and addresses, which read in one direction: address books put such marks around what is copied."""
    return TURNING.sub("", text)


def has_a_letter(text: str) -> bool:
    """Whether somebody could read it out; of letters that cannot be seen, plain text has none."""
    return any(character.isalpha() for character in text)


def _is_character(character: str) -> bool:
    """False for lone surrogates and for code points that are no character at all."""
    code = ord(character)
    return not (0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF)


def _longest_tower(text: str) -> int:
    longest = height = 0
    for character in text:
        height = height + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        longest = max(longest, height)
    return longest
