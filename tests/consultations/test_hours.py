"""Opening hours and promises hold across clock changes, midnight, leap days, holidays and time zones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rlsinfo.consultations.hours import OpeningHours, PartOfDay, calling_hours, next_try, promise

CHICAGO = ZoneInfo("America/Chicago")
WORKING_WEEK = (((time(8), time(12)), (time(13), time(17))),) * 5 + ((),) * 2
THANKSGIVING = date(2026, 11, 26)
MINUTE = timedelta(minutes=1)
MORNING, MIDDAY, AFTERNOON = PartOfDay


def clinic_hours(week=WORKING_WEEK, holidays=(THANKSGIVING,), zone=CHICAGO) -> OpeningHours:
    return OpeningHours(week, frozenset(holidays), zone)


def chicago(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=CHICAGO)


@dataclass(frozen=True)
class KnownClinic:
    time_zone: ZoneInfo = CHICAGO
    week: tuple = WORKING_WEEK
    holidays: frozenset = field(default=frozenset({THANKSGIVING}))
    call_back_days: int | None = 1

    @property
    def hours_known(self) -> bool:
        return any(self.week)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (chicago(2026, 11, 23, 8, 0), True),
        (chicago(2026, 11, 23, 7, 59, 59), False),
        (chicago(2026, 11, 23, 12, 0), False),
        (chicago(2026, 11, 23, 12, 59), False),
        (chicago(2026, 11, 23, 16, 59, 59), True),
        (chicago(2026, 11, 22, 10, 0), False),
        (chicago(2026, 11, 26, 10, 0), False),
        # Monday 5 p.m. in Chicago, although it is Tuesday elsewhere.
        (datetime(2026, 11, 24, 0, 0, tzinfo=ZoneInfo("Europe/Berlin")), False),
        (datetime(2026, 11, 23, 23, 59, tzinfo=ZoneInfo("Europe/Berlin")), True),
    ],
)
def test_the_doors_are_open_from_the_first_moment_to_just_before_the_last(moment, is_open):
    assert clinic_hours().is_open(moment) is is_open


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        (chicago(2026, 11, 23, 9, 30), chicago(2026, 11, 23, 9, 30)),
        (chicago(2026, 11, 23, 12, 30), chicago(2026, 11, 23, 13, 0)),
        (chicago(2026, 11, 20, 17, 0), chicago(2026, 11, 23, 8, 0)),
        # Wednesday night before a holiday.
        (chicago(2026, 11, 25, 23, 59, 59), chicago(2026, 11, 27, 8, 0)),
        # The last evening of a leap February.
        (chicago(2028, 2, 28, 18, 0), chicago(2028, 2, 29, 8, 0)),
        (chicago(2026, 12, 31, 18, 0), chicago(2027, 1, 1, 8, 0)),
    ],
)
def test_the_next_opening_skips_nights_weekends_and_holidays(asked, opens):
    assert clinic_hours().next_opening(asked) == opens


def test_a_clinic_without_hours_never_opens():
    closed = clinic_hours(week=((),) * 7)

    assert closed.next_opening(chicago(2026, 11, 23, 9, 0)) is None
    assert closed.add_business_days(chicago(2026, 11, 23, 9, 0), 1) is None
    assert closed.business_minutes(chicago(2026, 11, 23, 9, 0), chicago(2026, 11, 24, 9, 0)) == 0


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (chicago(2026, 11, 23, 9, 0), chicago(2026, 11, 23, 9, 42), 42),
        (chicago(2026, 11, 23, 11, 50), chicago(2026, 11, 23, 13, 10), 20),
        (chicago(2026, 11, 20, 16, 30), chicago(2026, 11, 23, 8, 30), 60),
        (chicago(2026, 11, 25, 16, 0), chicago(2026, 11, 27, 9, 0), 120),
        (chicago(2026, 11, 23, 10, 0), chicago(2026, 11, 23, 9, 0), 0),
    ],
)
def test_only_opening_hours_count_as_waiting(start, end, minutes):
    assert clinic_hours().business_minutes(start, end) == minutes


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24)],
)
def test_a_day_on_which_the_clocks_change_has_its_real_length(day, hours):
    always_open = clinic_hours(week=(((time(0), time(23, 59, 59, 999999)),),) * 7, holidays=())
    start = datetime.combine(day, time(0), tzinfo=CHICAGO)
    end = datetime.combine(day + timedelta(days=1), time(0), tzinfo=CHICAGO)

    assert always_open.business_minutes(start, end) == hours * 60 - 1


@pytest.mark.parametrize(
    ("opens", "closes", "next_opening"),
    [
        # 2 a.m. to 3 a.m. on 8 March does not exist.
        (time(2, 10), time(2, 50), chicago(2026, 3, 15, 2, 10)),
        (time(2, 30), time(3, 15), chicago(2026, 3, 8, 3, 0)),
        (time(1, 30), time(2, 30), chicago(2026, 3, 8, 1, 30)),
    ],
)
def test_hours_that_the_clocks_skip_do_not_exist(opens, closes, next_opening):
    night_desk = clinic_hours(week=((),) * 6 + (((opens, closes),),), holidays=())

    assert night_desk.next_opening(chicago(2026, 3, 7, 12, 0)) == next_opening


def test_hours_that_the_clocks_repeat_are_open_twice():
    night_desk = clinic_hours(week=((),) * 6 + (((time(1, 0), time(1, 30)),),), holidays=())

    assert night_desk.business_minutes(chicago(2026, 10, 31, 12), chicago(2026, 11, 1, 12)) == 60


def test_waiting_across_a_change_of_the_clocks_is_counted_in_minutes_that_passed():
    night_desk = clinic_hours(week=((),) * 6 + (((time(0, 0), time(6, 0)),),), holidays=())

    assert night_desk.business_minutes(chicago(2026, 3, 8, 1, 0), chicago(2026, 3, 8, 4, 0)) == 120
    # From ten to two to ten past one, when it is one o'clock for the second time.
    again = datetime(2026, 11, 1, 1, 10, tzinfo=CHICAGO, fold=1)
    assert night_desk.business_minutes(chicago(2026, 11, 1, 1, 50), again) == 20


@pytest.mark.parametrize(
    ("received", "called_by"),
    [
        (chicago(2026, 11, 23, 9, 0), chicago(2026, 11, 24, 17, 0)),
        # After the doors close, and at night, a request is noticed on the next opening day.
        (chicago(2026, 11, 23, 17, 0), chicago(2026, 11, 25, 17, 0)),
        (chicago(2026, 11, 21, 3, 0), chicago(2026, 11, 24, 17, 0)),
        (chicago(2026, 11, 25, 9, 0), chicago(2026, 11, 27, 17, 0)),
    ],
)
def test_a_call_is_promised_by_the_end_of_an_opening_day(received, called_by):
    assert promise(received, KnownClinic()) == called_by


@pytest.mark.parametrize("unknown", [KnownClinic(week=((),) * 7), KnownClinic(call_back_days=None)])
def test_nothing_is_promised_where_hours_or_days_are_not_known(unknown):
    assert promise(chicago(2026, 11, 23, 9, 0), unknown) is None


def test_a_promise_is_in_the_clinic_s_own_time():
    assert promise(datetime(2026, 11, 23, 15, 0, tzinfo=UTC), KnownClinic()).hour == 17


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (chicago(2026, 11, 23, 9, 0), 42, chicago(2026, 11, 23, 9, 42)),
        # The last minute before lunch ends when the doors close, not when they open again.
        (chicago(2026, 11, 23, 11, 50), 10, chicago(2026, 11, 23, 12, 0)),
        (chicago(2026, 11, 23, 11, 50), 11, chicago(2026, 11, 23, 13, 1)),
        (chicago(2026, 11, 20, 22, 0), 60, chicago(2026, 11, 23, 9, 0)),
        (chicago(2026, 11, 20, 22, 0), 0, chicago(2026, 11, 23, 8, 0)),
        (chicago(2026, 11, 25, 16, 30), 60, chicago(2026, 11, 27, 8, 30)),
    ],
)
def test_minutes_pass_in_opening_hours_alone(start, minutes, end):
    assert clinic_hours().add_business_minutes(start, minutes) == end


@pytest.mark.parametrize(
    ("moment", "closes"),
    [
        (chicago(2026, 11, 23, 6, 0), chicago(2026, 11, 23, 17, 0)),
        (chicago(2026, 11, 23, 12, 30), chicago(2026, 11, 23, 17, 0)),
        (chicago(2026, 11, 23, 21, 0), chicago(2026, 11, 23, 17, 0)),
        (chicago(2026, 11, 22, 12, 0), None),
        (chicago(2026, 11, 26, 12, 0), None),
    ],
)
def test_a_day_ends_when_the_doors_close_for_the_last_time(moment, closes):
    assert clinic_hours().closing(moment) == closes


@pytest.mark.parametrize(
    ("moment", "part"),
    [
        (chicago(2026, 11, 23, 0, 0), MORNING),
        (chicago(2026, 11, 23, 10, 59, 59), MORNING),
        (chicago(2026, 11, 23, 11, 0), MIDDAY),
        (chicago(2026, 11, 23, 13, 59, 59), MIDDAY),
        (chicago(2026, 11, 23, 14, 0), AFTERNOON),
        (chicago(2026, 11, 23, 23, 59), AFTERNOON),
        (datetime(2026, 11, 23, 16, 59, tzinfo=UTC), MORNING),
    ],
)
def test_parts_of_the_day_are_those_of_the_clinic_s_clock(moment, part):
    assert clinic_hours().part_of_day(moment) is part


def test_every_answer_is_in_the_clinic_s_own_time():
    hours, at = clinic_hours(), datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

    answers = [
        hours.next_opening(at),
        hours.closing(at),
        hours.add_business_minutes(at, 5),
        hours.add_business_days(at, 1),
        next_try(hours, at, 1, [MORNING], []),
    ]

    assert {answer.tzinfo for answer in answers} == {CHICAGO}


def test_calls_are_made_in_the_clinic_s_hours():
    assert calling_hours(KnownClinic()) == clinic_hours()


def test_calls_are_made_in_office_hours_where_the_clinic_s_are_not_known():
    hours = calling_hours(KnownClinic(week=((),) * 7))

    assert hours.next_opening(chicago(2026, 11, 20, 17, 0)) == chicago(2026, 11, 23, 9, 0)
    assert hours.closing(chicago(2026, 11, 23, 12, 0)) == chicago(2026, 11, 23, 17, 0)
    assert hours.closing(chicago(2026, 11, 26, 12, 0)) is None


def test_counting_how_long_an_old_request_waits_costs_a_few_looks_at_the_clock():
    hours, now = clinic_hours(), chicago(2026, 11, 23, 9, 0)
    received = [now - timedelta(days=300, minutes=row) for row in range(300)]

    def seconds(work: Callable[[datetime], object]) -> float:
        begin = process_time()
        for at in received:
            work(at)
        return process_time() - begin

    counting = min(seconds(lambda at: hours.business_minutes(at, now)) for _ in range(5))

    # Day by day it would be more than fifty.
    assert counting < 10 * min(seconds(hours.is_open) for _ in range(5))


@pytest.mark.parametrize(
    ("tried_at", "tried", "wanted", "again"),
    [
        # Two hours later, another part of the day.
        (chicago(2026, 11, 16, 9, 0), [MORNING], [], chicago(2026, 11, 16, 11, 0)),
        (chicago(2026, 11, 16, 15, 0), [AFTERNOON], [], chicago(2026, 11, 17, 8, 0)),
        # The part the person asked for.
        (chicago(2026, 11, 16, 9, 0), [MORNING], [AFTERNOON], chicago(2026, 11, 16, 14, 0)),
        (chicago(2026, 11, 16, 9, 0), [MORNING], ["afternoon"], chicago(2026, 11, 16, 14, 0)),
        # Rather another part than the one asked for twice in a row.
        (chicago(2026, 11, 16, 15, 0), [AFTERNOON], [AFTERNOON], chicago(2026, 11, 17, 8, 0)),
        # Too short before lunch, or for two hours to have passed.
        (chicago(2026, 11, 16, 9, 45), [MORNING], [], chicago(2026, 11, 16, 13, 0)),
        (chicago(2026, 11, 16, 9, 31, 30), [MORNING], [], chicago(2026, 11, 16, 11, 40)),
        # The second and the third are followed by another day.
        (chicago(2026, 11, 16, 11, 0), [MORNING, MIDDAY], [], chicago(2026, 11, 17, 14, 0)),
        (chicago(2026, 11, 16, 11, 0), [MORNING, MIDDAY], [MORNING], chicago(2026, 11, 17, 8, 0)),
        (chicago(2026, 11, 16, 11, 0), [MORNING, MORNING, MIDDAY], [MORNING], chicago(2026, 11, 17, 14, 0)),
        (chicago(2026, 11, 20, 14, 0), [MORNING, MIDDAY, AFTERNOON], [], chicago(2026, 11, 23, 8, 0)),
        # The fourth and the fifth by two opening days.
        (chicago(2026, 11, 16, 8, 0), [MORNING, MIDDAY, AFTERNOON, MORNING], [], chicago(2026, 11, 18, 11, 0)),
        (chicago(2026, 11, 24, 8, 0), [MORNING, MIDDAY, AFTERNOON, MORNING], [], chicago(2026, 11, 27, 11, 0)),
        (chicago(2026, 11, 25, 8, 0), [MORNING, MIDDAY, AFTERNOON] + [MORNING] * 2, [], chicago(2026, 11, 30, 11, 0)),
        # Whoever is tried more often still has a next time.
        (chicago(2026, 11, 16, 8, 0), [MORNING, MIDDAY, AFTERNOON] * 3, [], chicago(2026, 11, 18, 8, 0)),
    ],
)
def test_the_next_try_is_at_another_time_and_soon(tried_at, tried, wanted, again):
    assert next_try(clinic_hours(), tried_at, len(tried), tried, wanted) == again


def test_a_better_part_of_the_day_is_not_waited_for_longer_than_the_next_opening_day():
    morning, long_friday = (time(8), time(11)), ((time(8), time(11)), (time(14), time(17)))
    hours = clinic_hours(week=((morning,),) * 4 + (long_friday,) + ((),) * 2)

    assert next_try(hours, chicago(2026, 11, 9, 9, 0), 1, [MORNING], [AFTERNOON]) == chicago(2026, 11, 10, 8, 0)
    assert next_try(hours, chicago(2026, 11, 11, 9, 0), 1, [MORNING], [AFTERNOON]) == chicago(2026, 11, 13, 14, 0)


def test_the_last_try_waits_for_the_part_of_the_day_that_was_never_tried():
    morning, long_friday = (time(8), time(11)), ((time(8), time(11)), (time(14), time(17)))
    hours = clinic_hours(week=((morning,),) * 4 + (long_friday,) + ((morning,),) * 2)
    tried = [MORNING] * 3 + [MIDDAY, MORNING]

    # From Thursday by way of Saturday to Friday.
    assert next_try(hours, chicago(2026, 11, 12, 9, 0), 5, tried, []) == chicago(2026, 11, 20, 14, 0)
    # Also where the person asked for another part.
    assert next_try(clinic_hours(), chicago(2026, 11, 9, 9, 0), 5, tried, [MIDDAY]) == chicago(2026, 11, 11, 14, 0)
    # Once all parts are tried, nothing is worth a wait.
    tried = [AFTERNOON, MIDDAY, *[MORNING] * 4]
    assert next_try(hours, chicago(2026, 11, 12, 9, 0), 6, tried, []) == chicago(2026, 11, 14, 8, 0)


def test_the_next_try_passes_over_openings_too_short_for_a_call():
    short = tuple((time(hour), time(hour, 15)) for hour in range(8, 16))
    hours = clinic_hours(week=(short,) * 4 + (((time(8), time(17)),),) + ((),) * 2)

    assert next_try(hours, chicago(2026, 11, 9, 8, 0), 1, [MORNING], [MORNING]) == chicago(2026, 11, 13, 11, 0)


@pytest.mark.parametrize(
    ("span", "again"),
    [
        # One hour a week, the next at least two hours away.
        ((time(8), time(9)), chicago(2026, 11, 23, 8, 0)),
        ((time(8, 1), time(8, 31)), chicago(2026, 11, 23, 8, 10)),
        # Too short for a call anywhere: as soon as the doors open.
        ((time(8, 1), time(8, 29)), chicago(2026, 11, 23, 8, 1)),
        ((time(23, 0), time(23, 59)), chicago(2026, 11, 16, 23, 0)),
    ],
)
def test_a_clinic_that_is_hardly_open_has_a_next_try(span, again):
    hours = clinic_hours(week=((span,),) + ((),) * 6)

    assert next_try(hours, chicago(2026, 11, 16, 8, 0), 1, [MORNING], []) == again


def test_nobody_is_called_in_hours_that_never_open():
    with pytest.raises(ValueError, match="never open"):
        next_try(clinic_hours(week=((),) * 7), chicago(2026, 11, 16, 8, 0), 1, [MORNING], [])


zones = st.sampled_from(
    [
        "America/Chicago",
        "America/Havana",
        "America/Nuuk",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Antarctica/Troll",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Europe/London",
        "Pacific/Apia",
        "Pacific/Chatham",
        "UTC",
    ]
).map(ZoneInfo)


def minutes_of_day(first: int = 0) -> st.SearchStrategy[time]:
    return st.integers(first, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))


@st.composite
def days(draw, first: int = 0) -> tuple:
    edges = sorted(draw(st.lists(minutes_of_day(first), unique=True, max_size=6)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


def weeks(first: int = 0) -> st.SearchStrategy[tuple]:
    return st.tuples(*[days(first)] * 7)


# Around clock changes, leap days and the turn of the year, where mistakes live.
moments = st.one_of(
    st.integers(0, 8 * 365 * 24 * 3600).map(
        lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.builds(
        lambda moment, seconds: moment + timedelta(seconds=seconds),
        st.sampled_from(
            [
                datetime(2026, 3, 8, 8, tzinfo=UTC),
                datetime(2026, 11, 1, 7, tzinfo=UTC),
                datetime(2028, 2, 29, 6, tzinfo=UTC),
                datetime(2027, 1, 1, 6, tzinfo=UTC),
            ]
        ),
        st.integers(-90_000, 90_000),
    ),
)


@st.composite
def clinics(draw) -> OpeningHours:
    near = st.dates(date(2026, 10, 25), date(2026, 11, 10))
    return OpeningHours(draw(weeks()), frozenset(draw(st.lists(near, max_size=5))), draw(zones))


def by_the_clock(clinic: OpeningHours, at: datetime) -> bool:
    """Whether the clock on the clinic's wall shows an opening hour."""
    wall = at.astimezone(clinic.zone)
    spans = () if wall.date() in clinic.holidays else clinic.week[wall.weekday()]
    return any(opens <= wall.time() < closes for opens, closes in spans)


