"""Mail that requests owe: stored with them, sent by the worker, every state visible to staff."""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db import transaction
from django.dispatch import receiver
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from rlsinfo import languages
from rlsinfo.consultations import alarms, digest, stops
from rlsinfo.consultations.hours import promise
from rlsinfo.consultations.intake import new_message_id
from rlsinfo.consultations.models import LEASE, LONGEST_PAUSE, Event, OutboxMail
from rlsinfo.consultations.smtp import InDoubt
from rlsinfo.staff import invitations

log = logging.getLogger(__name__)

SERVER_AWAY_PAUSE = timedelta(seconds=30)
# Doubled after each refusal: the eighth and last attempt is an hour after the first.
FIRST_PAUSE = timedelta(seconds=30)
MOST_ATTEMPTS = 8
# A server that says "not now" may mean it for long: its disk is full, or it makes strangers wait.
NOT_NOW_FOR = timedelta(days=2)

TO_THE_DESK = set(OutboxMail.Kind) - {OutboxMail.Kind.RECEIPT, OutboxMail.Kind.INVITATION}

OUTCOMES = {
    OutboxMail.State.SENT: Event.Kind.MAIL_SENT,
    OutboxMail.State.UNCERTAIN: Event.Kind.MAIL_UNCERTAIN,
    OutboxMail.State.FAILED: Event.Kind.MAIL_FAILED,
    OutboxMail.State.STOPPED: Event.Kind.MAIL_STOPPED,
}


@receiver(invitations.invited)
def owe_invitation(sender: object, user: User, **kwargs: object) -> None:
    """Queue the mail that invites somebody; it takes the place of one that was not sent yet."""
    now = timezone.now()
    OutboxMail.objects.filter(kind=OutboxMail.Kind.INVITATION, user=user, state=OutboxMail.State.QUEUED).delete()
    OutboxMail.objects.create(
        kind=OutboxMail.Kind.INVITATION, user=user, due_at=now, created_at=now, message_id=new_message_id()
    )


def send_due(now: datetime, connection: BaseEmailBackend | None = None) -> Counter[str]:
    """Send everything that is due; how many messages ended in which state."""
    counts: Counter[str] = Counter()
    while mail := send_next(now, connection):
        counts[mail.state] += 1
    return counts


def send_next(now: datetime, connection: BaseEmailBackend | None = None) -> OutboxMail | None:
    """Send the message that has been due longest; None when none is due or no server takes it."""
    if not OutboxMail.objects.due(now).exists():
        return None
    link = connection or get_connection()
    try:
        link.open()
    except OSError as error:
        _postpone(now, error)
        return None
    try:
        mail = _claim(now)
        if mail:
            _send(mail, link, now)
        return mail
    finally:
        # How the goodbye goes says nothing about the message.
        with suppress(OSError):
            link.close()


def message(mail: OutboxMail, connection: BaseEmailBackend) -> EmailMessage:
    """The message as it leaves, written at this moment; none holds anything that a patient wrote."""
    subject, to, body = WRITERS[OutboxMail.Kind(mail.kind)](mail)
    # The same identifier each time, so that a mail program folds a message that had to be sent twice.
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"}
    # A test goes as far as the server and to nobody.
    recipients = [] if mail.request and mail.request.is_test else [to]
    return EmailMessage(subject, body, to=recipients, headers=headers, connection=connection)


def _about_a_request(mail: OutboxMail) -> tuple[str, str, str]:
    """To the front desk and to the patient: a reference and what happens next."""
    request = mail.request
    assert request is not None  # noqa: S101 - the database holds it
    is_alert = mail.kind == OutboxMail.Kind.ALERT
    path = reverse("admin:consultations_consultationrequest_change", args=[request.pk])
    # Staff read English; a patient reads what they wrote in.
    with translation.override(languages.ENGLISH if is_alert else request.language):
        if is_alert:
            subject, to = f"A request is waiting: {request.spoken_reference}", settings.CLINIC_ALERT_EMAIL
        else:
            subject, to = gettext("We have your request: {reference}"), request.email
            subject = subject.format(reference=request.spoken_reference)
        words = {
            "reference": request.spoken_reference,
            "clinic": settings.CLINIC,
            "promised": promise(request.clock_started_at, settings.CLINIC),
            "desk_url": f"{settings.SITE_URL}{path}",
            "stop_url": stops.link(request),
        }
        return subject, to, render_to_string(f"consultations/mail/{mail.kind}.txt", words)


