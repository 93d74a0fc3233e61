"""Markdown as the blocks and sentences an author wrote, each with its line: what rules and reading grade look at."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from markdown.extensions.toc import slugify

from rlsinfo.articles.problems import Problem, did_you_mean

CARDS = ("emergency", "urgent", "help", "do", "dont", "note")

MARKER = re.compile(r"\[@([^\[\]]*)\]")
TERM = re.compile(r"\[\[([^\[\]|]+)(?:\|([^\[\]]+))?\]\]")
LINK = re.compile(r"(?<!!)\[(?P<words>(?:[^\[\]]|\[\[[^\[\]]*\]\])*)\]\((?P<target>[^\s()]*)[^()]*\)")
FIGURE = re.compile(r'!\[(?P<alt>[^\]]*)\]\((?P<file>[^\s()]+)(?:\s+"(?P<caption>.*)")?\s*\)', re.DOTALL)

_UNDERLINE = re.compile(r"[=-]+$")
_ITEM = re.compile(r"(?P<indent> *)(?:[-*+]|[0-9]+\.)[ \t]+(?P<text>.*)")
_CARD = re.compile(r'!!! ?(?P<name>[\w-]+) +"(?P<title>.+)"$')
_MARKED = re.compile(r"@[a-z0-9]+(?:[:-][a-z0-9]+)*$")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_CELL_BAR = re.compile(r"(?<!\\)\|(?![^\[\]]*\]\])")
_MARKUP = re.compile(r"[*_`\\]")
_EMPHASIS = re.compile(r"(?<!\\)[*`]|(?<![\\\w])_|(?<!\\)_(?!\w)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|-])")
_STOP = re.compile(r"[.!?][\"'\u201d\u2019)*_]*(?:\[@[^\[\]]*\])*(?P<space>\s+)(?=[\"'\u201c\u2018(*_\[]*[A-Z0-9])")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:Dr|Mr|Mrs|Ms|St|vs|U\.S|e\.g|i\.e)\.$")


class Kind(Enum):
    """What a block is on the page."""

    HEADING = auto()
    PARAGRAPH = auto()
    ITEM = auto()
    CAPTION = auto()
    HEAD_CELL = auto()
    CELL = auto()
    FIGURE = auto()
    CARD = auto()
    """The heading of a care card or box."""


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list item, table cell, caption or figure, with its Markdown and its first line."""

    kind: Kind
    text: str
    line: int
    card: str = ""
    """The card the block stands in: "emergency", "note" ... or nothing."""
    level: int = 0
    """Of a heading: 2 for ##."""
    file: str = ""
    """Of a figure."""
    alt: str = ""

    @cached_property
    def words(self) -> str:
        return plain(self.text)

    @cached_property
    def sentences(self) -> tuple["Sentence", ...]:
        """The sentences of the block; a heading, list item or cell without a full stop is one of its own."""
        return tuple(_sentences(self))


class Sentence(NamedTuple):
    """A sentence as a reader sees it, with the ids of the markers that stand behind it."""

    words: str
    line: int
    markers: tuple[str, ...]


def plain(text: str) -> str:
    """What a reader sees of a line of Markdown: no markers, addresses, stars or brackets."""
    if "![" in text:
        text = FIGURE.sub("", text)
    text = _without_addresses(text)
    if "[@" in text:
        text = MARKER.sub("", text)
    if _MARKUP.search(text):
        text = _ESCAPED.sub(r"\1", _EMPHASIS.sub("", text))
    return " ".join(html.unescape(text).split())


def _without_addresses(text: str) -> str:
    """Links and glossary terms as the words that are shown for them. To look for two characters is cheaper than sub."""
    if "[[" in text:
        text = TERM.sub(lambda term: term[2] or term[1], text)
    if "](" in text:
        text = LINK.sub(lambda link: link["words"], text)
    return text


def anchor(text: str) -> str:
    """The id of a heading: "What is [[ferritin]]?" gives "what-is-ferritin"."""
    return slugify(plain(text), "-")


def marker_ids(text: str) -> tuple[str, ...]:
    """The ids in all markers of a text, in order: "[@iron-01; @flag:dvt]" gives iron-01 and flag:dvt."""
    if "[@" not in text:
        return ()
    parts = (part.strip().removeprefix("@") for marker in MARKER.finditer(text) for part in marker[1].split(";"))
    return tuple(part for part in parts if part)


