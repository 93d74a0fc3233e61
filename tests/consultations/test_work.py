"""What staff do with a request: each press is written down once, and what the rules forbid is refused with a reason."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, product
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection

from rlsinfo.consultations import work
from rlsinfo.consultations.intake import receive
from rlsinfo.consultations.models import (
    CLOSED_STATES,
    OPEN_STATES,
    ConsultationRequest,
    ConsultationRequestQuerySet,
    ContactAttempt,
    Draft,
    Event,
    Outcome,
    Reason,
    State,
)
from rlsinfo.consultations.work import NotAllowed, Overtaken, Press
from tests.factories import MONDAY_MORNING, make_answers, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

# A quarter past nine and a few millionths of a second: nothing is rounded on the way.
NOW = MONDAY_MORNING + timedelta(minutes=15, microseconds=123_457)
TUESDAY = date(2026, 11, 17)
CHANGED_BY_EVERY_UNDO = {"version", "claimed_by_id", "claimed_until"}

_tokens = count(1)


@pytest.fixture
def maria() -> User:
    return make_staff(username="maria", first_name="Maria", last_name="Lopez")


@pytest.fixture
def sam() -> User:
    return make_staff(username="sam")


def reread(request: ConsultationRequest) -> ConsultationRequest:
    return ConsultationRequest.objects.get(pk=request.pk)


def everything(request: ConsultationRequest) -> dict[str, Any]:
    """Every stored field of the request."""
    return ConsultationRequest.objects.filter(pk=request.pk).values().get()


def press(
    request: ConsultationRequest, outcome: Outcome, *, by: User, at: datetime = NOW, **beside: Any
) -> ContactAttempt:
    """A press on a page that was opened just now."""
    fresh = reread(request)
    said = Press(outcome, **{"token": f"token-of-page-{next(_tokens)}", "version": fresh.version} | beside)
    return work.press(fresh, said, by=by, now=at)


def close(request: ConsultationRequest, reason: Reason, *, by: User, at: datetime = NOW, **beside: Any) -> None:
    press(request, Outcome.CLOSED, by=by, at=at, reason=reason, **beside)


def beside(outcome: Outcome) -> dict[str, Any]:
    """What has to stand beside a button for it to be pressed."""
    return {Outcome.BOOKED: {"visit_date": TUESDAY}, Outcome.CLOSED: {"reason": Reason.DECLINED}}.get(outcome, {})


def on(day: int, hour: int) -> datetime:
    """A moment of November 2026; the 16th is a Monday. The clinic of these tests keeps UTC."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def refused(sentence: str) -> pytest.RaisesExc:
    return pytest.raises(NotAllowed, match=sentence)


# --- pressing a button --------------------------------------------------------------------------


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


# --- pressed twice ------------------------------------------------------------------------------


def test_the_same_press_twice_is_one_attempt(maria):
    request = make_request()
    at_the_desk = reread(request)

    first = press(request, Outcome.NO_ANSWER, by=maria, token="one", version=1)
    again = work.press(at_the_desk, Press(Outcome.NO_ANSWER, "one", version=1), by=maria, now=NOW)

    assert again == first
    assert (ContactAttempt.objects.count(), reread(request).tries, reread(request).version) == (1, 1, 2)


def test_another_button_on_the_page_that_was_used_is_not_lost_without_a_word(maria):
    request = make_request()
    press(request, Outcome.NO_ANSWER, by=maria, token="one", version=1)

    with pytest.raises(Overtaken):
        press(request, Outcome.BOOKED, by=maria, token="one", version=1, visit_date=TUESDAY)


def test_a_press_that_was_undone_is_not_taken_for_written_down(maria):
    request = make_request()
    work.undo(press(request, Outcome.NO_ANSWER, by=maria, token="one", version=1), by=maria, now=NOW)

    with pytest.raises(Overtaken):
        press(request, Outcome.NO_ANSWER, by=maria, token="one", version=1)


