"""A button pressed twice, or by two people at once, is one attempt."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection

from rlsinfo.consultations import work
from rlsinfo.consultations.models import (
    ContactAttempt,
    Outcome,
)
from rlsinfo.consultations.work import NotAllowed, Overtaken, Press
from tests.consultations.desk_work.at_work import NOW, TUESDAY, everything, press, reread
from tests.factories import make_request

pytestmark = pytest.mark.django_db


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
