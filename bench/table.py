"""Runs every bench, and prints one table of what each has measured beside its limit: `make bench`.

    python bench/table.py [NAME ...]

NAME is that of a bench, such as `reads`; all run where none is named. What they print on the way goes to the error
output, the table is Markdown. Exit status 1 if a line misses its goal, or a bench breaks.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

BENCH = Path(__file__).resolve().parent
WITH_POSTGRESQL = BENCH.parent / ".ci/with-postgres"
LINES = "BENCH_LINES"
"""Names the file in which a bench leaves its lines for the table."""

POSTGRESQL = "on PostgreSQL"
BENCHES = (
    ("reads", ()),
    ("page_weight", ()),
    ("first_view", ()),
    ("writes", ()),
    ("writes", (POSTGRESQL,)),
    ("build", ()),
    ("start", ()),
    ("search", ()),
    ("desk", ()),
    ("desk", (POSTGRESQL,)),
)
"""Every bench, and how it is run."""
HEAD = ("what", "ours", "beside", "ratio or figure (spread)", "goal", "")


@dataclass(frozen=True)
class Line:
    """One thing that was measured, beside its limit or its peer in the same run."""

    what: str
    ours: str
    beside: str
    value: float
    """What the goal is about: mostly ours divided by the other; the median of the rounds."""
    spread: tuple[float, float]
    """The least and the most of the rounds."""
    goal: float
    at_most: bool = False
    """Whether less is better."""

    @property
    def holds(self) -> bool:
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    @property
    def cells(self) -> tuple[str, ...]:
        """As it stands in the table."""
        value = f"{_short(self.value)} ({_short(self.spread[0])} to {_short(self.spread[1])})"
        goal = f"{'at most' if self.at_most else 'at least'} {_short(self.goal)}"
        return self.what, self.ours, self.beside, value, goal, "" if self.holds else "MISSED"


def ratio(what: str, pairs: Sequence[tuple[float, float]], unit: str, beside: str, goal: float, **how: bool) -> Line:
    """The line of pairs (ours, the other's), one a round."""
    ours, others = zip(*pairs, strict=True)
    values = [our / other for our, other in pairs]
    texts = [f"{_short(statistics.median(each))}{unit}" for each in (ours, others)]
    spread = (min(values), max(values))
    return Line(what, texts[0], f"{beside} {texts[1]}", statistics.median(values), spread, goal, **how)


def figure(
    what: str,
    values: Sequence[float],
    unit: str,
    goal: float,
    *,
    worst: bool = False,
    at_most: bool = True,
    beside: tuple[str, Sequence[float]] | None = None,
) -> Line:
    """The line of something that stands for itself: the median of the rounds, or the worst of several things.

    `beside` names another and its rounds, for comparison; the goal is about ours alone.
    """
    value = (max if at_most else min)(values) if worst else statistics.median(values)
    other = f"{beside[0]} {_short(statistics.median(beside[1]))}{unit}" if beside else ""
    return Line(what, f"{_short(value)}{unit}", other, value, (min(values), max(values)), goal, at_most)


def report(lines: Iterable[Line]) -> int:
    """Print them, and leave them for the table; the exit status of the bench."""
    lines = list(lines)
    print("\n" + markdown(lines))
    if file := os.environ.get(LINES):
        with Path(file).open("a", encoding="utf-8") as kept:
            kept.writelines(json.dumps(asdict(line)) + "\n" for line in lines)
    return int(not all(line.holds for line in lines))


def markdown(lines: Sequence[Line]) -> str:
    """The table of these lines, its columns as wide as they need to be."""
    rows = [HEAD, *(line.cells for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |" for row in rows
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _lines(name: str, options: Sequence[str]) -> tuple[list[Line], bool]:
    """What one bench has measured, and whether it ran to its end."""
    command = [sys.executable, str(BENCH / f"{name}.py"), *options]
    with tempfile.NamedTemporaryFile(mode="r", encoding="utf-8") as kept:
        environment = os.environ | {LINES: kept.name}
        if POSTGRESQL in options:
            command = [str(WITH_POSTGRESQL), *(each for each in command if each != POSTGRESQL)]
        done = subprocess.run(command, env=environment, stdout=sys.stderr)
        lines = [Line(**json.loads(line)) for line in kept]
    return lines, bool(lines) and done.returncode == any(not line.holds for line in lines)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", metavar="NAME", choices=[[], *(name for name, _ in BENCHES)])
    chosen = options.parse_args().names
    lines, broken = [], []
    for name, how in BENCHES:
        if name in chosen or not chosen:
            measured, ended = _lines(name, how)
            lines += measured
            broken += [] if ended else [name]
    print(markdown(lines))
    if broken:
        print(f"\nBroke off, and what is said of them above is not whole: {', '.join(broken)}")
    return int(bool(broken) or not all(line.holds for line in lines))


if __name__ == "__main__":
    sys.exit(main())
