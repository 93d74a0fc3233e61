"""What a request is, how it is found, and where it may go."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from rlsinfo.consultations.models import (
    CLOSED_STATES,
    MOVES,
    OPEN_STATES,
    REFERENCE_ALPHABET,
    ConsultationRequest,
    Event,
    MoveNotAllowed,
    OutboxMail,
    StaleRequest,
    State,
    folded_name,
    new_reference,
    phone_digits,
)
from tests.factories import MONDAY_MORNING, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db


def found(text: str) -> set[ConsultationRequest]:
    return set(ConsultationRequest.objects.find(text))


def refused_by_the_database() -> pytest.RaisesExc:
    return pytest.raises(IntegrityError)


# --- references ---------------------------------------------------------------------------------


def test_a_reference_has_eight_characters_that_nobody_confuses():
    references = {new_reference() for _ in range(200)}

    assert len(references) == 200
    assert {len(reference) for reference in references} == {8}
    assert not set("".join(references)) & set("0OQ1IL2Z5S8BUVAE")


def test_a_reference_is_read_out_in_two_halves():
    assert make_request(reference="K7MR4PXD").spoken_reference == "K7MR 4PXD"


def test_printing_a_request_tells_nothing_about_the_person():
    assert str(make_request(reference="K7MR4PXD", name="Ana Ortiz")) == "K7MR4PXD"


def test_printing_what_happened_or_a_mail_tells_nothing_about_the_person():
    mail = make_mail(request=make_request(pk=7, name="Ana Ortiz", email="ana@example.com"))
    mail.request.record(Event.Kind.MOVED, at=MONDAY_MORNING, by=make_staff(username="maria"), why="Ana is away")

    assert str(mail) == "receipt for request 7"
    assert str(mail.request.events.get()) == "moved at 2026-11-16T15:00:00+00:00"


@pytest.mark.parametrize("reference", ["K7MR4PX", "K7MR4PX0", "k7mr4pxd", "K7MR 4PX", ""])
def test_the_database_refuses_a_reference_that_cannot_be_read_out(reference):
    with refused_by_the_database():
        make_request(reference=reference)


def test_the_rule_for_references_holds_for_other_programs_too():
    make_request(reference="K7MR4PXD")

    with refused_by_the_database(), connection.cursor() as cursor:
        cursor.execute("UPDATE consultations_consultationrequest SET reference = 'K7MR4PXO'")


def test_no_two_requests_share_a_reference():
    make_request(reference="K7MR4PXD")

    with refused_by_the_database():
        make_request(reference="K7MR4PXD")


# --- what the database holds true ---------------------------------------------------------------


def test_a_request_needs_a_phone_or_an_email():
    make_request(phone="555 010 0177", email="")
    make_request(phone="", email="ana@example.com")

    with refused_by_the_database():
        make_request(phone="", email="")


def test_a_request_is_always_in_a_state_that_is_known():
    with refused_by_the_database():
        make_request(state="lost")


def test_one_submission_is_one_row():
    make_request(submission_key="k", content_hash="h")
    make_request(submission_key="k", content_hash="other")

    with refused_by_the_database():
        make_request(submission_key="k", content_hash="h")


def test_mail_that_waits_always_has_a_time_to_be_sent():
    with refused_by_the_database():
        make_mail(due_at=None)


def test_a_request_owes_one_mail_of_a_kind():
    mail = make_mail(kind=OutboxMail.Kind.ALERT)

    with refused_by_the_database():
        make_mail(kind=OutboxMail.Kind.ALERT, request=mail.request)


def test_a_request_with_a_history_cannot_be_deleted():
    request = make_request()
    request.record(Event.Kind.RECEIVED, at=MONDAY_MORNING)

    with pytest.raises(ProtectedError):
        request.delete()


def test_what_happened_cannot_be_rewritten():
    request = make_request()
    request.record(Event.Kind.RECEIVED, at=MONDAY_MORNING)
    event = request.events.get()

    for rewriting in (event.save, event.delete, request.events.all().delete, lambda: request.events.update(why="x")):
        with pytest.raises(TypeError, match="Events are only ever added"):
            rewriting()
    assert Event.objects.get().why == ""


# --- how people are found -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "5550100177",
        "555-010-0177",
        "(555) 010 0177",
        "+1 555.010.0177",
        "1 555 010 0177",
        "555 010 0177 ext. 22",
        "(555) 010-0177x22",
        "555 010 0177 #22",
        "٥٥٥٠١٠٠١٧٧",
    ],
)
def test_one_number_is_one_number_however_it_is_typed(typed):
    assert phone_digits(typed) == "5550100177"


def test_a_number_from_abroad_keeps_its_country():
    assert phone_digits("+49 30 1234567") == "49301234567"


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("(555) 010-0177", "tel:5550100177"),
        ("+1 555 010 0177", "tel:+15550100177"),
        ("555 010 0177 ext 22", "tel:5550100177;ext=22"),
    ],
)
def test_a_telephone_can_dial_what_was_typed(typed, link):
    request = make_request(phone=typed)

    assert request.phone_link == link
    assert request.phone == typed


@pytest.mark.parametrize(
    "text",
    [
        "ortiz",
        "Ana Ortiz",
        "Ortiz ana",
        "  jimenez   ANA ",
        "Jiménez",
        "555-010-0177",
        "+1 (555) 010 0177",
        "0177",
        "ANA.O@Example.com",
        "ana.o@",
        "K7MR4PXD",
        "k7mr 4pxd",
    ],
)
def test_a_caller_is_found_by_whatever_they_say(text):
    ana = make_request(name="Ana Ortiz Jiménez", phone="555.010.0177", email="Ana.O@example.com", reference="K7MR4PXD")
    make_request(name="Ruth Abel", phone="(555) 044 3321")

    assert found(text) == {ana}


@pytest.mark.parametrize("text", ["", "   ", "Ana Abel", "01", "%", "_", "ana@elsewhere.org"])
def test_nobody_is_found_by_what_fits_nobody(text):
    make_request(name="Ana Ortiz", phone="555 010 0177", email="ana@example.com")
    make_request(name="Ruth Abel", phone="555 044 3321")

    assert found(text) == set()


def test_a_letter_that_folds_into_many_is_kept():
    name = "ﷺ" * 150

    assert make_request(name=name).name_folded == folded_name(name)


def test_waiting_requests_come_longest_wait_first_and_closed_ones_not_at_all():
    later = make_request(received_at=MONDAY_MORNING + timedelta(hours=1))
    first = make_request(received_at=MONDAY_MORNING, state=State.THINKING)
    make_request(received_at=MONDAY_MORNING - timedelta(days=1), state=State.DECLINED)

    assert list(ConsultationRequest.objects.waiting()) == [first, later]


def test_two_people_without_an_email_are_not_the_same_person():
    make_request(phone="555 010 0177", email="")

    assert not ConsultationRequest.objects.from_same_person(phone="", email="").exists()


def test_others_of_the_same_person_are_found_from_both_sides():
    first = make_request(phone="555 010 0177")
    by_phone = make_request(phone="+1 (555) 010-0177", received_at=MONDAY_MORNING + timedelta(days=1))
    tied = make_request(related_to=first, received_at=MONDAY_MORNING + timedelta(days=2))
    make_request()

    assert list(first.others_from_same_person()) == [tied, by_phone]
    assert list(tied.others_from_same_person()) == [first]


@pytest.mark.parametrize(
    ("name", "short"), [("Ana Ortiz", "Ana O."), ("Ana Maria  de la Cruz", "Ana C."), ("Cher", "Cher")]
)
def test_the_list_needs_a_first_name_and_an_initial(name, short):
    assert make_request(name=name).short_name == short


# --- moves --------------------------------------------------------------------------------------


def test_every_state_is_either_open_or_closed_and_can_be_left():
    assert set(OPEN_STATES) | set(CLOSED_STATES) == set(State)
    assert not set(OPEN_STATES) & set(CLOSED_STATES)
    assert all(MOVES[state] for state in State)


def test_every_state_can_be_reached_and_every_request_can_be_closed():
    reached, ways_out = {State.NEW}, [State.NEW]
    while ways_out:
        new = set(MOVES[ways_out.pop()]) - reached
        reached |= new
        ways_out.extend(new)

    assert reached == set(State)


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_a_closed_request_can_be_opened_again(state):
    request, maria = make_request(state=state), make_staff()

    request.move(request.allowed_moves[0], by=maria, version=1)

    assert request.is_open


@time_machine.travel(MONDAY_MORNING + timedelta(hours=2), tick=False)
def test_a_move_says_who_when_from_where_and_why():
    request = make_request(state=State.TALKING)
    maria = make_staff(first_name="Maria", last_name="Lopez")

    request.move(State.SCHEDULED, by=maria, why="  Tuesday 9:00, Dr. Reed ", version=1)

    request.refresh_from_db()
    event = request.events.get()
    assert (request.state, request.version, request.state_changed_at) == (State.SCHEDULED, 2, event.at)
    assert (event.kind, event.from_state, event.to_state) == (Event.Kind.MOVED, State.TALKING, State.SCHEDULED)
    assert (event.by_id, event.by_name, event.why) == (maria.pk, "Maria Lopez", "Tuesday 9:00, Dr. Reed")
    assert event.at == MONDAY_MORNING + timedelta(hours=2)


def test_the_past_keeps_the_name_of_an_account_that_is_gone():
    request, maria = make_request(), make_staff(username="maria")
    request.move(State.WORKING, by=maria, version=1)

    maria.delete()

    assert request.events.get().by_name == "maria"


def test_a_request_cannot_jump_over_a_state():
    request = make_request(state=State.NEW)

    with pytest.raises(MoveNotAllowed, match="“New” cannot become “Visit booked”"):
        request.move(State.SCHEDULED, by=make_staff(), why="booked", version=1)

    assert not request.events.exists()


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_nobody_closes_a_request_without_saying_why(state):
    came_from = next(source for source in OPEN_STATES if state in MOVES[source])
    request = make_request(state=came_from)

    with pytest.raises(MoveNotAllowed, match="Say why"):
        request.move(state, by=make_staff(), why="  ", version=1)

    request.refresh_from_db()
    assert request.state == came_from


def test_of_two_people_who_press_at_once_one_is_told():
    request = make_request()
    at_marias_desk, at_sams_desk = (ConsultationRequest.objects.get(pk=request.pk) for _ in range(2))
    at_marias_desk.move(State.WORKING, by=make_staff(), version=1)

    with pytest.raises(StaleRequest):
        at_sams_desk.move(State.WORKING, by=make_staff(), version=1)

    request.refresh_from_db()
    assert (request.version, request.events.count()) == (2, 1)


def test_a_button_on_an_old_page_moves_nothing():
    request, maria = make_request(), make_staff()
    request.move(State.WORKING, by=maria, version=1)

    with pytest.raises(StaleRequest):
        request.move(State.TRYING, by=maria, version=1)


def test_a_move_and_its_entry_in_the_history_stand_or_fall_together(monkeypatch):
    request = make_request()
    monkeypatch.setattr(Event, "save", lambda *args, **kwargs: 1 / 0)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        request.move(State.WORKING, by=make_staff(), version=1)

    request.refresh_from_db()
    assert request.state == State.NEW


# --- mail and staff -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [OutboxMail.State.FAILED, OutboxMail.State.UNCERTAIN])
def test_a_person_can_send_a_stuck_mail_again_once(state):
    mail, maria = make_mail(state=state, due_at=None, attempts=8), make_staff(username="maria")

    mail.send_again(by=maria)
    mail.send_again(by=maria)

    mail.refresh_from_db()
    event = mail.request.events.get()
    assert (mail.state, mail.attempts, mail.due_at) == (OutboxMail.State.QUEUED, 0, event.at)
    assert (event.kind, event.by_name, event.why) == (Event.Kind.MAIL_AGAIN, "maria", "Receipt to the patient")


def test_mail_that_was_sent_is_not_sent_again():
    mail = make_mail(state=OutboxMail.State.SENT, due_at=None)

    mail.send_again(by=make_staff())

    mail.refresh_from_db()
    assert mail.state == OutboxMail.State.SENT
    assert not mail.can_be_sent_again


def test_the_front_desk_may_read_and_move_requests_and_nothing_else():
    group = Group.objects.get(name="Front desk")

    assert set(group.permissions.values_list("codename", flat=True)) == {
        "view_consultationrequest",
        "move_consultationrequest",
    }


def test_nobody_can_be_given_the_right_to_add_rewrite_or_delete_a_request():
    actions = {
        permission
        for model in (ConsultationRequest, Event, OutboxMail)
        for permission in model._meta.default_permissions
    }

    assert actions == {"view"}


def test_the_alphabet_is_the_one_in_the_database():
    # Changing it would need a migration: references already given out must stay valid.
    assert REFERENCE_ALPHABET == "CDFGHJKMNPRTWXY34679"
