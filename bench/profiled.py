"""Where the time of something goes, as the profiler sees it, for the benches that print it beside their table."""

import cProfile
import pstats
from collections.abc import Callable, Sequence
from pathlib import Path

WHOLE = ("base.py", "get_response")
"""Django's whole way of one request. Every place is the name of a file and of a function in it."""
Parts = Sequence[tuple[str, str, str]]
"""What a part is called, and its place."""


def print_shares(what: str, visit: Callable[[], object], times: int, parts: Parts) -> None:
    """Print how long one visit takes, all its requests together, and what share of that passes in which part."""
    visit()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(times):
        visit()
    profile.disable()
    taken = {
        (Path(file).name, name): cumulative
        for (file, _, name), (*_, cumulative, _) in pstats.Stats(profile).stats.items()
    }
    whole = taken[WHOLE]
    print(f"{1000 * whole / times:.1f} ms {what} under the profiler, which doubles it; of that")
    for words, *place in parts:
        print(f"    {100 * taken.get(tuple(place), 0) / whole:3.0f} %  {words}")
