"""Whether a password or a code is right, and what to say when it is not: never which part of it was wrong."""

import logging
import re

from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.http import HttpRequest

from rlsinfo.staff import second_factor, throttle
from rlsinfo.staff.log import Action, Outcome, record

SECRET = re.compile(r"(?:password\d?|code|current)$")
"""The end of the name of a field that takes a password or a code: what was typed there is never written into a page."""

log = logging.getLogger(__name__)


def by_password(request: HttpRequest, username: str, password: str) -> User | None:
    """The person whose name and password these are. An unknown name takes as long as a wrong password or a pause."""
    name = _normal(username)
    counted = throttle.counts(request, "password", name)
    if not throttle.take(counted):
        log.warning("A password was not looked at: too many were tried before.")
        make_password(password)
        return None
    user = authenticate(request, username=name, password=password)
    if isinstance(user, User) and user.is_staff:
        throttle.forget(counted)
        return user
    meant = User.objects.filter(username=name).first()
    detail = "Wrong password." if meant else "Unknown name."
    record(Action.SIGN_IN, by=meant, detail=detail, outcome=Outcome.REFUSED)
    return None


def by_code(request: HttpRequest, user: User, code: str) -> bool:
    """Whether somebody's second factor is right."""
    counted = throttle.counts(request, "code", user.username)
    if not throttle.take(counted):
        log.warning("A code was not looked at: too many were tried before.")
        return False
    if second_factor.accepts(user, code):
        throttle.forget(counted)
        return True
    record(Action.SIGN_IN, by=user, detail="Wrong code.", outcome=Outcome.REFUSED)
    return False


def password_refusal(
    request: HttpRequest, username: str, sentence: str = "That name and password do not fit together."
) -> str:
    """The same sentence for a wrong password, an unknown name and a pause; how long to wait is added."""
    return f"{sentence} {_wait(request, 'password', _normal(username))}".strip()


def code_refusal(request: HttpRequest, user: User) -> str:
    """The same sentence for a wrong code, a used one and a pause; how long to wait is added."""
    wait = _wait(request, "code", user.username) or "Wait for the next one."
    return f"That code does not fit, or was used before. {wait}"


def _wait(request: HttpRequest, what: str, username: str) -> str:
    wait = throttle.pause(throttle.counts(request, what, username))
    return f"Wait {throttle.in_words(wait)} before you try again." if wait else ""


def _normal(username: str) -> str:
    # People are invited by e-mail address, whose capitals mean nothing.
    name = username.strip()
    return name.lower() if "@" in name else name
