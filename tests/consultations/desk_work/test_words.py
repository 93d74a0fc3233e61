"""Words for whoever looks next are kept, and what they mistyped is corrected beside it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from rlsinfo.consultations import work
from rlsinfo.consultations.models import (
    ConsultationRequest,
    Draft,
    Event,
    Outcome,
    State,
)
from rlsinfo.consultations.work import Overtaken
from tests.consultations.desk_work.at_work import NOW, press, refused, reread
from tests.factories import make_mail, make_request

pytestmark = pytest.mark.django_db


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
