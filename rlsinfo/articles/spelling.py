"""Which word of the guide somebody meant who cannot spell it; no Django."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

SHORTEST = 4
"""A shorter word has too many neighbours to be forgiven a slip."""
LONG = 6
"""From here on a word is forgiven two."""
MOST_BEGINNINGS = 4

_WORD = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    """The words of a text in small letters without accents: "Don't, José!" gives don, t, jose."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(c for c in letters if not unicodedata.combining(c)))


class Vocabulary:
    """The words that can be found, and how often each stands in the guide."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = counts
        self._without_a_letter: dict[str, list[str]] = defaultdict(list)
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for word in counts:
            if len(word) >= SHORTEST:
                self._by_start[word[0]].append(word)
                for part in _shortened(word):
                    self._without_a_letter[part].append(word)

    def __contains__(self, word: object) -> bool:
        return word in self.counts

    def meant(self, typed: str) -> tuple[str, ...]:
        """What is looked for in the place of a word that the guide does not have; nothing if it is like no other.

        Two words written as one, the word one or two slips away, or those that begin so.
        """
        if two := self._taken_apart(typed):
            return two
        if near := self._nearest(typed):
            return (near,)
        return tuple(self.beginning(typed)) if len(typed) >= SHORTEST - 1 else ()

    def beginning(self, start: str) -> list[str]:
        """The commonest words that begin so."""
        found = (word for word in self._by_start.get(start[:1], ()) if word.startswith(start))
        return sorted(found, key=self._rank)[:MOST_BEGINNINGS]

    def _rank(self, word: str) -> tuple[int, str]:
        return -self.counts[word], word

    def _nearest(self, typed: str) -> str:
        if len(typed) < SHORTEST:
            return ""
        near = {word for part in _shortened(typed) for word in self._without_a_letter.get(part, ())}
        ranked = sorted((slips(typed, word), *self._rank(word)) for word in near)
        if (not ranked or ranked[0][0] > 1) and len(typed) >= LONG:
            same_start = (word for word in self._by_start[typed[0]] if abs(len(word) - len(typed)) <= 2)
            ranked = sorted((slips(typed, word), *self._rank(word)) for word in {*near, *same_start})
        return ranked[0][-1] if ranked and ranked[0][0] <= (2 if len(typed) >= LONG else 1) else ""

    def _taken_apart(self, typed: str) -> tuple[str, ...]:
        for at in range(3, len(typed) - 2):
            two = typed[:at], typed[at:]
            if all(self.counts.get(word, 0) > 1 for word in two):
                return two
        return ()


def slips(typed: str, word: str) -> int:
    """How many letters are missing, added, wrong or swapped with their neighbour (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, a in enumerate(typed, start=1):
        before, last, row = row, before, [i]
        for j, b in enumerate(word, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == word[j - 2] and b == typed[i - 2]:
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _shortened(word: str) -> Iterator[str]:
    """The word itself, and without any one letter."""
    yield word
    yield from (word[:at] + word[at + 1 :] for at in range(len(word)))
