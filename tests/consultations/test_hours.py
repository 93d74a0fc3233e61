"""Opening hours and promises hold across clock changes, midnight, leap days, holidays and time zones."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rlsinfo.consultations.hours import OpeningHours, promise

CHICAGO = ZoneInfo("America/Chicago")
MORNING, AFTERNOON = (time(8), time(12)), (time(13), time(17))
WORKING_WEEK = ((MORNING, AFTERNOON),) * 5 + ((),) * 2
THANKSGIVING = date(2026, 11, 26)


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


zones = st.sampled_from(["America/Chicago", "UTC", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]).map(
    ZoneInfo
)
minutes_of_day = st.integers(0, 24 * 60 - 1).map(lambda minute: time(minute // 60, minute % 60))


@st.composite
def days(draw) -> tuple:
    edges = sorted(draw(st.lists(minutes_of_day, unique=True, max_size=6)))
    return tuple(zip(edges[::2], edges[1::2], strict=False))


weeks = st.tuples(*[days()] * 7)
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
    return OpeningHours(draw(weeks), frozenset(draw(st.lists(near, max_size=5))), draw(zones))


@given(clinics(), moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(clinic, at):
    opening = clinic.next_opening(at)
    assume(opening is not None)

    assert opening >= at
    assert clinic.is_open(opening)
    assert opening == at or clinic.business_minutes(at, opening) == 0


@given(clinics(), moments, st.integers(0, 20_000), st.integers(0, 20_000))
def test_waiting_adds_up_wherever_it_is_cut(clinic, start, first, second):
    middle = start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)
    parts = clinic.business_minutes(start, middle) + clinic.business_minutes(middle, end)

    # Each part is rounded down to whole minutes.
    assert 0 <= clinic.business_minutes(start, end) - parts <= 1
    assert clinic.business_minutes(start, end) <= first + second


@given(clinics(), moments, st.integers(0, 5))
def test_more_business_days_end_later_and_always_at_closing_time(clinic, at, number):
    sooner, later = clinic.add_business_days(at, number), clinic.add_business_days(at, number + 1)
    assume(sooner is not None)

    assert at < sooner < later
    assert not clinic.is_open(sooner)
    assert clinic.is_open(sooner.astimezone(UTC) - timedelta(microseconds=1))
    assert sooner.astimezone(clinic.zone).date() not in clinic.holidays
