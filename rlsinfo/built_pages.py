"""Answers readers from the built pages, before Django is entered: bytes and headers made ready at the start."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from rlsinfo.logs import ADDRESS

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

POINTER = "current.json"
HEADERS = "headers.json"
"""Beside the pages, not among what is handed out: the headers each page was answered with when it was built."""
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))


def read_pointer(folder: Path) -> dict[str, str]:
    """What the last build left behind: the site's folder, the address it was built for; nothing if there was none."""
    try:
        return dict(json.loads((folder / POINTER).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def built_site(site_url: str, *folders: Path) -> Path | None:
    """The site built for this address in the first of the folders that holds one."""
    for folder in folders:
        pointer = read_pointer(folder)
        site = folder / pointer.get("site", "")
        if pointer.get("site_url") == site_url and pointer.get("site") and (site / HEADERS).is_file():
            return site
    return None


def file_of(path: str) -> str:
    """Where the page at an address lies in the site's folder: /causes/ -> causes/index.html."""
    return f"{path}index.html".lstrip("/") if path.endswith("/") else path.lstrip("/")


Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Variant:
    """One encoding of one page, with the headers of its 200 and of its 304."""

    body: bytes
    headers: Headers
    etag: str
    unchanged: Headers


class BuiltPages:
    """A WSGI application around another: GET and HEAD of a built page are answered here, all else there."""

    def __init__(
        self, application: "WSGIApplication", site: Path, *, scheme: str, is_our_host: Callable[[str], bool]
    ) -> None:
        self.application = application
        self.scheme = scheme
        self.is_our_host = is_our_host
        self.known_hosts: set[str] = set()
        self.pages = read_pages(site)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        variants = self.pages.get(environ["PATH_INFO"])
        if variants is None or environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or not self._is_plain(environ):
            return self.application(environ, start_response)
        environ[ADDRESS] = environ["PATH_INFO"]
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        # "br;q=0" is a refusal; a client that writes quality values gets the page as it is.
        encoding = next((name for name, _ in ENCODINGS if name in accepted and ";" not in accepted), "")
        variant = variants[encoding]
        if variant.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start_response("304 Not Modified", variant.unchanged)
            return []
        start_response("200 OK", variant.headers)
        return [variant.body] if environ["REQUEST_METHOD"] == "GET" else []

    def _is_plain(self, environ: "WSGIEnvironment") -> bool:
        """Whether nothing about the request needs Django's judgement: a forged host, plain http, an odd address."""
        host = environ.get("HTTP_HOST", "")
        if host not in self.known_hosts:
            if not self.is_our_host(host) or len(self.known_hosts) > 100:
                return False
            self.known_hosts.add(host)
        is_path = environ.get("RAW_URI", "/").startswith("/")
        return is_path and environ["wsgi.url_scheme"] == self.scheme and "%" not in environ.get("QUERY_STRING", "")


def read_pages(site: Path) -> dict[str, dict[str, Variant]]:
    """Every built page by its address, in every encoding; "" is the page as it is."""
    headers = json.loads((site / HEADERS).read_text(encoding="utf-8"))
    return {path: _variants(site / "pages" / file_of(path), headers[path]) for path in headers}


def _variants(file: Path, headers: dict[str, str]) -> dict[str, Variant]:
    plain = file.read_bytes()
    bodies = {"": plain}
    for name, suffix in ENCODINGS:
        bodies[name] = file.with_name(file.name + suffix).read_bytes()
    return {name: _variant(body, name, headers) for name, body in bodies.items()}


def stamp(body: bytes) -> int:
    """A number that tells contents apart, small enough to be a file's date (see rlsinfo/front.py)."""
    return int.from_bytes(sha256(body).digest()[:4]) >> 1


def _variant(body: bytes, encoding: str, headers: dict[str, str]) -> Variant:
    # As nginx writes it: the date of a file and its length.
    etag = f'"{stamp(body):x}-{len(body):x}"'
    shared = [*headers.items(), ("Vary", "Accept-Encoding"), ("ETag", etag)]
    whole = [*shared, ("Content-Length", str(len(body)))]
    if encoding:
        whole.append(("Content-Encoding", encoding))
    return Variant(body, whole, etag, [header for header in shared if header[0] != "Content-Type"])