def test_a_token_of_one_request_says_nothing_about_another(maria):
    press(make_request(), Outcome.NO_ANSWER, by=maria, token="one")

    with pytest.raises(DatabaseError):
        press(make_request(), Outcome.NO_ANSWER, by=maria, token="one")


def at_once(*actions) -> list[Any]:
    """What each gets who does this at the same moment: the answer, or the refusal."""
    start = Barrier(len(actions))

    def act(action) -> Any:
        start.wait(timeout=60)
        try:
            return action()
        except (NotAllowed, Overtaken) as refusal:
            return type(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as people:
        return list(people.map(act, actions))


@pytest.mark.django_db(transaction=True)
def test_the_same_press_at_the_same_moment_is_one_attempt(maria):
    request = make_request()
    double_click = [lambda: press(request, Outcome.NO_ANSWER, by=maria, token="one", version=1)] * 8

    attempts = at_once(*double_click)

    assert attempts == [ContactAttempt.objects.get()] * 8
    assert (reread(request).tries, reread(request).version) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_press_at_the_same_moment_one_is_told(maria, sam):
    for _ in range(10):
        request = make_request()

        answers = at_once(
            lambda request=request: press(request, Outcome.NO_ANSWER, by=maria, version=1),
            lambda request=request: press(request, Outcome.BOOKED, by=sam, version=1, visit_date=TUESDAY),
        )

        (attempt,) = request.attempts.all()
        assert [each for each in answers if each != attempt] == [Overtaken]
        assert (reread(request).state, reread(request).version) == (attempt.to_state, 2)


def test_a_button_on_an_old_page_changes_nothing(maria, sam):
    request = make_request()
    press(request, Outcome.NO_ANSWER, by=maria)
    before = everything(request)

    with pytest.raises(Overtaken):
        press(request, Outcome.BOOKED, by=sam, version=1, visit_date=TUESDAY)

    assert everything(request) == before


def test_somebody_else_who_has_it_in_hand_is_not_overtaken(maria, sam):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    with pytest.raises(Overtaken):
        press(request, Outcome.NO_ANSWER, by=sam)
    press(request, Outcome.NO_ANSWER, by=maria)

    assert not reread(request).is_claimed(NOW)


# --- when it comes back -------------------------------------------------------------------------


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


# --- undoing ------------------------------------------------------------------------------------


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


# --- closing ------------------------------------------------------------------------------------


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


# --- opening again ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.SCHEDULED, State.NOT_FOR_US, State.DECLINED, State.NO_CONTACT])
def test_somebody_who_calls_after_all_is_due_at_once(maria, state):
    request = make_request(state=state)

    work.reopen(request, by=maria, version=1, why=" They called. ", now=NOW)

    opened = reread(request)
    assert (opened.state, opened.next_due_at) == (State.CALL_BACK, NOW)
    assert (opened.closed_at, opened.close_reason, opened.visit_date, opened.tries) == (None, "", None, 0)
    event = request.events.get()
    assert (event.kind, event.from_state, event.to_state) == (Event.Kind.MOVED, state, State.CALL_BACK)
    assert (event.by_name, event.why, event.at) == ("Maria Lopez", "They called.", NOW)


@pytest.mark.parametrize("state", OPEN_STATES)
def test_what_is_open_cannot_be_opened(maria, state):
    request = make_request(state=state)
    before = everything(request)

    with refused("This request is open already."):
        work.reopen(request, by=maria, version=1, why="", now=NOW)
    with refused("cannot become “New”"):
        work.restore(request, by=maria, version=1, now=NOW)

    assert everything(request) == before


@pytest.mark.parametrize("state", [State.SPAM, State.DUPLICATE, State.TEST])
def test_what_never_was_a_request_is_restored_instead(maria, state):
    request = make_request(state=state)

    with refused("cannot become “Call-back promised”"):
        work.reopen(request, by=maria, version=1, why="", now=NOW)
    work.restore(request, by=maria, version=1, now=NOW)

    assert reread(request).state == State.NEW


def test_of_two_people_who_open_it_again_one_is_told(maria, sam):
    request = make_request(state=State.DECLINED)
    at_sams_desk = reread(request)
    work.reopen(request, by=maria, version=1, why="", now=NOW)

    with pytest.raises(Overtaken):
        work.reopen(at_sams_desk, by=sam, version=1, why="", now=NOW)

    assert request.events.count() == 1


def test_a_request_that_the_site_set_aside_arrives_when_somebody_restores_it(maria):
    request = receive(make_answers(trap="filled"), now=MONDAY_MORNING)

    work.restore(request, by=maria, version=1, now=NOW)

    restored = reread(request)
    assert (restored.state, restored.next_due_at, restored.clock_started_at) == (State.NEW, NOW, NOW)
    assert (restored.received_at, restored.restored_at, restored.skim_since) == (MONDAY_MORNING, NOW, None)
    assert set(request.mails.values_list("kind", "state", "due_at")) == {
        ("alert", "queued", NOW),
        ("receipt", "queued", NOW),
    }


def test_a_request_that_comes_back_a_second_time_owes_no_second_mail(maria):
    request = receive(make_answers(trap="filled"), now=MONDAY_MORNING)
    work.restore(request, by=maria, version=1, now=NOW)
    close(request, Reason.SPAM, by=maria)

    work.restore(reread(request), by=maria, version=3, now=NOW + timedelta(hours=1))

    assert set(request.mails.values_list("kind", "due_at")) == {("alert", NOW), ("receipt", NOW)}


def test_the_site_is_only_blamed_for_its_own_judgement(maria):
    by_a_person, by_the_site = make_request(), receive(make_answers(trap="filled"), now=MONDAY_MORNING)
    close(by_a_person, Reason.SPAM, by=maria)
    work.restore(reread(by_a_person), by=maria, version=2, now=NOW)
    work.restore(by_the_site, by=maria, version=1, now=NOW)
    close(by_the_site, Reason.SPAM, by=maria)

    work.restore(reread(by_the_site), by=maria, version=3, now=NOW + timedelta(hours=1))

    assert reread(by_a_person).restored_at is None
    assert reread(by_the_site).restored_at == NOW


def test_who_is_restored_after_a_try_is_tried_afresh(maria):
    request = make_request()
    press(request, Outcome.REACHED, by=maria)
    press(request, Outcome.NO_ANSWER, by=maria)
    close(request, Reason.TEST, by=maria)

    work.restore(reread(request), by=maria, version=4, now=NOW + timedelta(hours=1))

    restored = reread(request)
    assert (restored.tries, restored.first_try_at, restored.first_contact_at) == (0, None, None)
    assert work.tries_since_contact(restored) == []
    assert restored.clock_started_at == NOW + timedelta(hours=1)


def test_what_was_closed_as_a_test_by_mistake_counts_again(maria):
    request = make_request(email="ana@example.com")
    close(request, Reason.TEST, by=maria)

    work.restore(reread(request), by=maria, version=2, now=NOW)

    assert not reread(request).is_test
    assert request.mails.count() == 2


def test_what_was_made_up_stays_a_test_and_alerts_nobody(maria):
    made_up = make_request(state=State.SPAM, is_test=True, spam_reasons=["It holds a web address."])

    work.restore(made_up, by=maria, version=1, now=NOW)

    assert reread(made_up).is_test
    assert not made_up.mails.exists()


def test_a_restoring_that_cannot_owe_its_mail_does_not_happen(maria, monkeypatch):
    request = receive(make_answers(trap="filled"), now=MONDAY_MORNING)
    before = everything(request)
    monkeypatch.setattr("rlsinfo.consultations.intake.owe_mail", lambda *args: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        work.restore(request, by=maria, version=1, now=NOW)

    assert everything(request) == before


def test_spam_that_somebody_looked_at_is_closed_for_good(maria, sam):
    spam = [receive(make_answers(trap="filled"), now=MONDAY_MORNING) for _ in range(3)]
    work.restore(spam[2], by=sam, version=1, now=NOW)
    looked_at = [each.pk for each in spam]

    assert work.confirm_spam(looked_at, by=maria, now=NOW) == 2
    assert work.confirm_spam(looked_at, by=sam, now=NOW) == 0

    assert set(ConsultationRequest.objects.closed()) == set(spam[:2])
    assert [(event.by_name, event.why) for event in spam[0].events.filter(kind=Event.Kind.NOTED)] == [
        ("Maria Lopez", "Looked at: it is spam.")
    ]


def test_spam_that_a_colleague_restores_at_that_moment_stays_restored(maria, sam, monkeypatch):
    first, second = (receive(make_answers(trap="filled"), now=MONDAY_MORNING) for _ in range(2))
    record = ConsultationRequest.record

    def sam_is_quicker(request, kind, **what):
        record(request, kind, **what)
        if request == first:
            work.restore(reread(second), by=sam, version=1, now=NOW)

    monkeypatch.setattr(ConsultationRequest, "record", sam_is_quicker)

    assert work.confirm_spam([first.pk, second.pk], by=maria, now=NOW) == 1
    assert (reread(second).state, reread(second).version) == (State.NEW, 2)
    assert not second.events.filter(by_id=maria.pk).exists()


# --- in whose hands -----------------------------------------------------------------------------


def test_whoever_takes_a_request_has_it_for_a_quarter_of_an_hour(maria):
    request = make_request()

    work.claim(request, by=maria, version=1, now=NOW)

    taken = reread(request)
    assert (taken.claimed_by, taken.version) == (maria, 2)
    assert taken.is_claimed(NOW + timedelta(minutes=14, seconds=59))
    assert not taken.is_claimed(NOW + timedelta(minutes=15))
    assert (request.events.get().kind, request.events.get().by_name) == (Event.Kind.TAKEN, "Maria Lopez")


def test_of_two_people_who_take_it_one_has_it(maria, sam):
    request = make_request()
    at_sams_desk = reread(request)
    work.claim(request, by=maria, version=1, now=NOW)

    with pytest.raises(Overtaken):
        work.claim(at_sams_desk, by=sam, version=1, now=NOW)

    assert reread(request).claimed_by == maria


def test_what_a_colleague_has_in_hand_is_taken_over_only_knowingly(maria, sam):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    with pytest.raises(Overtaken):
        work.claim(reread(request), by=sam, version=2, now=NOW)
    work.claim(reread(request), by=sam, version=2, now=NOW, from_other=True)

    assert reread(request).claimed_by == sam


def test_what_was_taken_while_the_clock_was_ahead_is_free_once_it_is_put_right(maria, sam):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW + timedelta(days=2))

    assert not reread(request).is_claimed(NOW)
    work.claim(reread(request), by=sam, version=2, now=NOW)

    assert reread(request).claimed_by == sam


def test_what_was_left_lying_can_be_taken_after_a_quarter_of_an_hour(maria, sam):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    with pytest.raises(Overtaken):
        work.claim(reread(request), by=sam, version=2, now=NOW + timedelta(minutes=14, seconds=59))
    work.claim(reread(request), by=sam, version=2, now=NOW + timedelta(minutes=15))

    assert reread(request).claimed_by == sam


def test_what_was_taken_and_left_is_written_down_once_and_whoever_comes_back_can_go_on(maria):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    for minutes in (14, 15, 16):
        work.let_go(NOW + timedelta(minutes=minutes))
    press(request, Outcome.NO_ANSWER, by=maria, version=2, at=NOW + timedelta(minutes=17))

    events = [(each.kind, each.at, each.by_name) for each in request.events.order_by("pk")]
    assert events == [("taken", NOW, "Maria Lopez"), ("left_lying", NOW + timedelta(minutes=15), "Maria Lopez")]


def test_a_talk_that_takes_its_time_is_not_left(maria):
    request = make_request()
    press(request, Outcome.REACHED, by=maria)

    work.let_go(NOW + timedelta(minutes=40))

    assert reread(request).claimed_by == maria
    assert not request.events.exists()


def test_whoever_comes_back_to_it_at_that_moment_keeps_it(maria, monkeypatch):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)
    later = NOW + timedelta(minutes=16)
    found = ConsultationRequestQuerySet.select_related

    def and_meanwhile_she_comes_back(*args):
        rows = list(found(*args))
        work.claim(reread(request), by=maria, version=2, now=later)
        return rows

    monkeypatch.setattr(ConsultationRequestQuerySet, "select_related", and_meanwhile_she_comes_back)
    work.let_go(later)

    assert reread(request).is_claimed(later)
    assert [event.kind for event in request.events.order_by("pk")] == ["taken", "taken"]


