"""What the front desk is told by mail unasked: the figures of each day, and an alarm when something was left.

Figures alone: no message names a person or a reference.
"""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from rlsinfo.consultations import figures, timing
from rlsinfo.consultations.figures import DAY, Days, duration
from rlsinfo.consultations.intake import new_message_id
from rlsinfo.consultations.models import ConsultationRequest, ConsultationRequestQuerySet, OutboxMail, State

UNSKIMMED = timedelta(days=1)
"""Longer than this nothing that was taken for spam should wait for somebody to look."""


def plan(now: datetime) -> None:
    """Store the messages whose time has come, each once: the digest when the clinic opens, the alarm when it closes."""
    closing = timing.hours().closing(now)
    if closing is None:
        return
    today = closing.date()
    if timing.hours().is_open(now) or closing <= now:
        day = _opening_day_before(today)
        # A site that nobody has used yet has nothing to tell.
        if ConsultationRequest.objects.real().filter(received_at__lt=closing_of(day)).exists():
            _owe(OutboxMail.Kind.DIGEST, day, now)
    if closing <= now and (figures.untouched_at(closing).exists() or unskimmed_at(closing).exists()):
        _owe(OutboxMail.Kind.UNTOUCHED, today, now)


def write_digest(mail: OutboxMail) -> tuple[str, str, str]:
    """To the front desk: how an opening day went, and how things stand when this is sent."""
    day = _day_of(mail)
    days, closing, requests = Days(day, day, settings.CLINIC.time_zone), closing_of(day), ConsultationRequest.objects
    found, standing = figures.of_days(days, closing), figures.standing(closing)
    booked = requests.real().filter(state=State.SCHEDULED, closed_at__gte=days.start, closed_at__lt=days.end)
    waits = found.to_first_try
    words = {
        "day": day,
        "of_the_day": [
            ("Requests", found.funnel.received),
            ("Taken for spam or repeated", sum(share.part for share in found.set_aside.values())),
            ("Calls", found.unanswered.whole),
            ("Calls that reached somebody", sum(reach.reached for reach in found.by_number.values())),
            ("Visits booked", booked.count()),
            ("Untouched when the clinic closed", figures.untouched_at(closing).count()),
        ],
        "waits": (duration(waits.median), duration(waits.ninetieth)) if waits.minutes else None,
        "now": [
            ("Requests open", sum(standing.open_by_age.values())),
            ("Spam to look at", requests.real().to_skim().count()),
            ("E-mails not sent", standing.mails_failed),
            ("E-mails that may not have arrived", standing.mails_uncertain),
        ],
    }
    return f"The front desk on {day:%A, %B} {day.day}", settings.CLINIC_ALERT_EMAIL, _text(mail, "figures", words)


def write_alarm(mail: OutboxMail) -> tuple[str, str, str]:
    """To the front desk: what was left when the clinic closed."""
    closing = closing_of(_day_of(mail))
    untouched, unskimmed = figures.untouched_at(closing).count(), unskimmed_at(closing).count()
    words = {"closing": closing, "untouched": untouched, "unskimmed": unskimmed}
    subject = "Requests were left without a try" if untouched else "Nobody has looked at the spam"
    return subject, settings.CLINIC_ALERT_EMAIL, _text(mail, "changelist", words)


def unskimmed_at(closing: datetime) -> ConsultationRequestQuerySet:
    """Requests taken for spam at which nobody had looked for more than a day when the clinic closed."""
    return ConsultationRequest.objects.real().to_skim().filter(skim_since__lt=closing - UNSKIMMED)


def closing_of(day: date) -> datetime:
    """When the clinic closes on this day; at midnight, should its hours have changed and it is not open then."""
    days = Days(day, day, settings.CLINIC.time_zone)
    return timing.hours().closing(datetime.combine(day, time(12), tzinfo=days.zone)) or days.end


def _opening_day_before(day: date) -> date:
    days = (day - number * DAY for number in count(1))
    return next(each for each in days if next(timing.hours().opening_days(each)) == each)


def _owe(kind: OutboxMail.Kind, day: date, now: datetime) -> None:
    OutboxMail.objects.get_or_create(
        kind=kind, day=day, defaults={"due_at": now, "created_at": now, "message_id": new_message_id()}
    )


def _day_of(mail: OutboxMail) -> date:
    assert mail.day is not None  # noqa: S101 - the database holds it
    return mail.day


def _text(mail: OutboxMail, page: str, words: dict[str, Any]) -> str:
    path = reverse(f"admin:consultations_consultationrequest_{page}")
    links = {"clinic": settings.CLINIC, "desk_url": f"{settings.SITE_URL}{path}"}
    return render_to_string(f"consultations/mail/{mail.kind}.txt", words | links)
