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

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(article.path for article in self.articles)


def must(article: Article, line: int, message: str, remedy: str) -> Problem:
    return Problem(article.file, line, message, remedy)


def should(article: Article, line: int, message: str, remedy: str) -> Problem:
    return Problem(article.file, line, message, remedy, Level.SHOULD)


def sentences(article: Article) -> Iterator[Sentence]:
    return (sentence for block in article.blocks for sentence in block.sentences)


class Phrases:
    """Words to look for, each with what to say of them; one search for all of them, since there are many sentences."""

    def __init__(self, *phrases: tuple[str, str]) -> None:
        self.said = [said for _, said in phrases]
        each = (f"(?P<_{number}>{words})" for number, (words, _) in enumerate(phrases))
        self.pattern = re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w)", re.IGNORECASE)

    def find(self, text: str) -> tuple[str, str] | None:
        """The first of the words in a text, and what to say of them."""
        found = self.pattern.search(text)
        return (found[0], self.said[int(str(found.lastgroup).removeprefix("_"))]) if found else None
