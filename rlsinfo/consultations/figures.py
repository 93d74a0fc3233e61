"""What the requests of some days add up to: how soon people are called, when they answer and what comes of it.

Tests never count, and nothing here holds a name. What may be told of small groups is decided in disclosure.py.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import cached_property
from itertools import accumulate, takewhile
from typing import Any, NamedTuple

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigAutoField, Count, Func, Q
from django.db.models.sql.compiler import SQLCompiler

from rlsinfo.consultations import timing
from rlsinfo.consultations.hours import OpeningHours
from rlsinfo.consultations.models import (
    ConsultationRequest,
    ConsultationRequestQuerySet,
    ContactAttempt,
    Event,
    OutboxMail,
    Outcome,
    State,
)
from rlsinfo.consultations.work import CONTACT, IN_WRITING

DAY = timedelta(days=1)
SET_ASIDE = (State.SPAM, State.DUPLICATE)
"""For these nobody is called, so they count apart."""
NOBODY_ANSWERED = {Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE}
# A call that ended with a closed request is one in which they said no.
REACHED = CONTACT | {Outcome.CLOSED}
HOUR = timing.FIRST_TRY_MINUTES
AGES = {0: "Less than a day", 1: "1 or 2 days", 3: "3 to 6 days", 7: "7 to 13 days", 14: "14 days or more"}
"""From how many whole days on a request is called how old."""


@dataclass(frozen=True)
class Days:
    """Whole days by the clinic's clock, the first and the last included."""

    first: date
    last: date
    zone: tzinfo

    @classmethod
    def until(cls, now: datetime, number: int) -> "Days":
        """So many days, of which today is the last."""
        zone = settings.CLINIC.time_zone
        today = now.astimezone(zone).date()
        return cls(today - (number - 1) * DAY, today, zone)

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, tzinfo=self.zone)

    @property
    def end(self) -> datetime:
        return _midnight_after(self.last, self.zone)

    def received(self) -> ConsultationRequestQuerySet:
        """The requests that came on these days, those of tests left out."""
        return ConsultationRequest.objects.real().filter(received_at__gte=self.start, received_at__lt=self.end)


def _midnight_after(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + DAY, time.min, tzinfo=zone)


class Arrival(NamedTuple):
    """What figures need of one request; moments are seconds since 1970, None if it has not come to that."""

    state: str
    topic: str
    source: str
    clock: int
    first_try: int | None
    contact: int | None
    closed: int | None
    restored: int | None


class Kind(NamedTuple):
    """What requests have in common that count as one kind."""

    state: str
    topic: str
    source: str
    contacted: bool


class FirstDay(NamedTuple):
    """When the day ends on which a request could first be noticed."""

    closing: int
    midnight: int


class Tries(NamedTuple):
    """Calls of one hour with the same outcome, all the so-manieth of their request."""

    began: int
    """When the hour began, in seconds since 1970; a quarter of an hour where the clock of the zone asks for it."""
    outcome: str
    number: int
    calls: int


@dataclass
class Reach:
    """Calls, and those that reached somebody."""

    calls: int = 0
    reached: int = 0


@dataclass
class Funnel:
    """Requests, and how far they came."""

    received: int = 0
    contacted: int = 0
    booked: int = 0


