"""What the numbers of a page lead to: how sure we are, and the sources by author and year."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import ascii_lowercase

from rlsinfo.articles.evidence import FLAG, GUIDELINE, Ground, Reference
from rlsinfo.articles.rendering import Html
from rlsinfo.articles.wording import ENGLISH, Wording

_INITIALS = re.compile(r" [A-Z]{1,3}$")


@dataclass(frozen=True)
class Source:
    """A reference as the site names it: "Winkelman and others 2025b"."""

    label: str
    reference: Reference

    @cached_property
    def link(self) -> str:
        """What leads to it, as HTML. It is the same on every page, so it is written once."""
        return f'<a href="/sources/#{self.reference.key}">{html.escape(self.label)}</a>'


@dataclass(frozen=True)
class Entry:
    """One numbered ground with its sources."""

    ground: Ground
    sources: tuple[Source, ...]
    words: Wording = ENGLISH

    @property
    def links(self) -> Html:
        """The sources, by name."""
        return Html("; ".join(source.link for source in self.sources))

    @property
    def label(self) -> str:
        """How sure we are; advice on safety and of guidelines is not a finding, so it says what it is instead."""
        if self.ground.strength:
            return self.words.strengths[self.ground.strength]
        advice = {FLAG: self.words.safety_advice, GUIDELINE: self.words.guideline_advice}
        return advice[self.ground.id.partition(":")[0] + ":"]

    @property
    def mark(self) -> str:
        return self.ground.strength.mark if self.ground.strength else "advice"


def name_sources(references: Iterable[Reference]) -> dict[str, Source]:
    """Every printable reference by key, ordered by its label; labels are the same on every page of the site."""
    printed = (each for each in references if each.is_printable)
    ordered = sorted(printed, key=lambda reference: (_short(reference).casefold(), reference.title))
    how_many = Counter(map(_short, ordered))
    letters: Counter[str] = Counter()
    sources = {}
    for reference in ordered:
        label = _short(reference)
        if how_many[label] > 1:
            letter = ascii_lowercase[letters[label]]
            letters[label] += 1
            label += letter if label[-1].isdigit() else f" ({letter})"
        sources[reference.key] = Source(label, reference)
    return sources


def entries(grounds: Iterable[Ground], sources: Mapping[str, Source], words: Wording = ENGLISH) -> tuple[Entry, ...]:
    """What the numbers of a page lead to, in their order."""
    return tuple(Entry(ground, tuple(sources[each.key] for each in ground.references), words) for ground in grounds)


def _short(reference: Reference) -> str:
    """Surnames and year: "Raetz and others 2019", "Kerr and Kumar 2019", "Mayo Clinic staff, no date"."""
    names = [_INITIALS.sub("", name) for name in reference.by.removesuffix(" and others").split(", ")]
    others = reference.by.endswith(" and others") or len(names) > 2
    who = f"{names[0]} and others" if others else " and ".join(names)
    return f"{who} {reference.year}" if reference.year[0].isdigit() else f"{who}, {reference.year}"
