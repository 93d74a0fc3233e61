"""A press is written down once, and what the rules forbid is refused with a reason."""

import pytest
from django.db import DatabaseError

from rlsinfo.consultations import work
from rlsinfo.consultations.models import (
    CLOSED_STATES,
    OPEN_STATES,
    ContactAttempt,
    Outcome,
    Reason,
    State,
)
from tests.consultations.desk_work.at_work import NOW, TUESDAY, beside, close, everything, on, press, refused, reread
from tests.factories import make_request

pytestmark = pytest.mark.django_db


def test_a_press_says_what_happened_who_when_and_why(maria):
    request = make_request()

    attempt = press(request, Outcome.NO_ANSWER, by=maria, why="  rang for a minute ")

    stored = ContactAttempt.objects.get()
    assert stored == attempt
    assert (stored.outcome, stored.number, stored.at, stored.why) == ("no_answer", 1, NOW, "rang for a minute")
    assert (stored.by_id, stored.by_name) == (maria.pk, "Maria Lopez")
    assert (stored.from_state, stored.to_state) == (State.NEW, State.TRYING)
    assert (reread(request).state, reread(request).state_changed_at) == (State.TRYING, NOW)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.NO_ANSWER, State.TRYING),
        (Outcome.LEFT_MESSAGE, State.TRYING),
        (Outcome.WRONG_NUMBER, State.TRYING),
        (Outcome.WROTE, State.TRYING),
        (Outcome.TEXTED, State.TRYING),
        (Outcome.REACHED, State.TALKING),
        (Outcome.CALL_BACK, State.CALL_BACK),
        (Outcome.BOOKED, State.SCHEDULED),
        (Outcome.CLOSED, State.DECLINED),
    ],
)
def test_a_press_leads_where_its_button_says(maria, outcome, state):
    for came_from in [each for each in OPEN_STATES if not each == state == State.TALKING]:
        request = make_request(state=came_from, email="ana@example.com", text_consent_version="texts-2026-11")

        press(request, outcome, by=maria, **beside(outcome))

        assert reread(request).state == state


def test_who_is_on_the_phone_is_reached_already(maria):
    with refused("“Reached” is not possible for this request."):
        press(make_request(state=State.TALKING), Outcome.REACHED, by=maria)


def test_the_past_keeps_the_name_of_an_account_that_is_gone(maria):
    press(make_request(), Outcome.NO_ANSWER, by=maria)

    maria.delete()

    assert ContactAttempt.objects.get().by_name == "Maria Lopez"


def test_a_press_and_what_it_changes_stand_or_fall_together(maria, monkeypatch):
    request = make_request()
    before = everything(request)

    def database_is_full(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr(ContactAttempt, "save", database_is_full)
    with pytest.raises(DatabaseError):
        press(request, Outcome.NO_ANSWER, by=maria)

    assert everything(request) == before


def test_tries_are_counted_until_somebody_answers(maria):
    request = make_request(email="ana@example.com")
    numbers, tries = [], []
    for outcome in (Outcome.NO_ANSWER, Outcome.WROTE, Outcome.REACHED, Outcome.CALL_BACK, Outcome.LEFT_MESSAGE):
        numbers.append(press(request, outcome, by=maria).number)
        tries.append(reread(request).tries)

    assert numbers == [1, 2, 3, None, 4]
    assert tries == [1, 2, 0, 0, 1]


@pytest.mark.parametrize("outcome", [Outcome.CALL_BACK, Outcome.BOOKED, Outcome.CLOSED])
def test_what_is_said_at_the_end_of_a_talk_is_no_other_try(maria, outcome):
    request = make_request(state=State.TALKING)

    assert press(request, outcome, by=maria, **beside(outcome)).number is None


def test_the_times_of_the_first_try_and_of_the_first_contact_are_kept(maria):
    request = make_request()
    press(request, Outcome.NO_ANSWER, by=maria, at=on(16, 9))
    assert (reread(request).first_try_at, reread(request).first_contact_at) == (on(16, 9), None)

    press(request, Outcome.REACHED, by=maria, at=on(16, 12))
    press(request, Outcome.BOOKED, by=maria, at=on(16, 13), visit_date=TUESDAY)

    assert (reread(request).first_try_at, reread(request).first_contact_at) == (on(16, 9), on(16, 12))


def test_who_says_no_was_reached(maria):
    request = make_request()

    close(request, Reason.DECLINED, by=maria)

    assert (reread(request).first_contact_at, reread(request).first_try_at) == (NOW, NOW)


def test_closing_without_a_call_is_no_try(maria):
    request = make_request()

    close(request, Reason.OUT_OF_AREA, by=maria)

    assert (reread(request).first_contact_at, reread(request).first_try_at) == (None, None)
    assert ContactAttempt.objects.get().number is None


def test_no_message_is_left_where_none_may_be_left(maria):
    request = make_request(may_leave_message=False)

    assert Outcome.LEFT_MESSAGE not in work.outcomes_for(request)
    with refused("“Left a message” is not possible for this request."):
        press(request, Outcome.LEFT_MESSAGE, by=maria)
    assert not ContactAttempt.objects.exists()


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.LEFT_MESSAGE, Outcome.WRONG_NUMBER])
def test_nobody_calls_where_there_is_no_number(maria, outcome):
    request = make_request(phone="", email="ana@example.com")

    with refused("is not possible for this request"):
        press(request, outcome, by=maria)


def test_nobody_writes_where_there_is_no_address(maria):
    with refused("“Wrote an e-mail” is not possible"):
        press(make_request(email=""), Outcome.WROTE, by=maria)


def test_nobody_texts_who_was_not_given_leave_to(maria):
    for request in (
        make_request(),
        make_request(phone="", email="a@example.com", text_consent_version="texts-2026-11"),
    ):
        with refused("“Sent a text” is not possible"):
            press(request, Outcome.TEXTED, by=maria)


def test_who_wants_no_more_texts_gets_none_and_can_still_be_called(maria):
    request = make_request(text_consent_version="texts-2026-11")

    work.end_texts(request, by=maria, version=1, now=NOW)

    ended = reread(request)
    assert (ended.text_consent_ended_at, ended.text_consent_version) == (NOW, "texts-2026-11")
    assert Outcome.TEXTED not in work.outcomes_for(ended)
    assert Outcome.NO_ANSWER in work.outcomes_for(ended)
    assert ended.events.get().why == "They want no more text messages."
    with refused("They have not agreed to text messages"):
        work.end_texts(ended, by=maria, version=2, now=NOW)


def test_a_number_or_an_address_that_was_learned_can_be_used(maria):
    no_phone = make_request(phone="", email="a@example.com", corrected_phone="555 010 0177")
    no_email = make_request(email="", corrected_email="a@example.com")

    press(no_phone, Outcome.NO_ANSWER, by=maria)
    press(no_email, Outcome.WROTE, by=maria)

    assert ContactAttempt.objects.count() == 2


@pytest.mark.parametrize("state", CLOSED_STATES)
@pytest.mark.parametrize("outcome", Outcome)
def test_no_button_works_on_a_closed_request(maria, state, outcome):
    request = make_request(state=state, email="ana@example.com")

    assert work.outcomes_for(request) == []
    with refused("This request is closed. Open it again first."):
        press(request, outcome, by=maria, **beside(outcome))
