"""A person who is taken out of the stored requests is gone from every column, and the figures stay as they were."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, time, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, models, transaction

from rlsinfo.consultations import figures, intake, outbox, removal, work
from rlsinfo.consultations.models import (
    ConsultationRequest,
    ContactAttempt,
    Draft,
    Event,
    OutboxMail,
    Outcome,
    SearchKey,
    State,
    Stop,
)
from rlsinfo.consultations.work import NotAllowed, Press
from tests.factories import MONDAY_MORNING, make_answers, make_request, make_staff

NOW = MONDAY_MORNING
LATER = NOW + timedelta(days=400)
# What stays of each row, so that it goes on to count: states, moments, numbers, who of the staff it was.
STAYS = {
    ConsultationRequest: {
        *("id", "received_at", "state", "state_changed_at", "version", "topic", "consent_at", "source"),
        *("clock_started_at", "next_due_at", "overdue_at", "tries", "first_try_at", "first_contact_at"),
        *("closed_at", "close_reason", "skim_since", "restored_at", "is_test", "spam_reasons", "removed_at"),
    },
    ContactAttempt: {
        *("id", "request", "token", "outcome", "number", "at", "by_id", "by_name"),
        *("next_due_at", "from_state", "to_state", "version_after", "undone_at"),
    },
    Event: {"id", "request", "kind", "from_state", "to_state", "by_id", "by_name", "at"},
    OutboxMail: {
        *("id", "kind", "request", "user", "day", "state", "attempts", "due_at", "sent_at", "last_error", "created_at"),
        "incident",
    },
}
MARKS = (
    "Zebediah",
    "5550107777",
    "555 010 7777",
    "zeb@example.com",
    "Marker",
    "Zulu",
    "Zebedee",
    "Murmured",
    "Drafted",
)


@pytest.fixture
def maria():
    return make_staff(username="maria", first_name="Maria", last_name="Lopez")


def worked_on(maria, **changes) -> ConsultationRequest:
    """A request with everything that can hang on one."""
    answers = make_answers(
        name="Zebediah", phone="555 010 7777", email="zeb@example.com", note="Marker", help_needed="Zulu", **changes
    )
    request = intake.receive(answers, now=NOW)
    work.correct(request, name="Zebedee", phone="", email="", by=maria, version=1, now=NOW)
    work.press(request, Press(Outcome.NO_ANSWER, "t1", 2, why="Murmured"), by=maria, now=NOW + timedelta(minutes=5))
    work.note(request, "Murmured again", by=maria, now=NOW + timedelta(minutes=6))
    work.keep_draft(request, "Drafted", by=maria, now=NOW)
    outbox.send_due(NOW)
    work.stop(request, by=maria, version=3, token="t2", why="Murmured", now=NOW + timedelta(minutes=9))
    work.keep_draft(request, "Drafted", by=maria, now=NOW)
    return ConsultationRequest.objects.get(pk=request.pk)


def everything_stored() -> str:
    """Every value of every row about requests, opened with the keys."""
    tables = (ConsultationRequest, *removal.ABOUT_A_REQUEST)
    return "\n".join(str(row) for model in tables for row in model._default_manager.values())


@pytest.mark.django_db
@pytest.mark.parametrize("model", STAYS)
def test_every_column_says_what_becomes_of_it(model):
    """A new column stops this test until somebody has decided whether it tells of a person."""
    columns = {field.name for field in model._meta.concrete_fields}
    emptied = set(removal.emptied()[model])

    assert not emptied & STAYS[model]
    assert columns - emptied - STAYS[model] == set()


@pytest.mark.django_db
def test_everything_that_hangs_on_a_request_is_known_to_removal():
    hang_on = {relation.related_model for relation in ConsultationRequest._meta.related_objects}

    assert hang_on - {ConsultationRequest} == set(removal.ABOUT_A_REQUEST)


@pytest.mark.django_db
def test_what_is_anonymized_holds_nobody(maria):
    request = worked_on(maria)
    assert all(mark in everything_stored() for mark in MARKS if not mark.isdigit())
    message_ids = set(OutboxMail.objects.values_list("message_id", flat=True))

    removal.anonymize(request, LATER)

    left = everything_stored()
    assert [mark for mark in (*MARKS, request.reference, request.submission_key) if mark in left] == []
    assert not message_ids & set(OutboxMail.objects.values_list("message_id", flat=True))
    assert not Draft.objects.exists()
    assert not SearchKey.objects.exists()
    assert not Stop.objects.exists()
    assert ConsultationRequest.objects.get().removed_at == LATER


@pytest.mark.django_db
def test_what_is_deleted_leaves_nothing(maria):
    request = worked_on(maria)
    other = make_request(related_to=request)

    removal.delete([request.pk])

    other.refresh_from_db()
    assert list(ConsultationRequest.objects.all()) == [other]
    assert other.related_to is None
    about_others = {
        model for model in removal.ABOUT_A_REQUEST if model._default_manager.exclude(request=other).exists()
    }
    assert about_others == set()


@pytest.mark.django_db
def test_the_figures_are_the_same_without_the_person(maria, settings):
    settings.CLINIC = replace(settings.CLINIC, week=(((time(8), time(17)),),) * 5 + ((),) * 2)
    days = figures.Days(NOW.date(), NOW.date(), UTC)
    worked_on(maria)
    make_request(state=State.SCHEDULED)

    def told() -> tuple[object, ...]:
        found = figures.of_days(days, LATER)
        # Rows have no order of their own: on PostgreSQL one that was changed may stand elsewhere.
        rows = Counter(found.arrivals), Counter(found.tries)
        return *rows, found.outcomes, found.funnel, found.to_first_try.minutes, found.by_hour

    before = told()
    for request in ConsultationRequest.objects.all():
        removal.anonymize(request, LATER)

    assert told() == before


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.NEW, State.TRYING, State.TALKING, State.CALL_BACK])
def test_an_open_request_is_closed_when_its_person_is_removed(state):
    request = make_request(state=state)

    removal.anonymize(request, LATER)

    assert list(ConsultationRequest.objects.closed()) == [request]
    assert not ConsultationRequest.objects.open().exists()


@pytest.mark.django_db
def test_nobody_can_bring_a_removed_request_back(maria):
    request = make_request(state=State.DECLINED)
    spam = make_request(state=State.SPAM)
    for each in (request, spam):
        removal.anonymize(each, LATER)
        each.refresh_from_db()

    with pytest.raises(NotAllowed):
        work.reopen(request, by=maria, version=request.version, why="", now=LATER)
    with pytest.raises(NotAllowed):
        work.restore(spam, by=maria, version=spam.version, now=LATER)


@pytest.mark.django_db
def test_mail_that_waits_is_not_sent_to_who_was_removed():
    request = intake.receive(make_answers(email="zeb@example.com"), now=NOW)

    removal.anonymize(request, NOW)

    assert outbox.send_due(NOW) == {}


@pytest.mark.django_db
def test_no_other_request_leads_to_who_was_removed():
    first = make_request()
    second, third = make_request(related_to=first), make_request()
    third.related_to = second
    third.save()

    removal.anonymize(second, LATER)

    assert set(ConsultationRequest.objects.values_list("related_to", flat=True)) == {None}


@pytest.mark.django_db
@pytest.mark.parametrize("left", ["name", "phone", "email", "note", "help_needed", "corrected_name"])
def test_the_database_refuses_a_removed_request_that_still_holds_something(left):
    request = make_request(state=State.DECLINED)
    removal.anonymize(request, LATER)

    with pytest.raises(IntegrityError), transaction.atomic():
        ConsultationRequest.objects.filter(pk=request.pk).update(**{left: "Zebediah"})


def test_only_one_module_removes_requests():
    """No other code of the site deletes a request, an event or an attempt."""
    root = Path(settings.BASE_DIR) / "rlsinfo"
    deletes = re.compile(r"(?:ConsultationRequest|Event|ContactAttempt)\.objects\S*\.delete\(|QuerySet\.delete\(")
    removing = {file.name for file in root.rglob("*.py") if deletes.search(file.read_text(encoding="utf-8"))}

    assert removing == {"removal.py"}


# --- the file of SQLite -------------------------------------------------------------------------


def in_the_file(*values: bytes) -> list[bytes]:
    """Which of these stand in the bytes of the database file."""
    stored = Path(connection.settings_dict["NAME"]).read_bytes()
    return [each for each in values if each in stored]


def sealed_texts(request: ConsultationRequest) -> list[bytes]:
    """What the database itself holds of the person, as it stands in the file."""
    found = []
    for model in (ConsultationRequest, *removal.ABOUT_A_REQUEST):
        key = "id" if model is ConsultationRequest else "request_id"
        texts = [
            field.column
            for field in model._meta.concrete_fields
            if isinstance(field, models.TextField | models.CharField) and field.name not in STAYS.get(model, ())
        ]
        if not texts:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(texts)} FROM {model._meta.db_table} WHERE {key} = %s", [request.pk])
            found += [text.encode() for row in cursor.fetchall() for text in row if text and len(text) > 10]
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no single file")
@pytest.mark.parametrize("how", ["anonymize", "delete"])
def test_erased_bytes_are_gone_from_the_file(maria, how):
    request = worked_on(maria)
    keys = [number.to_bytes(8) for number in SearchKey.objects.values_list("key", flat=True)]
    texts = sealed_texts(request)
    assert len(texts) > 8
    assert in_the_file(*texts, *keys) == [*texts, *keys]

    if how == "anonymize":
        removal.anonymize(request, LATER)
    else:
        removal.delete([request.pk])

    assert in_the_file(*texts, *keys) == []
    assert not Path(f"{connection.settings_dict['NAME']}-journal").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no single file")
def test_without_secure_delete_the_bytes_would_stay(maria):
    """The test above can fail."""
    request = worked_on(maria)
    texts = sealed_texts(request)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete = OFF")

    removal.delete([request.pk])

    assert in_the_file(*texts)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete = ON")
