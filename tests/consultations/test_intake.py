"""A request that arrives is stored once, whole, and never dropped."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from rlsinfo.consultations import intake
from rlsinfo.consultations.intake import receive
from rlsinfo.consultations.models import ConsultationRequest, Event, OutboxMail, State
from tests.factories import MONDAY_MORNING, make_answers, make_request

LATER = MONDAY_MORNING + timedelta(minutes=5)


@pytest.mark.django_db
def test_every_answer_is_kept_as_it_was_typed():
    answers = make_answers(name="Ana Ortiz", phone="(555) 010-0177 ext 4", note="Line one\nLine two", help_needed="BSL")
    answers = replace(answers, text_consent_version="texts-2026-11")

    request = receive(answers, now=MONDAY_MORNING)

    request.refresh_from_db()
    for name in ("name", "phone", "email", "may_leave_message", "topic", "note", "help_needed", "source"):
        assert getattr(request, name) == getattr(answers, name)
    assert request.best_times == ["morning", "afternoon"]
    assert (request.consent_version, request.consent_at) == ("2026-11", MONDAY_MORNING)
    assert request.consent_page == "https://www.example.org/consultation/request/"
    assert request.text_consent_version == "texts-2026-11"
    assert (request.state, request.received_at, request.version) == (State.NEW, MONDAY_MORNING, 1)


@pytest.mark.django_db
def test_arrival_is_the_first_thing_in_the_history():
    request = receive(make_answers(), now=MONDAY_MORNING)

    event = request.events.get()
    assert (event.kind, event.at, event.by_name) == (Event.Kind.RECEIVED, MONDAY_MORNING, "")


@pytest.mark.django_db
def test_staff_are_owed_an_alert_and_the_patient_a_receipt_at_once():
    request = receive(make_answers(email="ana@example.com"), now=MONDAY_MORNING)

    assert set(request.mails.values_list("kind", "state", "due_at")) == {
        ("alert", "queued", MONDAY_MORNING),
        ("receipt", "queued", MONDAY_MORNING),
    }


@pytest.mark.django_db
def test_no_receipt_is_owed_where_there_is_no_address():
    request = receive(make_answers(email=""), now=MONDAY_MORNING)

    assert [mail.kind for mail in request.mails.all()] == [OutboxMail.Kind.ALERT]


@pytest.mark.django_db
def test_every_mail_has_its_own_identifier_at_the_site_s_host(settings):
    settings.SITE_URL = "https://guide.example.org:8443"

    request = receive(make_answers(), now=MONDAY_MORNING)

    identifiers = {mail.message_id for mail in request.mails.all()}
    assert len(identifiers) == 2
    assert all(identifier.endswith("@guide.example.org>") for identifier in identifiers)


@pytest.mark.django_db
def test_a_request_is_due_the_moment_it_arrives_and_its_clock_runs():
    request = receive(make_answers(), now=MONDAY_MORNING)

    assert list(ConsultationRequest.objects.due(MONDAY_MORNING)) == [request]
    assert (request.clock_started_at, request.next_due_at) == (MONDAY_MORNING, MONDAY_MORNING)


@pytest.mark.django_db
def test_without_a_promise_a_new_request_is_late_after_an_opening_hour():
    overnight = MONDAY_MORNING.replace(hour=3)

    request = receive(make_answers(), now=overnight)

    assert request.overdue_at == MONDAY_MORNING.replace(hour=10)


@pytest.mark.django_db
def test_a_new_request_is_late_when_the_promise_is_broken(settings):
    week = (((time(8), time(17)),),) * 5 + ((),) * 2
    settings.CLINIC = replace(settings.CLINIC, week=week, call_back_days=2)

    request = receive(make_answers(), now=MONDAY_MORNING)

    assert request.overdue_at == MONDAY_MORNING.replace(day=18, hour=17)


@pytest.mark.django_db
def test_words_of_an_emergency_put_a_request_first():
    assert receive(make_answers(note="I have chest pain"), now=MONDAY_MORNING).urgent
    assert not receive(make_answers(note="Please call after four."), now=MONDAY_MORNING).urgent


@pytest.mark.django_db
def test_a_request_can_be_found_as_soon_as_it_is_stored():
    request = receive(make_answers(name="Zebediah Quill"), now=MONDAY_MORNING)

    assert ConsultationRequest.objects.find("quill") == [request]


@pytest.mark.django_db
def test_what_looks_like_advertising_is_kept_set_aside_and_mails_nobody():
    request = receive(make_answers(trap="filled"), now=MONDAY_MORNING)

    request.refresh_from_db()
    assert request.spam_reasons == ["A field that people cannot see was filled in."]
    assert request.state == State.SPAM
    assert list(ConsultationRequest.objects.to_skim()) == [request]
    assert not request.mails.exists()


@pytest.mark.django_db
def test_a_flood_is_stored_and_set_aside_and_mails_nobody(settings):
    settings.REQUESTS_PER_HOUR = 3
    make_request(received_at=MONDAY_MORNING - timedelta(minutes=61))
    make_request(received_at=MONDAY_MORNING, is_test=True)
    for _ in range(3):
        assert receive(make_answers(), now=MONDAY_MORNING).state == State.NEW

    flooding = receive(make_answers(), now=MONDAY_MORNING)

    assert (flooding.state, flooding.spam_reasons) == (State.SPAM, ["3 others came within an hour."])
    assert flooding.skim_since == MONDAY_MORNING
    assert not flooding.mails.exists()
    assert receive(make_answers(), now=MONDAY_MORNING + timedelta(minutes=61)).state == State.NEW


@pytest.mark.django_db
def test_what_was_set_aside_can_be_found_like_any_other():
    request = receive(make_answers(trap="filled", name="Zebediah Quill"), now=MONDAY_MORNING)

    assert ConsultationRequest.objects.find("zebediah") == [request]


@pytest.mark.django_db
def test_mail_that_is_owed_already_is_not_owed_twice():
    request = receive(make_answers(), now=MONDAY_MORNING)

    intake.owe_mail(request, LATER)

    assert set(request.mails.values_list("kind", "due_at")) == {("alert", MONDAY_MORNING), ("receipt", MONDAY_MORNING)}


@pytest.mark.django_db
def test_the_same_answers_sent_twice_are_one_request():
    answers = make_answers()
    first = receive(answers, now=MONDAY_MORNING)

    again = receive(replace(answers, seconds_on_form=140.0), now=LATER)

    assert again == first
    assert ConsultationRequest.objects.count() == 1
    assert OutboxMail.objects.count() == 2
    assert again.received_at == MONDAY_MORNING


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"name": "Ana Ortiz Jimenez"},
        {"phone": "(555) 010-9999"},
        {"email": "ana@elsewhere.org"},
        {"best_times": ()},
        {"may_leave_message": False},
        {"topic": "veins"},
        {"note": "Please call after four."},
        {"help_needed": "Spanish"},
        {"consent_version": "2027-01"},
        {"text_consent_version": "texts-2026-11"},
        {"source": ""},
    ],
)
def test_other_words_from_the_same_form_are_a_second_request_tied_to_the_first(change):
    answers = make_answers()
    first = receive(answers, now=MONDAY_MORNING)

    second = receive(replace(answers, **change), now=LATER)

    assert second.reference != first.reference
    assert second.related_to == first


@pytest.mark.django_db
def test_the_same_words_in_a_new_form_are_a_second_request():
    answers = make_answers()
    first = receive(answers, now=MONDAY_MORNING)

    second = receive(replace(answers, submission_key="key-of-another-form"), now=LATER)

    assert second != first


@pytest.mark.django_db
@pytest.mark.parametrize("same", [{"phone": "+1 555 010 7777"}, {"email": " ANA.O@example.com"}])
def test_somebody_who_asks_again_is_tied_to_their_open_request(same):
    first = receive(make_answers(phone="(555) 010-7777", email="ana.o@example.com"), now=MONDAY_MORNING)

    second = receive(make_answers(**same), now=LATER)

    assert second.related_to == first
    assert second.mails.count() == 2


@pytest.mark.django_db
def test_somebody_whose_request_was_closed_starts_afresh():
    make_request(phone="(555) 010-7777", state=State.DECLINED)

    assert receive(make_answers(phone="555 010 7777"), now=LATER).related_to is None


@pytest.mark.django_db
def test_people_who_share_nothing_are_not_tied():
    receive(make_answers(phone="", email="a@example.com"), now=MONDAY_MORNING)

    assert receive(make_answers(phone="", email="b@example.com"), now=LATER).related_to is None


@pytest.mark.django_db
def test_what_is_kept_to_recognise_answers_does_not_hold_them():
    request = receive(make_answers(name="Zebediah", phone="555 010 7777"), now=MONDAY_MORNING)

    assert len(request.content_hash) == 64
    assert "Zebediah" not in request.content_hash
    assert "7777" not in request.submission_key


@pytest.mark.django_db(transaction=True)
def test_a_request_is_on_disk_when_its_reference_is_known():
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        receive(make_answers(), now=MONDAY_MORNING)


@pytest.mark.django_db(transaction=True)
def test_a_request_with_all_that_belongs_to_it_waits_for_the_disk_once():
    with CaptureQueriesContext(connection) as asked:
        receive(make_answers(), now=MONDAY_MORNING, client="192.0.2.1")

    assert [query["sql"] for query in asked].count("COMMIT") == 1


@pytest.mark.django_db
def test_what_a_client_sends_beyond_its_share_is_not_stored_and_it_is_told_for_how_long(settings):
    settings.REQUESTS_PER_CLIENT = 1
    with time_machine.travel(MONDAY_MORNING.replace(minute=45), tick=False):
        receive(make_answers(), now=MONDAY_MORNING, client="192.0.2.1")
        with pytest.raises(intake.TooMany) as put_off:
            receive(make_answers(), now=MONDAY_MORNING, client="192.0.2.1")

    assert put_off.value.wait == timedelta(minutes=15)
    assert ConsultationRequest.objects.count() == 1


@pytest.mark.django_db
def test_whoever_presses_again_is_not_told_that_it_was_too_often(settings):
    settings.REQUESTS_PER_CLIENT = 1
    answers = make_answers()

    first = receive(answers, now=MONDAY_MORNING, client="192.0.2.1")

    assert receive(answers, now=LATER, client="192.0.2.1") == first


@pytest.mark.django_db(transaction=True)
def test_when_any_part_cannot_be_stored_nothing_is(monkeypatch):
    def database_is_full(*args, **kwargs):
        raise DatabaseError("disk full")

    answers = make_answers()
    with monkeypatch.context() as broken:
        broken.setattr(OutboxMail.objects, "bulk_create", database_is_full)
        with pytest.raises(DatabaseError):
            receive(answers, now=MONDAY_MORNING)

    assert not ConsultationRequest.objects.exists()
    assert not Event.objects.exists()
    assert receive(answers, now=LATER).received_at == LATER


@pytest.mark.django_db
def test_a_rule_of_the_database_that_is_broken_is_not_taken_for_a_second_sending():
    with pytest.raises(DatabaseError):
        receive(make_answers(phone="", email=""), now=MONDAY_MORNING)


@pytest.mark.django_db
def test_a_sending_that_was_overtaken_gets_the_reference_of_the_one_that_was_first(monkeypatch):
    answers = make_answers()
    first = receive(answers, now=MONDAY_MORNING)
    look, looks = intake._sent_with, []

    def too_early_the_first_time(key):
        looks.append(key)
        return look(key) if len(looks) > 1 else {}

    monkeypatch.setattr(intake, "_sent_with", too_early_the_first_time)

    assert receive(answers, now=LATER) == first
    assert ConsultationRequest.objects.count() == 1


def at_once(number: int, send) -> list[str]:
    """The references that so many people get who press Send at the same moment."""
    start = Barrier(number)

    def press(each: int) -> str:
        start.wait(timeout=60)
        try:
            return send(each).reference
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as people:
        return list(people.map(press, range(number)))


@pytest.mark.django_db(transaction=True)
def test_fifty_sendings_of_one_form_at_once_are_one_request_with_one_reference():
    answers = make_answers()

    references = at_once(50, lambda _: receive(answers, now=MONDAY_MORNING))

    stored = ConsultationRequest.objects.get()
    assert references == [stored.reference] * 50
    assert stored.events.count() == 1
    assert stored.mails.count() == 2


@pytest.mark.django_db(transaction=True)
def test_fifty_people_at_once_are_fifty_requests():
    everybody = [make_answers(name=f"Person {number}") for number in range(50)]

    references = at_once(50, lambda number: receive(everybody[number], now=MONDAY_MORNING))

    assert len(set(references)) == 50
    assert ConsultationRequest.objects.count() == 50
    assert OutboxMail.objects.count() == 100
