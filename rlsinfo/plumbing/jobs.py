"""The recurring jobs: how often each runs, how it ended, whether it is its turn, and when somebody must be told.

Whoever does a job records how it ended: `with jobs.recorded("backup") as note: ...`, or `jobs.record("backup", True)`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from rlsinfo.plumbing.models import Incident, Job

Name = Job.Name

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SUNDAY = 6
APART = 5 * MINUTE
"""The clocks of two machines are not further apart than this."""


@dataclass(frozen=True)
class Rhythm:
    """When a job runs, and how long nobody worries."""

    every: timedelta
    silence: timedelta
    """After this long without a word, somebody is told."""
    again: timedelta
    """How soon it is tried again after a failure."""
    first: timedelta
    """How long after the site first ran."""
    hour: int | None = None
    """At this hour by the clinic's clock, for what should run at night."""
    weekday: int | None = None
    tolerated: int = 0
    """So many failures in a row are no news."""

    def next_after(self, finished: datetime, *, ok: bool) -> datetime:
        """When it is due again."""
        if not ok:
            return finished + self.again
        if self.hour is None:
            return finished + self.every
        local = timezone.localtime(finished)
        due = datetime.combine(local.date(), time(self.hour), tzinfo=local.tzinfo)
        while due <= finished or self.weekday not in {None, due.weekday()}:
            due = datetime.combine(due.date() + DAY, time(self.hour), tzinfo=local.tzinfo)
        return due


RHYTHMS = {
    Name.BACKUP: Rhythm(every=DAY, hour=3, silence=30 * HOUR, again=30 * MINUTE, first=10 * MINUTE),
    Name.DRILL: Rhythm(every=7 * DAY, hour=4, weekday=SUNDAY, silence=9 * DAY, again=3 * HOUR, first=HOUR),
    # The first failure may be a restart of the site; the second is not.
    Name.TEST_REQUEST: Rhythm(every=15 * MINUTE, silence=45 * MINUTE, again=2 * MINUTE, first=15 * MINUTE, tolerated=1),
    Name.MAIL_WORKER: Rhythm(every=MINUTE, silence=10 * MINUTE, again=MINUTE, first=MINUTE),
    Name.RETENTION: Rhythm(every=DAY, hour=2, silence=50 * HOUR, again=HOUR, first=HOUR),
    Name.COUNT: Rhythm(every=DAY, hour=5, silence=50 * HOUR, again=HOUR, first=HOUR),
    Name.DISK: Rhythm(every=MINUTE, silence=10 * MINUTE, again=MINUTE, first=MINUTE),
}


class Failure(Exception):
    """A job came to nothing, and left everything as it was; the message is one sentence that says why."""


@dataclass
class Note:
    """What becomes known while a job runs: a sentence of ours, without a word that a person typed."""

    detail: str = ""


def record(name: str, ok: bool, detail: str = "") -> None:
    """Keep how a job ended, and when it is due again; its turn is over."""
    now = timezone.now()
    with transaction.atomic():
        job, _ = Job.objects.select_for_update().get_or_create(name=name, defaults={"known_since": now})
        job.finished_at, job.ok, job.detail = now, ok, detail[:300]
        job.good_at = now if ok else job.good_at
        job.failures = 0 if ok else job.failures + 1
        job.failing_since = None if ok else job.failing_since or now
        job.due_at, job.leased_until = RHYTHMS[Name(name)].next_after(now, ok=ok), None
        job.save()


@contextmanager
def recorded(name: str) -> Iterator[Note]:
    """Record how the block ends; an exception goes on. Of one that we did not foresee only the kind is written down."""
    note = Note()
    try:
        yield note
    except Exception as error:
        # Where the database itself is what is wrong, the silence will be noticed.
        with suppress(DatabaseError):
            record(name, False, str(error) if isinstance(error, Failure) else f"It broke off ({type(error).__name__}).")
        raise
    record(name, True, note.detail)


def last(name: str) -> Job | None:
    """How a job stands; None if nobody has heard of it yet."""
    return Job.objects.filter(name=name).first()


def get_to_know(now: datetime) -> None:
    """Have a row for each job, so that the silence of one that never ran is noticed too.

    What a clock that was ahead has written down is forgotten: until then no job would run, and nobody would hear of it.
    """
    ahead = now + APART
    astray = Q(finished_at__gt=ahead) | Q(finished_at=None, known_since__gt=ahead) | Q(leased_until__gt=now + DAY)
    Job.objects.filter(astray).update(known_since=now, finished_at=None, good_at=None, due_at=now, leased_until=None)
    missing = set(RHYTHMS) - set(Job.objects.values_list("name", flat=True))
    Job.objects.bulk_create(
        (Job(name=name, known_since=now, due_at=now + RHYTHMS[name].first) for name in missing), ignore_conflicts=True
    )


def due(now: datetime) -> list[Name]:
    """The jobs whose turn it is, and which nobody has in hand."""
    return [Name(name) for name in _due(now).values_list("name", flat=True)]


def take_turn(name: str, now: datetime, *, limit: timedelta) -> bool:
    """Whether a job is due and nobody else has it in hand; if so, it is ours until it is recorded or `limit` is over."""
    return bool(_due(now).filter(name=name).update(leased_until=now + limit))


def give_back(name: str) -> None:
    """We were stopped before it ended: it is anybody's turn again."""
    Job.objects.filter(name=name).update(leased_until=None)


def _due(now: datetime) -> QuerySet[Job]:
    return _known().filter(Q(leased_until=None) | Q(leased_until__lte=now), due_at__lte=now)


def _known() -> QuerySet[Job]:
    """Those that this version does; a newer one beside it may have noted others."""
    return Job.objects.filter(name__in=RHYTHMS)


def trouble_with(job: Job, now: datetime) -> Incident | None:
    """What is wrong with a job, not yet stored; None if nothing is."""
    rhythm, heard = RHYTHMS[Name(job.name)], job.finished_at or job.known_since
    if job.failing_since and job.failures > rhythm.tolerated:
        # A clock that was ahead may have written it.
        since = min(job.failing_since, now)
        return Incident(job=job, kind=Incident.Kind.FAILED, since=since, detail=job.detail)
    if heard + rhythm.silence < now:
        return Incident(job=job, kind=Incident.Kind.SILENT, since=heard)
    return None


def troubles(now: datetime) -> list[Incident]:
    """What is wrong at this moment."""
    return [trouble for job in _known().order_by("name") if (trouble := trouble_with(job, now))]