class Watch:
    """A clinic watched for five days from the street, minute by minute: slow, obvious, and never wrong.

    An answer that lies beyond these days is None.
    """

    def __init__(self, clinic: OpeningHours, start: datetime) -> None:
        self.minutes = [start + number * MINUTE for number in range(5 * 24 * 60)]
        walls = [minute.astimezone(clinic.zone) for minute in self.minutes]
        self.open = bytes(by_the_clock(clinic, wall) for wall in walls)
        self.days = [wall.date() for wall in walls]
        # The last day is not seen to its end.
        self.last_minute_of = {
            day: end
            for day, is_open, end in zip(self.days[:-1], self.open, self.minutes[1:], strict=False)
            if is_open and day < self.days[-1]
        }

    def number(self, at: datetime) -> int:
        return (at - self.minutes[0]) // MINUTE

    def is_open(self, at: datetime) -> bool:
        return bool(self.open[self.number(at)])

    def next_opening(self, at: datetime) -> datetime | None:
        number = self.open.find(1, self.number(at))
        return None if number < 0 else max(at, self.minutes[number])

    def closing(self, at: datetime) -> datetime | None:
        return self.last_minute_of.get(self.days[self.number(at)])

    def business_minutes(self, start: datetime, end: datetime) -> int:
        passed = timedelta()
        for number in range(self.number(start), self.number(end) + 1):
            if self.open[number]:
                passed += min(end, self.minutes[number] + MINUTE) - max(start, self.minutes[number])
        return max(passed // MINUTE, 0)

    def add_business_minutes(self, at: datetime, minutes: int) -> datetime | None:
        moment, left = self.next_opening(at), minutes * MINUTE
        while moment is not None and left > timedelta():
            step = min(left, self.minutes[self.number(moment)] + MINUTE - moment)
            left -= step
            moment = moment + step if left == timedelta() else self.next_opening(moment + step)
        return moment

    def add_business_days(self, at: datetime, days: int) -> datetime | None:
        noticed = self.next_opening(at)
        if noticed is None:
            return None
        closings = [end for day, end in self.last_minute_of.items() if day >= self.days[self.number(noticed)]]
        return closings[days] if days < len(closings) else None


@cache
def odd_days(zone: ZoneInfo) -> list[datetime]:
    """Days on which the clock changes, one of which Apia skipped altogether, leap days and turns of the year."""
    days = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=number) for number in range(9 * 365)]
    changes = [
        day for day, next_day in pairwise(days) if day.astimezone(zone).time() != next_day.astimezone(zone).time()
    ]
    odd = [day for day in days if (day.month, day.day) in {(2, 29), (12, 31)}]
    return [*changes, *odd, datetime(2011, 12, 30, tzinfo=UTC)]


