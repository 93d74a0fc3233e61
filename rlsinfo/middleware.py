"""Security headers on every answer, an early refusal of requests that no browser sends, and what the log says of both."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from rlsinfo.logs import ADDRESS

Answer = Callable[[HttpRequest], HttpResponse]

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
FOUND = {200, 206, 304}
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


def headers_of_every_answer() -> dict[str, str]:
    """The security headers, by name."""
    return {
        "Content-Security-Policy": "; ".join(" ".join((name, *of)) for name, of in settings.SECURE_CSP.items()),
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


def refuse_malformed_requests(get_response: Answer) -> Answer:
    """Answers 400 to forged hosts, control characters, foreign encodings and forms sent in clear, 405 to unknown methods."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # Asked here because pages served as files would never ask; raises DisallowedHost, a 400.
        request.get_host()
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        # A redirect would hide that the answers came over an open line; no page of ours sends a form there.
        if settings.SECURE_SSL_REDIRECT and request.method == "POST" and not request.is_secure():
            raise BadRequest("a form that came without TLS")
        # What is left of percent-encoding in a path was no UTF-8; no address of ours has a percent sign.
        path = request.path_info
        # The query string is still encoded here: %00 is a NUL byte in disguise.
        query = request.META.get("QUERY_STRING", "")
        if not path.isprintable() or "%" in path or not query.isprintable() or "%00" in query:
            raise BadRequest("characters in the address that no page of ours has")
        # Set when the body names an encoding. Our pages are UTF-8; others can spell characters that cannot be written.
        if (request.encoding or "utf-8").lower() != "utf-8":
            raise BadRequest("an encoding that no form of ours uses")
        return get_response(request)

    return middleware
