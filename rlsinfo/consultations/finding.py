"""How a person is found again by name, number or address, however it is typed and with a slip in it; no Django.

A request is stored under the keys of what it holds, such as "phone 5550100177"; the database keeps only fingerprints of
them. A search asks for keys, so it costs the same among a hundred requests and a million, and the database needs no text
to compare.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

EXTENSION = re.compile(r"(?:\b(?:ext|extension|extn)\b|x|#)[\s.:]*(\d{1,6})\s*$", re.IGNORECASE)
FEWEST_DIGITS = 4
# Nobody spells more to a front desk, and a name of 150 letters must not make 150 keys.
LONGEST_WORD, MOST_WORDS = 20, 8
BEGINNING = 3
# Typed for an apostrophe on one keyboard or another: straight, curled either way, a grave or an acute accent.
APOSTROPHES = str.maketrans("", "", "'\u2019\u2018\u02bc`\u00b4")


class Findable(Protocol):
    """What a search is held against."""

    name: str
    phone: str
    email: str
    corrected_name: str
    corrected_phone: str
    corrected_email: str


def digits(text: str) -> str:
    """The digits of a text, those of every script as ASCII."""
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


def phone_digits(typed: str) -> str:
    """The digits that find a number again, however it was written.

    "+1 (555) 010-0177 ext. 22" -> "5550100177"
    """
    found = digits(EXTENSION.sub("", typed))
    return found[1:] if len(found) == 11 and found.startswith("1") else found


def normalised_email(typed: str) -> str:
    """The form of an address by which two are compared: "Ana@Example.com " -> "ana@example.com"."""
    return typed.strip().lower()


def folded_words(typed: str) -> list[str]:
    """A name as somebody at a keyboard would look for it: "José O'Núñez-Gil" -> ["jose", "onunez", "gil"]."""
    letters = unicodedata.normalize("NFKD", typed.translate(APOSTROPHES))
    plain = "".join(c for c in letters if not unicodedata.combining(c)).casefold()
    return re.findall(r"\w+", plain)[:MOST_WORDS]


def keys_of(name: str, phone: str, email: str) -> set[str]:
    """Every key under which somebody of this name, number and address is found."""
    return set(_keys(name, phone, email))


def keys_of_person(phone: str, email: str) -> set[str]:
    """The keys that only the same number or the same address has; empty if neither is given."""
    number, address = phone_digits(phone), normalised_email(email)
    return {key for key in (f"phone {number}" if number else "", f"email {address}" if address else "") if key}


@dataclass(frozen=True)
class Search:
    """What a caller says of themselves, in one box: name parts in any order, a number, an address or a reference."""

    text: str

    @property
    def reference(self) -> str:
        """What was typed, if it is a reference: "k7mr 4pxd" -> "K7MR4PXD"."""
        return "".join(self.text.split()).upper()

    @property
    def key_sets(self) -> list[set[str]]:
        """The keys to ask for: whoever is meant has one of every set; empty if too little was typed."""
        if "@" in self.text:
            address = normalised_email(self.text)
            return [{f"email {address}", f"mailbox {address.partition('@')[0]}"}]
        if self._number:
            return [{f"phone {self._number}", f"ends {self._number[-FEWEST_DIGITS:]}"}]
        words = folded_words(self.text)
        return [
            {f"name {part}" for part in _with_one_slip(word)}
            | ({f"begins {word[:BEGINNING]}"} if len(word) >= BEGINNING else set())
            # An initial is too common to ask for, but it tells two people apart.
            for word in [word for word in words if len(word) > 1] or words
        ]

    def misses(self, person: Findable) -> int | None:
        """How many slips lie between what was typed and this person; None if they are not who is meant.

        Keys only narrow the search: two words one letter short of each other can be two slips apart.
        """
        if "@" in self.text:
            address = normalised_email(self.text)
            mailbox = address.partition("@")[0]
            return min(
                (int(each != address) for each in _emails(person) if each.partition("@")[0] == mailbox), default=None
            )
        if self._number:
            return 0 if any(self._number in phone_digits(each) for each in _phones(person)) else None
        return min((misses for name in _names(person) if (misses := self._misses_name(name)) is not None), default=None)

    @property
    def _number(self) -> str:
        number = phone_digits(self.text)
        return number if len(number) >= FEWEST_DIGITS else ""

    def _misses_name(self, name: str) -> int | None:
        total, words = 0, folded_words(name)
        for typed in folded_words(self.text):
            least = min((_slips(typed, word) for word in words), default=2)
            if least > 1:
                return None
            total += least
        return total


def _names(person: Findable) -> Iterator[str]:
    yield from filter(None, (person.name, person.corrected_name))


def _phones(person: Findable) -> Iterator[str]:
    yield from filter(None, (person.phone, person.corrected_phone))


def _emails(person: Findable) -> Iterator[str]:
    yield from (normalised_email(each) for each in (person.email, person.corrected_email) if each)


def _keys(name: str, phone: str, email: str) -> Iterator[str]:
    for word in folded_words(name):
        yield from (f"name {part}" for part in _with_one_slip(word))
        yield f"begins {word[:BEGINNING]}"
    if number := phone_digits(phone):
        yield f"phone {number}"
        yield f"ends {number[-FEWEST_DIGITS:]}"
    if address := normalised_email(email):
        yield f"email {address}"
        yield f"mailbox {address.partition('@')[0]}"


def _with_one_slip(word: str) -> set[str]:
    """The word, and the word with any one letter left out: two words one slip apart share one of these.

    "ortiz" and "otriz" both hold "otiz". Words of three letters are too short to forgive one.
    """
    word = word[:LONGEST_WORD]
    if len(word) <= BEGINNING:
        return {word}
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def _slips(typed: str, word: str) -> int:
    """0 if the word was typed, or its beginning; 1 if one letter is missing, added, wrong or swapped; otherwise 2."""
    if word.startswith(typed):
        return 0
    if min(len(typed), len(word)) <= BEGINNING - 1 or abs(len(typed) - len(word)) > 1:
        return 2
    at = next((i for i, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    rest, other = typed[at:], word[at:]
    return 1 if rest[1:] == other[1:] or rest == other[1:] or rest[1:] == other or _swapped(rest, other) else 2


def _swapped(rest: str, other: str) -> bool:
    return rest[:2] == other[1::-1] and rest[2:] == other[2:]