# Six questions at each moment: a hundred thousand cases.
CLINICS, MOMENTS = 300, 56


@settings(max_examples=CLINICS)
@given(st.data(), weeks(), zones, st.integers(0, 2**32))
def test_the_hours_are_what_a_watch_from_the_street_sees(data, week, zone, seed):
    random = Random(seed)
    ordinary_days = st.integers(0, 9 * 365).map(lambda number: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(number))
    middle = data.draw(st.one_of(st.sampled_from(odd_days(zone)), ordinary_days))
    holidays = {(middle + timedelta(days=random.randint(-3, 3))).date() for _ in range(random.randint(0, 2))}
    clinic = OpeningHours(week, frozenset(holidays), zone)
    watch = Watch(clinic, middle - timedelta(hours=random.randint(40, 70)))

    for _ in range(MOMENTS):
        at = watch.minutes[random.randint(2000, 4000)] + timedelta(microseconds=random.choice([0, 0, 1, 29_500_000]))
        end = at + timedelta(minutes=random.randint(-60, 2000), seconds=random.choice([0, 0, 31]))
        number = random.choice([0, 1, random.randint(0, 500)])
        asked = at.astimezone(random.choice([UTC, zone]))

        assert clinic.is_open(asked) is watch.is_open(at)
        assert clinic.business_minutes(asked, end.astimezone(asked.tzinfo)) == watch.business_minutes(at, end)
        assert in_utc(clinic.closing(asked)) == watch.closing(at)
        assert_same(clinic.next_opening(asked), watch.next_opening(at), watch)
        assert_same(clinic.add_business_minutes(asked, number), watch.add_business_minutes(at, number), watch)
        assert_same(clinic.add_business_days(asked, number % 3), watch.add_business_days(at, number % 3), watch)


