"""After each press the request comes back to the list at a time that makes sense."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from rlsinfo.consultations import work
from rlsinfo.consultations.models import (
    Event,
    Outcome,
    State,
)
from rlsinfo.consultations.work import Overtaken
from tests.consultations.desk_work.at_work import NOW, TUESDAY, on, press, refused, reread
from tests.factories import make_request

pytestmark = pytest.mark.django_db


def test_a_press_brings_the_request_back_when_its_button_suggests(maria):
    request = make_request()

    attempt = press(request, Outcome.NO_ANSWER, by=maria, at=on(16, 9))

    assert reread(request).next_due_at == attempt.next_due_at == on(16, 14)
    assert reread(request).overdue_at == on(17, 17)


def test_another_time_can_be_chosen(maria):
    request = make_request()

    attempt = press(request, Outcome.CALL_BACK, by=maria, at=on(16, 9), again=on(20, 10))

    assert reread(request).next_due_at == attempt.next_due_at == on(20, 10)
    assert reread(request).overdue_at == on(20, 10) + timedelta(minutes=15)


def test_nobody_promises_a_call_for_a_closed_hour(maria, settings):
    week = (((time(9), time(17)),),) * 5 + ((),) * 2
    settings.CLINIC = replace(settings.CLINIC, week=week)
    request = make_request()

    with refused("The clinic is closed then."):
        press(request, Outcome.CALL_BACK, by=maria, at=on(16, 9), again=on(21, 10))
    with refused("That time has passed."):
        press(request, Outcome.CALL_BACK, by=maria, at=on(16, 9), again=on(13, 10))

    assert reread(request).state == State.NEW


def test_what_is_closed_does_not_come_back_even_if_a_time_was_typed(maria):
    request = make_request()

    press(request, Outcome.BOOKED, by=maria, at=on(16, 9), visit_date=TUESDAY, again=on(20, 10))

    assert (reread(request).next_due_at, reread(request).overdue_at, reread(request).closed_at) == (
        None,
        None,
        on(16, 9),
    )


def test_an_open_request_can_be_put_off(maria):
    request = make_request(state=State.CALL_BACK)

    work.reschedule(request, on(20, 10), by=maria, version=1, now=NOW)

    assert (reread(request).next_due_at, reread(request).overdue_at) == (on(20, 10), on(20, 10) + timedelta(minutes=15))
    assert (reread(request).state, reread(request).version) == (State.CALL_BACK, 2)
    assert (request.events.get().kind, request.events.get().by_name) == (Event.Kind.RESCHEDULED, "Maria Lopez")


def test_a_new_request_that_was_put_off_is_not_late_by_the_clock_of_its_arrival(maria):
    request = make_request()

    work.reschedule(request, on(20, 10), by=maria, version=1, now=NOW)

    assert (reread(request).state, reread(request).overdue_at) == (State.NEW, on(23, 17))


def test_nothing_is_put_off_to_the_past_or_over_the_head_of_a_colleague(maria, sam):
    request = make_request()
    with refused("That time has passed."):
        work.reschedule(request, NOW, by=maria, version=1, now=NOW)
    with refused("This request is closed"):
        work.reschedule(make_request(state=State.DECLINED), on(20, 10), by=maria, version=1, now=NOW)
    work.claim(request, by=maria, version=1, now=NOW)

    with pytest.raises(Overtaken):
        work.reschedule(reread(request), on(20, 10), by=sam, version=2, now=NOW)
    with pytest.raises(Overtaken):
        work.reschedule(reread(request), on(20, 10), by=maria, version=1, now=NOW)
