"""The words people type into the search, from content/search.yaml: everyday ones, and those of an emergency; no Django."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rlsinfo.articles import fields
from rlsinfo.articles.evidence import RedFlag
from rlsinfo.articles.fields import Kind, Value
from rlsinfo.articles.problems import Problem, did_you_mean

FILE = "search.yaml"
EVERYDAY, URGENT = "everyday", "urgent"


@dataclass(frozen=True)
class SearchWords:
    """What people say, and what our pages say."""

    everyday: Mapping[str, str] = field(default_factory=dict)
    """What is typed: the words of our pages."""
    urgent: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """A sign that needs help now, by its id: what somebody may type who has it."""


def read(text: str, flags: Mapping[str, RedFlag]) -> tuple[SearchWords, tuple[Problem, ...]]:
    """The words in the text of the file, and what is wrong with it; what cannot be read is left out."""
    value, unreadable = fields.parse(text, FILE)
    problems = [*unreadable, *_misplaced(value, flags)]
    everyday = {phrase: said.text for phrase, said in _named(value, EVERYDAY).items() if said.kind is Kind.TEXT}
    urgent = {
        flag: tuple(phrase.text for phrase in phrases.items)
        for flag, phrases in _named(value, URGENT).items()
        if flag in flags and phrases.kind is Kind.LIST
    }
    return SearchWords(everyday, urgent), tuple(problems)


def _named(value: Value, name: str) -> Mapping[str, Value]:
    found = value.fields.get(name)
    return found.fields if found else {}


def _misplaced(value: Value, flags: Mapping[str, RedFlag]) -> Iterator[Problem]:
    for name, found in value.fields.items():
        if name not in {EVERYDAY, URGENT}:
            yield Problem(FILE, found.line, f"“{name}” is unknown.", f"Write {EVERYDAY} or {URGENT}.")
    for phrase, said in _named(value, EVERYDAY).items():
        if said.kind is not Kind.TEXT:
            yield Problem(FILE, said.line, f"“{phrase}” leads to no words.", "Write the words of our pages behind it.")
    for flag, phrases in _named(value, URGENT).items():
        if flag not in flags:
            remedy = f"Name a sign of evidence/red-flags.yaml.{did_you_mean(flag, flags)}"
            yield Problem(FILE, phrases.line, f"“{flag}” is no known sign.", remedy)
        elif phrases.kind is not Kind.LIST:
            yield Problem(
                FILE, phrases.line, f"“{flag}” needs a list.", "Write [what people type, another way to say it]."
            )
