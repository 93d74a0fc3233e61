"""The limit that bench/reads.py measures against: a function that returns the answer in the file BARE_ANSWER.

The file holds JSON: the headers, and the body in Latin-1.
"""

import json
import os
from pathlib import Path

answer = json.loads(Path(os.environ["BARE_ANSWER"]).read_text())
headers = [(name, value) for name, value in answer["headers"]]
body = answer["body"].encode("latin-1")


def application(environ, start_response):
    """Answer every request alike."""
    start_response("200 OK", headers)
    return [body]