def test_whoever_has_it_can_keep_it(maria):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    work.claim(reread(request), by=maria, version=2, now=NOW + timedelta(minutes=10))

    assert reread(request).is_claimed(NOW + timedelta(minutes=24))


def test_what_is_given_back_is_anybodys(maria, sam):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    with pytest.raises(Overtaken):
        work.give_back(reread(request), by=sam, version=2, now=NOW)
    work.give_back(reread(request), by=maria, version=2, now=NOW)
    work.claim(reread(request), by=sam, version=3, now=NOW)

    assert [event.kind for event in request.events.order_by("pk")] == ["taken", "given_back", "taken"]


def test_nobody_takes_what_is_closed(maria):
    with refused("This request is closed. Open it again first."):
        work.claim(make_request(state=State.DECLINED), by=maria, version=1, now=NOW)


def test_whoever_talks_with_them_has_it_in_hand(maria, sam):
    request = make_request()

    press(request, Outcome.REACHED, by=maria)

    assert reread(request).claimed_by == maria
    with pytest.raises(Overtaken):
        press(request, Outcome.BOOKED, by=sam, visit_date=TUESDAY)


# --- words --------------------------------------------------------------------------------------


def test_a_note_is_kept_for_whoever_looks_next(maria):
    request = make_request(state=State.DECLINED)

    work.note(request, "  Speaks Spanish ", by=maria, now=NOW)

    event = request.events.get()
    assert (event.kind, event.why, event.by_name, event.at) == (Event.Kind.NOTED, "Speaks Spanish", "Maria Lopez", NOW)
    assert reread(request).version == 1


