"""The log says what happened and where, in lines that nobody can forge, and nothing that anybody typed."""

import json
import logging
import sys
import threading
from datetime import datetime, timedelta
from io import StringIO

import pytest

from rlsinfo import logs
from rlsinfo.staff.log import Action, Outcome, record
from tests.factories import make_staff

MARKER = "Quillmarker"


@pytest.fixture
def log():
    """Everything that is logged meanwhile, as it is written out."""
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.JsonLine())
    logging.root.addHandler(handler)
    yield written
    logging.root.removeHandler(handler)


def only_line(log) -> dict[str, object]:
    (line,) = log.getvalue().splitlines()
    return json.loads(line)


def fail_over(words: str) -> None:
    local = f"a local variable with {words}"
    try:
        raise ValueError(f"cannot store {local}")
    except ValueError as error:
        raise RuntimeError(f"gave up on {words}") from error


def test_a_line_says_when_in_utc_who_how_serious_and_what(log):
    logging.getLogger("rlsinfo.staff").warning("Put off for %s seconds.", 30, extra=logs.facts(status=429))

    line = only_line(log)
    assert datetime.fromisoformat(line.pop("at")).utcoffset() == timedelta(0)
    assert line.pop("process")
    assert line == {"level": "WARNING", "from": "rlsinfo.staff", "says": "Put off for 30 seconds.", "status": 429}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\x85", "\u2028", "\x1b[2K\x1b[1A", "\x00", '", "says": "'])
def test_nothing_ends_a_line_early_or_colours_it(log, end):
    forged = f'x{end}{{"level": "ERROR"}}'

    logging.getLogger("rlsinfo").warning("A word: %s", forged)

    assert log.getvalue().isascii()
    assert log.getvalue().count("\n") == 1
    assert log.getvalue().rstrip("\n").isprintable()
    assert only_line(log)["says"] == f"A word: {forged}"


def test_half_a_character_ends_no_line_either():
    """Not logged, since those who run tests cannot pass it on."""
    half = logging.LogRecord("rlsinfo", logging.WARNING, __file__, 1, "A word: %s", ("\ud800",), None)

    line = logs.JsonLine().format(half)

    assert line.isascii()
    assert json.loads(line)["says"] == "A word: \ud800"


def test_an_exception_is_told_by_class_and_place_not_by_its_text_or_its_variables(log):
    try:
        fail_over(MARKER)
    except RuntimeError:
        logging.getLogger("rlsinfo").exception("It failed.")

    errors = only_line(log)["errors"]
    assert [each["class"] for each in errors] == ["RuntimeError", "ValueError"]
    here = fail_over.__code__.co_firstlineno
    assert errors[0]["places"][0] == f"tests/test_logs.py:{here + 5}"
    assert errors[1]["places"] == [f"tests/test_logs.py:{here + 3}"]
    assert MARKER not in log.getvalue()


def test_an_endless_recursion_is_still_a_short_line(log):
    def again(depth):
        again(depth + 1)

    try:
        again(0)
    except RecursionError:
        logging.getLogger("rlsinfo").exception("It failed.")

    assert len(log.getvalue()) < 2000


@pytest.mark.parametrize(
    ("say", "kept"),
    [
        (lambda other: other.error("Cannot serve %s to %s", f"/{MARKER}/", "203.0.113.7"), "Cannot serve %s to %s"),
        (lambda other: other.error("%(what)s failed", {"what": MARKER}), "%(what)s failed"),
        (lambda other: other.error(f"Cannot serve /{MARKER}/"), ""),
        (lambda other: other.error(ValueError(MARKER)), ""),
        (lambda other: other.error("No %s", 1, extra=logs.facts(what=MARKER)), "No %s"),
    ],
    ids=["values", "named values", "put together before", "an exception", "extra facts"],
)
def test_of_what_others_log_only_the_part_that_does_not_change_is_kept(log, say, kept):
    say(logging.getLogger("django.other"))

    assert only_line(log)["says"] == kept
    assert MARKER not in log.getvalue()


def test_what_a_view_dies_of_is_logged_without_the_address_that_was_asked_for(log, client, monkeypatch):
    monkeypatch.setattr("rlsinfo.articles.library.page", lambda slug: fail_over(slug))
    client.raise_request_exception = False

    client.get(f"/{MARKER}/?q={MARKER}")

    line = only_line(log)
    assert (line["says"], line["address"]) == ("A page of ours failed.", "/<slug:slug>/")
    assert [each["class"] for each in line["errors"]] == ["RuntimeError", "ValueError"]
    assert any(place.startswith("rlsinfo/articles/views.py:") for place in line["errors"][0]["places"])
    assert MARKER not in log.getvalue()


def test_what_a_thread_dies_of_is_logged_and_not_printed(log, capfd):
    with logs.nothing_is_printed():
        thread = threading.Thread(target=fail_over, args=[MARKER])
        thread.start()
        thread.join()

    assert only_line(log)["errors"][0]["class"] == "RuntimeError"
    assert MARKER not in log.getvalue() + "".join(capfd.readouterr())


def test_what_a_finaliser_dies_of_is_logged_and_not_printed(log, capfd):
    class Leaving:
        def __del__(self):
            fail_over(MARKER)

    with logs.nothing_is_printed():
        Leaving()

    assert only_line(log)["errors"][0]["class"] == "RuntimeError"
    assert MARKER not in log.getvalue() + "".join(capfd.readouterr())


def test_a_line_that_cannot_be_written_is_not_printed_instead(log, capfd):
    with logs.nothing_is_printed():
        logging.getLogger("rlsinfo").warning("%s and %s", MARKER)

    assert log.getvalue() == ""
    assert capfd.readouterr() == ("", "")


def test_everything_goes_to_standard_output_and_a_developer_reads_plain_lines():
    for debug, formatter in ((False, "json"), (True, "plain")):
        (output,) = logs.configuration(debug=debug)["handlers"].values()
        assert (output["stream"], output["formatter"]) == ("ext://sys.stdout", formatter)


def test_hooks_are_put_back():
    before = threading.excepthook, sys.unraisablehook, logging.raiseExceptions

    with logs.nothing_is_printed():
        pass

    assert (threading.excepthook, sys.unraisablehook, logging.raiseExceptions) == before


@pytest.mark.django_db
class TestWhatStaffDo:
    def test_is_an_event_with_a_number_in_place_of_a_name(self, log):
        user = make_staff(first_name=MARKER)

        entry = record(Action.EXPORT, by=user, subjects=[MARKER], detail=f"Reason: {MARKER}")

        line = only_line(log)
        assert (line["level"], line["says"]) == ("INFO", "Exported: Done.")
        assert (line["by"], line["entry"]) == (f"account-{user.pk}", entry.number)
        assert (line["action"], line["outcome"]) == ("export", "done")
        assert MARKER not in log.getvalue()

    def test_a_refusal_is_a_warning(self, log):
        record(Action.SIGN_IN, outcome=Outcome.REFUSED)

        line = only_line(log)
        assert (line["level"], line["says"], line["by"]) == ("WARNING", "Signed in: Refused.", "nobody known")

    def test_a_sign_in_that_is_put_off_is_an_event_too(self, log, client):
        for _ in range(6):
            client.post("/admin/login/", {"username": MARKER, "password": MARKER})

        said = [json.loads(line)["says"] for line in log.getvalue().splitlines()]
        assert said == ["Signed in: Refused."] * 5 + ["A password was not looked at: too many were tried before."]
        assert MARKER not in log.getvalue()
