"""How often one client or one person may do a thing within an hour; who that is, behind whatever proxies there are."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from rlsinfo.staff.models import FailedTries

HOUR = 60 * 60


@dataclass(frozen=True)
class Rate:
    """What is counted, and how often it may be done in one hour of the clock."""

    what: str
    most: int


def client_address(request: HttpRequest) -> str:
    """Where a request comes from. Each of our own proxies has written one address at the right of X-Forwarded-For.

    What stands further left anybody may have written. An IPv6 client counts as its network, of which it has
    more addresses than could ever be counted.
    """
    seen = str(request.META.get("REMOTE_ADDR", ""))
    written = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    if 0 < settings.TRUSTED_PROXIES <= len(written):
        seen = written[-settings.TRUSTED_PROXIES].strip() or seen
    try:
        address = ip_address(seen)
    except ValueError:
        return str(request.META.get("REMOTE_ADDR", ""))
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
    return str(address)


def spend(rate: Rate, who: str) -> timedelta:
    """Count one, and say how long to wait: not at all while some are left. Nobody's address is kept in clear."""
    now = timezone.now()
    hour = int(now.timestamp()) // HOUR
    ends = datetime.fromtimestamp((hour + 1) * HOUR, UTC)
    parts = "\n".join((rate.what, str(hour), who))
    key = salted_hmac("rlsinfo.staff.rates", parts, algorithm="sha256").hexdigest()
    # One statement looks and counts, so that of two at one instant neither is overlooked.
    left, one_more = FailedTries.objects.filter(key=key, count__lt=rate.most), {"count": F("count") + 1}
    with transaction.atomic(savepoint=False):
        counted = left.update(**one_more)
        if not counted:
            # Used up, or the first one of this hour.
            FailedTries.objects.filter(forgotten_at__lt=now).delete()
            FailedTries.objects.bulk_create([FailedTries(key=key, forgotten_at=ends)], ignore_conflicts=True)
            counted = left.update(**one_more)
    return timedelta(0) if counted else ends - now
