"""Takes people out of what is stored. Nothing else in the site removes a request, or part of one."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, QuerySet

from rlsinfo.consultations.intake import new_message_id
from rlsinfo.consultations.models import (
    ConsultationRequest,
    ContactAttempt,
    Draft,
    Event,
    Language,
    OutboxMail,
    Reason,
    SearchKey,
    State,
    Stop,
    new_reference,
)

ABOUT_A_REQUEST: tuple[type[models.Model], ...] = (Draft, SearchKey, Stop, OutboxMail, ContactAttempt, Event)
"""Everything that hangs on a request."""


def emptied() -> dict[type[models.Model], dict[str, Any]]:
    """What is written over each column that tells of a person, or leads to one; all others stay, for figures.

    References, keys and message numbers are drawn anew: the old ones stand in mailboxes.
    """
    return {
        ConsultationRequest: {
            "reference": new_reference(),
            "submission_key": secrets.token_urlsafe(),
            "content_hash": secrets.token_hex(32),
            "name": "",
            "phone": "",
            "email": "",
            "best_times": [],
            "may_leave_message": False,
            "note": "",
            "help_needed": "",
            "consent_version": "",
            "consent_page": "",
            "text_consent_version": "",
            "text_consent_ended_at": None,
            "corrected_name": "",
            "corrected_phone": "",
            "corrected_email": "",
            "urgent": False,
            "language": Language.ENGLISH,
            "claimed_by": None,
            "claimed_until": None,
            "visit_date": None,
            "related_to": None,
        },
        ContactAttempt: {"why": "", "before": {}},
        Event: {"why": ""},
        OutboxMail: {"message_id": new_message_id()},
    }


def anonymize(request: ConsultationRequest, now: datetime) -> None:
    """Keep a request for the figures, without the person; one that is open is closed first. There is no way back."""
    blank = emptied()
    closed = {
        "state": State.STOPPED,
        "state_changed_at": now,
        "next_due_at": None,
        "overdue_at": None,
        "closed_at": now,
        "close_reason": Reason.STOPPED,
    }
    with transaction.atomic():
        # Before anything is emptied: whoever is writing about them now ends first, and nobody begins.
        request.refresh_from_db(from_queryset=ConsultationRequest.objects.select_for_update())
        for model in (Draft, SearchKey, Stop):
            model.objects.filter(request=request).delete()
        request.attempts.update(**blank[ContactAttempt])
        # Events refuse to be changed: this is the one change there is.
        QuerySet.update(Event.objects.filter(request=request), **blank[Event])
        for mail in request.mails.all():
            unsent = {"state": OutboxMail.State.STOPPED, "due_at": None} if mail.due_at else {}
            request.mails.filter(pk=mail.pk).update(**emptied()[OutboxMail], **unsent)
        # Who is known by another request would be known by this one too.
        request.related_from.update(related_to=None)
        ConsultationRequest.objects.filter(pk=request.pk).update(
            **blank[ConsultationRequest],
            **closed if request.is_open else {},
            removed_at=now,
            skim_since=None,
            version=F("version") + 1,
        )


def delete(requests: Iterable[int]) -> None:
    """Leave nothing of these requests, known by their numbers. There is no way back."""
    numbers = list(requests)
    with transaction.atomic():
        ConsultationRequest.objects.filter(related_to__in=numbers).update(related_to=None)
        for model in ABOUT_A_REQUEST:
            # Events refuse to be deleted: this is the one place that does it.
            QuerySet.delete(model._default_manager.filter(request__in=numbers))
        ConsultationRequest.objects.filter(pk__in=numbers).delete()
