"""Everything that happens when a request arrives, in one transaction."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from rlsinfo.consultations import timing
from rlsinfo.consultations.models import ConsultationRequest, Event, Language, OutboxMail, State
from rlsinfo.consultations.screening import looks_urgent, spam_reasons
from rlsinfo.staff import rates

ABOUT_THE_SENDING = {"submission_key", "trap", "seconds_on_form", "consent_page", "language"}


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
    text_consent_version: str = ""
    """Empty when nobody may text them."""
    consent_page: str = ""
    """The address of the page on which they ticked the boxes."""
    language: str = Language.ENGLISH
    """In which they were asked."""

    def fingerprint(self) -> str:
        """Equal for equal answers; keyed, so that it tells nothing about a number to somebody who tries them all."""
        answers = {name: value for name, value in asdict(self).items() if name not in ABOUT_THE_SENDING}
        return salted_hmac("consultations.answers", json.dumps(answers), algorithm="sha256").hexdigest()


class TooMany(Exception):
    """So many came from one client that this one is not stored; `wait` says for how long not."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


def receive(answers: Answers, *, now: datetime, client: str = "", is_test: bool = False) -> ConsultationRequest:
    """The request these answers make, stored once however often they are sent; a test owes no mail and never counts.

    When this returns, the request, its first event and the mail it owes are on disk. When it raises,
    nothing is, and the same answers can simply be sent again. Raises TooMany when the client named has had its share.
    """
    try:
        # Nobody is promised a test, so many of them may be one transaction of the caller's.
        with transaction.atomic(durable=not is_test):
            sent_before = _sent_with(answers.submission_key)
            return _same(answers, sent_before) or _store(answers, now, client, is_test, sent_before)
    except IntegrityError:
        # Of several sendings at one instant one is stored; the others find it here.
        if request := _same(answers, _sent_with(answers.submission_key)):
            return request
        raise


def _sent_with(submission_key: str) -> Mapping[str, int]:
    """The hash and the row of all that came of one opened form, the first first: a person may change a word."""
    sent = ConsultationRequest.objects.filter(submission_key=submission_key).order_by("received_at", "pk")
    return dict(sent.values_list("content_hash", "pk"))


def _same(answers: Answers, sent_before: Mapping[str, int]) -> ConsultationRequest | None:
    row = sent_before.get(answers.fingerprint())
    return ConsultationRequest.objects.get(pk=row) if row else None


def owe_mail(request: ConsultationRequest, now: datetime) -> None:
    """Queue what an arrival owes: an alert to the front desk, and a receipt to whoever gave an address.

    A test owes nobody anything.
    """
    if request.is_test:
        return
    kinds = [OutboxMail.Kind.ALERT, *([OutboxMail.Kind.RECEIPT] if request.email else [])]
    mails = [
        OutboxMail(request=request, kind=kind, due_at=now, created_at=now, message_id=new_message_id())
        for kind in kinds
    ]
    # A request that is restored from the duplicates has had its mail: the database takes one of each kind.
    OutboxMail.objects.bulk_create(mails, ignore_conflicts=True)


def new_message_id() -> str:
    """An identifier that no other message has."""
    return f"<{uuid4()}@{urlsplit(settings.SITE_URL).hostname}>"


def _store(
    answers: Answers, now: datetime, client: str, is_test: bool, sent_before: Mapping[str, int]
) -> ConsultationRequest:
    share = rates.Rate("request", settings.REQUESTS_PER_CLIENT)
    if client and (wait := rates.spend(share, client)):
        raise TooMany(wait)
    reasons = spam_reasons(answers) or (() if is_test else _flood(now))
    # Set aside, not dropped: somebody skims it, and nobody is alerted meanwhile.
    where: dict[str, object] = (
        {"state": State.SPAM, "closed_at": now, "skim_since": now}
        if reasons
        else {"state": State.NEW, "next_due_at": now, "overdue_at": timing.overdue_at(State.NEW, now, now)}
    )
    request = ConsultationRequest.objects.create(
        submission_key=answers.submission_key,
        content_hash=answers.fingerprint(),
        received_at=now,
        clock_started_at=now,
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
        consent_page=answers.consent_page,
        text_consent_version=answers.text_consent_version,
        source=answers.source,
        language=answers.language,
        urgent=looks_urgent(answers.note),
        spam_reasons=list(reasons),
        related_to_id=next(iter(sent_before.values()), None) or _longest_open(answers),
        is_test=is_test,
        **where,
    )
    request.make_findable(is_new=True)
    request.record(Event.Kind.RECEIVED, at=now)
    if not reasons:
        owe_mail(request, now)
    return request


def _flood(now: datetime) -> tuple[str, ...]:
    """Why this is set aside in spite of its words: nobody could call so many, and no mail is sent to them all."""
    most = settings.REQUESTS_PER_HOUR
    lately = ConsultationRequest.objects.filter(received_at__gt=now - timedelta(hours=1), is_test=False)
    return (f"{most} others came within an hour.",) if lately[most - 1 : most].exists() else ()


def _longest_open(answers: Answers) -> int | None:
    """The row of the same person's request that has been open the longest."""
    theirs = ConsultationRequest.objects.open().from_same_person(phone=answers.phone, email=answers.email)
    return theirs.order_by("received_at", "pk").values_list("pk", flat=True).first()
