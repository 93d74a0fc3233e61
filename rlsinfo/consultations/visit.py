"""A visitor of the running site, for trying it: follows redirects, keeps cookies, reads forms."""

from html.parser import HTMLParser
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from django.conf import settings

TIMEOUT = 20
REDIRECTS = 3


class NoAnswer(Exception):
    """Nobody answered, or not in HTTP; the message is the kind of error."""


class Visit:
    """Asks the site at TEST_REQUEST_ADDRESS as a browser does that has SITE_URL in its address bar."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.status = 0
        self.text = ""

    def get(self, path: str) -> int:
        """Open a page; its status."""
        return self._ask("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> int:
        """Send a form, and go where that leads; the status there."""
        return self._ask("POST", path, urlencode(fields))

    def hidden(self) -> dict[str, str]:
        """Every hidden field of the page, with its value."""
        return {name: value for name, kind, value in self._inputs() if kind == "hidden"}

    def value_of(self, wanted: str) -> str:
        """The value of the first field of this name; empty if there is none."""
        return next((value for name, _, value in self._inputs() if name == wanted), "")

    def _ask(self, method: str, path: str, body: str | None = None) -> int:
        for _ in range(REDIRECTS):
            status, headers, self.text = self._answer(method, path, body)
            for each in headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(each).items()}
            if status not in {301, 302, 303, 307, 308}:
                break
            method, path, body = "GET", urlsplit(urljoin(path, headers["Location"])).path, None
        self.status = status
        return status

    def _answer(self, method: str, path: str, body: str | None) -> tuple[int, HTTPMessage, str]:
        where, site = urlsplit(settings.TEST_REQUEST_ADDRESS), urlsplit(settings.SITE_URL)
        headers = {
            "Host": site.netloc,
            # What the proxy before the site would say; a proxy on this way replaces it.
            "X-Forwarded-Proto": site.scheme,
            "Origin": settings.SITE_URL,
            "Referer": settings.SITE_URL + path,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connect = HTTPSConnection if where.scheme == "https" else HTTPConnection
        connection = connect(str(where.hostname), where.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            raise NoAnswer(type(error).__name__) from error
        finally:
            connection.close()

    def _inputs(self) -> list[tuple[str, str, str]]:
        reader = _Inputs()
        reader.feed(self.text)
        return reader.found


class _Inputs(HTMLParser):
    """Name, type and value of every input on a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input":
            known = {name: value or "" for name, value in attrs}
            self.found.append((known.get("name", ""), known.get("type", "text"), known.get("value", "")))
