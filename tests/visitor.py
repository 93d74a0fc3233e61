"""Somebody with a browser but no script: follows links, fills in forms, keeps cookies."""

import urllib.parse
import urllib.request
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from urllib.error import HTTPError

from justhtml import JustHTML

ANSWERS = {
    "urgent": "no",
    "name": "Marigold Testperson",
    "phone": "(555) 010-0177",
    "email": "marigold@example.org",
    "best_times": ["morning"],
    "may_leave_message": "yes",
    "topic": "rls",
    "note": "Mornings after ten are best.",
    "help_needed": "",
}


class Visitor:
    """Sees one page at a time; `words` are what the page's form holds."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.status = 0
        self.url = ""
        self.text = ""
        self.headers = HTTPMessage()

    def open(self, path: str, fields: dict[str, object] | None = None) -> "Visitor":
        data = urllib.parse.urlencode(fields, doseq=True).encode() if fields is not None else None
        try:
            answer = self.browser.open(
                urllib.request.Request(urllib.parse.urljoin(self.address, path), data), timeout=60
            )
        except HTTPError as error:
            answer = error
        with answer:
            self.status, self.url, self.headers = answer.status, answer.url, answer.headers
            self.text = answer.read().decode()
        return self

    @property
    def page(self) -> JustHTML:
        return JustHTML(self.text, sanitize=False)

    def hidden(self) -> dict[str, list[str]]:
        """Every hidden field of the page's form, with all its values."""
        found: dict[str, list[str]] = {}
        for field in self.page.query('main form input[type="hidden"]'):
            found.setdefault(field.attrs["name"], []).append(field.attrs.get("value", ""))
        return found

    def fill_in(self, **answers: object) -> "Visitor":
        """Open the form, answer it, and go on to the page where the answers are checked."""
        self.open("/consultation/request/")
        consent = self.page.query('input[name="consent"]')[0].attrs["value"]
        return self.open(
            "/consultation/request/", {**ANSWERS, "consent": consent, **answers, **self.hidden(), "step": "check"}
        )

    def send(self) -> "Visitor":
        return self.open("/consultation/request/", {**self.hidden(), "step": "send"})

    @property
    def reference(self) -> str:
        return self.page.query(".ref")[0].to_text().strip()
