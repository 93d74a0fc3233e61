"""Keeps threads free for readers while whoever needs the database waits for it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from threading import Condition
from time import monotonic, sleep
from typing import IO

from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper

THREADS = 16
"""Of each process of the web server."""
PLACES = 6
"""How many of them may be busy with the database; pages need none, so readers always find a thread."""
PATIENCE = 2.0
"""Seconds without any movement after which nobody else is let in to wait."""


class Full(OperationalError):
    """The database keeps everybody waiting: whoever comes now is told so at once."""


class WaitingRoom:
    """Lets in so many at a time; others wait before it as long as it moves."""

    def __init__(self, places: int, patience: float) -> None:
        self.places, self.patience = places, patience
        self._entered: list[float] = []
        self._moved = Condition()

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for as long as the block lasts; raises Full while nothing moves."""
        with self._moved:
            while len(self._entered) >= self.places:
                left = max(self._entered) + self.patience - monotonic()
                if left <= 0:
                    raise Full("Nobody has got through to the database for some time.")
                self._moved.wait(left)
            entered = monotonic()
            self._entered.append(entered)
        try:
            yield
        finally:
            with self._moved:
                self._entered.remove(entered)
                self._moved.notify()


DATABASE = WaitingRoom(PLACES, PATIENCE)
"""The one of this process."""
WRITERS_PATIENCE = 8.0
"""Seconds; less than SQLite's own wait for a lock, so that where that is in vain, they are told together and not in turn."""
_WRITERS = WaitingRoom(1, WRITERS_PATIENCE)
LOOK_AGAIN = 0.002
"""Seconds after which somebody looks whether the writer of another process is done."""


@contextmanager
def turn_to_write(database: BaseDatabaseWrapper) -> Iterator[None]:
    """A turn to write, among all processes that serve the site, where a database takes one writer at a time.

    SQLite lets the others sleep and look again, ever more rarely, and so the same one may come too late for ever. Here
    whoever is next in a process is woken, and processes look as often as each other. Raises Full when that is in vain.
    """
    with ExitStack() as held:
        if database.vendor == "sqlite":
            held.enter_context(_WRITERS.place())
            # Where no such file can be, on a disk that is full or read-only, SQLite alone says who is next.
            with suppress(OSError):
                file = Path(database.settings_dict["NAME"]).resolve(strict=True)
                _lock(held.enter_context(file.with_name(f"{file.name}.turn").open("a")), WRITERS_PATIENCE)
        yield


def _lock(file: IO[str], patience: float) -> None:
    """Lock a file. Not for ever: a process that was stopped, and not ended, would keep everybody waiting with it."""
    ends = monotonic() + patience
    while True:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            if monotonic() > ends:
                raise Full("Another process has been writing for some time.") from None
            sleep(LOOK_AGAIN)
        else:
            return