def _invitation(mail: OutboxMail) -> tuple[str, str, str]:
    """To somebody who is to work here: the link that makes the account theirs."""
    user = mail.user
    assert user is not None  # noqa: S101 - the database holds it
    return f"Your account at {settings.CLINIC.name}", user.email, invitations.text(user)


WRITERS: dict[OutboxMail.Kind, Callable[[OutboxMail], tuple[str, str, str]]] = {
    OutboxMail.Kind.ALERT: _about_a_request,
    OutboxMail.Kind.RECEIPT: _about_a_request,
    OutboxMail.Kind.INVITATION: _invitation,
    OutboxMail.Kind.DIGEST: digest.write_digest,
    OutboxMail.Kind.UNTOUCHED: digest.write_alarm,
    OutboxMail.Kind.TROUBLE: alarms.write,
    OutboxMail.Kind.WELL_AGAIN: alarms.write,
}
"""Who writes which kind of message: its subject, its address, its text."""


def _postpone(now: datetime, error: OSError) -> None:
    """The server is away, which is no message's fault: all wait, and none gives up because of it."""
    name = type(error).__name__
    due = OutboxMail.objects.due(now)
    if due.exclude(last_error=name).exists():
        log.warning("The mail server cannot be reached (%s). Messages wait.", name)
    due.order_by().update(due_at=now + SERVER_AWAY_PAUSE, last_error=name)


def _claim(now: datetime) -> OutboxMail | None:
    """Take the message that has been due longest, so that no other worker sends it meanwhile."""
    with transaction.atomic():
        due = OutboxMail.objects.due(now)
        if database.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        mail = due.first()
        if mail:
            mail.attempts += 1
            mail.due_at = now + LEASE
            mail.save(update_fields=["attempts", "due_at"])
    return mail


def _may_be_sent(mail: OutboxMail) -> bool:
    """Whether whom it goes to has not asked us to stop."""
    if mail.kind != OutboxMail.Kind.RECEIPT or mail.request is None:
        return True
    return stops.of(mail.request).may_write_to(mail.request.email)


def _send(mail: OutboxMail, link: BaseEmailBackend, now: datetime) -> None:
    if not _may_be_sent(mail):
        _mark(mail, OutboxMail.State.STOPPED, now)
        return
    try:
        message(mail, link).send()
    except InDoubt as error:
        # The desk would rather hear twice than never; a patient should not get two receipts.
        again = mail.kind in TO_THE_DESK and mail.attempts < MOST_ATTEMPTS
        _mark(mail, OutboxMail.State.UNCERTAIN, now, error, again=again)
    except Exception as error:
        # Refused, or impossible to write: staff see it fail, and the messages behind it go on.
        patient = is_not_now(error) and now - mail.created_at < NOT_NOW_FOR
        again = patient or mail.attempts < MOST_ATTEMPTS
        _mark(mail, OutboxMail.State.QUEUED if again else OutboxMail.State.FAILED, now, error, again=again)
    else:
        _mark(mail, OutboxMail.State.SENT, now)


def is_not_now(error: Exception) -> bool:
    """Whether the trouble is the server's and may pass, rather than the message's."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(400 <= code < 500 for code, _ in error.recipients.values())
    if isinstance(error, SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return isinstance(error, (SMTPServerDisconnected, TimeoutError, ConnectionError))


def _mark(
    mail: OutboxMail, state: OutboxMail.State, now: datetime, error: Exception | None = None, *, again: bool = False
) -> None:
    """Keep how a sending ended, and when the next one is."""
    mail.state = state
    mail.sent_at = now if state == OutboxMail.State.SENT else None
    mail.last_error = type(error).__name__ if error else ""
    mail.due_at = now + min(FIRST_PAUSE * 2 ** min(mail.attempts - 1, 10), LONGEST_PAUSE) if again else None
    with transaction.atomic():
        mail.save(update_fields=["state", "sent_at", "last_error", "due_at"])
        if not again and mail.request:
            mail.request.record(OUTCOMES[state], at=now, why=mail.get_kind_display())