def in_utc(moment: datetime | None) -> datetime | None:
    """Python calls no moment of an hour that the clocks repeat equal to one of another zone."""
    return moment and moment.astimezone(UTC)


def assert_same(answer: datetime | None, seen: datetime | None, watch: Watch) -> None:
    if seen is None:
        assert answer is None or answer.date() >= watch.days[-1]
    else:
        assert in_utc(answer) == seen


@given(clinics(), moments, st.integers(0, 20_000), st.integers(0, 20_000))
def test_waiting_adds_up_wherever_it_is_cut(clinic, start, first, second):
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    parts = clinic.business_minutes(start, middle) + clinic.business_minutes(middle, end)

    # Each part is rounded down to whole minutes.
    assert 0 <= clinic.business_minutes(start, end) - parts <= 1
    assert clinic.business_minutes(start, end) <= first + second


@given(clinics(), moments, st.integers(0, 50_000))
def test_adding_minutes_is_the_inverse_of_counting_them(clinic, at, minutes):
    end = clinic.add_business_minutes(at, minutes)
    assume(end is not None)

    assert clinic.business_minutes(at, end) == minutes


def six_tries(clinic: OpeningHours, first: datetime, wanted: set[PartOfDay]) -> list[datetime]:
    tries = [first]
    while len(tries) < 6:
        tried = [clinic.part_of_day(at) for at in tries]
        tries.append(next_try(clinic, tries[-1], len(tries), tried, wanted))
    return tries


