"""What gunicorn answers and logs by itself, where Django is not asked: plainly, with our headers, quoting nothing."""

import json
import logging
import socket

import pytest
from gunicorn.http.errors import InvalidRequestLine, InvalidResponseHeader, LimitRequestHeaders, LimitRequestLine

from rlsinfo.logs import JsonLine
from rlsinfo.middleware import headers_of_every_answer
from rlsinfo.web_server import Worker

MARKER = "Quillmarker"


def handle(error: Exception) -> str:
    """What a client is answered when the server comes upon this error."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        # Only how it answers: a worker of its own would need a server around it.
        Worker.handle_error(object.__new__(Worker), None, ours, ("203.0.113.7", 4711), error)
        return theirs.recv(65536).decode("latin-1")


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (InvalidRequestLine(MARKER), 400, "What came was no request."),
        (LimitRequestLine(9999, 8190), 414, "What came was no request."),
        (LimitRequestHeaders(MARKER), 431, "What came was no request."),
        (InvalidResponseHeader(MARKER), 500, "A request failed."),
        (RuntimeError(MARKER), 500, "A request failed."),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else each,
)
def test_an_error_outside_django_is_answered_and_logged_without_what_was_sent(caplog, error, status, says):
    answer = handle(error)

    head, _, body = answer.partition("\r\n\r\n")
    first, *headers = head.split("\r\n")
    assert first.startswith(f"HTTP/1.1 {status} ")
    assert body
    sent = dict(header.split(": ", 1) for header in headers)
    assert sent.items() >= headers_of_every_answer().items()
    assert (sent["Connection"], sent["Content-Length"]) == ("close", str(len(body)))
    (record,) = caplog.records
    line = json.loads(JsonLine().format(record))
    assert (line["says"], line["status"]) == (says, status)
    assert record.levelno == (logging.ERROR if status == 500 else logging.WARNING)
    assert not [told for told in (MARKER, "203.0.113.7") if told in answer + json.dumps(line)]


def test_a_client_that_hung_up_is_no_second_error():
    ours, theirs = socket.socketpair()
    theirs.close()
    ours.close()

    Worker.handle_error(object.__new__(Worker), None, ours, ("203.0.113.7", 4711), InvalidRequestLine(MARKER))
