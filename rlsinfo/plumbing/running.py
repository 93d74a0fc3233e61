"""Who uses this folder at the moment: several may serve from it, but only one alone may put a backup in its place."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from rlsinfo.plumbing.jobs import Failure


@contextmanager
def beside_others(otherwise: str) -> Iterator[None]:
    """While the block runs, nobody restores. Raises Failure with these words while somebody does."""
    with _lock(fcntl.LOCK_SH, otherwise):
        yield


@contextmanager
def nothing_else(otherwise: str) -> Iterator[None]:
    """While the block runs, nobody serves. Raises Failure with these words while somebody does."""
    with _lock(fcntl.LOCK_EX, otherwise):
        yield


@contextmanager
def _lock(how: int, otherwise: str) -> Iterator[None]:
    # The kernel takes it back when we end, however we end.
    with (settings.VAR_DIR / "running").open("a") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure(otherwise) from error
        yield
