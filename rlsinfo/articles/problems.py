"""A fault in the content as a value: where it is, what is wrong, how to put it right."""

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Level(StrEnum):
    """A must stops publication; a should is reported."""

    MUST = "must"
    SHOULD = "should"


@dataclass(frozen=True)
class Problem:
    """One fault. `path` is the file inside content/, so that "content/" + place can be opened at its line."""

    path: str
    line: int
    message: str
    remedy: str
    level: Level = Level.MUST

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"


def did_you_mean(word: str, known: "Iterable[str]") -> str:
    """' Did you mean “reviewed”?' for a slip of the pen, nothing where no known word is close."""
    close = get_close_matches(word, list(known), n=1, cutoff=0.7)
    return f" Did you mean “{close[0]}”?" if close else ""
