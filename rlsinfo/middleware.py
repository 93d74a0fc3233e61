"""Security headers on every answer, an early refusal of requests that no browser sends, and what the log says of both."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError

from rlsinfo import content_policy
from rlsinfo.logs import ADDRESS

Answer = Callable[[HttpRequest], HttpResponse]

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
BOUNDARY = re.compile(r"""\bboundary=(?:"[^"]+"|[^\s";,]+)""", re.IGNORECASE)
ENCODING = re.compile(r"""\bcharset\s*=\s*["']?([^"';\s]*)""", re.IGNORECASE)
FOREIGN_ENCODING = "rlsinfo.foreign_encoding"
FOUND = {200, 206, 304}
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


def headers_of_every_answer() -> dict[str, str]:
    """The security headers, by name."""
    return {
        content_policy.HEADER: content_policy.policy(),
        "Permissions-Policy": PERMISSIONS_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
        # What does not say that it may be kept is kept nowhere: not in a browser's history, not in any cache between.
        "Cache-Control": "no-store",
    }


def security_headers(get_response: Answer) -> Answer:
    """Adds every security header to every answer: pages, files, redirects and refusals at any depth."""
    headers = headers_of_every_answer()
    # Over plain http a browser is told nothing of this kind; Django itself adds it below for what gets that far.
    strict_transport = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault(content_policy.HEADER, content_policy.policy(request))
        for name, value in headers.items():
            response.setdefault(name, value)
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response.setdefault("Strict-Transport-Security", strict_transport)
        return response

    return middleware


def address_for_the_log(get_response: Answer) -> Answer:
    """Notes which of our addresses a request was for: its pattern, since tokens and whatever somebody types fill it in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.resolver_match:
            request.META[ADDRESS] = f"/{request.resolver_match.route}"
        elif response.status_code in FOUND:
            # A file that is there: nobody made up its name.
            request.META[ADDRESS] = request.path
        return response

    return middleware


def read_as_utf_8(environ: dict[str, Any]) -> None:
    """Keeps from Django which encoding a body names, and notes if it is not ours: it is refused below.

    Django would read the address in it while it makes the request, before any middleware: in some encodings it cannot,
    and the error would be nobody's. Others spell characters that cannot be written.
    """
    named = environ.get("CONTENT_TYPE", "")
    environ[FOREIGN_ENCODING] = any(each.lower() != "utf-8" for each in ENCODING.findall(named))
    boundary = BOUNDARY.search(named)
    environ["CONTENT_TYPE"] = named.partition(";")[0] + (f"; {boundary[0]}" if boundary else "")


def refuse_malformed_requests(get_response: Answer) -> Answer:
    """Refuses forged hosts, control characters, foreign encodings, forms in clear, odd methods and broken bodies."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Asked here because pages served as files would never ask; raises DisallowedHost, a 400.
        request.get_host()
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        # As gunicorn read it. An address with a host in it is for a proxy, and that host may be another than the one above.
        if "RAW_URI" in request.META and not (
            request.META["RAW_URI"].startswith("/") and request.META.get("HTTP_HOST")
        ):
            raise BadRequest("an address with another host in it, or with none beside it")
        # A redirect would hide that the answers came over an open line; no page of ours sends a form there.
        if settings.SECURE_SSL_REDIRECT and request.method == "POST" and not request.is_secure():
            raise BadRequest("a form that came without TLS")
        # What is left of percent-encoding in a path was no UTF-8; no address of ours has a percent sign.
        path = request.path_info
        # The query string is still encoded here: %00 is a NUL byte in disguise.
        query = request.META.get("QUERY_STRING", "")
        if not path.isprintable() or "%" in path or not query.isprintable() or "%00" in query:
            raise BadRequest("characters in the address that no page of ours has")
        if request.META.get(FOREIGN_ENCODING):
            raise BadRequest("an encoding that no form of ours uses")
        _check_body(request)
        # Within quotation marks a cookie spells any character, also one that PostgreSQL cannot hold. None of ours does.
        request.COOKIES = {n: value for n, value in request.COOKIES.items() if value.isascii() and value.isprintable()}
        return get_response(request)

    return middleware


def _check_body(request: HttpRequest) -> None:
    """Reads the body: whole, or not at all."""
    if request.META.get("HTTP_TRANSFER_ENCODING"):
        # Django would see no body at all; a proxy before us counts what it hands on, and so does every browser.
        raise BadRequest("a body that does not say how long it is")
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    # Django counts only the bytes of fields: a file would be written to the disk, however large it is.
    if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise RequestDataTooBig("a body that no form of ours fills")
    try:
        body = request.body
    except UnreadablePostError as error:
        raise BadRequest("a body that stopped coming") from error
    # The server hands on what came before the line went dead: half a note would look like a whole one.
    if len(body) < length:
        raise BadRequest("a body that ends early")
