"""Opening hours, holidays, business minutes, the time by which a call is promised and when to try again; no Django."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, islice, takewhile
from typing import Protocol

Span = tuple[time, time]

TRIES = 6
"""So many unanswered tries are made before a person counts as not to be reached."""

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TIME_FOR_A_CALL = timedelta(minutes=20)
CALLS_BEGIN_EVERY = timedelta(minutes=10)
OFFICE_WEEK = (((time(9), time(17)),),) * 5 + ((),) * 2


class PartOfDay(StrEnum):
    """When a call is made, in the words in which people are asked for their best time."""

    MORNING = "morning"
    """Before 11 a.m."""
    MIDDAY = "midday"
    """From 11 a.m. to 2 p.m."""
    AFTERNOON = "afternoon"
    """From 2 p.m."""


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
    """The clinic is open whenever its own clock shows an opening hour, also on days on which the clocks change.

    Moments go in aware of any zone and come out in the clinic's; days are the clinic's own.
    """

    week: tuple[tuple[Span, ...], ...]
    """The spans of each day, Monday first, in order, none overlapping; open from the first moment, closed from the last."""
    holidays: frozenset[date]
    zone: tzinfo

    def is_open(self, at: datetime) -> bool:
        """Whether the doors are open at this moment."""
        return any(opens <= at < closes for opens, closes in _spans(self, self._day(at)))

    def part_of_day(self, at: datetime) -> PartOfDay:
        """Which part of the clinic's day this moment falls in, open or not."""
        hour = at.astimezone(self.zone).hour
        if hour < 11:
            return PartOfDay.MORNING
        return PartOfDay.MIDDAY if hour < 14 else PartOfDay.AFTERNOON

    def next_opening(self, at: datetime) -> datetime | None:
        """This moment if the clinic is open, else when it next opens; None if it never does."""
        return next((opens.astimezone(self.zone) for opens, _ in self.spans_from(at)), None)

    def closing(self, at: datetime) -> datetime | None:
        """When the doors close for the last time on the day of this moment, be it past; None if closed all day."""
        spans = _spans(self, self._day(at))
        return spans[-1][1].astimezone(self.zone) if spans else None

    def business_minutes(self, start: datetime, end: datetime) -> int:
        """Whole minutes of opening hours between two moments, clocks that change included; none if they run back."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end <= start:
            return 0
        years = range(self._day(start).year, self._day(end).year)
        open_time = sum((_open_time_before_each_day(self, year)[-1] for year in years), timedelta())
        return (open_time + self._open_time_since_new_year(end) - self._open_time_since_new_year(start)) // MINUTE

    def add_business_minutes(self, at: datetime, minutes: int) -> datetime | None:
        """When so many minutes of opening hours have passed since this moment; None if the clinic never opens.

        While it is closed, none pass: counting begins when it next opens.
        """
        left = minutes * MINUTE
        for opens, closes in self.spans_from(at):
            if left <= closes - opens:
                return (opens + left).astimezone(self.zone)
            left -= closes - opens
        return None

    def add_business_days(self, at: datetime, days: int) -> datetime | None:
        """When the clinic closes, so many opening days after the one on which `at` is noticed; None if never.

        Friday 10 p.m. is noticed on Monday; one day later is Tuesday, when the doors close.
        """
        noticed = self.next_opening(at)
        if noticed is None:
            return None
        last_day = next(islice(self.opening_days(noticed.date()), days, None))
        return _spans(self, last_day)[-1][1].astimezone(self.zone)

    def opening_days(self, first: date) -> Iterator[date]:
        """Days from this one on with opening hours; without end, unless there are none in the week."""
        day = first
        while any(self.week):
            if _spans(self, day):
                yield day
            day += DAY

    def spans_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Stretches in which the doors are open from this moment on, in UTC, the first cut where it has begun."""
        moment = at.astimezone(UTC)
        for day in self.opening_days(self._day(at)):
            for opens, closes in _spans(self, day):
                if moment < closes:
                    yield max(opens, moment), closes

    def _open_time_since_new_year(self, at: datetime) -> timedelta:
        day = self._day(at)
        today = sum((max(min(closes, at) - opens, timedelta()) for opens, closes in _spans(self, day)), timedelta())
        return _open_time_before_each_day(self, day.year)[day.timetuple().tm_yday - 1] + today

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


def promise(received_at: datetime, clinic: ClinicHours) -> datetime | None:
    """By when the clinic says it will call; None where its hours or its promise are not known."""
    if not clinic.hours_known or clinic.call_back_days is None:
        return None
    return calling_hours(clinic).add_business_days(received_at, clinic.call_back_days)


