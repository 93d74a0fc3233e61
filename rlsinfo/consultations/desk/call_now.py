"""Call now: the page after sign-in. Who to call next, why, and how the day stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Min, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from rlsinfo.consultations import timing
from rlsinfo.consultations.counting import Beside, how_many
from rlsinfo.consultations.desk.pages import desk_page, may, show, who
from rlsinfo.consultations.desk.rows import Row, rows
from rlsinfo.consultations.models import (
    ConsultationRequest,
    ConsultationRequestQuerySet,
    OutboxMail,
    State,
)
from rlsinfo.plumbing import jobs

MOST_ROWS = 50
"""Nobody calls more people before the page is opened again."""


@dataclass(frozen=True)
class Group:
    """Requests that stand on the list for the same reason."""

    name: str
    order: str
    rows: list[Row]
    more: int


# In the order in which people are called. An emergency stands first until somebody has spoken with the person.
URGENT = Q(urgent=True, state__in=(State.NEW, State.TRYING))
PROMISED = Q(state__in=(State.CALL_BACK, State.TALKING))
NEW = Q(state=State.NEW)
GROUPS = (
    ("Words that may be urgent", "longest wait first", URGENT),
    ("Promised call-backs", "earliest first", PROMISED),
    ("New", "longest wait first", NEW),
    ("Try again now", "earliest first", Q()),
)


def in_order(requests: ConsultationRequestQuerySet) -> ConsultationRequestQuerySet:
    """Due requests in the order in which they are called, each with the number of its group."""
    group = Case(*(When(test, then=Value(at)) for at, (_, _, test) in enumerate(GROUPS[:-1])), default=Value(3))
    since = Case(When(state=State.NEW, then="received_at"), default="next_due_at")
    return requests.annotate(group=group, since=since).order_by("group", "since", "pk")


@desk_page("view_consultationrequest")
def call_now(request: HttpRequest) -> HttpResponse:
    """The list. It is not written into the access log each time: whoever has signed in has seen it."""
    now, me = timezone.now(), who(request)
    due = ConsultationRequest.objects.due(now)
    listed = list(in_order(due).select_related("claimed_by")[:MOST_ROWS])
    day = _day(now)
    lines = rows(listed, reader=me.pk, now=now)
    groups = []
    for at, (name, order, _) in enumerate(GROUPS):
        mine = [line for line in lines if vars(line.request)["group"] == at]
        groups.append(Group(name, order, mine, day[f"group_{at}"] - len(mine)))
    context = {
        "title": "Call now",
        "groups": [group for group in groups if group.rows or group.more],
        "next": next((line for line in lines if line.is_mine), None)
        or next((line for line in lines if not line.hands and not line.against.stop), None),
        "day": day,
        "now": now,
        "opens_at": None if timing.hours().is_open(now) else timing.hours().next_opening(now),
        "may_move": may(request, "move_consultationrequest"),
        "troubles": jobs.troubles(now),
    }
    return show(request, "call_now", context)


def _day(now: datetime) -> dict[str, Any]:
    """How the day stands; no question here touches closed requests, of which there is no end."""
    due, earlier = Q(next_due_at__lte=now), Q(pk=None)
    counts: dict[str, Count | Beside] = {}
    for at, (_, _, test) in enumerate(GROUPS):
        counts[f"group_{at}"] = Count("pk", filter=due & test & ~earlier)
        earlier |= test
    # By name, not "all but sent": so the index finds them among all mail that was ever sent.
    for state in (*OutboxMail.STUCK, OutboxMail.State.QUEUED):
        counts[f"mail_{state}"] = Beside(how_many(OutboxMail.objects.filter(state=state)))
    return ConsultationRequest.objects.open().aggregate(
        new=Count("pk", filter=Q(state=State.NEW)),
        due=Count("pk", filter=due),
        overdue=Count("pk", filter=Q(overdue_at__lte=now)),
        waiting=Count("pk", filter=Q(next_due_at__gt=now)),
        next_at=Min("next_due_at", filter=Q(next_due_at__gt=now)),
        to_skim=Beside(how_many(ConsultationRequest.objects.to_skim())),
        last_request=Beside(ConsultationRequest.objects.real().order_by("-received_at").values("received_at")[:1]),
        **counts,
    )
