"""A request is closed with a reason, and given up only after enough tries."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User

from rlsinfo.consultations import work
from rlsinfo.consultations.models import (
    ConsultationRequest,
    Outcome,
    Reason,
    State,
)
from tests.consultations.desk_work.at_work import NOW, TUESDAY, close, on, press, refused, reread
from tests.factories import make_request

pytestmark = pytest.mark.django_db


def test_nobody_closes_a_request_without_saying_why(maria):
    request = make_request()

    with refused("Say why the request is closed."):
        press(request, Outcome.CLOSED, by=maria)

    assert reread(request).is_open


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (Reason.OWN_DOCTOR, State.NOT_FOR_US),
        (Reason.OUT_OF_AREA, State.NOT_FOR_US),
        (Reason.INSURANCE, State.NOT_FOR_US),
        (Reason.DECLINED, State.DECLINED),
        (Reason.SPAM, State.SPAM),
        (Reason.TEST, State.TEST),
    ],
)
def test_a_closed_request_says_why_and_is_in_nobodys_hands(maria, reason, state):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    close(request, reason, by=maria)

    closed = reread(request)
    assert (closed.state, closed.close_reason, closed.closed_at) == (state, reason, NOW)
    assert (closed.next_due_at, closed.claimed_by, closed.claimed_until) == (None, None, None)
    assert list(ConsultationRequest.objects.closed()) == [request]


def test_spam_that_a_person_found_needs_no_second_look(maria):
    request = make_request()

    close(request, Reason.SPAM, by=maria)

    assert not ConsultationRequest.objects.to_skim().exists()


def test_a_visit_has_a_day_that_has_not_passed(maria):
    request = make_request()
    with refused("Say on which day the visit is."):
        press(request, Outcome.BOOKED, by=maria)
    with refused("That day has passed."):
        press(request, Outcome.BOOKED, by=maria, visit_date=TUESDAY - timedelta(days=2))

    press(request, Outcome.BOOKED, by=maria, visit_date=TUESDAY)

    assert (reread(request).state, reread(request).visit_date) == (State.SCHEDULED, TUESDAY)


def test_a_visit_can_be_today(maria):
    request = make_request()

    press(request, Outcome.BOOKED, by=maria, visit_date=NOW.date())

    assert reread(request).visit_date == NOW.date()


def test_a_duplicate_names_the_request_that_counts(maria):
    first, again = make_request(reference="K7MR4PXD"), make_request()

    close(again, Reason.DUPLICATE, by=maria, same_as=" k7mr 4pxd ")

    assert (reread(again).state, reread(again).related_to) == (State.DUPLICATE, first)


@pytest.mark.parametrize("same_as", ["", "K7MR4PXC", "itself"])
def test_a_duplicate_of_nothing_is_refused(maria, same_as):
    request = make_request()

    with refused("Give the reference of the other request"):
        close(request, Reason.DUPLICATE, by=maria, same_as=request.reference if same_as == "itself" else same_as)

    assert reread(request).is_open


def test_a_duplicate_of_a_duplicate_is_refused(maria):
    copy = make_request(state=State.DUPLICATE)

    with refused("That request is a duplicate itself."):
        close(make_request(), Reason.DUPLICATE, by=maria, same_as=copy.reference)


def test_what_was_a_test_never_counts(maria):
    request = make_request()

    close(request, Reason.TEST, by=maria)

    assert reread(request).is_test
    assert not ConsultationRequest.objects.real().exists()


# --- giving up ----------------------------------------------------------------------------------

SIX_TRIES = (on(16, 9), on(16, 12), on(17, 9), on(17, 15), on(18, 12), on(18, 15))


def tried_at(times: tuple[datetime, ...], by: User, outcome: Outcome = Outcome.NO_ANSWER, **changes: Any):
    """A request that somebody tried in vain at each of these times."""
    request = make_request(**changes)
    for at in times:
        press(request, outcome, by=by, at=at)
    return request


def test_after_six_tries_on_three_days_in_three_parts_of_the_day_somebody_could_not_be_reached(maria):
    request = tried_at(SIX_TRIES, maria)

    close(request, Reason.NO_CONTACT, by=maria, at=on(18, 16))

    assert (reread(request).state, reread(request).close_reason) == (State.NO_CONTACT, Reason.NO_CONTACT)


@pytest.mark.parametrize(
    ("times", "missing"),
    [
        ((), "0 of 6 tries, on 0 of 3 days, in 0 of 3 parts of the day"),
        (SIX_TRIES[1:], "5 of 6 tries, on 3 of 3 days, in 3 of 3 parts of the day"),
        (tuple(at.replace(day=16 + at.day % 2) for at in SIX_TRIES), "6 of 6 tries, on 2 of 3 days"),
        (tuple(at.replace(hour=9 if at.hour == 12 else at.hour) for at in SIX_TRIES), "in 2 of 3 parts of the day"),
    ],
)
def test_it_is_too_early_to_give_up_while_anything_is_missing(maria, times, missing):
    request = tried_at(times, maria)

    with refused(f"It is too early to give up: .*{missing}"):
        close(request, Reason.NO_CONTACT, by=maria, at=on(18, 16))

    assert reread(request).is_open


def test_days_and_parts_of_the_day_are_those_of_the_clinic(maria, settings):
    settings.CLINIC = replace(settings.CLINIC, time_zone=ZoneInfo("America/Chicago"))
    # Three days in UTC, two in Chicago.
    request = tried_at((on(16, 15), on(16, 18), on(16, 21), on(17, 15), on(17, 21), on(18, 3)), maria)

    assert work.why_not_give_up(reread(request)).startswith("6 of 6 tries, on 2 of 3 days, in 3 of 3 parts")


def test_a_clinic_that_is_open_in_the_mornings_tries_in_the_mornings(maria, settings):
    settings.CLINIC = replace(settings.CLINIC, week=(((time(8), time(11)),),) * 5 + ((),) * 2)
    request = tried_at(tuple(on(day, hour) for day in (16, 17, 18) for hour in (8, 9)), maria)

    close(request, Reason.NO_CONTACT, by=maria, at=on(18, 10))

    assert reread(request).state == State.NO_CONTACT


def test_tries_before_the_last_talk_do_not_count(maria):
    request = tried_at(SIX_TRIES, maria)
    press(request, Outcome.REACHED, by=maria, at=on(18, 16))
    press(request, Outcome.CALL_BACK, by=maria, at=on(18, 16))
    press(request, Outcome.NO_ANSWER, by=maria, at=on(19, 9))

    with refused("1 of 6 tries"):
        close(request, Reason.NO_CONTACT, by=maria, at=on(19, 10))


def test_tries_before_a_request_was_opened_again_do_not_count(maria):
    request = tried_at(SIX_TRIES, maria)
    close(request, Reason.NO_CONTACT, by=maria, at=on(18, 16))
    work.reopen(reread(request), by=maria, version=reread(request).version, why="They wrote", now=on(19, 9))
    press(request, Outcome.NO_ANSWER, by=maria, at=on(19, 9))

    with refused("1 of 6 tries"):
        close(request, Reason.NO_CONTACT, by=maria, at=on(19, 10))


def test_a_try_that_was_undone_does_not_count(maria):
    request = tried_at(SIX_TRIES[:-1], maria)
    mistaken = press(request, Outcome.NO_ANSWER, by=maria, at=on(18, 15))
    work.undo(mistaken, by=maria, now=on(18, 15))

    assert [each.at for each in work.tries_since_contact(reread(request))] == sorted(SIX_TRIES[:-1], reverse=True)
    with refused("5 of 6 tries"):
        close(request, Reason.NO_CONTACT, by=maria, at=on(18, 16))


def test_a_wrong_number_and_no_address_is_the_end(maria):
    request = tried_at((on(16, 9),), maria, Outcome.WRONG_NUMBER)

    close(request, Reason.NO_CONTACT, by=maria)

    assert reread(request).state == State.NO_CONTACT


def test_a_wrong_number_is_not_the_end_where_there_is_an_address(maria):
    request = tried_at((on(16, 9),), maria, Outcome.WRONG_NUMBER, email="ana@example.com")

    with refused("too early"):
        close(request, Reason.NO_CONTACT, by=maria)


def test_who_gave_an_address_alone_is_written_to_three_times_on_three_days(maria):
    email_alone = {"phone": "", "email": "ana@example.com"}
    two_letters = tried_at((on(16, 9), on(18, 9)), maria, Outcome.WROTE, **email_alone)
    two_days = tried_at((on(16, 9), on(16, 15), on(18, 9)), maria, Outcome.WROTE, **email_alone)
    enough = tried_at((on(16, 9), on(18, 9), on(20, 9)), maria, Outcome.WROTE, **email_alone)

    with refused("2 of 3 e-mails written, on 2 of 3 days"):
        close(two_letters, Reason.NO_CONTACT, by=maria, at=on(20, 9))
    with refused("3 of 3 e-mails written, on 2 of 3 days"):
        close(two_days, Reason.NO_CONTACT, by=maria, at=on(20, 9))
    close(enough, Reason.NO_CONTACT, by=maria, at=on(20, 9))

    assert reread(enough).state == State.NO_CONTACT


@pytest.mark.parametrize("state", [State.NEW, State.TALKING])
def test_nobody_gives_up_on_somebody_who_was_not_tried_or_is_on_the_phone(maria, state):
    request = make_request(state=state)

    with refused("too early"):
        close(request, Reason.NO_CONTACT, by=maria)
