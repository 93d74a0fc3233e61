"""What is left of a removed person takes no word and no press, whatever page is still open."""

from datetime import date
from threading import Thread

import pytest
from django.db import connection, transaction

from rlsinfo.consultations import removal, work
from rlsinfo.consultations.models import ConsultationRequest, Draft, Outcome, State, Stop
from rlsinfo.consultations.work import NotAllowed, Overtaken, Press
from tests.consultations.desk_work.at_work import NOW, everything, press, reread
from tests.factories import make_request

pytestmark = pytest.mark.django_db


def removed(state: State = State.NEW) -> ConsultationRequest:
    """What is left of a request, as it stands on a page that was opened since."""
    request = make_request(state=state)
    removal.anonymize(request, NOW)
    return reread(request)


def test_a_note_that_is_typed_while_the_person_is_removed_is_not_kept(maria):
    request = make_request()
    at_the_desk = reread(request)
    removal.anonymize(request, NOW)

    with pytest.raises(Overtaken):
        work.note(at_the_desk, "Her son is Tom", by=maria, now=NOW)

    assert not request.events.exists()


@pytest.mark.parametrize("words", ["Her son is Tom", ""])
def test_words_that_are_being_typed_while_the_person_is_removed_are_not_kept(maria, words):
    request = make_request()
    at_the_desk = reread(request)
    removal.anonymize(request, NOW)

    with pytest.raises(Overtaken):
        work.keep_draft(at_the_desk, words, by=maria, now=NOW)

    assert not Draft.objects.exists()


@pytest.mark.parametrize("state", [State.NEW, State.SPAM, State.DECLINED])
@pytest.mark.parametrize(
    "act",
    [
        lambda left, **by: work.claim(left, **by, from_other=True),
        lambda left, **by: work.give_back(left, **by),
        lambda left, **by: work.reschedule(left, NOW, **by),
        lambda left, **by: work.reopen(left, **by, why="Her son is Tom"),
        lambda left, **by: work.restore(left, **by),
        lambda left, **by: work.correct(left, **by, name="Tom", phone="", email=""),
        lambda left, **by: work.stop(left, **by, token="one", why="Her son is Tom"),
        lambda left, **by: work.ask_again(left, **by, why="Her son is Tom"),
        lambda left, **by: work.end_texts(left, **by),
        lambda left, by, version, now: work.press(left, Press(Outcome.REACHED, "one", version), by=by, now=now),
    ],
    ids=["take", "give back", "time", "reopen", "restore", "correct", "stop", "ask again", "texts", "press"],
)
def test_nobody_changes_what_is_left_of_a_removed_person(maria, state, act):
    left = removed(state)
    before = everything(left)

    with pytest.raises((NotAllowed, Overtaken)):
        act(left, by=maria, version=left.version, now=NOW)

    assert everything(left) == before
    assert not left.events.exists()
    assert not Stop.objects.exists()


def test_a_press_on_somebody_who_was_removed_since_is_not_undone(maria):
    request = make_request()
    attempt = press(request, Outcome.BOOKED, by=maria, visit_date=date(2026, 11, 17))
    removal.anonymize(reread(request), NOW)
    before = everything(request)

    with pytest.raises(NotAllowed):
        work.undo(attempt, by=maria, now=NOW)

    assert everything(request) == before


@pytest.mark.django_db(transaction=True)
def test_words_that_are_written_at_the_moment_of_the_removal_go_with_the_person(maria):
    request = make_request()

    def remove() -> None:
        try:
            removal.anonymize(reread(request), NOW)
        finally:
            connection.close()

    removal_elsewhere = Thread(target=remove)
    with transaction.atomic():
        work.note(request, "Her son is Tom", by=maria, now=NOW)
        removal_elsewhere.start()
        # Long enough to empty what it can see, if it waits for nobody.
        removal_elsewhere.join(1)
    removal_elsewhere.join(60)

    assert reread(request).removed_at == NOW
    assert request.events.get().why == ""
