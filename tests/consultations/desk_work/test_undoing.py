"""For a minute a press can be taken back, and everything is as it was."""

from datetime import timedelta
from itertools import product

import pytest

from rlsinfo.consultations import work
from rlsinfo.consultations.models import (
    OPEN_STATES,
    ContactAttempt,
    Event,
    Outcome,
    Reason,
    State,
)
from tests.consultations.desk_work.at_work import NOW, beside, everything, press, refused, reread
from tests.factories import make_request

pytestmark = pytest.mark.django_db

CHANGED_BY_EVERY_UNDO = {"version", "claimed_by_id", "claimed_until"}


@pytest.mark.parametrize(
    ("state", "outcome"),
    [each for each in product(OPEN_STATES, Outcome) if each != (State.TALKING, Outcome.REACHED)],
)
def test_undo_puts_everything_back(maria, state, outcome):
    other = make_request()
    request = make_request(
        state=state,
        email="ana@example.com",
        text_consent_version="texts-2026-11",
        received_at=NOW - timedelta(days=2, microseconds=7),
        next_due_at=NOW - timedelta(microseconds=11),
        tries=2,
        first_try_at=NOW - timedelta(days=1, microseconds=13),
        related_to=other,
    )
    before = everything(request)
    attempt = press(request, outcome, by=maria, **beside(outcome))
    assert everything(request) != before

    work.undo(attempt, by=maria, now=NOW + timedelta(seconds=60))

    after = everything(request)
    assert {name: after[name] for name in before if name not in CHANGED_BY_EVERY_UNDO} == {
        name: before[name] for name in before if name not in CHANGED_BY_EVERY_UNDO
    }


@pytest.mark.parametrize("reason", [Reason.DUPLICATE, Reason.TEST, Reason.SPAM, Reason.INSURANCE])
def test_undo_puts_back_what_was_closed_by_mistake(maria, reason):
    other, request = make_request(), make_request()
    before = everything(request)
    attempt = press(request, Outcome.CLOSED, by=maria, reason=reason, same_as=other.reference)

    work.undo(attempt, by=maria, now=NOW)

    assert {name for name, value in everything(request).items() if value != before[name]} == CHANGED_BY_EVERY_UNDO


def test_after_undo_the_request_is_in_the_hands_of_whoever_mistook_a_button(maria):
    request = make_request()

    work.undo(press(request, Outcome.NO_ANSWER, by=maria), by=maria, now=NOW)

    assert reread(request).claimed_by == maria
    assert reread(request).is_claimed(NOW + timedelta(minutes=14))


def test_what_was_undone_stays_in_the_history_and_counts_for_nothing(maria):
    request = make_request()
    attempt = press(request, Outcome.NO_ANSWER, by=maria)

    work.undo(attempt, by=maria, now=NOW + timedelta(seconds=5))

    attempt.refresh_from_db()
    assert attempt.undone_at == NOW + timedelta(seconds=5)
    event = request.events.get()
    assert (event.kind, event.at, event.by_id, event.why) == (
        Event.Kind.UNDONE,
        attempt.undone_at,
        maria.pk,
        "No answer",
    )
    assert work.tries_since_contact(reread(request)) == []
    assert press(request, Outcome.NO_ANSWER, by=maria).number == 1


def test_after_a_minute_nothing_is_undone(maria):
    request = make_request()
    attempt = press(request, Outcome.NO_ANSWER, by=maria)

    with refused("more than 60 seconds ago"):
        work.undo(attempt, by=maria, now=NOW + timedelta(seconds=61))

    assert reread(request).state == State.TRYING


def test_nobody_undoes_what_a_colleague_pressed(maria, sam):
    attempt = press(make_request(), Outcome.NO_ANSWER, by=maria)

    with refused("Only the person who pressed the button"):
        work.undo(attempt, by=sam, now=NOW)


def test_what_something_was_built_on_is_not_undone(maria, sam):
    request = make_request()
    attempt = press(request, Outcome.NO_ANSWER, by=maria)
    work.claim(reread(request), by=sam, version=2, now=NOW)

    with refused("Something has happened since"):
        work.undo(attempt, by=maria, now=NOW)

    assert (reread(request).state, reread(request).claimed_by) == (State.TRYING, sam)
    assert ContactAttempt.objects.get().undone_at is None


def test_the_last_press_is_undone_first(maria):
    request = make_request()
    first, second = (press(request, Outcome.NO_ANSWER, by=maria) for _ in range(2))

    with refused("Something has happened since"):
        work.undo(first, by=maria, now=NOW)
    work.undo(second, by=maria, now=NOW)
    with refused("Something has happened since"):
        work.undo(second, by=maria, now=NOW)

    assert reread(request).tries == 1
