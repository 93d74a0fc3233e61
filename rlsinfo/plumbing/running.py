"""Who uses this folder at the moment: several may serve from it, but only one alone may put a backup in its place."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from django.conf import settings

from rlsinfo.plumbing.jobs import Failure

RESTORING = "A restore is going on here: start the site when it has ended."
_UNTIL_THE_END = ExitStack()


@contextmanager
def beside_others() -> Iterator[None]:
    """While the block runs, nobody restores. Raises Failure while somebody does."""
    with ExitStack() as held:
        with suppress(OSError):  # where nothing can be written, nobody restores either
            held.enter_context(_lock(fcntl.LOCK_SH, RESTORING))
        yield


def beside_others_from_now_on() -> None:
    """Until this process and all its forks have ended, nobody restores. Raises Failure while somebody does."""
    _UNTIL_THE_END.enter_context(beside_others())


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