def test_a_note_without_words_is_refused(maria):
    with refused("There are no words to keep."):
        work.note(make_request(), " \n ", by=maria, now=NOW)


def test_words_that_are_being_typed_are_kept_for_whoever_types_them(maria, sam):
    request = make_request()

    work.keep_draft(request, "Speaks", by=maria, now=NOW)
    work.keep_draft(request, "Speaks Spanish", by=maria, now=NOW)
    work.keep_draft(request, "Booked?", by=sam, now=NOW)

    assert set(Draft.objects.values_list("by__username", "words")) == {("maria", "Speaks Spanish"), ("sam", "Booked?")}
    assert reread(request).version == 1


def test_words_that_were_wiped_out_are_forgotten(maria):
    request = make_request()
    work.keep_draft(request, "Speaks", by=maria, now=NOW)

    work.keep_draft(request, " ", by=maria, now=NOW)

    assert not Draft.objects.exists()


@pytest.mark.parametrize("use", ["a press", "a note"])
def test_words_that_were_used_are_forgotten_and_those_of_others_are_not(maria, sam, use):
    request = make_request()
    for somebody in (maria, sam):
        work.keep_draft(request, "Speaks Spanish", by=somebody, now=NOW)

    if use == "a press":
        press(request, Outcome.NO_ANSWER, by=maria, why="Speaks Spanish")
    else:
        work.note(request, "Speaks Spanish", by=maria, now=NOW)

    assert [draft.by for draft in Draft.objects.all()] == [sam]


