"""Slows down whoever tries passwords and codes, without locking out the person they belong to.

Tries are counted for a name from one address, and for the name from everywhere. A browser in which somebody has
signed in before counts on its own, so that strangers elsewhere cannot keep her out. For an address alone there is
room for thirty people who work behind it, but not for somebody who tries one password on every name.
"""

import math
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from rlsinfo.staff.models import FailedTries
from rlsinfo.staff.rates import client_address

FIRST_PAUSE = timedelta(seconds=30)
DEVICE_COOKIE = "__Host-device" if settings.HTTPS else "device"
DEVICE_COOKIE_AGE = timedelta(days=60)
DEVICE_SALT = "rlsinfo.staff.throttle.device"
PEOPLE_ON_A_DEVICE = 10


@dataclass(frozen=True)
class Limit:
    """How many tries are free, and how long the pauses after them grow: each is twice the one before."""

    free: int
    longest_pause: timedelta
    forgotten_after: timedelta

    def pause_after(self, tries: int) -> timedelta:
        """How long to wait after that many tries in vain."""
        if tries < self.free:
            return timedelta(0)
        # Doubled no more often than any pause can grow, so that the number stays small.
        return min(FIRST_PAUSE * int(2 ** min(tries - self.free, 20)), self.longest_pause)


FROM_ONE_ADDRESS = Limit(free=5, longest_pause=timedelta(hours=1), forgotten_after=timedelta(days=1))
# NIST SP 800-63B: never more than 100 in a row. 27 tries reach the longest pause, then one a day for a month.
FROM_EVERYWHERE = Limit(free=15, longest_pause=timedelta(days=1), forgotten_after=timedelta(days=30))
FROM_ONE_ADDRESS_FOR_ALL_NAMES = Limit(free=300, longest_pause=timedelta(hours=1), forgotten_after=timedelta(days=1))
FROM_A_KNOWN_DEVICE = Limit(free=10, longest_pause=timedelta(hours=1), forgotten_after=timedelta(days=1))


@dataclass(frozen=True)
class Count:
    """One thing that is counted, and how patient we are with it."""

    key: str
    limit: Limit


def counts(request: HttpRequest, what: str, username: str) -> tuple[Count, ...]:
    """What a try of a password or a code counts against."""
    name = username.casefold()
    device = _device(request)
    user = User.objects.filter(username__iexact=username).first()
    if device and user and user.pk in device["people"]:
        return (Count(_key(what, "device", name, device["id"]), FROM_A_KNOWN_DEVICE),)
    return (
        Count(_key(what, "address", name, client_address(request)), FROM_ONE_ADDRESS),
        Count(_key(what, "all names", client_address(request)), FROM_ONE_ADDRESS_FOR_ALL_NAMES),
        Count(_key(what, "everywhere", name), FROM_EVERYWHERE),
    )


def take(counted: Iterable[Count]) -> bool:
    """Use up one try, before it is looked at, so that many at once are no way round; False while one has to wait."""
    now = timezone.now()
    with transaction.atomic():
        FailedTries.objects.filter(forgotten_at__lt=now).delete()
        # In one order, so that two who count the same do not wait for each other for ever.
        rows = [(_locked(each, now + each.limit.forgotten_after), each.limit) for each in sorted(counted, key=_by_key)]
        if any(row.blocked_until and row.blocked_until > now for row, _ in rows):
            return False
        for row, limit in rows:
            row.count += 1
            row.blocked_until = now + limit.pause_after(row.count)
            row.forgotten_at = now + (
                limit.forgotten_after if row.count >= limit.free else FROM_ONE_ADDRESS.forgotten_after
            )
            row.save()
    return True


def pause(counted: Iterable[Count]) -> timedelta:
    """How long to wait before the next try."""
    now = timezone.now()
    blocked = FailedTries.objects.filter(key__in=[each.key for each in counted], blocked_until__gt=now)
    return max((row.blocked_until - now for row in blocked if row.blocked_until), default=timedelta(0))


def forget(counted: Iterable[Count]) -> None:
    """It was the right person: what was counted against them is void."""
    FailedTries.objects.filter(key__in=[each.key for each in counted]).delete()


def forgive(user: User) -> None:
    """Let somebody try again at once from anywhere, after a colleague has vouched for them."""
    keys = [_key(what, "everywhere", user.username.casefold()) for what in ("password", "code")]
    FailedTries.objects.filter(key__in=keys).delete()


def in_words(wait: timedelta) -> str:
    """A pause as one would say it: "40 seconds", "3 minutes", "2 hours"; rounded up."""
    seconds = math.ceil(wait.total_seconds())
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{math.ceil(seconds / length)} {unit}"
    return "1 second" if seconds == 1 else f"{seconds} seconds"


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let this browser count on its own for somebody who has just signed in there with both factors."""
    device = _device(request) or {"id": secrets.token_urlsafe(16), "people": []}
    people = [pk for pk in device["people"] if pk != user.pk][-(PEOPLE_ON_A_DEVICE - 1) :]
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps({"id": device["id"], "people": [*people, user.pk]}, salt=DEVICE_SALT),
        max_age=DEVICE_COOKIE_AGE,
        httponly=True,
        secure=settings.HTTPS,
        # Read where a password is sent from our own page, and nowhere else.
        samesite="Strict",
    )


def _device(request: HttpRequest) -> dict[str, Any] | None:
    try:
        device: dict[str, Any] = signing.loads(
            request.COOKIES.get(DEVICE_COOKIE, ""), salt=DEVICE_SALT, max_age=DEVICE_COOKIE_AGE
        )
    except signing.BadSignature:
        return None
    return device


def _locked(count: Count, forgotten_at: Any) -> FailedTries:
    row, _ = FailedTries.objects.select_for_update().get_or_create(
        key=count.key, defaults={"forgotten_at": forgotten_at}
    )
    return row


def _by_key(count: Count) -> str:
    return count.key


def _key(*parts: str) -> str:
    return salted_hmac("rlsinfo.staff.throttle", "\n".join(parts), algorithm="sha256").hexdigest()
