"""What figures may tell of small groups: nothing that says something about fewer than five people; no Django."""

from collections.abc import Collection, Sequence

FEWEST = 5


def kept_back(counts: Sequence[int], also: Collection[int] = ()) -> frozenset[int]:
    """Which parts of a known whole are not told: those that are small, and as many more as keep these secret.

    A part that is kept back alone is the whole less the others: [40, 3, 30] keeps back 3 and 30. `also` are parts
    that are kept back for another reason. Nought is told, since it speaks of nobody, unless nothing else can be.
    """
    secret = {at for at, count in enumerate(counts) if 0 < count < FEWEST} | set(also)
    told = sorted((at for at, count in enumerate(counts) if count and at not in secret), key=lambda at: counts[at])
    while secret and any(counts) and _can_be_worked_out([counts[at] for at in secret]):
        if not told:
            return frozenset(range(len(counts)))
        secret.add(told.pop(0))
    return frozenset(secret)


def _can_be_worked_out(parts: Sequence[int]) -> bool:
    """Whether somebody who knows the sum of these parts, and which are small, knows one of them, or nearly."""
    together = sum(parts)
    least = sum(1 if part < FEWEST else FEWEST for part in parts)
    most_if_small = len(parts) * (FEWEST - 1)
    if len(parts) == 1 or together < FEWEST or together == least:
        return True
    return max(parts) < FEWEST and together == most_if_small
