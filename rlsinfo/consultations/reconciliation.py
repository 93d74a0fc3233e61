"""Counts what is stored once a night: every request stands on one list, and has had what each arrival has."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from rlsinfo.consultations.models import ConsultationRequest, Event, OutboxMail
from rlsinfo.plumbing.jobs import Failure

LATELY = timedelta(days=7)
"""Older ones may have lost their mail to retention, and were counted in their time."""


def count(now: datetime) -> str:
    """What stands where, in a sentence. Raises Failure if a request is on no list, or lacks its arrival or its alert."""
    requests = ConsultationRequest.objects
    lists = {
        "due": requests.due(now),
        "waiting": requests.waiting(now),
        "to skim": requests.to_skim(),
        "closed": requests.closed(),
    }
    counted = {name: listed.count() for name, listed in lists.items()}
    total = requests.count()
    if sum(counted.values()) != total:
        raise Failure(f"There are {total} requests, but {sum(counted.values())} on all lists.")
    lately = requests.real().filter(received_at__gt=now - LATELY)
    received = Event.objects.filter(request=OuterRef("pk"), kind=Event.Kind.RECEIVED)
    if lost := lately.exclude(Exists(received)).count():
        raise Failure(f"{lost} requests of the last week lack the entry that they were received.")
    alerted = OutboxMail.objects.filter(request=OuterRef("pk"), kind=OutboxMail.Kind.ALERT)
    if lost := lately.filter(spam_reasons=[]).exclude(Exists(alerted)).count():
        raise Failure(f"Nobody was to be told of {lost} requests of the last week.")
    return f"{total} requests: {', '.join(f'{number} {name}' for name, number in counted.items())}."
