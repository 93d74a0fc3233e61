"""People who press the button until they see a reference, and readers who turn page after page meanwhile."""

import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import count, cycle
from urllib.parse import urlencode

from rlsinfo.consultations.consent import CALL_VERSION
from tests.faults.size import PATIENCE
from tests.faults.stack import READ, Stack
from tests.visitor import ANSWERS

FORM = "/consultation/request/"
HIDDEN = re.compile(r'<input type="hidden" name="(csrfmiddlewaretoken|key|started)" value="([^"]+)"')
REFERENCE = re.compile(r'class="ref"[^>]*>\s*([A-Z0-9]{4} [A-Z0-9]{4})\s*<')
_numbers = count(1)


@dataclass
class Ledger:
    """What people were told: the reference each saw, by the key of their form."""

    acknowledged: dict[str, str] = field(default_factory=dict)
    presses: int = 0
    """How often somebody pressed the button; more than once for each who had to try again."""

    @property
    def again(self) -> int:
        return self.presses - len(self.acknowledged)


class Person:
    """Somebody with a browser that holds its connection, who tries again `pause` seconds after being put off."""

    def __init__(self, site: Stack, ledger: Ledger, pause: float) -> None:
        self.site, self.ledger, self.pause = site, ledger, pause
        self.line: HTTPConnection | None = None
        self.cookie = ""

    def ask(self) -> None:
        """One request, from the form to the reference."""
        fields: dict[str, object] = {}
        while not fields.get("key"):
            _, _, page = self._until(200, "GET", FORM)
            fields = dict(HIDDEN.findall(page))
        fields |= ANSWERS | {"consent": CALL_VERSION, "email": f"person{next(_numbers)}@example.org"}
        _, where, _ = self._until(303, "POST", FORM, urlencode({**fields, "step": "send"}, doseq=True))
        _, _, page = self._until(200, "GET", where)
        found = REFERENCE.search(page)
        assert found, "a confirmation without a reference"
        self.ledger.acknowledged[str(fields["key"])] = found[1]

    def _until(self, wanted: int, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        """Ask until the answer is the one hoped for."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer: tuple[int, str, str] | None = None
            self.ledger.presses += method == "POST"
            try:
                answer = self._once(method, path, body)
            except (OSError, HTTPException):
                self.line = None
            if answer and answer[0] == wanted:
                return answer
            assert time.monotonic() < deadline, f"{method} {path} in vain: {answer and answer[0]}"
            time.sleep(self.pause if answer else 0.1)

    def _once(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        self.line = self.line or HTTPConnection("127.0.0.1", self.site.port, timeout=60)
        headers = {"Cookie": self.cookie} | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        text = answer.read().decode()
        self._keep_cookie(answer)
        return answer.status, answer.headers.get("Location", ""), text

    def _keep_cookie(self, answer: HTTPResponse) -> None:
        if cookie := answer.headers.get("Set-Cookie"):
            self.cookie = cookie.partition(";")[0]


def send(site: Stack, how_many: int, ledger: Ledger, people: int = 12, pause: float = 0.1) -> None:
    """Have several people send that many requests between them, at once."""
    left = iter(range(how_many))
    turn = threading.Lock()

    def keep_asking(number: int) -> None:
        person = Person(site, ledger, pause)
        # People come one after another.
        time.sleep(number * 0.03)
        while True:
            with turn:
                if next(left, None) is None:
                    return
            person.ask()

    with ThreadPoolExecutor(people) as crowd:
        list(crowd.map(keep_asking, range(people)))


@dataclass
class Reading:
    """How readers fared: what they were answered and how long each page took, in seconds."""

    answers: list[tuple[int, float]] = field(default_factory=list)

    @property
    def refused(self) -> list[int]:
        return [status for status, _ in self.answers if status != 200]

    @property
    def longest(self) -> float:
        return max(seconds for _, seconds in self.answers)


@contextmanager
def readers(site: Stack) -> Iterator[Reading]:
    """Somebody who reads page after page, each over a new connection, as long as this lasts."""
    reading, enough = Reading(), threading.Event()

    def read() -> None:
        for path in cycle(READ):
            if enough.wait(0.05):
                return
            begun = time.monotonic()
            try:
                line = HTTPConnection("127.0.0.1", site.port, timeout=60)
                line.request("GET", path)
                status = line.getresponse().status
            except (OSError, HTTPException):
                status = 0
            reading.answers.append((status, time.monotonic() - begun))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield reading
    finally:
        enough.set()
        reader.join()
    assert reading.answers
