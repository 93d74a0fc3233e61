"""What people come with and which pages answer it, from content/questions.yaml, by section; no Django."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from rlsinfo.articles import fields, outline
from rlsinfo.articles.document import GUIDE
from rlsinfo.articles.fields import Kind, Value
from rlsinfo.articles.problems import Problem, did_you_mean

FILE = "questions.yaml"


@dataclass(frozen=True)
class Question:
    """A reader's own words, and the articles that answer them, the best one first."""

    text: str
    paths: tuple[str, ...]

    @property
    def id(self) -> str:
        """Where it stands on its section's page."""
        return outline.anchor(self.text)


def read(text: str, paths: Collection[str]) -> tuple[Mapping[str, tuple[Question, ...]], tuple[Problem, ...]]:
    """The questions of each section, and what is wrong with the file; what leads nowhere is left out."""
    value, unreadable = fields.parse(text, FILE)
    questions = {
        section: tuple(
            Question(asked, known)
            for asked, answers in found.fields.items()
            if (known := tuple(each.text for each in answers.items if each.text in paths))
        )
        for section, found in value.fields.items()
        if section in GUIDE
    }
    return questions, (*unreadable, *_misplaced(value, paths))


def _misplaced(value: Value, paths: Collection[str]) -> Iterator[Problem]:
    for section, found in value.fields.items():
        if section not in GUIDE:
            remedy = f"Sections are {', '.join(GUIDE)}.{did_you_mean(section, GUIDE)}"
            yield Problem(FILE, found.line, f"There is no section named “{section}”.", remedy)
        for asked, answers in found.fields.items():
            if answers.kind is not Kind.LIST or not answers.items:
                remedy = "Write [section/page, section/another-page] behind it."
                yield Problem(FILE, answers.line, f"“{asked}” leads to no page.", remedy)
            for each in answers.items:
                if each.text not in paths:
                    remedy = f"Name an article that exists.{did_you_mean(each.text, paths)}"
                    yield Problem(FILE, each.line, f"“{asked}” leads to “{each.text}”, which is no page.", remedy)
