"""YAML as text, lists and named fields, each with its line; every fault is a problem in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

import yaml
from yaml.composer import Composer

from rlsinfo.articles.problems import Problem


class Kind(Enum):
    """What a value is written as."""

    TEXT = auto()
    LIST = auto()
    FIELDS = auto()


@dataclass(frozen=True)
class Value:
    """A value and the line it begins on. Every text is a string: no date, number or "no" is guessed at."""

    line: int
    kind: Kind = Kind.TEXT
    text: str = ""
    items: tuple["Value", ...] = ()
    fields: Mapping[str, "Value"] = field(default_factory=dict)
    cut_off: bool = False
    """A # stands behind the value, so that YAML took the rest of the line for a comment."""


def parse(text: str, path: str, first_line: int = 1) -> tuple[Value, tuple[Problem, ...]]:
    """The value of a YAML text, whatever the text is; empty fields where it cannot be read."""
    nothing = Value(first_line, Kind.FIELDS)
    try:
        node = _compose(text)
        problems: list[Problem] = []
        value = _value(node, text.split("\n"), path, first_line, problems) if node else nothing
    except yaml.YAMLError as error:
        return nothing, (_in_plain_words(error, text, path, first_line),)
    except (ValueError, OverflowError, RecursionError):  # an impossible character number; a thousand brackets
        return nothing, (Problem(path, first_line, "This cannot be read.", _QUOTE),)
    return value, tuple(problems)


def _compose(text: str) -> yaml.Node | None:
    """The nodes of a text, by libyaml; what that refuses is read again by the parser whose faults we can word."""
    try:
        return yaml.compose(text, _FastLoader)
    except yaml.YAMLError:
        return yaml.compose(text, _Loader)


class _Composer(Composer):
    """No anchors, aliases and tags: an author who begins a value with &, * or ! means that character."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[attr-defined]  # the parser beside it has it
        if event.anchor or getattr(event, "tag", None):
            raise yaml.composer.ComposerError(None, None, "found a sign of YAML's own", event.start_mark)
        return super().compose_node(parent, index)


class _Loader(_Composer, yaml.BaseLoader):
    """Strings only."""


class _FastLoader(_Composer, yaml.CBaseLoader):
    """The same on the parser of libyaml, which takes a fifth of the time."""

    def __init__(self, stream: str) -> None:
        yaml.CBaseLoader.__init__(self, stream)
        Composer.__init__(self)  # in the place of libyaml's own


def _value(node: yaml.Node, lines: list[str], path: str, first_line: int, problems: list[Problem]) -> Value:
    line = first_line + node.start_mark.line
    if isinstance(node, yaml.SequenceNode):
        items = tuple(_value(item, lines, path, first_line, problems) for item in node.value)
        return Value(line, Kind.LIST, items=items)
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, Value] = {}
        for key, value in node.value:
            name, at = str(key.value), first_line + key.start_mark.line
            if name in fields:
                problems.append(Problem(path, at, f"The field “{name}” stands here twice.", "Delete one of the two."))
            fields[name] = _value(value, lines, path, first_line, problems)
        return Value(line, Kind.FIELDS, fields=fields)
    end = node.end_mark
    unquoted = isinstance(node, yaml.ScalarNode) and not node.style
    behind = lines[end.line][end.column :].lstrip() if unquoted and end.line < len(lines) else ""
    return Value(line, text=str(node.value).strip(), cut_off=behind.startswith("#"))


_QUOTE = 'Put the whole value in quotation marks, as in title: "Iron: what to know".'
_OWN_MEANING = "A value begins with a character that has a meaning of its own."
_FAULTS = (
    ("mapping values are not allowed", "A value holds a colon and is not quoted.", _QUOTE),
    (
        "could not find expected ':'",
        "This line has no field name with a colon.",
        "Write it as “name: value”, or indent it under the field it belongs to.",
    ),
    (
        "found unexpected end of stream",
        "A quotation mark is opened and never closed.",
        "Close it at the end of the value.",
    ),
    ("special characters are not allowed", "There is an invisible control character here.", "Delete it."),
    (
        "expected <block end>",
        "The lines do not fit together here.",
        "Indent this line like its neighbours; quote a value as a whole if it holds quotation marks.",
    ),
    ("that cannot start any token", _OWN_MEANING, _QUOTE),
    ("found a sign of YAML's own", _OWN_MEANING, _QUOTE),
    ("scanning an a", _OWN_MEANING, _QUOTE),  # alias or anchor
    ("parsing a flow", _OWN_MEANING, _QUOTE),
    ("scanning a block scalar", _OWN_MEANING, _QUOTE),
    ("are not allowed here", _OWN_MEANING, _QUOTE),
)
_KNOWN_LATE = ("could not find", "end of stream", "parsing a flow")
"""PyYAML notices these at a later line than the one where they began."""


def _in_plain_words(error: yaml.YAMLError, text: str, path: str, first_line: int) -> Problem:
    """PyYAML's sentence, as an author would want to hear it."""
    said = " ".join(str(getattr(error, part, None) or "") for part in ("context", "problem", "reason"))
    late = any(part in said for part in _KNOWN_LATE)
    mark = (late and getattr(error, "context_mark", None)) or getattr(error, "problem_mark", None)
    line = mark.line if mark else text.count("\n", 0, int(getattr(error, "position", 0)))
    for part, message, remedy in _FAULTS:
        if part in said:
            return Problem(path, first_line + line, message, remedy)
    return Problem(path, first_line + line, "This cannot be read from here on.", _QUOTE)
