"""One article's text, read into an Article and the problems in it; never raises, whatever the text is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from rlsinfo.articles import fields, outline
from rlsinfo.articles.fields import Value
from rlsinfo.articles.problems import Level, Problem, did_you_mean

__all__ = ["BALANCE", "GUIDE", "HOME", "PAGES", "SPANISH", "Article", "Change", "Level", "Problem", "read"]

GUIDE = ("causes", "symptoms", "vascular", "treatments", "living")
"""The five sections. Their pages say something about health, so every one must show what it rests on."""
PAGES = "pages"
"""The folder of the pages about the site itself."""
HOME = f"{PAGES}/home"
"""The words of the home page, which has an address and a frame of its own."""

SPANISH = "es"
"""The folder of the pages in Spanish, laid out like the folder that it stands in; and the first part of their addresses."""

BALANCE = ("benefits", "harms", "without_treatment", "unknowns", "other_options")
"""What a reader needs to weigh a treatment up: all of it or none."""

FIELDS = (
    "title",
    "summary",
    "order",
    "key_facts",
    "reviewed",
    "reviewer",
    "next_review",
    "updated",
    "changes",
    "related",
    "sheet",
    "interest",
    *BALANCE,
    "translates",
    "translation_checked",
)
OF_TRANSLATIONS = {"translates", "translation_checked"}
REVIEW = ("reviewed", "reviewer", "next_review")
LENGTHS = {"title": (5, 65), "summary": (60, 200)}
COUNTS = {"key_facts": (2, 4), "related": (2, 4), "sheet": (1, 2)}

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MARKUP = re.compile(r"\[@|\[\[|\]\(|\*\*|^\s*#")
_HTML = re.compile(r"</?[A-Za-z](?![^\s<>]*(?::|@))[^<>]*>|<!--|<![A-Za-z]|<\?")


@dataclass(frozen=True)
class Change:
    """What changed in an article, and when."""

    date: date
    text: str


@dataclass(frozen=True)
class Article:
    """One page as its author wrote it: the header's fields and the body, still in Markdown."""

    path: str
    section: str
    slug: str
    title: str
    summary: str
    order: int
    key_facts: tuple[str, ...]
    reviewed: date | None
    reviewer: str
    next_review: date | None
    updated: date
    changes: tuple[Change, ...]
    related: tuple[str, ...]
    sheet: tuple[str, ...]
    """The headings of the first and the last part that print alone, on one page; one heading if they are the same."""
    interest: str
    benefits: str
    harms: str
    without_treatment: str
    unknowns: str
    other_options: str
    body: str
    body_line: int
    translates: date | None = None
    """Of a page in Spanish: the `updated` of the English page that it says."""
    translation_checked: date | None = None
    """When somebody who translates medicine for a living has compared the two; until then the page says so."""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """The line of each header field."""

    @property
    def is_spanish(self) -> bool:
        return self.path.startswith(f"{SPANISH}/")

    @property
    def original(self) -> str:
        """The path of the English page; of an English page its own."""
        return f"{self.section}/{self.slug}"

    @property
    def address(self) -> str:
        before = f"/{SPANISH}" if self.is_spanish else ""
        if self.original == HOME:
            return f"{before}/"
        return f"{before}/{self.slug}/" if self.section == PAGES else f"{before}/{self.original}/"

    @property
    def file(self) -> str:
        return f"{self.path}.md"

    @cached_property
    def blocks(self) -> tuple[outline.Block, ...]:
        """Every block of text that the author wrote and a reader sees, with its line in the file."""
        heads = [outline.Block(outline.Kind.HEADING, self.title, self.lines.get("title", 1), level=1)]
        summary = self.field_blocks("summary")
        facts = [outline.Block(outline.Kind.ITEM, fact, self.lines.get("key_facts", 1)) for fact in self.key_facts]
        interest = self.field_blocks("interest")
        balance = [block for name in BALANCE for block in self.field_blocks(name)]
        return (*heads, *summary, *facts, *interest, *self.body_blocks, *balance)

    @property
    def body_blocks(self) -> tuple[outline.Block, ...]:
        return self.scanned[0]

    @cached_property
    def scanned(self) -> tuple[tuple[outline.Block, ...], tuple[Problem, ...]]:
        """The blocks of the body, and what in it would not come out as its author meant."""
        return outline.scan(self.body, self.file, self.body_line)

    @cached_property
    def markers(self) -> tuple[str, ...]:
        """The ids in all markers of the page, each once, in the order of the text."""
        return tuple(dict.fromkeys(marker for block in self.blocks for marker in outline.marker_ids(block.text)))

    @cached_property
    def leads_to(self) -> frozenset[str]:
        """Every address that the page links to, or names as related."""
        texts = (block.text for block in self.blocks if "](" in block.text)
        links = (link["target"] for text in texts for link in outline.LINK.finditer(text))
        return frozenset({link.partition("#")[0] for link in links} | {f"/{path}/" for path in self.related})

    def field_blocks(self, name: str) -> tuple[outline.Block, ...]:
        """The blocks of one header field that holds text."""
        return outline.scan(getattr(self, name), self.file, self.lines.get(name, 1))[0]


