"""Opening hours, holidays, business minutes, and the time by which a call is promised; no Django."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Protocol

Span = tuple[time, time]


class ClinicHours(Protocol):
    """What is known of the clinic's days."""

    @property
    def time_zone(self) -> tzinfo: ...
    @property
    def week(self) -> tuple[tuple[Span, ...], ...]: ...
    @property
    def holidays(self) -> frozenset[date]: ...
    @property
    def call_back_days(self) -> int | None: ...
    @property
    def hours_known(self) -> bool: ...


@dataclass(frozen=True)
class OpeningHours:
    """When the clinic is open. Moments go in and come out aware of their zone; days are the clinic's own."""

    week: tuple[tuple[Span, ...], ...]
    """The spans of each day, Monday first, none overlapping; open from the first moment, closed from the last."""
    holidays: frozenset[date]
    zone: tzinfo

    def is_open(self, at: datetime) -> bool:
        """Whether the doors are open at this moment."""
        return any(opens <= at < closes for opens, closes in self._spans(at.astimezone(self.zone).date()))

    def next_opening(self, at: datetime) -> datetime | None:
        """This moment if the clinic is open, else when it next opens; None if it never does."""
        if self.is_open(at):
            return at
        return next((opens for day in self._opening_days(at) for opens, _ in self._spans(day) if opens >= at), None)

    def business_minutes(self, start: datetime, end: datetime) -> int:
        """Whole minutes of opening hours between two moments, clocks that change included."""
        open_time = timedelta()
        for day in _days(start.astimezone(self.zone).date(), end.astimezone(self.zone).date()):
            for opens, closes in self._spans(day):
                open_time += max(min(closes, end) - max(opens, start), timedelta())
        return open_time // timedelta(minutes=1)

    def add_business_days(self, at: datetime, days: int) -> datetime | None:
        """When the clinic closes, so many opening days after the one on which `at` is noticed; None if it never opens.

        Friday 10 p.m. is noticed on Monday; one day later is Tuesday, when the doors close.
        """
        noticed = self.next_opening(at)
        if noticed is None:
            return None
        last_day = next(islice(self._opening_days(noticed), days, None))
        return self._spans(last_day)[-1][1].astimezone(self.zone)

    def _opening_days(self, at: datetime) -> Iterator[date]:
        """Days from this one on with opening hours; without end, unless there are none in the week."""
        day = at.astimezone(self.zone).date()
        while any(self.week):
            if self._spans(day):
                yield day
            day += timedelta(days=1)

    def _spans(self, day: date) -> list[tuple[datetime, datetime]]:
        # In UTC, because Python compares and subtracts two moments of one zone by their wall clocks,
        # which are wrong by an hour across a change of the clocks.
        if day in self.holidays:
            return []
        moments = ((self._moment(day, opens), self._moment(day, closes)) for opens, closes in self.week[day.weekday()])
        # Where the clocks jump forward, a span that begins in the gap can end before it begins.
        return sorted((opens, closes) for opens, closes in moments if opens < closes)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


def promise(received_at: datetime, clinic: ClinicHours) -> datetime | None:
    """By when the clinic says it will call; None where its hours or its promise are not known."""
    if not clinic.hours_known or clinic.call_back_days is None:
        return None
    return OpeningHours(clinic.week, clinic.holidays, clinic.time_zone).add_business_days(
        received_at, clinic.call_back_days
    )


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