def test_words_typed_for_a_press_that_is_refused_stay(maria):
    request = make_request()
    work.keep_draft(request, "Asked for a Tuesday", by=maria, now=NOW)

    with refused("Say on which day"):
        press(request, Outcome.BOOKED, by=maria, why="Asked for a Tuesday")

    assert Draft.objects.get().words == "Asked for a Tuesday"


def test_whoever_types_keeps_the_request_in_hand(maria, sam):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    work.keep_draft(request, "Speaks", by=sam, now=NOW + timedelta(minutes=5))
    assert not reread(request).is_claimed(NOW + timedelta(minutes=15))
    work.keep_draft(request, "Speaks", by=maria, now=NOW + timedelta(minutes=10))
    assert reread(request).is_claimed(NOW + timedelta(minutes=24))
    work.keep_draft(request, "Speaks", by=maria, now=NOW + timedelta(minutes=30))

    assert not reread(request).is_claimed(NOW + timedelta(minutes=30))
    assert reread(request).claimed_by == maria


# --- corrections --------------------------------------------------------------------------------


def correct(request: ConsultationRequest, *, by: User, version: int = 1, **right: str) -> None:
    work.correct(request, **{"name": "", "phone": "", "email": ""} | right, by=by, version=version, now=NOW)


def test_what_is_right_stands_beside_what_they_typed(maria):
    request = make_request(name="Ana Ortis", phone="555 010 0177", email="ana@example")

    correct(request, by=maria, name=" Ana Ortiz ", email="ana@example.com")

    corrected = reread(request)
    assert (corrected.name, corrected.email, corrected.phone) == ("Ana Ortis", "ana@example", "555 010 0177")
    assert (corrected.corrected_name, corrected.corrected_email) == ("Ana Ortiz", "ana@example.com")
    assert corrected.version == 2


