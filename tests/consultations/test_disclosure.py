"""Figures tell nothing of fewer than five people, neither straight out nor by subtraction."""

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rlsinfo.consultations.disclosure import FEWEST, kept_back

COUNTS = st.lists(st.integers(0, 14), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("counts", "secret"),
    [
        ([40, 30, 20], set()),
        ([40, 0, 20], set()),  # nought speaks of nobody
        ([40, 5, 20], set()),
        ([40, 4, 20], {1, 2}),  # alone it would be 64 less the others
        ([40, 3, 4, 20], {1, 2}),  # together they are seven: either may be three or four
        ([40, 1, 1, 20], {1, 2, 3}),  # two people in two groups are one in each
        ([40, 4, 4, 20], {1, 2, 3}),  # eight in two groups of at most four are four in each
        ([40, 1, 1, 1, 1, 1, 20], {1, 2, 3, 4, 5, 6}),
        ([1, 2], {0, 1}),
        ([1, 2, 0], {0, 1, 2}),  # where nothing can be told, nought is not told either
        ([3], {0}),
        ([], set()),
    ],
)
def test_small_parts_are_kept_back_and_what_would_give_them_away(counts, secret):
    assert kept_back(counts) == secret


def test_a_part_that_is_kept_back_elsewhere_is_not_given_away_here():
    assert kept_back([40, 9, 20], also={1}) == {1, 2}


@given(COUNTS)
def test_no_small_part_is_told(counts):
    assert all(count == 0 or count >= FEWEST for at, count in enumerate(counts) if at not in kept_back(counts))


@given(COUNTS)
def test_what_is_told_leaves_every_small_part_open(counts):
    """Somebody who knows the whole, what is told, and which of the rest are small, still cannot say how small."""
    secret = sorted(kept_back(counts))
    # Where nothing is told, it is not told either which parts are small.
    assume(len(secret) < len(counts))
    left = sum(counts[at] for at in secret)
    ranges = [range(1, FEWEST) if counts[at] < FEWEST else range(FEWEST, left + 1) for at in secret]

    possible = [each for each in product(*ranges) if sum(each) == left]

    for place, at in enumerate(secret):
        assert counts[at] >= FEWEST or len({each[place] for each in possible}) > 1
