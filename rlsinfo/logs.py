"""The log: one JSON object a line, in UTC, on standard output; nothing that anybody typed, nobody's address; no Django.

What our own loggers say is written by us, so it is kept as it is. What others say may quote a person: a path, an
address, a value that a database refused. Of their sentences the part that does not change is kept, and of every
exception its class and the places it came through, never its text and never what variables held.
"""

import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MOST_PLACES, MOST_CAUSES = 20, 5
"""Enough to find the fault; a line stays short enough to be written in one piece."""

ADDRESS = "rlsinfo.address"
"""Where the environment of a request keeps which of our addresses it was for: the pattern, not what was filled in."""

WHY = "rlsinfo.why"
"""Where the environment of a refused request keeps the reason, in a word of ours."""

log = logging.getLogger(__name__)


def facts(**known: str | int | float | None) -> dict[str, Any]:
    """What a line says besides its sentence: log.info("An answer.", extra=facts(status=200))."""
    return {"facts": known}


class JsonLine(logging.Formatter):
    """One event as one line; whatever it holds, nothing in it can end the line or begin another."""

    def format(self, record: logging.LogRecord) -> str:
        is_ours = record.name.partition(".")[0] == "rlsinfo"
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "from": record.name,
            "process": record.process,
            "says": record.getMessage() if is_ours else _unchanging(record),
        }
        if is_ours:
            line |= getattr(record, "facts", {})
        if record.exc_info and record.exc_info[1]:
            line["errors"] = list(_errors(record.exc_info[1]))
        return json.dumps(line)


def _unchanging(record: logging.LogRecord) -> str:
    """The sentence without its values; empty if it has none, since then it may have been put together before."""
    return record.msg if record.args and isinstance(record.msg, str) else ""


def _errors(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """The class of an exception and of those behind it, each with the places it came through, the last place first."""
    for _ in range(MOST_CAUSES):
        if error is None:
            return
        came_through = [
            f"{_short(frame.f_code.co_filename)}:{at}" for frame, at in traceback.walk_tb(error.__traceback__)
        ]
        yield {"class": type(error).__name__, "places": came_through[::-1][:MOST_PLACES]}
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _short(filename: str) -> str:
    return filename.rpartition("/site-packages/")[2].removeprefix(f"{ROOT}/")


def configuration(*, debug: bool = False) -> dict[str, Any]:
    """For logging.config.dictConfig; a developer reads plain lines, with everything in them."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": JsonLine},
            "plain": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        },
        "handlers": {
            "output": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "plain" if debug else "json",
            }
        },
        "root": {"handlers": ["output"], "level": "WARNING"},
        "loggers": {
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            # What was refused or failed is told with our own words: in the line of its answer, and by our error page.
            "django.request": {"level": "ERROR" if debug else "CRITICAL"},
            "django.security": {"level": "CRITICAL"},
            "rlsinfo": {"handlers": [], "level": "INFO", "propagate": True},
        },
    }


@contextmanager
def nothing_is_printed() -> Iterator[None]:
    """While a process serves: what Python would print with all its text, because nobody caught it, is logged instead."""
    before = threading.excepthook, sys.unraisablehook, logging.raiseExceptions
    threading.excepthook = sys.unraisablehook = _uncaught
    # A line that cannot be written is lost; its text would be printed otherwise.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook, logging.raiseExceptions = before
        logging.captureWarnings(False)


def _uncaught(what: Any) -> None:
    """What a thread died of, or what went wrong where nobody can be told, such as in a finaliser."""
    log.error("Nobody caught this.", exc_info=(what.exc_type, what.exc_value, what.exc_traceback))
