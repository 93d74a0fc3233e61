"""One line of a list: who, why they stand here, since when, and what was tried."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime

from rlsinfo.consultations import stops, timing
from rlsinfo.consultations.models import BestTime, ConsultationRequest, State, display_name
from rlsinfo.consultations.stops import Standing


@dataclass(frozen=True)
class Row:
    """What a list says of a request."""

    request: ConsultationRequest
    why: str
    """Why it stands here, in a few words."""
    waited: str
    best_times: str
    article: str
    hands: str
    """Who has it: "you", a colleague's name, or empty."""
    overdue: bool
    against: Standing
    """What stands against calling or writing; looked up for lists from which somebody calls."""

    @property
    def is_mine(self) -> bool:
        return self.hands == "you"


def rows(requests: Iterable[ConsultationRequest], *, reader: int, now: datetime, to_call: bool = True) -> list[Row]:
    """The lines of a list as the member of staff with this number sees it at this moment.

    From a list that is not `to_call` nobody calls: it says nothing of who asked us to stop, and does not look it up.
    """
    listed = list(requests)
    against = stops.of_all(listed) if to_call else {}
    return [_row(each, against.get(each.pk, Standing()), reader, now) for each in listed]


def _row(request: ConsultationRequest, against: Standing, reader: int, now: datetime) -> Row:
    times = [str(BestTime(time).label) for time in request.best_times if time in BestTime.values]
    return Row(
        request=request,
        why=_why(request, now),
        waited=timing.waited(request.received_at, now) if request.is_open else "",
        best_times=", ".join(times).capitalize() or "Any time",
        article=article(request.source),
        hands=_hands(request, reader, now),
        overdue=request.overdue_at is not None and request.overdue_at <= now,
        against=against,
    )


def article(source: str) -> str:
    """The name of the page somebody came from, as its address gives it: "/causes/iron-and-rls/" -> "iron and RLS"."""
    words = source.strip("/").rpartition("/")[2].split("-")
    return " ".join(word.upper() if word in {"rls", "i"} else word for word in words)


def moment(at: datetime, now: datetime) -> str:
    """A moment as staff say it, in the clinic's zone: "9:30 a.m." today, "Mon, Nov 16, 9:30 a.m." on other days."""
    local = localtime(at, settings.CLINIC.time_zone)
    today = local.date() == localtime(now, settings.CLINIC.time_zone).date()
    return in_words(local, "P" if today else "D, N j, P")


def in_words(local: datetime, form: str) -> str:
    """A moment in the zone it is shown in, as Django's date filter writes it: "D, N j, P" -> "Mon, Nov 16, 9:30 a.m."."""
    return _to_the_minute(local.replace(second=0, microsecond=0), form)


# The same few moments stand on the lists all day, and to spell one out takes as long as to read a request.
@lru_cache(maxsize=10_000)
def _to_the_minute(local: datetime, form: str) -> str:
    return date_format(local, form)


def _why(request: ConsultationRequest, now: datetime) -> str:
    if request.next_due_at is None:
        return ""
    due = moment(request.next_due_at, now)
    match State(request.state):
        case State.CALL_BACK:
            return f"Call-back promised for {due}"
        case State.TALKING:
            return f"Reached at {moment(request.state_changed_at, now)}; how did it end?"
        case State.TRYING:
            return f"Try again from {due}"
        case _:
            return f"Came {moment(request.received_at, now)}"


def _hands(request: ConsultationRequest, reader: int, now: datetime) -> str:
    if not request.is_claimed(now) or request.claimed_by is None:
        return ""
    if request.claimed_by_id == reader:
        return "you"
    return display_name(request.claimed_by)