def _sentences(block: Block) -> Iterator[Sentence]:
    text = _without_addresses(block.text)
    stops = list(_STOP.finditer(text))
    if not stops:  # most blocks
        if block.words:
            yield Sentence(block.words, block.line, marker_ids(text))
        return
    start = 0
    for stop in (*stops, None):
        end = stop.start("space") if stop else len(text)
        if stop and _ABBREVIATION.search(text[start : stop.start() + 1]):
            continue
        raw = text[start:end]
        if words := plain(raw):
            line = block.line + text.count("\n", 0, start + len(raw) - len(raw.lstrip()))
            yield Sentence(words, line, marker_ids(raw))
        start = end


def scan(text: str, path: str, first_line: int = 1) -> tuple[tuple[Block, ...], tuple[Problem, ...]]:
    """The blocks of a Markdown text in order, and what in it would not come out as its author meant."""
    reading = _Reading(path)
    for number, line in enumerate(text.split("\n"), start=first_line):
        reading.take(line.rstrip(), number)
    reading.finish()
    return tuple(reading.blocks), tuple(reading.problems)


class _Reading:
    """One pass over the lines. Python-Markdown keeps no line numbers, so this follows the same rules beside it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.blocks: list[Block] = []
        self.problems: list[Problem] = []
        self.card = ""
        self.kind = Kind.PARAGRAPH
        self.lines: list[str] = []  # of the block that is open
        self.line = 0
        self.in_list = False
        self.in_table = False
        self.after_blank = True

    def take(self, line: str, number: int) -> None:
        if not line:
            self.close_block()
            self.in_table, self.after_blank = False, True
            return
        if line.startswith("!!!"):
            self.open_card(line, number)
        else:
            self.take_text(self.inside_card(line, number), number)
        self.after_blank = False

    def inside_card(self, line: str, number: int) -> str:
        """The line without the indentation of the card it stands in; a line without it ends the card."""
        if not self.card:
            return line
        if line.startswith("    "):
            return line[4:]
        if not self.after_blank:
            remedy = "Indent it by four spaces, or leave an empty line before it."
            self.fault(number, "This line stands right under a card and is not indented.", remedy)
        self.close_block()
        self.card, self.in_list = "", False
        return line

    def take_text(self, line: str, number: int) -> None:
        if self.in_table:
            self.cells(line, number, Kind.CELL)
        elif line.startswith("#"):
            self.heading(line, number)
        elif self.lines and "|" in self.lines[-1] + line and _TABLE_RULE.match(line):
            self.open_table(number)
        elif item := _ITEM.match(line):
            self.item(item, number)
        elif self.lines:
            if len(self.lines) == 1 and self.kind is Kind.PARAGRAPH and _UNDERLINE.match(line):
                self.fault(number, "A heading is made by underlining here.", "Write ## before the heading instead.")
            self.lines.append(line)
        else:
            if line.startswith("    ") and not self.in_list:
                self.fault(number, "This text is indented but stands in no card or list.", "Take the spaces away.")
            self.in_list = self.in_list and line.startswith("    ")
            self.open_block(Kind.ITEM if self.in_list else Kind.PARAGRAPH, line.strip(), number)

    def heading(self, line: str, number: int) -> None:
        self.close_block()
        self.in_list = False
        marks = len(line) - len(line.lstrip("#"))
        if self.card:
            self.fault(
                number, "A heading stands inside a card.", "The card's own heading is enough: write a paragraph."
            )
        self.blocks.append(Block(Kind.HEADING, line[marks:].rstrip("#").strip(), number, self.card, level=marks))

    def item(self, item: re.Match[str], number: int) -> None:
        if self.lines and self.kind is Kind.PARAGRAPH:
            self.fault(number, "A list begins right under a line of text.", "Leave an empty line before it.")
        elif len(item["indent"]) >= 4 and not self.in_list:
            self.fault(number, "This list is indented but stands in no card or list.", "Take the spaces away.")
        self.close_block()
        self.in_list = True
        self.open_block(Kind.ITEM, item["text"], number)

    def open_table(self, number: int) -> None:
        if len(self.lines) > 1:
            self.fault(number - 1, "A table begins right under a line of text.", "Leave an empty line before it.")
        heads = self.lines.pop()
        self.close_block()
        if not self.blocks or self.blocks[-1].kind is not Kind.CAPTION:
            self.fault(number - 1, "A table has no caption.", "Put a paragraph before it: “Table: what it shows”.")
        self.cells(heads, number - 1, Kind.HEAD_CELL)
        self.in_table, self.in_list = True, False

    def cells(self, line: str, number: int, kind: Kind) -> None:
        row = line.strip().removeprefix("|")
        if row.endswith("|") and not row.endswith("\\|"):
            row = row[:-1]
        for cell in _CELL_BAR.split(row):
            if kind is Kind.HEAD_CELL and not cell.strip():
                self.fault(number, "A column of this table has no heading.", "Name every column, the first one too.")
            self.blocks.append(Block(kind, cell.strip(), number, self.card))

    def open_card(self, line: str, number: int) -> None:
        self.close_block()
        self.in_list = self.in_table = False
        match = _CARD.match(line)
        self.card = match["name"] if match else "note"
        if not match:
            self.fault(number, "This card cannot be read.", 'Write it as !!! help "Make an appointment if:".')
        elif self.card not in CARDS:
            remedy = f"Cards are {', '.join(CARDS)}.{did_you_mean(self.card, CARDS)}"
            self.fault(number, f"There is no card named “{self.card}”.", remedy)
        self.blocks.append(Block(Kind.CARD, match["title"] if match else "", number, self.card))

    def open_block(self, kind: Kind, line: str, number: int) -> None:
        self.kind, self.lines, self.line = kind, [line], number

    def close_block(self) -> None:
        text, self.lines = "\n".join(self.lines), []
        if not text:
            return
        if self.kind is Kind.PARAGRAPH and text.startswith("Table:"):
            self.blocks.append(Block(Kind.CAPTION, text.removeprefix("Table:").strip(), self.line, self.card))
        elif self.kind is Kind.PARAGRAPH and (figure := FIGURE.fullmatch(text)):
            self.figure(figure)
        else:
            self.blocks.append(Block(self.kind, text, self.line, self.card))

    def figure(self, figure: re.Match[str]) -> None:
        title, _, rest = (figure["caption"] or "").partition("|")
        alt = " ".join(figure["alt"].split())
        if not alt:
            remedy = "Say in the square brackets what it shows, in full, for someone who cannot see it."
            self.fault(self.line, "This picture is not described.", remedy)
        self.blocks.append(Block(Kind.FIGURE, title.strip(), self.line, self.card, file=figure["file"], alt=alt))
        if rest.strip():
            self.blocks.append(Block(Kind.PARAGRAPH, rest.strip(), self.line, self.card))

    def finish(self) -> None:
        self.close_block()
        for block, after in zip_longest(self.blocks, self.blocks[1:]):
            if block.kind is Kind.CAPTION and (after is None or after.kind is not Kind.HEAD_CELL):
                self.fault(block.line, "A table's caption has no table under it.", "Put the table after an empty line.")
            if block.kind is Kind.CARD and (after is None or after.card != block.card or after.kind is Kind.CARD):
                self.fault(block.line, "This card is empty.", "Indent what stands in it by four spaces.")
            self.inline(block)

    def inline(self, block: Block) -> None:
        """The faults inside a block's text: markers, terms and pictures that would be printed as typed."""
        text = block.text
        if "![" in text:
            remedy = 'Give it a paragraph of its own: ![what it shows](file.svg "Title | Words").'
            self.fault(block.line, "This picture cannot be read.", remedy)
        if text.count("[@") != len(MARKER.findall(text)):
            self.fault(block.line, "A claim marker is not closed.", "Write it as [@claim-id].")
        for marker in MARKER.finditer(text):
            line = block.line + text.count("\n", 0, marker.start())
            if not all(_MARKED.match(part.strip()) for part in f"@{marker[1]}".split(";")):
                self.fault(
                    line,
                    f"The claim marker {marker[0]} cannot be read.",
                    "Write it as [@one-id] or [@one-id; @two-id].",
                )
            if text[: marker.start()][-1:].isspace() or text[marker.end() :][:1] in tuple(".!?"):
                remedy = "Put it directly after the full stop, with no space between."
                self.fault(line, f"The claim marker {marker[0]} is not in its place.", remedy)
        if text.count("[[") != len(TERM.findall(text)):
            self.fault(
                block.line, "A glossary term is not closed.", "Write it as [[ferritin]] or [[TSAT|words to show]]."
            )

    def fault(self, line: int, message: str, remedy: str) -> None:
        self.problems.append(Problem(self.path, line, message, remedy))
