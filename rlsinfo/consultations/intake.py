"""Everything that happens when a request arrives, in one transaction."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from rlsinfo.consultations.models import ConsultationRequest, Event, OutboxMail
from rlsinfo.consultations.screening import spam_reasons

ABOUT_THE_SENDING = {"submission_key", "trap", "seconds_on_form"}


@dataclass(frozen=True)
class Answers:
    """What a person sent, already checked by the form, and how it was sent."""

    name: str
    phone: str
    email: str
    best_times: tuple[str, ...]
    may_leave_message: bool
    topic: str
    note: str
    help_needed: str
    consent_version: str
    source: str
    submission_key: str
    """Drawn when the form was opened: two sendings of one form share it."""
    trap: str
    seconds_on_form: float | None

    def fingerprint(self) -> str:
        """Equal for equal answers; keyed, so that it tells nothing about a number to somebody who tries them all."""
        answers = {name: value for name, value in asdict(self).items() if name not in ABOUT_THE_SENDING}
        return salted_hmac("consultations.answers", json.dumps(answers), algorithm="sha256").hexdigest()


def receive(answers: Answers, *, now: datetime) -> ConsultationRequest:
    """The request these answers make, stored once however often they are sent.

    When this returns, the request, its first event and the mail it owes are on disk. When it raises,
    nothing is, and the same answers can simply be sent again.
    """
    try:
        with transaction.atomic(durable=True):
            return _stored_before(answers) or _store(answers, now)
    except IntegrityError:
        # Of several sendings at one instant one is stored; the others find it here.
        if request := _stored_before(answers):
            return request
        raise


def _stored_before(answers: Answers) -> ConsultationRequest | None:
    return ConsultationRequest.objects.filter(
        submission_key=answers.submission_key, content_hash=answers.fingerprint()
    ).first()


def _store(answers: Answers, now: datetime) -> ConsultationRequest:
    reasons = spam_reasons(answers)
    request = ConsultationRequest.objects.create(
        submission_key=answers.submission_key,
        content_hash=answers.fingerprint(),
        received_at=now,
        state_changed_at=now,
        name=answers.name,
        phone=answers.phone,
        email=answers.email,
        best_times=list(answers.best_times),
        may_leave_message=answers.may_leave_message,
        topic=answers.topic,
        note=answers.note,
        help_needed=answers.help_needed,
        consent_version=answers.consent_version,
        consent_at=now,
        source=answers.source,
        spam_reasons=list(reasons),
        related_to=_earlier(answers),
    )
    request.record(Event.Kind.RECEIVED, at=now)
    if not reasons:
        _owe(request, OutboxMail.Kind.ALERT, now)
        if request.email:
            _owe(request, OutboxMail.Kind.RECEIPT, now)
    return request


def _earlier(answers: Answers) -> ConsultationRequest | None:
    """The first request sent with the same form, or else the longest open one of the same person."""
    requests = ConsultationRequest.objects.order_by("received_at", "pk")
    return (
        requests.filter(submission_key=answers.submission_key).first()
        or requests.open().from_same_person(phone=answers.phone, email=answers.email).first()
    )


def _owe(request: ConsultationRequest, kind: OutboxMail.Kind, now: datetime) -> None:
    host = urlsplit(settings.SITE_URL).hostname
    request.mails.create(kind=kind, due_at=now, created_at=now, message_id=f"<{uuid4()}@{host}>")