def calling_hours(clinic: ClinicHours) -> OpeningHours:
    """When staff may call: the clinic's hours, or office hours where they are not known; for the desk alone."""
    return OpeningHours(clinic.week if clinic.hours_known else OFFICE_WEEK, clinic.holidays, clinic.time_zone)


def next_try(
    hours: OpeningHours, after: datetime, tries: int, tried: Sequence[PartOfDay], wanted: Collection[PartOfDay]
) -> datetime:
    """When to try again after a try, the so-manieth, that nobody answered.

    Another part of the day than the last one; of those, one the person wanted, until two tries have failed there;
    of those, one not tried yet. Six tries meet every part of the day in which the clinic can call.
    """
    earliest = _earliest_try(hours, after, tries)
    opening = hours.next_opening(earliest)
    if opening is None:
        raise ValueError("nobody can be called in hours that never open")
    times = _times_for_calls(hours, earliest)
    soonest = next(times, None)
    if soonest is None:
        return opening
    untried = set(PartOfDay) - set(tried)
    # Each part not tried yet needs one of the tries that are left; until then nobody waits days for a better part.
    last_chance = 0 < TRIES - tries <= len(untried)
    next_day = next(islice(hours.opening_days(soonest.date()), 1, None))
    last_day = soonest.date() + 6 * DAY if last_chance else next_day

    def worth(at: datetime) -> tuple[bool, ...]:
        part = hours.part_of_day(at)
        return (
            last_chance and part in untried,
            part not in tried[-1:],
            part in wanted and tried.count(part) < 2,
            part in untried,
        )

    # The soonest of the best.
    return max([soonest, *takewhile(lambda at: at.date() <= last_day, times)], key=worth)


def _earliest_try(hours: OpeningHours, after: datetime, tries: int) -> datetime:
    """Two hours later, then on another day, then two opening days later."""
    if tries == 1:
        return after.astimezone(UTC) + timedelta(hours=2)
    day = after.astimezone(hours.zone).date() + DAY
    if tries > 3:
        day = next(islice(hours.opening_days(day), 1, None), day)
    return datetime.combine(day, time.min, tzinfo=hours.zone)


def _times_for_calls(hours: OpeningHours, since: datetime) -> Iterator[datetime]:
    """Every ten minutes by the clinic's clock while there is time for a call before the doors close."""
    # A clinic whose doors are never open that long would be searched for ever.
    for opens, closes in islice(hours.spans_from(since), 100):
        local = opens.astimezone(hours.zone)
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        at = opens + -past % CALLS_BEGIN_EVERY
        while at + TIME_FOR_A_CALL <= closes:
            yield at.astimezone(hours.zone)
            at += CALLS_BEGIN_EVERY


@lru_cache(maxsize=4096)
def _spans(hours: OpeningHours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """Stretches of this day in which the doors are open."""
    # In UTC, because Python compares and subtracts two moments of one zone by their wall clocks,
    # which are wrong by an hour across a change of the clocks.
    if day in hours.holidays:
        return ()
    spans = []
    for since, until, ahead in _steady_clock(hours.zone, day):
        for start, end in hours.week[day.weekday()]:
            opens = max(datetime.combine(day, start, UTC) - ahead, since)
            closes = min(datetime.combine(day, end, UTC) - ahead, until)
            if opens < closes:
                spans.append((opens, closes))
    return tuple(spans)


def _steady_clock(zone: tzinfo, day: date) -> list[tuple[datetime, datetime, timedelta]]:
    """The time around this day, cut where the clock changes, each part with how far its clock is ahead of UTC."""

    def ahead(at: datetime) -> timedelta:
        return at.astimezone(zone).replace(tzinfo=UTC) - at

    # No clock is a whole day away from UTC, and none changes twice in three days.
    start = datetime.combine(day - DAY, time.min, UTC)
    end = start + 3 * DAY
    before, after = ahead(start), ahead(end)
    if before == after:
        return [(start, end, before)]
    seconds = range(3 * DAY // timedelta(seconds=1))
    changed = bisect_left(seconds, True, key=lambda second: ahead(start + timedelta(seconds=second)) == after)
    change = start + timedelta(seconds=changed)
    return [(start, change, before), (change, end, after)]


@lru_cache(maxsize=64)
def _open_time_before_each_day(hours: OpeningHours, year: int) -> tuple[timedelta, ...]:
    """Opening time from the new year to the start of each day, and last to the end of the year."""
    new_year, end = date(year, 1, 1), date(year + 1, 1, 1)
    lengths = (
        sum((closes - opens for opens, closes in _spans(hours, new_year + number * DAY)), timedelta())
        for number in range((end - new_year).days)
    )
    return tuple(accumulate(lengths, initial=timedelta()))
