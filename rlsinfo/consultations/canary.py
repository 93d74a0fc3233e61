"""The test request: every quarter of an hour one goes the whole way of a person's, through form, database and outbox.

It is trusted to be a test by its submission key, which only we can make, and only for a few minutes. It is put away in
the transaction that stores it, so that it never stands on a list, never counts, and its alert goes to nobody.
"""

import re
import secrets
import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from rlsinfo.consultations import intake, removal
from rlsinfo.consultations.intake import Answers
from rlsinfo.consultations.models import ConsultationRequest, Event, OutboxMail, Reason, State
from rlsinfo.consultations.visit import NoAnswer, Visit
from rlsinfo.plumbing.jobs import Failure

MARK = "test-"
KEY = re.compile(rf"({MARK}([0-9a-f]{{8}})-[0-9a-f]{{16}})-([0-9a-f]{{32}})")
FRESH = timedelta(minutes=5)
NAME, PHONE = "Test Request", "555 010 0100"
MAIL_PATIENCE = 60
"""Seconds in which the worker should have come to its mail."""


def new_key(now: datetime) -> str:
    """A submission key that nobody else can make."""
    body = f"{MARK}{int(now.timestamp()):08x}-{secrets.token_hex(8)}"
    return f"{body}-{_signature(body)}"


def made_at(key: str) -> datetime | None:
    """When we made this key; None if somebody else did."""
    found = KEY.fullmatch(key)
    if found is None or not constant_time_compare(_signature(found[1]), found[3]):
        return None
    return datetime.fromtimestamp(int(found[2], 16), UTC)


def is_test(key: str, now: datetime) -> bool:
    """Whether what comes with this key is a test: we have made the key, and just now."""
    made = made_at(key)
    return made is not None and abs(now - made) <= FRESH


def receive(answers: Answers, *, now: datetime, client: str = "") -> ConsultationRequest:
    """What intake does on an arrival, and in the same transaction the request is put away; its alert goes to nobody."""
    with transaction.atomic(durable=True):
        request = intake.receive(answers, now=now, client=client, is_test=True)
        ConsultationRequest.objects.filter(pk=request.pk).update(
            state=State.TEST,
            close_reason=Reason.TEST,
            closed_at=now,
            next_due_at=None,
            overdue_at=None,
            skim_since=None,
        )
        OutboxMail.objects.get_or_create(
            request=request,
            kind=OutboxMail.Kind.ALERT,
            defaults={"due_at": now, "created_at": now, "message_id": intake.new_message_id()},
        )
    return request


def go() -> str:
    """Send one the whole way and take it away again; says in a sentence how long it took. Raises Failure otherwise."""
    remove()
    started = time.monotonic()
    try:
        reference = _ask()
    except NoAnswer as error:
        raise Failure(f"The site did not answer at {settings.TEST_REQUEST_ADDRESS} ({error}).") from error
    request = ConsultationRequest.objects.filter(reference=reference, is_test=True).first()
    if request is None or request.name != NAME:
        raise Failure("A reference was shown, but no such request is stored.")
    if not request.events.filter(kind=Event.Kind.RECEIVED).exists():
        raise Failure("A request was stored, but not that it was received.")
    seconds = time.monotonic() - started
    while not request.mails.filter(state=OutboxMail.State.SENT).exists():
        if time.monotonic() - started > MAIL_PATIENCE:
            raise Failure(f"The request arrived, but after {MAIL_PATIENCE} seconds its mail still waits.")
        time.sleep(0.5)
    remove()
    return f"Sent and stored in {seconds:.1f} s, its mail handed on after {time.monotonic() - started:.0f} s."


def remove() -> None:
    """Take every test request away, with all that belongs to it."""
    marked = ConsultationRequest.objects.filter(is_test=True, submission_key__startswith=MARK)
    ours = [pk for pk, key in marked.values_list("pk", "submission_key") if made_at(key)]
    removal.delete(ours)


def _ask() -> str:
    """Fill in the form as a person does; the reference that the last page shows."""
    visit, path = Visit(), reverse("consultations:ask")
    if visit.get(path) != 200:
        raise Failure(f"The form answered {visit.status}.")
    answers = {
        **visit.hidden(),
        "urgent": "no",
        "name": NAME,
        "phone": PHONE,
        "may_leave_message": "no",
        "topic": "other",
        "consent": visit.value_of("consent"),
        "key": new_key(timezone.now()),
    }
    if visit.post(path, answers | {"step": "check"}) != 200:
        raise Failure(f"The page on which answers are checked answered {visit.status}.")
    visit.post(path, visit.hidden() | {"step": "send"})
    reference = re.search(r'class="ref">([^<]+)<', visit.text)
    if visit.status != 200 or not reference:
        raise Failure(f"The site did not take the request: it answered {visit.status}.")
    return reference[1].replace(" ", "")


def _signature(body: str) -> str:
    return salted_hmac("rlsinfo.consultations.canary", body, algorithm="sha256").hexdigest()[:32]
