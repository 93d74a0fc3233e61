"""The plumbing page: what keeps the site going unseen, how each part stands, and what to do when one is not well."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from rlsinfo.consultations import alarms
from rlsinfo.consultations.desk.pages import desk_page, show
from rlsinfo.consultations.models import OutboxMail
from rlsinfo.plumbing import database, jobs
from rlsinfo.plumbing.models import Incident, Job

MOST_INCIDENTS = 20
CLOCK_SLACK = timedelta(seconds=5)
ASK = "Ask whoever runs the site"


@dataclass(frozen=True)
class Part:
    """One line of the page."""

    name: str
    state: str
    """In a word or two."""
    detail: str
    since: datetime | None = None
    remedy: str = ""
    """What to do; empty when it is well."""

    @property
    def is_well(self) -> bool:
        return not self.remedy


@desk_page("view_plumbing")
def plumbing(request: HttpRequest) -> HttpResponse:
    """How everything stands at this moment. It names nobody, so looking is not written down."""
    now = timezone.now()
    parts = [*_jobs(now), *_mail(now), _disk(), _clock(now), _database()]
    context = {
        "title": "Plumbing",
        "parts": sorted(parts, key=lambda part: part.is_well),
        "wrong": sum(not part.is_well for part in parts),
        "incidents": Incident.objects.select_related("job").order_by("-since")[:MOST_INCIDENTS],
        "now": now,
    }
    return show(request, "plumbing", context)


def _jobs(now: datetime) -> list[Part]:
    known = Job.objects.in_bulk(list(jobs.RHYTHMS))
    # How much room there is, this page sees for itself.
    return [_job(known.get(name), name, now) for name in jobs.RHYTHMS if name != Job.Name.DISK]


def _job(job: Job | None, name: Job.Name, now: datetime) -> Part:
    if job is None:
        return Part(name.label, "Never run", "It begins with the first start of the site.")
    trouble = jobs.trouble_with(job, now)
    if trouble:
        state = "Failing" if trouble.kind == Incident.Kind.FAILED else "Silent"
        return Part(name.label, state, job.detail, trouble.since, alarms.REMEDIES[name])
    if job.finished_at is None:
        return Part(name.label, "Not run yet", "", job.known_since)
    state = "Well" if job.ok else "Failed once, trying again"
    return Part(name.label, state, job.detail, job.good_at)


def _mail(now: datetime) -> list[Part]:
    unsent = OutboxMail.objects.filter(state__in=set(OutboxMail.State) - {OutboxMail.State.SENT})
    counts = {
        state: (number, oldest)
        for state, number, oldest in unsent.values_list("state").annotate(Count("pk"), Min("created_at"))
    }
    unattended = OutboxMail.objects.unattended(now).exists()

    def part(name: str, state: OutboxMail.State, remedy: str) -> Part:
        number, oldest = counts.get(state, (0, None))
        return Part(
            name, str(number or "None"), "the oldest is from" if number else "", oldest, remedy if number else ""
        )

    queued = part("E-mails waiting", OutboxMail.State.QUEUED, f"{ASK} to look at the mail server and the mail worker.")
    again = "Send them again, under Failed e-mails on Call now, or call the person instead."
    return [
        queued if unattended else replace(queued, remedy=""),
        part("E-mails that may not have arrived", OutboxMail.State.UNCERTAIN, again),
        part("E-mails that failed", OutboxMail.State.FAILED, again),
    ]


def _disk() -> Part:
    is_low = alarms.disk_is_low()
    remedy = alarms.REMEDIES[Job.Name.DISK] if is_low else ""
    return Part(Job.Name.DISK.label, "Nearly full" if is_low else "Well", alarms.room_in_words(), remedy=remedy)


def _clock(now: datetime) -> Part:
    differ = database.clocks_differ_by()
    ahead = Job.objects.filter(finished_at__gt=now + CLOCK_SLACK).exists()
    wrong = f"{differ.total_seconds():.0f} s away from the database's" if differ > CLOCK_SLACK else ""
    wrong = "It was set back" if ahead else wrong
    remedy = f"{ASK} to set the clock by a time server: call-back times depend on it."
    return Part(
        "Clock",
        "Wrong" if wrong else "Well",
        wrong or f"Times are shown in {settings.TIME_ZONE}",
        now,
        remedy if wrong else "",
    )


def _database() -> Part:
    missing = database.missing_migrations()
    state = f"{len(missing)} changes are missing" if missing else "Up to date"
    return Part("Database", state, database.version(), remedy=f"{ASK} to run `manage.py migrate`." if missing else "")
