"""What a request is, what the database holds true of it, on which list it stands, and where it may go."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from rlsinfo.consultations.models import (
    CLOSED_STATES,
    MOVES,
    OPEN_STATES,
    REFERENCE_ALPHABET,
    ConsultationRequest,
    ContactAttempt,
    Draft,
    Event,
    OutboxMail,
    Outcome,
    Reason,
    SearchKey,
    State,
    new_reference,
)
from tests.factories import MONDAY_MORNING, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db


def lists(now: datetime) -> dict[str, list[ConsultationRequest]]:
    requests = ConsultationRequest.objects
    return {
        "due": list(requests.due(now)),
        "waiting": list(requests.waiting(now)),
        "to skim": list(requests.to_skim()),
        "closed": list(requests.closed()),
    }


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

    assert str(mail) == f"receipt for {mail.request.reference}"
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


@pytest.mark.parametrize("state", OPEN_STATES)
@pytest.mark.parametrize("missing", ["next_due_at", "overdue_at"])
def test_an_open_request_always_has_a_time_at_which_it_comes_back_and_one_at_which_it_is_late(state, missing):
    with refused_by_the_database():
        make_request(state=state, **{missing: None})


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_a_closed_request_says_when_it_was_closed_and_never_comes_back(state):
    for wrong in ({"closed_at": None}, {"next_due_at": MONDAY_MORNING}, {"overdue_at": MONDAY_MORNING}):
        with refused_by_the_database(), transaction.atomic():
            make_request(state=state, **wrong)


def test_an_open_request_has_no_time_at_which_it_was_closed():
    with refused_by_the_database():
        make_request(state=State.TRYING, closed_at=MONDAY_MORNING)


@pytest.mark.parametrize("state", [State.NEW, State.DUPLICATE])
def test_only_spam_waits_to_be_looked_at(state):
    with refused_by_the_database():
        make_request(state=state, skim_since=MONDAY_MORNING)


def test_no_two_presses_share_a_token():
    request = make_request()
    press = {
        "token": "token-of-page-1",
        "outcome": Outcome.NO_ANSWER,
        "at": MONDAY_MORNING,
        "by_id": 1,
        "by_name": "maria",
        "from_state": State.NEW,
        "to_state": State.TRYING,
        "before": {},
        "version_after": 2,
    }
    request.attempts.create(**press)

    with refused_by_the_database():
        make_request().attempts.create(**press)


def test_a_try_has_an_outcome_that_is_known():
    with refused_by_the_database():
        make_request().attempts.create(
            token="t", outcome="sang", at=MONDAY_MORNING, by_id=1, by_name="maria", before={}, version_after=2
        )


def test_a_person_has_one_draft_for_a_request():
    request, maria = make_request(), make_staff()
    Draft.objects.create(request=request, by=maria, words="half a", updated_at=MONDAY_MORNING)

    with refused_by_the_database():
        Draft.objects.create(request=request, by=maria, words="sentence", updated_at=MONDAY_MORNING)


def test_a_message_is_about_something():
    with refused_by_the_database():
        make_mail(request=None)


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


# --- a person and their requests ----------------------------------------------------------------


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


def test_the_number_to_dial_and_the_address_to_write_to_are_the_corrected_ones():
    wrong = make_request(phone="555 010 0177", email="anna@example.com")
    right = make_request(
        phone="555 010 0177",
        email="anna@example.com",
        corrected_phone="+1 555 010 0188 x4",
        corrected_email="ana@example.com",
    )

    assert (wrong.phone_to_call, wrong.email_to_use) == ("555 010 0177", "anna@example.com")
    assert (right.phone_to_call, right.email_to_use) == ("+1 555 010 0188 x4", "ana@example.com")
    assert right.phone_link == "tel:+15550100188;ext=4"


def test_others_of_the_same_person_are_found_by_what_was_corrected():
    asked_before = make_request(phone="(555) 010-0188")
    request = make_request(phone="(555) 010-0177", corrected_phone="555.010.0188")

    assert list(request.others_from_same_person()) == [asked_before]
    assert list(asked_before.others_from_same_person()) == [request]


def test_a_number_that_was_corrected_again_ties_nobody():
    somebody_else = make_request(phone="(555) 010-0166")
    request = make_request(phone="(555) 010-0177", corrected_phone="(555) 010-0166")
    request.corrected_phone = "(555) 010-0188"
    request.make_findable()

    assert not somebody_else.others_from_same_person().exists()


def test_what_a_request_is_found_by_goes_with_it():
    make_request().delete()

    assert not SearchKey.objects.exists()


# --- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
def test_a_request_in_any_state_stands_on_exactly_one_list(state):
    request = (
        make_request(state=state, next_due_at=MONDAY_MORNING) if state in OPEN_STATES else make_request(state=state)
    )

    for now in (MONDAY_MORNING - timedelta(minutes=1), MONDAY_MORNING, MONDAY_MORNING + timedelta(days=400)):
        assert [each for each in lists(now).values() if each] == [[request]]


def test_a_request_is_due_from_its_minute_on():
    request = make_request(state=State.CALL_BACK, next_due_at=MONDAY_MORNING)

    assert lists(MONDAY_MORNING - timedelta(seconds=1))["waiting"] == [request]
    assert lists(MONDAY_MORNING)["due"] == [request]


def test_those_that_wait_stand_in_the_order_in_which_they_come_back():
    later = make_request(state=State.TRYING, next_due_at=MONDAY_MORNING + timedelta(hours=2))
    next_one = make_request(state=State.CALL_BACK, next_due_at=MONDAY_MORNING + timedelta(hours=1))

    assert lists(MONDAY_MORNING)["waiting"] == [next_one, later]


def test_what_the_site_set_aside_is_skimmed_the_oldest_first_and_is_not_among_the_closed():
    later = make_request(state=State.SPAM, skim_since=MONDAY_MORNING + timedelta(hours=1))
    first = make_request(state=State.SPAM, skim_since=MONDAY_MORNING)

    assert lists(MONDAY_MORNING) == {"due": [], "waiting": [], "to skim": [first, later], "closed": []}


def test_the_latest_closed_comes_first():
    first = make_request(state=State.DECLINED, closed_at=MONDAY_MORNING)
    later = make_request(state=State.SCHEDULED, closed_at=MONDAY_MORNING + timedelta(hours=1))

    assert lists(MONDAY_MORNING)["closed"] == [later, first]


def test_tests_are_not_real():
    make_request(state=State.TEST)
    make_request(is_test=True)
    real = make_request()

    assert list(ConsultationRequest.objects.real()) == [real]


# --- states -------------------------------------------------------------------------------------


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
    assert all(set(MOVES[state]) & set(CLOSED_STATES) for state in OPEN_STATES)


@pytest.mark.parametrize("state", CLOSED_STATES)
def test_what_is_closed_can_be_opened_again_and_goes_nowhere_else(state):
    assert set(MOVES[state]) <= set(OPEN_STATES)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_closes(reason):
    assert reason.state in CLOSED_STATES


def test_nobody_is_given_up_whom_nobody_has_tried():
    assert {state for state in State if State.NO_CONTACT in MOVES[state]} == {State.TRYING, State.CALL_BACK}


# --- mail and staff -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [OutboxMail.State.FAILED, OutboxMail.State.UNCERTAIN])
def test_a_person_can_send_a_stuck_mail_again_once(state):
    mail, maria = make_mail(state=state, due_at=None, attempts=8), make_staff(username="maria")

    mail.send_again(by=maria, now=MONDAY_MORNING)
    mail.send_again(by=maria, now=MONDAY_MORNING)

    mail.refresh_from_db()
    event = mail.request.events.get()
    assert (mail.state, mail.attempts, mail.due_at) == (OutboxMail.State.QUEUED, 0, MONDAY_MORNING)
    assert (event.kind, event.by_name, event.why) == (Event.Kind.MAIL_AGAIN, "maria", "Receipt to the patient")


def test_mail_that_was_sent_is_not_sent_again():
    mail = make_mail(state=OutboxMail.State.SENT, due_at=None)

    mail.send_again(by=make_staff(), now=MONDAY_MORNING)

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
        for model in (ConsultationRequest, ContactAttempt, Draft, Event, OutboxMail, SearchKey)
        for permission in model._meta.default_permissions
    }

    assert actions == {"view"}


def test_the_alphabet_is_the_one_in_the_database():
    # Changing it would need a migration: references already given out must stay valid.
    assert REFERENCE_ALPHABET == "CDFGHJKMNPRTWXY34679"
