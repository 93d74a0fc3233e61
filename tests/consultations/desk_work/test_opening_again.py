"""What was closed can be opened again, and what was set aside restored."""

from datetime import timedelta

import pytest

from rlsinfo.consultations import work
from rlsinfo.consultations.intake import receive
from rlsinfo.consultations.models import (
    OPEN_STATES,
    ConsultationRequest,
    Event,
    Outcome,
    Reason,
    State,
)
from rlsinfo.consultations.work import Overtaken
from tests.consultations.desk_work.at_work import NOW, close, everything, press, refused, reread
from tests.factories import MONDAY_MORNING, make_answers, make_request

pytestmark = pytest.mark.django_db


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