@dataclass(frozen=True)
class Waits:
    """How long people waited, in minutes of opening hours."""

    minutes: Sequence[int]
    """From the shortest to the longest."""

    @property
    def median(self) -> int:
        return self._percentile(50)

    @property
    def ninetieth(self) -> int:
        return self._percentile(90)

    def _percentile(self, percent: int) -> int:
        # The nearest rank: a wait that somebody really had.
        return self.minutes[-(-len(self.minutes) * percent // 100) - 1]


@dataclass(frozen=True)
class Share:
    """A part of a whole."""

    part: int
    whole: int

    @property
    def percent(self) -> int:
        """Whole percent; 0 and 100 are kept for none and all."""
        if self.part in (0, self.whole):
            return 100 if self.part else 0
        return min(max(round(100 * self.part / self.whole), 1), 99)


class OpenTime:
    """Opening hours counted out beforehand, so that a hundred thousand waits are measured in a moment."""

    def __init__(self, hours: OpeningHours, days: Days, now: datetime) -> None:
        spans = list(takewhile(lambda span: span[0] < max(days.end, now), hours.spans_from(days.start)))
        local_days = [opens.astimezone(hours.zone).date() for opens, _ in spans]
        closing = {day: closes for day, (_, closes) in zip(local_days, spans, strict=True)}
        self._days = [
            FirstDay(int(closing[day].timestamp()), int(_midnight_after(day, hours.zone).timestamp()))
            for day in local_days
        ]
        # Before each span lies a closed time, before the first one too: so every moment has a span before it.
        start = int(days.start.timestamp())
        self._opens = [start, *(int(opens.timestamp()) for opens, _ in spans)]
        self._closes = [start, *(int(closes.timestamp()) for _, closes in spans)]
        lengths = (closes - opens for opens, closes in zip(self._opens, self._closes, strict=True))
        self._open_before = list(accumulate(lengths, initial=0))

    def minutes(self, start: int, end: int) -> int:
        """Whole minutes of opening hours between two moments; none if they run back."""
        return max(self._since_the_beginning(end) - self._since_the_beginning(start), 0) // 60

    def first_day(self, at: int) -> FirstDay | None:
        """The day on which somebody at the clinic can first notice what came then; None if it lies ahead."""
        span = bisect_right(self._closes, at) - 1
        return self._days[span] if span < len(self._days) else None

    def _since_the_beginning(self, at: int) -> int:
        span = bisect_right(self._opens, at) - 1
        closes = self._closes[span]
        return self._open_before[span] + (at if at < closes else closes) - self._opens[span]


@dataclass(frozen=True)
class Figures:
    """The figures of some days, from what came and what was tried on them."""

    arrivals: Sequence[Arrival]
    tries: Sequence[Tries]
    open_time: OpenTime
    zone: tzinfo
    now: int
    left_lying: int
    """How often somebody took a request and then left it."""

    @cached_property
    def requests(self) -> Sequence[Arrival]:
        """Those of people who want a call."""
        return [each for each in self.arrivals if each.state not in SET_ASIDE]

    @cached_property
    def set_aside(self) -> Mapping[str, Share]:
        """Spam and duplicates, of everything that came."""
        states = Counter(each.state for each in self.arrivals)
        return {state: Share(states[state], len(self.arrivals)) for state in SET_ASIDE}

    @cached_property
    def restored(self) -> int:
        """How many the site had judged spam, wrongly."""
        return sum(each.restored is not None for each in self.arrivals)

    @cached_property
    def funnel(self) -> Funnel:
        """How many came, were reached and are booked now."""
        return self._funnels(lambda kind: "")[""]

    @cached_property
    def by_topic(self) -> Mapping[str, Funnel]:
        return self._funnels(lambda kind: kind.topic)

    @cached_property
    def by_source(self) -> Mapping[str, Funnel]:
        """By the page from which people came; empty for those who came from none."""
        return self._funnels(lambda kind: kind.source)

    @cached_property
    def outcomes(self) -> Mapping[str, int]:
        """How many requests stand where now."""
        outcomes = Counter[str]()
        for kind, count in self._kinds.items():
            outcomes[kind.state] += count
        return outcomes

    @cached_property
    def to_first_try(self) -> Waits:
        """From arrival to the first try. Whoever waits for it still counts with the wait so far."""
        return Waits(sorted(self._waited_for_a_try + self._wait_for_a_try))

    @cached_property
    def to_contact(self) -> Waits:
        """From arrival until somebody was reached, for those who were."""
        minutes = self.open_time.minutes
        return Waits(sorted(minutes(each.clock, each.contact) for each in self.requests if each.contact))

    @cached_property
    def tried_within_an_hour(self) -> Share:
        """Of those who were tried, within an opening hour or later, or have waited longer than that."""
        within = sum(minutes <= HOUR for minutes in self._waited_for_a_try)
        waiting = sum(minutes > HOUR for minutes in self._wait_for_a_try)
        return Share(within, len(self._waited_for_a_try) + waiting)

    @cached_property
    def reached_the_same_day(self) -> Share:
        """By midnight of the first day on which the clinic was open to them; of those whose day is over."""
        reached = whole = 0
        for each, day in self._first_days:
            in_time = each.contact is not None and (day is None or each.contact < day.midnight)
            reached += in_time
            whole += in_time or (day is not None and day.midnight <= self.now)
        return Share(reached, whole)

    @cached_property
    def untouched(self) -> int:
        """Requests that nobody had tried or closed when the clinic closed on their first day."""
        return sum(
            day is not None
            and day.closing <= self.now
            and (not each.first_try or each.first_try > day.closing)
            and (not each.closed or each.closed > day.closing)
            for each, day in self._first_days
        )

    @cached_property
    def unanswered(self) -> Share:
        """Calls that nobody took, of all calls."""
        nobody = sum(each.calls for each in self.tries if each.outcome in NOBODY_ANSWERED)
        return Share(nobody, sum(each.calls for each in self.tries))

    @cached_property
    def by_hour(self) -> Mapping[int, Reach]:
        """Calls by the hour of the clinic's day in which they were made."""
        hours = {began: datetime.fromtimestamp(began, self.zone).hour for began in {each.began for each in self.tries}}
        return _reach((hours[each.began], each.outcome in REACHED, each.calls) for each in self.tries)

    @cached_property
    def by_number(self) -> Mapping[int, Reach]:
        """Calls by the how-manieth try of their request they were."""
        return _reach((each.number, each.outcome in REACHED, each.calls) for each in self.tries)

    @cached_property
    def _kinds(self) -> "Mapping[Kind, int]":
        # Plain tuples first: of a hundred thousand requests there are a few hundred kinds.
        counts = Counter((each.state, each.topic, each.source, each.contact is not None) for each in self.requests)
        return {Kind._make(kind): count for kind, count in counts.items()}

    def _funnels(self, group: "Callable[[Kind], str]") -> Mapping[str, Funnel]:
        funnels = defaultdict[str, Funnel](Funnel)
        for kind, count in self._kinds.items():
            funnel = funnels[group(kind)]
            funnel.received += count
            funnel.contacted += count * kind.contacted
            funnel.booked += count * (kind.state == State.SCHEDULED)
        return funnels

    @cached_property
    def _waited_for_a_try(self) -> list[int]:
        minutes = self.open_time.minutes
        return [minutes(each.clock, each.first_try) for each in self.requests if each.first_try]

    @cached_property
    def _wait_for_a_try(self) -> list[int]:
        untried = (each for each in self.requests if not each.first_try and not each.closed)
        return [self.open_time.minutes(each.clock, self.now) for each in untried]

    @cached_property
    def _first_days(self) -> "list[tuple[Arrival, FirstDay | None]]":
        return [(each, self.open_time.first_day(each.clock)) for each in self.requests]


@dataclass(frozen=True)
class Standing:
    """How things stand at this moment, whatever the days."""

    open_by_age: Mapping[str, int]
    mails_failed: int
    mails_uncertain: int


def of_days(days: Days, now: datetime) -> Figures:
    """The figures of what came and what was tried on these days."""
    arrivals = days.received().values_list(
        "state",
        "topic",
        "source",
        Seconds("clock_started_at"),
        Seconds("first_try_at"),
        Seconds("first_contact_at"),
        Seconds("closed_at"),
        Seconds("restored_at"),
    )
    tests = ConsultationRequest.objects.filter(is_test=True)
    tries = (
        ContactAttempt.objects.filter(at__gte=days.start, at__lt=days.end, undone_at=None, number__isnull=False)
        .exclude(outcome__in=IN_WRITING)
        .exclude(request__in=tests)
        .order_by()
        .values_list(Began("at", each=_clock_step(days)), "outcome", "number")
        .annotate(calls=Count("*"))
    )
    return Figures(
        arrivals=list(map(Arrival._make, arrivals)),
        tries=list(map(Tries._make, tries)),
        open_time=OpenTime(timing.hours(), days, now),
        zone=days.zone,
        now=int(now.timestamp()),
        left_lying=Event.objects.filter(kind=Event.Kind.LEFT_LYING, at__gte=days.start, at__lt=days.end)
        .exclude(request__in=tests)
        .count(),
    )


def standing(now: datetime) -> Standing:
    """What is open now and how old it is, and which mail went wrong."""
    clocks = ConsultationRequest.objects.real().open().values_list("clock_started_at", flat=True)
    oldest_first = sorted(AGES.items(), reverse=True)
    ages = Counter(
        next(name for days, name in oldest_first if now - clock >= days * DAY or not days) for clock in clocks
    )
    wrong = (OutboxMail.State.FAILED, OutboxMail.State.UNCERTAIN)
    mails = OutboxMail.objects.filter(state__in=wrong).exclude(request__is_test=True).values_list("state", flat=True)
    states = Counter(mails)
    return Standing(
        open_by_age={name: ages[name] for name in AGES.values()},
        mails_failed=states[OutboxMail.State.FAILED],
        mails_uncertain=states[OutboxMail.State.UNCERTAIN],
    )


def untouched_at(closing: datetime) -> ConsultationRequestQuerySet:
    """Requests that waited when the clinic closed, and that nobody had tried by then."""
    return (
        ConsultationRequest.objects.real()
        .exclude(state__in=SET_ASIDE)
        .filter(Q(next_due_at__isnull=False) | Q(closed_at__gt=closing), clock_started_at__lt=closing)
        .filter(Q(first_try_at=None) | Q(first_try_at__gt=closing))
    )


def duration(minutes: int) -> str:
    """Opening time in words: "3 h 10 min"."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _reach(calls: Iterable[tuple[int, bool, int]]) -> Mapping[int, Reach]:
    """Calls summed up by what they are told apart by, each with whether somebody was reached and how many there were."""
    sums = defaultdict[int, Reach](Reach)
    for key, reached, count in calls:
        sums[key].calls += count
        sums[key].reached += count * reached
    return sums


def _clock_step(days: Days) -> int:
    """Seconds in which the clocks of all places are in step with this zone's: an hour, for a few a quarter of it."""
    offsets = (at.utcoffset() or timedelta() for at in (days.start, days.end))
    return 900 if any(offset % timedelta(hours=1) for offset in offsets) else 3600


class Seconds(Func):
    """A moment as whole seconds since 1970, which a database hands over many times faster than a date with a time."""

    # Not an integer field: Django would convert one by one what comes as whole numbers already.
    output_field = BigAutoField()
    on_sqlite = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
    on_postgresql = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"
    rounded = "{seconds}"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        template = self.rounded.format(seconds=self.on_sqlite)
        return self.as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        template = self.rounded.format(seconds=self.on_postgresql)
        return self.as_sql(compiler, connection, template=template, **extra)


class Began(Seconds):
    """When the stretch of so many seconds began in which a moment lies, in seconds since 1970."""

    rounded = "{seconds} / %(each)s * %(each)s"

    def __init__(self, expression: str, each: int) -> None:
        super().__init__(expression, each=each)
