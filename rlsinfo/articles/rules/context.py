"""What a rule may look at, and how it says what is wrong."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from rlsinfo.articles.document import Article
from rlsinfo.articles.evidence import Glossary, Register
from rlsinfo.articles.outline import Sentence
from rlsinfo.articles.problems import Level, Problem

NEGATION = re.compile(
    r"\b(?:no|not|never|nobody|none|nothing|neither|nor|cannot|without|against|hardly|unknown|unproven|untested|unclear"
    r"|whether|too (?:little|few|small))\b|n['\u2019]t\b",
    re.IGNORECASE,
)
"""What is denied, doubted or unknown is not said."""


@dataclass(frozen=True)
class Context:
    """Everything in content/, and the day."""

    articles: tuple[Article, ...]
    register: Register
    glossary: Glossary
    pictures: Mapping[str, str]
    """The drawings by file name."""
    targets: Mapping[str, frozenset[str]]
    """Every address a link may lead to, with the ids on that page."""
    today: date
    english: "Context | None" = None
    """For the pages in Spanish: what the English ones are looked at with."""

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(article.path for article in self.articles)

    @cached_property
    def by_path(self) -> Mapping[str, Article]:
        return {article.path: article for article in self.articles}


def must(article: Article, line: int, message: str, remedy: str) -> Problem:
    return Problem(article.file, line, message, remedy)


def should(article: Article, line: int, message: str, remedy: str) -> Problem:
    return Problem(article.file, line, message, remedy, Level.SHOULD)


def sentences(article: Article) -> Iterator[Sentence]:
    return (sentence for block in article.blocks for sentence in block.sentences)


class Phrases:
    """Patterns of words to look for, in small letters and without groups, each with what to say of the words.

    There are many sentences: they are searched once for all patterns, and in small letters, which is faster than
    without regard to case.
    """

    def __init__(self, *phrases: tuple[str, str]) -> None:
        self.said = [said for _, said in phrases]
        each = (f"(?:{words})()" for words, _ in phrases)  # the empty group tells which it was
        self.pattern = re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)")

    def find(self, text: str) -> tuple[str, str] | None:
        """The first of the words in a text, as they are written there, and what to say of them."""
        found = self.pattern.search(text.lower())
        return (text[slice(*found.span())], self.said[(found.lastindex or 0) - 1]) if found else None