def read(text: str, path: str) -> tuple[Article, tuple[Problem, ...]]:
    """The article in a text and what is wrong with it. `path` is its place in content/: "causes/iron-and-rls"."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    header, body, body_line, problems = _split(text, f"{path}.md")
    values, unreadable = fields.parse(header, f"{path}.md", first_line=2)
    problems += unreadable
    reading = _Header(path, values, complain=not problems)
    article = reading.article(body, body_line)
    problems += [*_name_problems(article), *reading.problems, *_html_problems(text, article), *_body_problems(article)]
    return article, tuple(sorted(problems, key=lambda problem: problem.line))


def _split(text: str, path: str) -> tuple[str, str, int, list[Problem]]:
    """Header, body, the body's first line, and what is wrong with the two lines of dashes."""
    lines = text.split("\n")
    remedy = "Put a line of three dashes before the fields and another one after them."
    if lines[0].rstrip() != "---":
        return "", text, 1, [Problem(path, 1, "The file does not begin with a header.", remedy)]
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == "---":
            return "\n".join(lines[1 : number - 1]), "\n".join(lines[number:]), number + 1, []
    return "", "\n".join(lines[1:]), 2, [Problem(path, 1, "The header has no end.", remedy)]


class _Header:
    """Turns the fields of a header into an article, and says what is wrong with each of them."""

    def __init__(self, path: str, values: Value, complain: bool) -> None:
        self.path = path
        self.is_spanish = path.startswith(f"{SPANISH}/")
        self.section, _, self.slug = path.removeprefix(f"{SPANISH}/").partition("/")
        self.values = values.fields
        self.complain = complain  # one fault that hides the whole header is one problem, not twenty
        self.problems: list[Problem] = []

    def article(self, body: str, body_line: int) -> Article:
        weighed = self.section == "treatments" or any(self.filled(name) for name in BALANCE)
        required = {"title", "summary", "updated", "changes"}
        if self.is_spanish:
            required.add("translates")
        if self.section != PAGES:
            required |= {"order", "key_facts", "related"}
        if self.section == "vascular":
            required.add("interest")
        if weighed:
            required.update(BALANCE)
        if any(self.filled(name) for name in REVIEW):
            required.update(REVIEW)
        self.check_names(required)
        article = Article(
            path=self.path,
            section=self.section,
            slug=self.slug,
            title=self.text("title") or self.slug.replace("-", " ").capitalize(),
            summary=self.text("summary"),
            order=self.number("order"),
            key_facts=self.texts("key_facts"),
            reviewed=self.day("reviewed"),
            reviewer=self.text("reviewer"),
            next_review=self.day("next_review"),
            updated=self.day("updated") or date.min,
            changes=self.changes(),
            related=self.texts("related"),
            sheet=self.texts("sheet"),
            interest=self.markdown("interest"),
            benefits=self.markdown("benefits"),
            harms=self.markdown("harms"),
            without_treatment=self.markdown("without_treatment"),
            unknowns=self.markdown("unknowns"),
            other_options=self.markdown("other_options"),
            body=body,
            body_line=body_line,
            translates=self.day("translates"),
            translation_checked=self.day("translation_checked"),
            lines={name: value.line for name, value in self.values.items()},
        )
        self.check_dates(article)
        return article

    def check_names(self, required: set[str]) -> None:
        for name, value in self.values.items():
            if name not in FIELDS:
                remedy = f"Fields are {', '.join(FIELDS)}.{did_you_mean(name, FIELDS)}"
                self.fault(name, f"There is no field named “{name}”.", remedy)
            elif name in OF_TRANSLATIONS and not self.is_spanish:
                self.fault(name, f"“{name}” belongs to pages in Spanish.", "Delete it.")
            for text in (value, *value.items):
                if text.cut_off:
                    remedy = "Put the value in quotation marks, or the comment on a line of its own."
                    self.fault(name, "What stands behind # is taken for a comment.", remedy, text.line)
        for name in FIELDS:
            if name in required and not self.filled(name):
                fault = f"The field “{name}” is empty." if name in self.values else f"The field “{name}” is missing."
                self.fault(name, fault, _REMEDIES.get(name, f"Fill in “{name}”."))

    def check_dates(self, article: Article) -> None:
        if article.reviewed and article.next_review and article.next_review <= article.reviewed:
            self.fault("next_review", "The next review is not after the last one.", "Put the later date here.")
        if article.updated != date.min and any(change.date > article.updated for change in article.changes):
            self.fault("updated", "There is a change later than this date.", "Put the date of the latest change here.")

    def filled(self, name: str) -> bool:
        value = self.values.get(name)
        return bool(value and (value.text or value.items or value.fields))

    def text(self, name: str) -> str:
        """A line of plain text."""
        value = self.values.get(name)
        text = self.plain(name, value) if value else ""
        shortest, longest = LENGTHS.get(name, (0, 500))
        if text and not shortest <= len(text) <= longest:
            fault = f"The field “{name}” has {len(text)} characters."
            self.fault(name, fault, f"Write {shortest} to {longest} characters.")
        return text

    def markdown(self, name: str) -> str:
        """Text that may hold markers, links and lists."""
        value = self.values.get(name)
        if not value:
            return ""
        text = self.only_text(name, value)
        blocks, problems = outline.scan(text, f"{self.path}.md", value.line)
        self.problems += [Problem(each.path, value.line, each.message, each.remedy) for each in problems]
        if any(block.kind is outline.Kind.HEADING for block in blocks):
            self.fault(
                name, f"The field “{name}” holds a heading.", "Leave it out: the page puts its own above the text."
            )
        return text

    def number(self, name: str) -> int:
        text = self.text(name)
        if re.fullmatch(r"[0-9]{1,4}", text):
            return int(text)
        if text:
            self.fault(name, f"“{text}” is not a whole number.", "Write the page's place in its section: 1, 2, 3 ...")
        return 0

    def day(self, name: str) -> date | None:
        value = self.values.get(name)
        return self.one_date(name, self.only_text(name, value), value.line) if value else None

    def one_date(self, name: str, text: str, line: int) -> date | None:
        if not text:
            return None
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.fault(name, f"“{text}” is not a date.", "Write year, month and day: 2026-11-20.", line)
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of lines of plain text."""
        value = self.values.get(name)
        if not value or not self.filled(name):
            return ()
        if value.kind is not fields.Kind.LIST:
            self.fault(name, f"The field “{name}” is not a list.", "Begin each of its lines with “- ”.")
            return ()
        texts = tuple(text for item in value.items if (text := self.plain(name, item)))
        fewest, most = COUNTS[name]
        if not fewest <= len(texts) <= most:
            self.fault(name, f"The field “{name}” has {len(texts)} lines.", f"Give {fewest} to {most}.")
        return texts

    def changes(self) -> tuple[Change, ...]:
        value = self.values.get("changes")
        changes = []
        for item in value.items if value else ():
            if item.kind is not fields.Kind.FIELDS or len(item.fields) != 1:
                self.fault("changes", "This change cannot be read.", _REMEDIES["changes"], item.line)
                continue
            [(when, what)] = item.fields.items()
            day = self.one_date("changes", when, item.line)
            text = self.plain("changes", what)
            if day and text:
                changes.append(Change(day, text))
            elif day:
                self.fault("changes", "This change says nothing.", _REMEDIES["changes"], item.line)
        if value and self.filled("changes") and not value.items:
            self.fault("changes", "The field “changes” is not a list.", _REMEDIES["changes"])
        return tuple(changes)

    def plain(self, name: str, value: Value) -> str:
        text = self.only_text(name, value)
        if _MARKUP.search(text):
            fault = f"The field “{name}” holds a marker, link or other Markdown."
            self.fault(name, fault, "Write plain words: it is printed as it stands.", value.line)
        return text

    def only_text(self, name: str, value: Value) -> str:
        if value.kind is fields.Kind.TEXT:
            return value.text
        fault = f"The field “{name}” holds a value that is not one line of text."
        self.fault(name, fault, "If it holds a colon, put the whole value in quotation marks.", value.line)
        return ""

    def fault(self, name: str, message: str, remedy: str, line: int = 0) -> None:
        if self.complain:
            at = line or (self.values[name].line if name in self.values else 1)
            self.problems.append(Problem(f"{self.path}.md", at, message, remedy))


_REMEDIES = {
    "translates": "Write the date that stands as `updated` in the English page of which this one is the translation.",
    "changes": "Write what changed as “- 2026-11-20: First version of this page.”",
    "interest": "Say what this clinic gains if the reader chooses a vein procedure.",
    "reviewed": "Give reviewed, reviewer and next_review together, or leave all three empty.",
    "reviewer": "Give reviewed, reviewer and next_review together, or leave all three empty.",
    "next_review": "Give reviewed, reviewer and next_review together, or leave all three empty.",
    **{name: f"A reader weighs a treatment up by all of these: {', '.join(BALANCE)}." for name in BALANCE},
}


def _name_problems(article: Article) -> list[Problem]:
    problems = []
    if article.section not in (*GUIDE, PAGES):
        remedy = f"Sections are {', '.join((*GUIDE, PAGES))}.{did_you_mean(article.section, (*GUIDE, PAGES))}"
        problems.append(Problem(article.file, 1, f"There is no section named “{article.section}”.", remedy))
    if not _SLUG.fullmatch(article.slug):
        remedy = "Use small letters, numbers and single hyphens: iron-and-rls.md."
        problems.append(Problem(article.file, 1, f"“{article.slug}” cannot be the name of a page.", remedy))
    return problems


def _html_problems(text: str, article: Article) -> list[Problem]:
    remedy = "Write it in Markdown: HTML is shown to the reader as it is typed."
    return [
        Problem(article.file, text.count("\n", 0, tag.start()) + 1, f"There is HTML here: {tag[0][:40]}", remedy)
        for tag in _HTML.finditer(text)
    ]


def _body_problems(article: Article) -> list[Problem]:
    """Headings in order, each with words; everything else that the outline finds."""
    blocks, found = article.scanned
    problems = list(found)
    level = 1
    for block in blocks:
        if block.kind is not outline.Kind.HEADING:
            continue
        if block.level == 1:
            problems.append(
                Problem(article.file, block.line, "The title stands in the body.", "Begin headings with ##.")
            )
        elif block.level > 3:
            problems.append(Problem(article.file, block.line, "This heading is too deep.", "Use ## and ### only."))
        elif block.level > level + 1:
            remedy = f"Use {'#' * (level + 1)} here, or put a heading of that level above it."
            problems.append(Problem(article.file, block.line, "A level of heading is skipped.", remedy))
        if not block.words:
            problems.append(Problem(article.file, block.line, "This heading has no words.", "Write it, or delete it."))
        level = block.level
    if not article.body.strip():
        problems.append(Problem(article.file, article.body_line, "The page has no text.", "Write it under the header."))
    return problems
