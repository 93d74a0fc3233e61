"""Figures tell nothing of fewer than five people, neither straight out nor by subtraction."""

from itertools import chain, product

import pytest

from rlsinfo.consultations.disclosure import FEWEST, kept_back


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
        ([40, 1, 2, 9], {1, 2, 3}),  # three people in two groups are one and two; twelve in three may be anything
        ([40, 1, 5, 9], {1, 2, 3}),  # six in a small group and a larger one are one and five
        ([3], {0}),
        ([], set()),
    ],
)
def test_small_parts_are_kept_back_and_what_would_give_them_away(counts, secret):
    assert kept_back(counts) == secret


def test_a_part_that_is_kept_back_elsewhere_is_not_given_away_here():
    assert kept_back([40, 9, 20], also={1}) == {1, 2}
    assert kept_back([0, 0, 0], also={1}) == {1}


def test_no_small_part_is_told_and_none_can_be_worked_out():
    """Somebody who knows the whole, what is told, and which of the rest are small, still cannot say how small."""
    for counts in chain.from_iterable(product(range(9), repeat=length) for length in (1, 2, 3, 4)):
        secret = sorted(kept_back(counts))
        told = [count for at, count in enumerate(counts) if at not in secret]
        assert all(count == 0 or count >= FEWEST for count in told)
        if not told:
            continue  # then it is not told either which parts are small
        left = sum(counts) - sum(told)
        ranges = [range(1, FEWEST) if counts[at] < FEWEST else range(FEWEST, left + 1) for at in secret]
        possible = [each for each in product(*ranges) if sum(each) == left]
        for place, at in enumerate(secret):
            assert counts[at] >= FEWEST or len({each[place] for each in possible}) > 1, counts
