"""Our own figures, page by page: how hard each page is to read, and on what it rests. Nothing flattering left out."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from rlsinfo.articles import readability
from rlsinfo.articles.document import Article
from rlsinfo.articles.evidence import Ground, Reference, Strength

KINDS = {
    "case-series": "Report on a series of patients",
    "cohort": "Study that followed people over time",
    "consensus": "Agreement of experts",
    "cross-sectional": "Study at one point in time",
    "government": "Page or label of a public body",
    "guideline": "Guideline",
    "patient-resource": "Page for patients",
    "rct": "Trial in which chance decided",
    "review": "Review by experts",
    "systematic-review": "Review of all studies",
}
"""The kinds of references in words for readers."""


@dataclass(frozen=True)
class PageFigures:
    """What can be counted of one page."""

    grade: float
    words: int
    longest_sentence: int
    """Words in it."""
    strengths: tuple[tuple[Strength, int], ...]
    """How many of the page's claims are how sure, the surest first."""
    sources: int
    oldest: str
    newest: str
    """Years of the page's sources; blank when no source has a date."""


@dataclass(frozen=True)
class KindFigures:
    """The sources of one kind, over all pages."""

    kind: str
    number: int
    oldest: str
    newest: str


def of_page(article: Article, grounds: Iterable[Ground]) -> PageFigures:
    """The figures of one page, from its text and from what its numbers lead to."""
    grounds = tuple(grounds)
    reading = readability.measure(article.blocks)
    counted = Counter(ground.strength for ground in grounds)
    references = {reference.key: reference for ground in grounds for reference in ground.references}
    oldest, newest = _years(references.values())
    return PageFigures(
        grade=reading.grade,
        words=reading.words,
        longest_sentence=len(readability.words(reading.longest.words)) if reading.longest else 0,
        strengths=tuple((strength, counted[strength]) for strength in Strength),
        sources=len(references),
        oldest=oldest,
        newest=newest,
    )


def of_sources(references: Iterable[Reference]) -> tuple[KindFigures, ...]:
    """The kinds of sources, the commonest first."""
    kinds: dict[str, list[Reference]] = {}
    for reference in references:
        kinds.setdefault(KINDS.get(reference.kind, reference.kind), []).append(reference)
    ordered = sorted(kinds.items(), key=lambda each: (-len(each[1]), each[0]))
    return tuple(KindFigures(kind, len(found), *_years(found)) for kind, found in ordered)


def _years(references: Iterable[Reference]) -> tuple[str, str]:
    years = sorted(reference.year for reference in references if reference.year.isdigit())
    return (years[0], years[-1]) if years else ("", "")
