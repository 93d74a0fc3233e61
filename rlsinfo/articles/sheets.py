"""What a page has to mark or to fill in, as controls that need no script, send nothing and print; no Django.

- ☐ A box to tick
1. A question?  (two spaces)
   ☐ Yes ☐ No
| What to tell | (an empty cell to write in) |
"""

import re
from collections.abc import Mapping
from html import escape, unescape
from itertools import count

BOX = "☐"
FORGETS = 'autocomplete="off"'
"""Otherwise a browser keeps what was marked with its history, on the disk too, and shows it to whoever comes back."""

_BOXES = re.compile(r'<ul class="boxes">.*?</ul>', re.DOTALL)
# What stands behind the words, numbers and explanations, is for pressing, not for ticking.
_ITEM = re.compile(r"<li>(?P<words>(?:(?!<sup|<button|</li>).)+)", re.DOTALL)
_CHOICE = re.compile(
    rf"<(?P<tag>li|p)>(?P<question>(?:(?!</(?P=tag)>).)*?)<br>\s*(?P<options>{BOX}[^<]*)(?=</(?P=tag)>)", re.DOTALL
)
_EMPTY = re.compile(r"<td[^>]*></td>")
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(?P<tag>t[hd])(?P<attributes>[^>]*)>(?P<inside>.*?)</(?P=tag)>", re.DOTALL)
_NUMBERS = re.compile(r"<sup.*?</sup>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def to_fill_in(html: str, answers: Mapping[str, str] | None = None) -> str:
    """The page with boxes to tick, choices to make and cells to write in.

    `answers` are the English ones by those of the page: style sheets know an answer by them.
    """
    if BOX in html or 'class="boxes"' in html:
        number = count(1)
        html = _CHOICE.sub(lambda found: _choice(found, next(number), answers or {}), html)
        html = _BOXES.sub(lambda boxes: _ITEM.sub(_ticked, boxes[0]), html)
    return _TABLE.sub(_written_in, html) if _EMPTY.search(html) else html


def set_apart(html: str, first: str, last: str) -> str:
    """The page with its parts from one heading's to another's, both of the second level, as one sheet."""
    start, end = html.find(f'<h2 id="{first}"'), html.find(f'<h2 id="{last}"')
    if not 0 <= start <= end:
        return html
    end = html.find("<h2", end + 1)
    end = len(html) if end < 0 else end
    sheet = f'<section class="sheet flow" aria-labelledby="{first}">{html[start:end]}</section>'
    return html[:start] + sheet + html[end:]


def _ticked(item: re.Match[str]) -> str:
    return f'<li><label><input type="checkbox" {FORGETS}> <span>{item["words"]}</span></label>'


def _choice(found: re.Match[str], number: int, answers: Mapping[str, str]) -> str:
    """A question with its answers, of which one can be chosen."""
    options = [" ".join(unescape(option).split()) for option in found["options"].split(BOX)[1:]]
    buttons = "".join(
        f'<label><input type="radio" name="q{number}" value="{_slug(answers.get(option, option))}" {FORGETS}> {escape(option)}</label>'
        for option in options
    )
    question = escape(_words(found["question"]))
    group = f'<span class="marks" role="radiogroup" aria-label="{question}">{buttons}</span>'
    return f"<{found['tag']}>{found['question']}{group}"


def _written_in(table: re.Match[str]) -> str:
    """A table whose empty cells can be written in, each under the name of its row and, among several, its column."""
    heads = [_words(cell["inside"]) for cell in _CELL.finditer(_ROW.search(table[0])[0])]  # type: ignore[index]

    def row(found: re.Match[str]) -> str:
        name, columns = _words(_CELL.search(found[0])["inside"]), iter(heads)  # type: ignore[index]

        def cell(each: re.Match[str]) -> str:
            column = next(columns, "")
            if each["tag"] == "th" or each["inside"]:
                return each[0]
            label = escape(f"{name}: {column}" if len(heads) > 2 else name)
            return (
                f'<td{each["attributes"]}><span class="write" contenteditable="true" role="textbox"'
                f' aria-label="{label}"></span></td>'
            )

        return _CELL.sub(cell, found[0])

    return _ROW.sub(row, table[0])


def _words(html: str) -> str:
    return " ".join(unescape(_TAG.sub("", _NUMBERS.sub("", html))).split())


def _slug(option: str) -> str:
    return "-".join(re.findall(r"[a-z]+", option.lower()))