def test_the_history_says_what_was_corrected_and_not_to_what(maria):
    request = make_request()

    correct(request, by=maria, phone="555 010 0188", email="ana@example.com")

    event = request.events.get()
    assert (event.kind, event.why, event.by_name) == (Event.Kind.CORRECTED, "Phone, e-mail", "Maria Lopez")


def test_who_was_corrected_is_found_by_what_is_right(maria):
    request = make_request(name="Ana Ortis", phone="555 010 0177")

    correct(request, by=maria, name="Ana Quispe", phone="555 010 0188")

    for typed in ("quispe", "0188", "ortis", "0177"):
        assert ConsultationRequest.objects.find(typed) == [request]


def test_a_correction_can_be_taken_back(maria):
    request = make_request(name="Ana Ortis")
    correct(request, by=maria, name="Ana Quispe")

    correct(reread(request), by=maria, version=2)

    assert reread(request).corrected_name == ""
    assert ConsultationRequest.objects.find("quispe") == []
    assert ConsultationRequest.objects.find("ortis") == [request]


def test_a_correction_that_changes_nothing_is_refused(maria):
    request = make_request(corrected_name="Ana Ortiz")

    with refused("Nothing differs"):
        correct(request, by=maria, name="Ana Ortiz")


def test_a_correction_on_an_old_page_overwrites_nothing(maria, sam):
    request = make_request()
    at_sams_desk = reread(request)
    correct(request, by=maria, phone="555 010 0188")

    with pytest.raises(Overtaken):
        correct(at_sams_desk, by=sam, phone="555 010 0199")

    assert reread(request).corrected_phone == "555 010 0188"
    assert ConsultationRequest.objects.find("0199") == []


def test_mail_that_was_sent_leaves_the_request_as_it_is_on_every_page(maria):
    request = make_request(email="ana@example.com")
    attempt = press(request, Outcome.NO_ANSWER, by=maria)
    make_mail(request=request).send_again(by=maria, now=NOW)

    work.undo(attempt, by=maria, now=NOW)

    assert reread(request).state == State.NEW
