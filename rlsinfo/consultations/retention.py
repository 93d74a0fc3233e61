"""Which requests the clinic has decided to remove by now, and what stops a run that cannot be right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet

from rlsinfo.clinic import Period
from rlsinfo.consultations import removal
from rlsinfo.consultations.models import ConsultationRequest, ContactAttempt, Event, State, Stop
from rlsinfo.plumbing import jobs
from rlsinfo.plumbing.jobs import Failure
from rlsinfo.staff.log import Action, record
from rlsinfo.staff.models import AccessEntry

DAY = timedelta(days=1)
MOST_PERCENT = 5
"""Of all requests, more than this are never removed at once, unless somebody has looked and says how many."""
LONGEST_PAUSE = 8 * DAY
"""A run is made each day: after a longer pause the clock may have jumped ahead."""
AT_ONCE = 100
SIGNS_OF_LIFE: tuple[tuple[type[Model], str], ...] = (
    (ConsultationRequest, "received_at"),
    (ConsultationRequest, "closed_at"),
    (ContactAttempt, "at"),
    (Event, "at"),
    (AccessEntry, "at"),
)


@dataclass(frozen=True)
class Due:
    """Requests of one outcome whose time is over."""

    outcome: str
    period: Period
    requests: Sequence[ConsultationRequest]

    @property
    def deed(self) -> str:
        """What becomes of them."""
        return "anonymized" if self.period.keeps_figures else "deleted"


def due(now: datetime) -> list[Due]:
    """What is to be removed now. Nothing open ever is, nor what was set aside as spam and nobody has looked at."""
    return [
        Due(outcome, period, list(_over(outcome, period, now))) for outcome, period in settings.CLINIC.retention.items()
    ]


def run(now: datetime, *, expecting: int | None = None) -> str:
    """Remove what is due, and say in a sentence what went.

    `expecting` is the number that somebody has read in a dry run and found right. Raises Failure, and then nothing
    was removed.
    """
    if not settings.CLINIC.retention:
        return "The clinic has not decided how long requests are kept, so nothing is removed."
    found = due(now)
    if doubt := doubt_about(found, now, expecting=expecting):
        raise Failure(doubt)
    removed = [(_remove(each, now), each) for each in found]
    gone = [f"{number} {each.outcome} {each.deed}" for number, each in removed if number]
    return f"Removed: {', '.join(gone)}." if gone else "Nothing is old enough to be removed."


def doubt_about(found: Sequence[Due], now: datetime, *, expecting: int | None = None) -> str:
    """Why this run is not made, in a sentence for the operator; empty if nothing speaks against it."""
    number, total = (
        sum(len(each.requests) for each in found),
        ConsultationRequest.objects.filter(removed_at=None).count(),
    )
    newest = _newest_sign_of_life()
    if newest and newest > now + jobs.APART:
        return "The clock is behind: something was stored at a later time than it shows. Set it right."
    if early := sum(_too_young(each.requests, each.period, now) for each in found):
        return f"{early} requests are newer than the periods allow. Nothing is removed; this is a mistake of the site."
    if number in {0, expecting}:
        return ""
    if expecting is not None:
        return f"{number} requests would go, not {expecting}. Make a dry run again."
    last = ((job := jobs.last(jobs.Name.RETENTION)) and job.good_at) or newest
    if last and now - last > LONGEST_PAUSE:
        days = (now - last).days
        return f"For {days} days nothing was seen of this site, or the clock has jumped ahead. Look at it, then {_by_hand(number)}"
    if number * 100 > total * MOST_PERCENT:
        return (
            f"{number} of {total} requests would go, more than {MOST_PERCENT} %. If that is right, {_by_hand(number)}"
        )
    return ""


def _over(outcome: str, period: Period, now: datetime) -> QuerySet[ConsultationRequest]:
    """The requests of an outcome whose time is over."""
    closed = ConsultationRequest.objects.filter(removed_at=None, closed_at__isnull=False, skim_since=None)
    # Whatever became of the request, that somebody asked us to stop is remembered for as long as was decided for that.
    wished = Exists(Stop.objects.in_force().filter(request=OuterRef("pk")))
    which = Q(wished) | Q(state=outcome) if outcome == State.STOPPED else ~Q(wished) & Q(state=outcome)
    requests = closed.filter(which, closed_at__lte=now - period.days * DAY).order_by("pk")
    return requests.only("reference", "received_at", "closed_at", "state")


def _by_hand(number: int) -> str:
    return f"run `manage.py retain --apply --expecting {number}`."


def _newest_sign_of_life() -> datetime | None:
    newest = (model._default_manager.aggregate(at=Max(moment))["at"] for model, moment in SIGNS_OF_LIFE)
    return max((at for at in newest if at), default=None)


def _too_young(requests: Iterable[ConsultationRequest], period: Period, now: datetime) -> int:
    """How many were not closed long enough ago, reckoned from the rows themselves, with a day to spare."""
    least = (period.days - 1) * DAY
    return sum(each.closed_at is None or now - max(each.closed_at, each.received_at) < least for each in requests)


def _remove(each: Due, now: datetime) -> int:
    """Remove what is still due when its turn comes; how many requests that were."""
    numbers, removed = [request.pk for request in each.requests], 0
    for start in range(0, len(numbers), AT_ONCE):
        with transaction.atomic():
            # Held first and then looked at once more: it may be minutes since, and somebody has opened one again.
            held = ConsultationRequest.objects.select_for_update().filter(pk__in=numbers[start : start + AT_ONCE])
            some = list(_over(each.outcome, each.period, now).filter(pk__in=[request.pk for request in held]))
            if not some:
                continue
            if each.period.keeps_figures:
                for request in some:
                    removal.anonymize(request, now)
            else:
                removal.delete(request.pk for request in some)
            detail = f"Retention: {each.outcome} after {each.period.days} days, {each.deed}."
            record(Action.ERASE, subjects=[request.reference for request in some], detail=detail)
            removed += len(some)
    return removed
