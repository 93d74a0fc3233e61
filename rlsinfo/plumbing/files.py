"""Files that are really on the disk when a function returns, room for them, and why something failed, in words."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.template.defaultfilters import filesizeformat

from rlsinfo.plumbing.jobs import Failure

RESERVE = 64 * 1024 * 1024
"""A copy never takes the last room: the site needs it for what people send."""


def write(path: Path, parts: Iterable[bytes]) -> None:
    """Write the parts, and wait until the disk has them."""
    with path.open("wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def room_for(folder: Path) -> int:
    """Bytes that we may still write in a folder."""
    return shutil.disk_usage(folder).free


def sparing_room(parts: Iterable[bytes], folder: Path, name: str) -> Iterator[bytes]:
    """The same parts, to be written into a folder for as long as enough room is left there; raises Failure then.

    `name` is the setting that says which folder it is.
    """
    for part in parts:
        # Looked at each time: how much is to come nobody knows, and others write there too.
        if room_for(folder) < RESERVE:
            least = size_in_words(RESERVE)
            raise Failure(
                f"{name} has less than {least} left, which the site needs: make room there, or use another disk"
            )
        yield part


def size_in_words(size: int) -> str:
    """A size as people say it: 1.2 MB."""
    return filesizeformat(size).replace("\N{NO-BREAK SPACE}", " ")


def reason(error: OSError) -> str:
    """Why a file could not be read or written, and which: "the disk is full"."""
    words = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk is full for this user"}
    said = words.get(error.errno or 0) or (error.strerror or type(error).__name__).lower()
    return f"{said} ({error.filename})" if error.filename else said


def first_line(error: Exception) -> str:
    """The first line of what a database says; the lines after it quote the question."""
    return str(error).strip().partition("\n")[0]
