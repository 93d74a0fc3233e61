"""When a request comes back, when it is late, and which moments nobody can plan a call for."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rlsinfo.consultations import timing
from rlsinfo.consultations.hours import PartOfDay
from rlsinfo.consultations.models import ConsultationRequest, ContactAttempt, Outcome, State

CHICAGO = ZoneInfo("America/Chicago")
THANKSGIVING = date(2026, 11, 26)


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 by the clock of the clinic; the 16th is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=CHICAGO)


@pytest.fixture(autouse=True)
def clinic(settings):
    """Open from 8 to 5 with an hour for lunch, and it calls by the end of the next day."""
    week = (((time(8), time(12)), (time(13), time(17))),) * 5 + ((),) * 2
    settings.CLINIC = replace(
        settings.CLINIC, time_zone=CHICAGO, week=week, holidays=frozenset({THANKSGIVING}), call_back_days=1
    )


@pytest.fixture
def unknown_hours(settings, clinic):
    settings.CLINIC = replace(settings.CLINIC, week=((),) * 7, call_back_days=None)


def suggested(outcome: Outcome, now: datetime, tried: tuple[datetime, ...] = (), **changes) -> datetime | None:
    request = ConsultationRequest(**{"phone": "555 010 0177", "best_times": []} | changes)
    attempts = [ContactAttempt(at=at) for at in reversed(tried)]
    return timing.suggestion(request, outcome, attempts, now)


# --- when it comes back -------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.WRONG_NUMBER])
def test_who_did_not_answer_in_the_morning_is_tried_at_another_time_of_the_same_day(outcome):
    assert suggested(outcome, on(16, 9)) == on(16, 11)


def test_a_time_that_the_person_asked_for_is_preferred():
    assert suggested(Outcome.NO_ANSWER, on(16, 9), best_times=["afternoon"]) == on(16, 14)


def test_later_tries_are_made_on_later_days():
    assert suggested(Outcome.NO_ANSWER, on(16, 14), tried=(on(16, 9),)).date() == date(2026, 11, 17)
    assert suggested(Outcome.NO_ANSWER, on(20, 14), tried=(on(20, 9),)).date() == date(2026, 11, 23)


def test_tries_as_they_are_suggested_meet_three_days_and_every_part_of_the_day():
    tried = [on(16, 9)]
    while len(tried) < 6:
        tried.append(suggested(Outcome.NO_ANSWER, tried[-1], tuple(tried[:-1])))

    assert len({at.date() for at in tried}) >= 3
    assert {timing.hours().part_of_day(at) for at in tried} == set(PartOfDay)


def test_who_may_be_in_danger_is_tried_again_after_half_an_hour():
    assert suggested(Outcome.NO_ANSWER, on(16, 9), urgent=True) == on(16, 9, 30)
    assert suggested(Outcome.LEFT_MESSAGE, on(16, 16, 50), urgent=True) == on(17, 8, 20)


def test_a_talk_is_over_after_a_quarter_of_an_hour():
    assert suggested(Outcome.REACHED, on(16, 9)) == on(16, 9, 15)


def test_who_wants_to_be_called_later_is_called_on_another_day_at_their_time():
    assert suggested(Outcome.CALL_BACK, on(16, 9)) == on(17, 8)
    assert suggested(Outcome.CALL_BACK, on(25, 9), best_times=["afternoon"]) == on(27, 14)


def test_who_gave_a_wrong_number_is_written_to_at_once():
    assert suggested(Outcome.WRONG_NUMBER, on(16, 9), email="ana@example.com") == on(16, 9)
    assert suggested(Outcome.WRONG_NUMBER, on(16, 20), email="ana@example.com") == on(17, 8)
    assert suggested(Outcome.WRONG_NUMBER, on(16, 9), corrected_email="ana@example.com") == on(16, 9)


def test_who_was_written_to_has_two_days_to_answer():
    assert suggested(Outcome.WROTE, on(16, 9)) == on(18, 17)
    assert suggested(Outcome.WROTE, on(25, 9)) == on(30, 17)


@pytest.mark.parametrize("outcome", [Outcome.BOOKED, Outcome.CLOSED])
def test_what_is_done_does_not_come_back(outcome):
    assert suggested(outcome, on(16, 9)) is None


@pytest.mark.parametrize("outcome", [each for each in Outcome if each not in {Outcome.BOOKED, Outcome.CLOSED}])
@pytest.mark.parametrize("urgent", [False, True])
def test_every_suggestion_is_a_time_in_opening_hours_by_the_clock_of_the_clinic(outcome, urgent):
    for now in (on(16, 9).astimezone(ZoneInfo("UTC")), on(21, 3), on(25, 16, 59)):
        again = suggested(outcome, now, urgent=urgent)

        assert again.tzinfo is CHICAGO
        assert again > now
        # A talk ends when it ends, and who was written to has until the doors close.
        if outcome not in {Outcome.REACHED, Outcome.WROTE}:
            assert timing.problem_with(again, now) == ""


@pytest.mark.usefixtures("unknown_hours")
def test_where_hours_are_unknown_it_comes_back_in_office_hours():
    assert suggested(Outcome.NO_ANSWER, on(16, 9)) == on(16, 11)
    assert suggested(Outcome.NO_ANSWER, on(20, 16)).date() == date(2026, 11, 23)


# --- when it is late ----------------------------------------------------------------------------


def test_a_new_request_is_late_when_the_promise_is_broken():
    assert timing.overdue_at(State.NEW, on(16, 9), clock_started_at=on(16, 9)) == on(17, 17)
    assert timing.overdue_at(State.NEW, on(20, 22), clock_started_at=on(20, 22)) == on(24, 17)


def test_without_a_promise_a_new_request_is_late_after_an_opening_hour(settings):
    settings.CLINIC = replace(settings.CLINIC, call_back_days=None)

    assert timing.overdue_at(State.NEW, on(16, 11, 30), clock_started_at=on(16, 11, 30)) == on(16, 13, 30)
    assert timing.overdue_at(State.NEW, on(21, 9), clock_started_at=on(21, 9)) == on(23, 9)


@pytest.mark.usefixtures("unknown_hours")
def test_without_hours_a_new_request_is_late_after_an_office_hour():
    assert timing.overdue_at(State.NEW, on(21, 9), clock_started_at=on(21, 9)) == on(23, 10)


def test_another_try_is_late_when_its_day_and_the_next_have_passed():
    assert timing.overdue_at(State.TRYING, on(16, 14), clock_started_at=on(9, 9)) == on(17, 17)
    assert timing.overdue_at(State.TRYING, on(25, 14), clock_started_at=on(9, 9)) == on(27, 17)


@pytest.mark.parametrize("state", [State.CALL_BACK, State.TALKING])
def test_a_promised_call_is_late_after_a_quarter_of_an_hour(state):
    assert timing.overdue_at(state, on(16, 14), clock_started_at=on(9, 9)) == on(16, 14, 15)


# --- moments for a call -------------------------------------------------------------------------


@pytest.mark.parametrize("again", [on(16, 9, 1), on(17, 8), on(17, 16, 59), on(16, 9) + 365 * timedelta(days=1)])
def test_a_call_can_be_planned_for_any_opening_hour_of_the_next_year(again):
    assert timing.problem_with(again, on(16, 9)) == ""


@pytest.mark.parametrize(
    ("again", "sentence"),
    [
        (on(16, 9), "That time has passed."),
        (on(13, 9), "That time has passed."),
        (on(16, 12, 30), "The clinic is closed then."),
        (on(16, 17), "The clinic is closed then."),
        (on(17, 7, 59), "The clinic is closed then."),
        (on(21, 10), "The clinic is closed then."),
        (on(26, 10), "The clinic is closed then."),
        (on(16, 10).replace(year=2028), "That is more than a year away."),
    ],
)
def test_nobody_plans_a_call_for_the_past_a_closed_hour_or_a_wrong_year(again, sentence):
    assert timing.problem_with(again, on(16, 9)).startswith(sentence)


@pytest.mark.usefixtures("unknown_hours")
def test_where_hours_are_unknown_staff_know_best():
    assert timing.problem_with(on(21, 20), on(16, 9)) == ""
    assert timing.problem_with(on(16, 9), on(16, 9)) != ""


# --- waiting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        (on(16, 9), on(16, 9, 42), "42 min of opening hours"),
        (on(16, 9), on(16, 10), "1 h 0 min of opening hours"),
        (on(16, 11, 50), on(16, 13, 10), "20 min of opening hours"),
        (on(20, 16), on(23, 10, 10), "3 h 10 min of opening hours"),
        (on(21, 3), on(22, 3), "0 min of opening hours"),
    ],
)
def test_waiting_is_counted_in_opening_hours(since, until, words):
    assert timing.waited(since, until) == words


@pytest.mark.usefixtures("unknown_hours")
def test_where_hours_are_unknown_waiting_is_counted_by_the_clock():
    assert timing.waited(on(20, 16), on(21, 16)).replace("\N{NO-BREAK SPACE}", " ") == "1 day"


@pytest.mark.parametrize(
    ("spans", "parts"),
    [
        (((time(8), time(11)),), {PartOfDay.MORNING}),
        (((time(8), time(11, 30)),), {PartOfDay.MORNING, PartOfDay.MIDDAY}),
        (((time(14), time(19)),), {PartOfDay.AFTERNOON}),
        (((time(8), time(10)), (time(15), time(17))), {PartOfDay.MORNING, PartOfDay.AFTERNOON}),
    ],
)
def test_a_clinic_that_is_open_for_half_a_day_calls_in_half_the_parts_of_the_day(settings, spans, parts):
    settings.CLINIC = replace(settings.CLINIC, week=(spans,) + ((),) * 6)

    assert timing.parts_open() == parts


@pytest.mark.usefixtures("unknown_hours")
def test_office_hours_have_every_part_of_the_day():
    assert timing.parts_open() == set(PartOfDay)
