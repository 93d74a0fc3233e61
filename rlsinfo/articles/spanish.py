"""How easy a text in Spanish is to read: the scale of Szigriszt Pazos (1993), by the same counting as for English.

206.835 - 62.3 x syllables per word - words per sentence. In the words of INFLESZ (Barrio-Cantalejo 2008): below 40 very
hard, 40 to 55 rather hard, 55 to 65 normal, 65 to 80 rather easy, above 80 very easy.
"""

import re
from collections.abc import Iterable

from rlsinfo.articles.outline import Block
from rlsinfo.articles.readability import Counted, words

__all__ = ["Reading", "measure", "syllables", "words"]

# Two strong vowels, or a weak one with an accent beside a strong one, are two syllables; u in gue, gui and qu is silent.
_SILENT = re.compile(r"(?<=q)u|(?<=g)u(?=[eiéí])")
_SYLLABLE = re.compile(r"[iuü]?[aeoáéó](?:[iuü](?![aeoáéó])|y\b)?|uy\b|[iuü]{2}|[iuüíú]|y\b")


class Reading(Counted):
    """How easy a text is to read."""

    @property
    def ease(self) -> float:
        if not self.words:
            return 100.0
        return round(206.835 - 62.3 * self.syllables / self.words - self.words / self.sentences, 1)


def measure(blocks: Iterable[Block]) -> Reading:
    return Reading.of(blocks, syllables)


def syllables(word: str) -> int:
    """How many syllables a word has when it is spoken; what has no vowel, such as a number, counts as one."""
    return max(1, len(_SYLLABLE.findall(_SILENT.sub("", word.casefold()))))
