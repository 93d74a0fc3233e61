"""How fast the search of the guide answers: beside reading every text for the same words, in the same run.

    python bench/search.py [--pages 2000] [--rounds 20]

Asks the misspelt and everyday questions of tests/articles/test_search.py of the index of the real library, and of one
with copies of its pages. The peer looks for each word in each text, as a page without an index would.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import django
import table
from reads import ROOT

GOALS = {"library": 20.0, "copies": 50.0}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rlsinfo.settings")
    django.setup()
    from rlsinfo.articles import library
    from rlsinfo.articles.search import Entry, Index
    from rlsinfo.articles.spelling import words
    from tests.articles.test_search import ASKED

    real = library.findable()
    pages = [entry for entry in real if entry.part]
    copied = [replace(pages[at % len(pages)], address=f"/copy/{at}/") for at in range(asked.pages)]
    everyday = {" ".join(phrase): " ".join(ours) for phrase, ours in library.index().everyday}

    def answer_with(index: Index) -> Callable[[str], object]:
        return lambda typed: [hit.sentence for hit in index.search(typed).hits[:20]]

    def read_everything(entries: Sequence[Entry]) -> Callable[[str], object]:
        texts = [" ".join((each.title, each.summary, *each.heads, *each.sentences)).casefold() for each in entries]
        return lambda typed: [text for text in texts if all(word in text for word in words(typed))]

    lines = []
    for name, entries in (("library", [*real]), ("copies", copied)):
        started = time.perf_counter()
        index = Index(entries, everyday)
        made = time.perf_counter() - started
        peer = timed(read_everything(entries), ASKED, asked.rounds if name == "library" else 2)
        ours = timed(answer_with(index), ASKED, asked.rounds)
        print(
            f"{name:<8} {len(entries):>5,} entries   index made in {made:.2f} s   a search {statistics.median(ours):5.2f} ms"
            f" median, {statistics.median(ours) / statistics.median(peer):.2f} of reading every text"
        )
        slow = sorted(ours)[int(0.95 * len(ours))]
        lines.append(
            table.Line(
                f"a search of {len(entries):,} texts, 95 of 100 within",
                f"{slow:.2g} ms",
                f"reading every text {sorted(peer)[int(0.95 * len(peer))]:.2g} ms",
                slow,
                (min(ours), max(ours)),
                GOALS[name],
                at_most=True,
            )
        )
    return table.report(lines)


def timed(search: Callable[[str], object], questions: Sequence[str], rounds: int) -> list[float]:
    """Milliseconds of each search."""
    taken = []
    for _ in range(rounds):
        for typed in questions:
            started = time.perf_counter()
            search(typed)
            taken.append((time.perf_counter() - started) * 1000)
    return taken


if __name__ == "__main__":
    sys.exit(main())
