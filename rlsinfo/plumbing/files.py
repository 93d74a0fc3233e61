"""Files that are really on the disk when a function returns, room for them, and why something failed, in words."""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.template.defaultfilters import filesizeformat


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
