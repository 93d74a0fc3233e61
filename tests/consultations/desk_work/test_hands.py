"""One person has a request in hand at a time, and not for ever."""

from datetime import timedelta

import pytest

from rlsinfo.consultations import work
from rlsinfo.consultations.models import (
    ConsultationRequestQuerySet,
    Event,
    Outcome,
    State,
)
from rlsinfo.consultations.work import Overtaken
from tests.consultations.desk_work.at_work import NOW, TUESDAY, press, refused, reread
from tests.factories import make_request

pytestmark = pytest.mark.django_db


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