def times_for_calls(week: tuple) -> list[time]:
    """Every ten minutes of the clock with twenty minutes left before the doors close."""
    ticks = [time(hour, minute) for hour in range(24) for minute in range(0, 60, 10)]
    return [
        tick
        for spans in week
        for opens, closes in spans
        for tick in ticks
        if opens <= tick
        and (datetime.combine(THANKSGIVING, tick) + 20 * MINUTE <= datetime.combine(THANKSGIVING, closes))
    ]


wishes = st.sets(st.sampled_from(PartOfDay))


@given(clinics(), moments, wishes)
def test_people_are_called_while_the_clinic_is_open(clinic, first, wanted):
    assume(any(clinic.week))

    assert all(by_the_clock(clinic, again) for again in six_tries(clinic, first, wanted)[1:])


@given(clinics(), moments, wishes)
def test_a_call_begins_on_the_round_and_twenty_minutes_before_the_doors_close(clinic, first, wanted):
    assume(times_for_calls(clinic.week))

    for again in six_tries(clinic, first, wanted)[1:]:
        assert (again.minute % 10, again.second, again.microsecond) == (0, 0, 0)
        assert all(by_the_clock(clinic, again.astimezone(UTC) + minute * MINUTE) for minute in range(20))


@given(clinics(), moments, wishes)
def test_tries_are_spread_over_hours_then_days(clinic, first, wanted):
    assume(any(clinic.week))
    tries = [at.astimezone(UTC) for at in six_tries(clinic, first, wanted)]
    days = [at.astimezone(clinic.zone).date() for at in tries]

    assert tries[1] - tries[0] >= timedelta(hours=2)
    assert days[1] < days[2] < days[3]
    for day, next_day in pairwise(days[3:]):
        between = [day + timedelta(days=number) for number in range(1, (next_day - day).days)]
        assert any(clinic.closing(datetime.combine(open_day, time(12), clinic.zone)) for open_day in between)


@given(weeks(first=5 * 60), zones, moments, wishes)
def test_six_tries_meet_every_part_of_the_day_in_which_the_clinic_can_call(week, zone, first, wanted):
    clinic = OpeningHours(week, frozenset(), zone)
    assume(times_for_calls(week))
    tries = six_tries(clinic, first, wanted)
    parts = {clinic.part_of_day(datetime.combine(THANKSGIVING, at, zone)) for at in times_for_calls(week)}

    assert parts <= {clinic.part_of_day(at) for at in tries}
    assert len({at.astimezone(zone).date() for at in tries}) >= 3
