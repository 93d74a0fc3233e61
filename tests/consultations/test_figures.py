"""Figures count what happened: waits in opening hours, calls by hour and number, and where requests stand."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlsinfo.consultations import figures, work
from rlsinfo.consultations.figures import Days, Funnel, Reach, Share, Waits
from rlsinfo.consultations.hours import OpeningHours
from rlsinfo.consultations.models import ConsultationRequest, OutboxMail, Outcome, Reason, State, Topic
from tests.factories import make_mail, make_request, make_staff

CHICAGO = ZoneInfo("America/Chicago")
DAY = ((time(8), time(12)), (time(13), time(17)))
WEEK = (DAY,) * 5 + ((),) * 2
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=CHICAGO)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
_tokens = count(1)


@pytest.fixture(autouse=True)
def clinic(settings):
    """Open from eight to five with lunch from twelve to one, in Chicago."""
    settings.CLINIC = replace(settings.CLINIC, time_zone=CHICAGO, week=WEEK, call_back_days=1)
    settings.TIME_ZONE = "America/Chicago"


@pytest.fixture
def maria(db):
    return make_staff(username="maria")


def figures_at(now: datetime, days: int = 7) -> figures.Figures:
    return figures.of_days(Days.until(now, days), now)


def pressed(request: ConsultationRequest, outcome: Outcome, at: datetime, by, **said):
    """Somebody calls, and says how it ended."""
    if outcome == Outcome.BOOKED:
        said["visit_date"] = date(2026, 12, 1)
    press = work.Press(outcome=outcome, token=f"token-{next(_tokens)}", version=request.version, **said)
    return work.press(request, press, by=by, now=at)


# --- days ---------------------------------------------------------------------------------------


def test_the_last_seven_days_are_today_and_the_six_before_it():
    assert Days.until(MONDAY, 7) == Days(date(2026, 11, 10), date(2026, 11, 16), CHICAGO)


def test_a_day_is_that_of_the_clinics_clock():
    late_in_london = datetime(2026, 11, 17, 3, tzinfo=UTC)

    assert Days.until(late_in_london, 1).last == date(2026, 11, 16)


@pytest.mark.django_db
def test_requests_of_the_first_and_the_last_day_count_and_no_others():
    days = Days(date(2026, 11, 16), date(2026, 11, 17), CHICAGO)
    midnight = datetime(2026, 11, 16, tzinfo=CHICAGO)
    make_request(received_at=midnight - MINUTE)
    first = make_request(received_at=midnight)
    last = make_request(received_at=midnight + timedelta(hours=47, minutes=59))
    make_request(received_at=midnight + timedelta(days=2))

    assert set(days.received()) == {first, last}


# --- waits --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_waits_are_counted_in_opening_hours(maria):
    over_lunch = make_request(received_at=MONDAY.replace(hour=11, minute=50))
    pressed(over_lunch, Outcome.REACHED, MONDAY.replace(hour=13, minute=5), maria)

    found = figures_at(MONDAY + 8 * HOUR)

    assert found.to_first_try.minutes == [15]
    assert found.to_contact.minutes == [15]


@pytest.mark.django_db
def test_a_wait_begins_when_a_request_was_restored_from_the_spam(maria):
    restored = make_request(
        received_at=MONDAY - timedelta(days=3), clock_started_at=MONDAY, restored_at=MONDAY, spam_reasons=["A link."]
    )
    pressed(restored, Outcome.NO_ANSWER, MONDAY + 10 * MINUTE, maria)

    found = figures_at(MONDAY + HOUR)

    assert found.to_first_try.minutes == [10]
    assert found.restored == 1


@pytest.mark.django_db
def test_who_was_tried_before_that_has_not_waited():
    make_request(received_at=MONDAY, first_try_at=MONDAY, clock_started_at=MONDAY + HOUR, state=State.TRYING)

    assert figures_at(MONDAY + 2 * HOUR).to_first_try.minutes == [0]


@pytest.mark.django_db
def test_whoever_waits_for_the_first_try_counts_with_the_wait_so_far():
    make_request(received_at=MONDAY)

    assert figures_at(MONDAY + 2 * HOUR).to_first_try.minutes == [120]


@pytest.mark.django_db
def test_a_request_that_was_closed_without_a_call_has_no_wait(maria):
    out_of_area = make_request(received_at=MONDAY)
    pressed(out_of_area, Outcome.CLOSED, MONDAY + HOUR, maria, reason=Reason.OUT_OF_AREA)

    found = figures_at(MONDAY + 2 * HOUR)

    assert found.to_first_try.minutes == []
    assert found.tried_within_an_hour == Share(0, 0)


@pytest.mark.django_db
def test_who_was_not_reached_has_no_time_of_contact(maria):
    pressed(make_request(received_at=MONDAY), Outcome.NO_ANSWER, MONDAY + MINUTE, maria)

    assert figures_at(MONDAY + HOUR).to_contact.minutes == []


def test_the_median_and_the_ninetieth_percentile_are_waits_that_somebody_had():
    waits = Waits([1, 2, 3, 4, 5, 6, 7, 8, 9, 500])

    assert (waits.median, waits.ninetieth) == (5, 9)
    assert (Waits([7]).median, Waits([7]).ninetieth) == (7, 7)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 28)),  # noqa: DTZ001 - the zone is put on below
    st.integers(0, 40 * 24 * 3600),
)
def test_waits_are_the_same_as_elsewhere_on_the_site(at, seconds):
    hours = OpeningHours(WEEK, frozenset({date(2026, 7, 3)}), CHICAGO)
    start = at.replace(tzinfo=UTC, microsecond=0)
    end = start + timedelta(seconds=seconds)
    days = Days(start.astimezone(CHICAGO).date(), date(2026, 12, 31), CHICAGO)

    counted = figures.OpenTime(hours, days, end).minutes(int(start.timestamp()), int(end.timestamp()))

    assert counted == hours.business_minutes(start, end)


# --- shares -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 9, 0), (9, 9, 100), (1, 3, 33), (1, 1000, 1), (999, 1000, 99), (0, 0, 0)]
)
def test_nought_and_a_hundred_percent_mean_none_and_all(part, whole, percent):
    assert Share(part, whole).percent == percent


@pytest.mark.django_db
def test_tried_within_an_opening_hour_leaves_out_those_who_can_still_be(maria):
    pressed(make_request(received_at=MONDAY), Outcome.NO_ANSWER, MONDAY + 60 * MINUTE, maria)
    pressed(make_request(received_at=MONDAY), Outcome.NO_ANSWER, MONDAY + 61 * MINUTE, maria)
    make_request(received_at=MONDAY)  # has waited two hours
    make_request(received_at=MONDAY + 90 * MINUTE)  # has waited half an hour

    assert figures_at(MONDAY + 120 * MINUTE).tried_within_an_hour == Share(1, 3)


@pytest.mark.django_db
def test_who_asks_overnight_is_reached_the_same_day_if_it_is_the_next_opening_day(maria):
    friday_night = MONDAY - timedelta(days=3) + 13 * HOUR
    pressed(make_request(received_at=friday_night), Outcome.REACHED, MONDAY + HOUR, maria)
    pressed(make_request(received_at=friday_night), Outcome.REACHED, MONDAY + timedelta(days=1), maria)

    assert figures_at(MONDAY + timedelta(days=2)).reached_the_same_day == Share(1, 2)


@pytest.mark.django_db
def test_somebody_whose_day_is_not_over_counts_for_the_same_day_only_when_reached(maria):
    make_request(received_at=MONDAY)
    pressed(make_request(received_at=MONDAY), Outcome.REACHED, MONDAY + HOUR, maria)

    assert figures_at(MONDAY + 2 * HOUR).reached_the_same_day == Share(1, 1)
    assert figures_at(MONDAY + timedelta(days=1)).reached_the_same_day == Share(1, 2)


# --- calls --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_calls_are_counted_by_the_clinics_hour_and_by_the_number_of_the_try(maria):
    ana, ben = make_request(received_at=MONDAY), make_request(received_at=MONDAY)
    pressed(ana, Outcome.NO_ANSWER, MONDAY + 10 * MINUTE, maria)
    pressed(ana, Outcome.LEFT_MESSAGE, MONDAY + 5 * HOUR, maria)
    pressed(ana, Outcome.REACHED, MONDAY + 5 * HOUR + MINUTE, maria)
    pressed(ben, Outcome.CLOSED, MONDAY + 20 * MINUTE, maria, reason=Reason.DECLINED)

    found = figures_at(MONDAY + 8 * HOUR)

    assert found.by_hour == {9: Reach(2, 1), 14: Reach(2, 1)}
    assert found.by_number == {1: Reach(2, 1), 2: Reach(1, 0), 3: Reach(1, 1)}
    assert found.unanswered == Share(2, 4)


@pytest.mark.django_db
def test_what_was_undone_and_what_was_written_are_no_calls(maria):
    ana, ben = make_request(received_at=MONDAY), make_request(received_at=MONDAY, email="ben@example.com")
    work.undo(pressed(ana, Outcome.NO_ANSWER, MONDAY, maria), by=maria, now=MONDAY)
    pressed(ben, Outcome.WROTE, MONDAY, maria)

    assert figures_at(MONDAY + HOUR).tries == []


@pytest.mark.django_db
def test_how_a_talk_ended_is_not_another_call(maria):
    ana = make_request(received_at=MONDAY)
    pressed(ana, Outcome.REACHED, MONDAY, maria)
    pressed(ana, Outcome.BOOKED, MONDAY + 5 * MINUTE, maria)

    assert figures_at(MONDAY + HOUR).by_number == {1: Reach(1, 1)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("zone", "hour"),
    [("America/Chicago", 9), ("Asia/Kathmandu", 21), ("Australia/Lord_Howe", 2)],
)
def test_the_hour_is_right_where_clocks_are_a_part_of_an_hour_apart(settings, maria, zone, hour):
    settings.CLINIC = replace(settings.CLINIC, time_zone=ZoneInfo(zone), week=())
    pressed(make_request(received_at=MONDAY), Outcome.NO_ANSWER, MONDAY + 20 * MINUTE, maria)

    assert set(figures_at(MONDAY + HOUR).by_hour) == {hour}


@pytest.mark.django_db
def test_a_call_counts_on_the_day_it_was_made(maria):
    earlier = make_request(received_at=MONDAY - timedelta(days=30))
    pressed(earlier, Outcome.NO_ANSWER, MONDAY, maria)
    pressed(earlier, Outcome.NO_ANSWER, MONDAY + timedelta(days=8), maria)

    found = figures_at(MONDAY + HOUR)

    assert found.by_number == {1: Reach(1, 0)}
    assert found.funnel == Funnel()


# --- what comes of requests ---------------------------------------------------------------------


@pytest.mark.django_db
def test_requests_are_told_apart_by_page_and_topic_with_how_far_they_came(maria):
    iron, veins = {"source": "/causes/iron/"}, {"source": "/vascular/veins/"}
    ana = make_request(received_at=MONDAY, topic=Topic.VEINS, **iron)
    ben = make_request(received_at=MONDAY, topic=Topic.RLS, **iron)
    make_request(received_at=MONDAY, topic=Topic.RLS, **veins)
    pressed(ana, Outcome.BOOKED, MONDAY, maria)
    pressed(ben, Outcome.REACHED, MONDAY, maria)

    found = figures_at(MONDAY + HOUR)

    assert found.funnel == Funnel(3, 2, 1)
    assert found.by_source == {"/causes/iron/": Funnel(2, 2, 1), "/vascular/veins/": Funnel(1, 0, 0)}
    assert found.by_topic == {Topic.VEINS: Funnel(1, 1, 1), Topic.RLS: Funnel(2, 1, 0)}
    assert found.outcomes == {State.SCHEDULED: 1, State.TALKING: 1, State.NEW: 1}


@pytest.mark.django_db
def test_spam_and_duplicates_count_apart():
    make_request(received_at=MONDAY)
    make_request(received_at=MONDAY, state=State.SPAM, spam_reasons=["A link."])
    make_request(received_at=MONDAY, state=State.DUPLICATE)

    found = figures_at(MONDAY + 2 * HOUR)

    assert found.funnel.received == 1
    assert found.set_aside == {State.SPAM: Share(1, 3), State.DUPLICATE: Share(1, 3)}
    assert found.to_first_try.minutes == [120]


@pytest.mark.django_db
def test_a_test_counts_nowhere(maria):
    test = make_request(received_at=MONDAY, is_test=True)
    pressed(test, Outcome.NO_ANSWER, MONDAY + MINUTE, maria)
    make_mail(request=test, state=OutboxMail.State.FAILED, due_at=None)
    spam = make_request(received_at=MONDAY, state=State.SPAM, is_test=True, restored_at=MONDAY)
    now = MONDAY + timedelta(days=1)

    found, standing = figures_at(now), figures.standing(now)

    assert (found.arrivals, found.tries, found.untouched) == ([], [], 0)
    assert found.funnel == Funnel()
    assert sum(standing.open_by_age.values()) == standing.mails_failed == 0
    assert list(figures.untouched_at(now)) == []
    assert spam not in Days.until(now, 7).received()


# --- what should be nought ----------------------------------------------------------------------

CLOSING = MONDAY.replace(hour=17)


@pytest.mark.django_db
def test_a_request_is_untouched_if_nobody_tried_it_before_the_clinic_closed(maria):
    make_request(received_at=MONDAY - timedelta(days=2))  # came on Saturday
    make_request(received_at=CLOSING - MINUTE)
    make_request(received_at=CLOSING + MINUTE)  # belongs to Tuesday
    pressed(make_request(received_at=MONDAY), Outcome.NO_ANSWER, CLOSING - MINUTE, maria)
    pressed(make_request(received_at=MONDAY), Outcome.NO_ANSWER, CLOSING + MINUTE, maria)
    pressed(make_request(received_at=MONDAY), Outcome.CLOSED, CLOSING - MINUTE, maria, reason=Reason.INSURANCE)
    pressed(make_request(received_at=MONDAY), Outcome.CLOSED, CLOSING + MINUTE, maria, reason=Reason.INSURANCE)
    pressed(make_request(received_at=MONDAY), Outcome.CLOSED, CLOSING + MINUTE, maria, reason=Reason.SPAM)

    assert figures_at(CLOSING - MINUTE).untouched == 0
    assert figures_at(CLOSING + HOUR).untouched == figures.untouched_at(CLOSING).count() == 4


@pytest.mark.django_db
def test_what_was_untouched_for_days_is_still_so_at_each_closing_but_counts_once_in_the_figures():
    make_request(received_at=MONDAY)
    wednesday = CLOSING + timedelta(days=2)

    assert figures.untouched_at(wednesday).count() == 1
    assert figures_at(wednesday + HOUR).untouched == 1


@pytest.mark.django_db
def test_what_was_taken_and_then_left_is_counted_on_its_day(maria):
    for changes in ({}, {}, {"is_test": True}):
        work.claim(make_request(**changes), by=maria, version=1, now=MONDAY)
    work.claim(make_request(), by=maria, version=1, now=MONDAY - timedelta(days=8))
    kept = make_request()
    work.claim(kept, by=maria, version=1, now=MONDAY)
    pressed(kept, Outcome.NO_ANSWER, MONDAY + MINUTE, maria)

    work.let_go(MONDAY + HOUR)

    assert figures_at(MONDAY + HOUR).left_lying == 2


@pytest.mark.django_db
def test_open_requests_are_told_by_age_and_closed_ones_are_not():
    for days in (0, 1, 2, 3, 6, 7, 13, 14, 100):
        make_request(received_at=MONDAY - timedelta(days=days))
    make_request(received_at=MONDAY, state=State.DECLINED)

    assert figures.standing(MONDAY).open_by_age == {
        "Less than a day": 1,
        "1 or 2 days": 2,
        "3 to 6 days": 2,
        "7 to 13 days": 2,
        "14 days or more": 2,
    }


@pytest.mark.django_db
def test_mail_that_went_wrong_is_counted_also_when_it_is_about_no_request():
    make_mail(state=OutboxMail.State.FAILED, due_at=None)
    make_mail(request=None, kind=OutboxMail.Kind.DIGEST, day=MONDAY.date(), state=OutboxMail.State.FAILED, due_at=None)
    make_mail(state=OutboxMail.State.UNCERTAIN, due_at=None)
    make_mail(state=OutboxMail.State.SENT, due_at=None)

    standing = figures.standing(MONDAY)

    assert (standing.mails_failed, standing.mails_uncertain) == (2, 1)
