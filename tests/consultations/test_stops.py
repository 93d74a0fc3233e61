"""Who asks us to stop is not called, texted or written to, by anybody, until they ask again themselves."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.core import signing
from django.db import OperationalError, connection
from django.test import Client
from justhtml import JustHTML

from rlsinfo.consultations import intake, outbox, stops, work
from rlsinfo.consultations.models import (
    CLOSED_STATES,
    OPEN_STATES,
    ConsultationRequest,
    Event,
    OutboxMail,
    Outcome,
    Reason,
    State,
    Stop,
)
from rlsinfo.consultations.work import NotAllowed, Overtaken, Press
from tests.factories import MONDAY_MORNING, make_answers, make_mail, make_request, make_staff

pytestmark = pytest.mark.django_db

NOW = MONDAY_MORNING
LATER = NOW + timedelta(hours=1)
EVERYTHING, ADDRESS = Stop.Scope


@pytest.fixture
def maria():
    return make_staff(username="maria", first_name="Maria", last_name="Lopez")


def reread(request: ConsultationRequest) -> ConsultationRequest:
    return ConsultationRequest.objects.get(pk=request.pk)


def told_to_stop(request: ConsultationRequest, maria, at=NOW) -> ConsultationRequest:
    """The request after the person said on the telephone that nobody should contact them."""
    work.stop(request, by=maria, version=request.version, token=f"t{request.pk}", why="", now=at)
    return reread(request)


# --- on the telephone ---------------------------------------------------------------------------


@pytest.mark.parametrize("state", OPEN_STATES)
def test_who_says_stop_leaves_the_lists_with_an_outcome_of_its_own(maria, state):
    request = make_request(state=state)

    work.stop(request, by=maria, version=1, token="t", why=" Was clear about it. ", now=NOW)

    stopped = reread(request)
    assert (stopped.state, stopped.close_reason, stopped.closed_at) == (State.STOPPED, Reason.STOPPED, NOW)
    assert list(ConsultationRequest.objects.closed()) == [stopped]
    assert not ConsultationRequest.objects.open().exists()
    assert stopped.first_contact_at == NOW
    assert stopped.attempts.get().why == "Was clear about it."
    assert work.outcomes_for(stopped) == []


@pytest.mark.parametrize("state", [each for each in CLOSED_STATES if each != State.STOPPED])
def test_what_is_closed_keeps_its_outcome_when_they_say_stop(maria, state):
    request = told_to_stop(make_request(state=state), maria)

    assert request.state == state
    assert stops.of(request).stop.at == NOW
    event = request.events.get()
    assert (event.kind, event.by_name) == (Event.Kind.STOPPED, "Maria Lopez")
    with pytest.raises(NotAllowed, match="asked for that already"):
        told_to_stop(request, maria)


def test_an_old_page_cannot_stop_anything(maria):
    request = make_request()
    work.claim(request, by=maria, version=1, now=NOW)

    with pytest.raises(Overtaken):
        work.stop(make_request(), by=maria, version=7, token="t", why="", now=NOW)
    with pytest.raises(Overtaken):
        work.stop(make_request(state=State.DECLINED), by=maria, version=7, token="t2", why="", now=NOW)

    assert not Stop.objects.exists()


def test_undoing_a_slip_takes_the_wish_back_and_sends_what_was_held_back(maria):
    request = make_request(email="ana@example.com")
    make_mail(request=request)
    told_to_stop(request, maria)
    outbox.send_due(NOW)
    assert django_mail.outbox == []

    work.undo(request.attempts.get(), by=maria, now=NOW + timedelta(seconds=30))

    assert not Stop.objects.exists()
    assert reread(request).state == State.NEW
    assert outbox.send_due(NOW + timedelta(seconds=30)) == {"sent": 1}


# --- other requests of the same person ----------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"phone": "(555) 010-0177"}, {"phone": "555.010.0177", "email": "else@example.com"}),
        ({"email": "ana@example.com"}, {"email": "Ana@Example.com"}),
        ({"phone": "555 010 0177"}, {"phone": "555 010 9999", "corrected_phone": "+1 555 010 0177"}),
        ({"corrected_email": "ana@example.com"}, {"email": "ana@example.com"}),
    ],
)
def test_a_later_request_from_the_same_number_or_address_is_kept_and_can_only_be_closed(maria, first, second):
    stopped = told_to_stop(make_request(**first), maria)

    request = make_request(received_at=LATER, **second)

    assert list(ConsultationRequest.objects.due(LATER)) == [request]
    assert stops.of(request).stop.request == stopped
    assert work.outcomes_for(request) == [Outcome.CLOSED]
    with pytest.raises(NotAllowed, match="is not possible for this request"):
        work.press(request, Press(Outcome.NO_ANSWER, "t", 1), by=maria, now=LATER)


def test_nobody_else_is_stopped(maria):
    told_to_stop(make_request(phone="555 010 0177", email="ana@example.com"), maria)

    other = make_request(phone="555 010 0178", email="ana@example.org", name="Ana Ortiz")

    assert stops.of(other).stops == []
    assert Outcome.NO_ANSWER in work.outcomes_for(other)


def test_many_requests_are_looked_up_with_one_question(maria, django_assert_num_queries):
    told_to_stop(make_request(phone="555 010 0177"), maria)
    others = [make_request(phone="555 010 0177"), *(make_request() for _ in range(20))]

    with django_assert_num_queries(1):
        found = stops.of_all(others)

    assert [pk for pk, against in found.items() if against.stop] == [others[0].pk]


# --- until they ask again -----------------------------------------------------------------------


def test_who_asks_again_can_be_called_again_also_about_other_requests(maria):
    told_to_stop(make_request(phone="555 010 0177"), maria)
    request = make_request(phone="555 010 0177")
    other = make_request(phone="555 010 0177")

    work.ask_again(request, by=maria, version=1, why="Called us.", now=LATER)

    assert Outcome.NO_ANSWER in work.outcomes_for(reread(request))
    assert Outcome.NO_ANSWER in work.outcomes_for(other)
    event = request.events.get()
    assert (event.kind, event.why, event.by_name) == (Event.Kind.ASKED_AGAIN, "Called us.", "Maria Lopez")
    assert Stop.objects.get().ended_at == LATER
    with pytest.raises(NotAllowed, match="have not asked us to stop"):
        work.ask_again(reread(request), by=maria, version=2, why="", now=LATER)


def test_opening_again_what_they_stopped_means_that_they_asked_again(maria):
    request = told_to_stop(make_request(), maria)

    work.reopen(request, by=maria, version=request.version, why="", now=LATER)

    assert stops.of(request).stops == []
    assert [each.kind for each in request.events.order_by("pk")] == [Event.Kind.MOVED, Event.Kind.ASKED_AGAIN]


def test_what_a_colleague_has_in_hand_is_left_to_them(maria):
    told_to_stop(make_request(phone="555 010 0177"), maria)
    sam = make_staff(username="sam")
    request = make_request(phone="555 010 0177", claimed_by=sam, claimed_until=NOW + timedelta(minutes=5))

    with pytest.raises(Overtaken):
        work.ask_again(request, by=maria, version=1, why="", now=NOW)


# --- mail ---------------------------------------------------------------------------------------


def test_queued_mail_is_not_sent_to_who_asked_us_to_stop_and_the_desk_still_hears(maria):
    told_to_stop(make_request(email="ana@example.com"), maria)
    request = intake.receive(make_answers(email="ana@example.com"), now=LATER)

    assert outbox.send_due(LATER) == {"sent": 1, "stopped": 1}

    assert [each.subject.partition(":")[0] for each in django_mail.outbox] == ["A request is waiting"]
    receipt = request.mails.get(kind=OutboxMail.Kind.RECEIPT)
    assert (receipt.state, receipt.due_at, receipt.can_be_sent_again) == ("stopped", None, False)
    assert request.events.filter(kind=Event.Kind.MAIL_STOPPED).exists()


def test_a_receipt_that_was_held_back_goes_out_when_they_ask_again(maria):
    told_to_stop(make_request(email="ana@example.com"), maria)
    request = intake.receive(make_answers(email="ana@example.com"), now=LATER)
    outbox.send_due(LATER)

    work.ask_again(request, by=maria, version=1, why="", now=LATER)

    assert outbox.send_due(LATER) == {"sent": 1}
    assert django_mail.outbox[-1].to == ["ana@example.com"]


def test_a_failed_receipt_is_not_sent_by_hand_either(maria):
    request = make_request(email="ana@example.com")
    mail = make_mail(request=request, state=OutboxMail.State.FAILED, due_at=None)
    told_to_stop(request, maria)

    mail.send_again(by=maria, now=LATER)

    assert outbox.send_due(LATER) == {"stopped": 1}
    assert django_mail.outbox == []


# --- by the link in the receipt -----------------------------------------------------------------


def receipt_link(request: ConsultationRequest) -> str:
    """The path of the link that stands in the receipt which was sent."""
    make_mail(request=request)
    outbox.send_due(NOW)
    body = django_mail.outbox[-1].body
    return next(line for line in body.splitlines() if "/consultation/stop/" in line).removeprefix(
        "http://127.0.0.1:8000"
    )


@pytest.fixture
def receiver():
    """Whoever opened the receipt, in a browser that takes no cookies and has to prove every form."""
    return Client(enforce_csrf_checks=True)


def headings(response) -> list[str]:
    return [each.to_text().strip() for each in JustHTML(response.content.decode(), sanitize=False).query("main h1")]


def test_opening_the_link_changes_nothing_and_shows_nothing_typed(receiver):
    request = make_request(email="ana@example.com", name="Zebediah", phone="555 010 7777", note="Marker")
    link = receipt_link(request)
    before = ConsultationRequest.objects.values().get()

    response = receiver.get(link)

    assert headings(response) == ["Should we stop?"]
    assert ConsultationRequest.objects.values().get() == before
    assert not Stop.objects.exists()
    assert not [typed for typed in ("Zebediah", "7777", "Marker", "ana@") if typed in response.content.decode()]
    assert response["Cache-Control"].startswith("max-age=0")
    assert not response.cookies


def test_one_press_behind_the_link_stops_us(receiver, maria):
    request = make_request(email="ana@example.com", claimed_by=maria, claimed_until=LATER)

    response = receiver.post(receipt_link(request), {"scope": "everything"})

    assert headings(response) == ["We have stopped"]
    stopped = reread(request)
    assert (stopped.state, stopped.close_reason, stopped.claimed_by) == (State.STOPPED, Reason.STOPPED, None)
    assert stops.of(stopped).stop
    event = stopped.events.get(kind=Event.Kind.STOPPED)
    assert (event.by_name, event.why) == ("", "By the link in our e-mail.")
    assert (event.from_state, event.to_state) == (State.NEW, State.STOPPED)


def test_pressed_twice_it_counts_once(receiver):
    request = make_request(email="ana@example.com")
    link = receipt_link(request)

    for _ in range(2):
        assert receiver.post(link, {"scope": "everything"}).status_code == 200

    assert Stop.objects.count() == 1
    assert reread(request).version == 2


def test_a_stranger_who_got_the_receipt_by_mistake_stops_the_mail_and_nobody_loses_the_call(receiver):
    request = make_request(email="stranger@example.com", phone="555 010 0177")

    receiver.post(receipt_link(request), {"scope": "address"})

    still_open = reread(request)
    assert (still_open.state, still_open.next_due_at) == (State.NEW, NOW)
    assert Outcome.NO_ANSWER in work.outcomes_for(still_open)
    assert Outcome.WROTE not in work.outcomes_for(still_open)
    assert not stops.of(still_open).may_write_to("Stranger@example.com")
    assert stops.of(still_open).may_write_to("ana@example.com")


def test_the_right_address_can_be_written_to_once_it_is_known(receiver):
    request = make_request(email="stranger@example.com", phone="555 010 0177", corrected_email="ana@example.com")

    receiver.post(receipt_link(request), {"scope": "address"})

    assert Outcome.WROTE in work.outcomes_for(reread(request))


def test_where_the_strangers_address_is_all_we_have_the_request_is_closed(receiver):
    request = make_request(email="stranger@example.com", phone="")

    receiver.post(receipt_link(request), {"scope": "address"})

    assert reread(request).state == State.STOPPED


@pytest.mark.parametrize("typed", [{}, {"scope": "nothing"}, {"state": "new"}])
def test_a_press_that_says_nothing_changes_nothing(receiver, typed):
    request = make_request(email="ana@example.com")

    assert headings(receiver.post(receipt_link(request), typed)) == ["Should we stop?"]

    assert not Stop.objects.exists()


def test_the_link_works_for_thirty_days(receiver):
    request = make_request(email="ana@example.com")
    with time_machine.travel(NOW, tick=False):
        link = receipt_link(request)
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        assert receiver.get(link).status_code == 200
    with time_machine.travel(NOW + timedelta(days=30, seconds=2), tick=False):
        response = receiver.post(link, {"scope": "everything"})

    assert (response.status_code, headings(response)) == (410, ["This link no longer works"])
    assert not Stop.objects.exists()


def test_no_other_signed_link_of_ours_and_no_invented_one_stops_anything(receiver):
    request = make_request(email="ana@example.com")
    others = (
        signing.dumps((request.reference, NOW.isoformat()), salt="consultations.sent"),
        signing.dumps(request.reference, salt="another"),
        request.reference,
        "x" * 2000,
    )

    for token in others:
        assert receiver.post(f"/consultation/stop/{token}/", {"scope": "everything"}).status_code == 404

    assert not Stop.objects.exists()


def test_the_link_of_a_request_that_is_gone_still_says_that_we_stopped(receiver):
    link = f"/consultation/stop/{signing.dumps('K7MR4PXD', salt=stops.LINK_SALT)}/"

    assert headings(receiver.post(link, {"scope": "everything"})) == ["We have stopped"]


def test_a_wish_that_cannot_be_stored_is_not_called_done(receiver, caplog):
    link = receipt_link(make_request(email="ana@example.com"))

    def fail(*_):
        raise OperationalError("could not write (ana@example.com)")

    with connection.execute_wrapper(fail):
        response = receiver.post(link, {"scope": "everything"})

    assert (response.status_code, response["Retry-After"]) == (503, "60")
    again = JustHTML(response.content.decode(), sanitize=False).query('input[name="scope"]')
    assert [each.attrs["value"] for each in again] == ["everything"]
    assert "ana@example.com" not in caplog.text


def test_the_link_can_do_nothing_but_stop(receiver):
    """No page behind it reads a request, opens one again or changes a word."""
    request = told_to_stop(make_request(email="ana@example.com", state=State.DECLINED), make_staff())
    link = f"/consultation/stop/{signing.dumps(request.reference, salt=stops.LINK_SALT)}/"
    before = ConsultationRequest.objects.values().get()

    for scope in Stop.Scope.values:
        receiver.post(link, {"scope": scope, "state": "new", "name": "Mallory"})

    changed = {name for name, value in ConsultationRequest.objects.values().get().items() if value != before[name]}
    assert changed <= {"version"}
