"""The content security policy of an answer: our own files, and what stands in its page, each piece named by its digest."""

from base64 import b64encode
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest

HEADER = "Content-Security-Policy"
IN_THE_PAGE = "rlsinfo.in_the_page"


def allow(request: HttpRequest, directive: str, text: str) -> None:
    """Let the answer to this request hold a style sheet (`style-src`) or a script (`script-src`) of exactly this text."""
    digest = b64encode(sha256(text.encode()).digest()).decode()
    request.META.setdefault(IN_THE_PAGE, {}).setdefault(directive, {})[f"'sha256-{digest}'"] = None


def policy(request: HttpRequest | None = None) -> str:
    """The policy for the answer to a request; without one, for what holds nothing but our own files."""
    held = request.META.get(IN_THE_PAGE, {}) if request else {}
    return "; ".join(" ".join((name, *of, *held.get(name, ()))) for name, of in settings.SECURE_CSP.items())
