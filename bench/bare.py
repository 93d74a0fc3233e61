"""The limit that bench/reads.py measures against: a function that returns the bytes of the file BARE_BODY."""

import os
from pathlib import Path

body = Path(os.environ["BARE_BODY"]).read_bytes()
headers = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Encoding", "br"),
    ("Content-Length", str(len(body))),
]


def application(environ, start_response):
    """Answer every request alike."""
    start_response("200 OK", headers)
    return [body]
