"""Everything that is held about one person: found by what only they have, copied for them, erased."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.template.loader import render_to_string

from rlsinfo.consultations import export, removal
from rlsinfo.consultations.consent import CALL_WORDING, TEXT_WORDING
from rlsinfo.consultations.export import moment
from rlsinfo.consultations.finding import Search
from rlsinfo.consultations.models import ConsultationRequest
from rlsinfo.encryption import flush_folder
from rlsinfo.staff.log import Action, recorded
from rlsinfo.staff.models import AccessEntry

Held = Mapping[str, Any]
"""What is held of one request: texts by their names, and lists of such."""

TOLD_APART = {"What happened ({zone})", "E-mails", "Asked us to stop ({zone})"}
"""Columns of an export that stand here as lists."""


def requests_of(text: str) -> Sequence[ConsultationRequest]:
    """Every request of whoever has this reference, number or address, the earliest first; no name finds anybody."""
    requests = ConsultationRequest.objects.filter(removed_at=None).order_by("received_at", "pk")
    if named := requests.filter(reference=Search(text).reference).first():
        return sorted([named, *named.others_from_same_person()], key=lambda each: (each.received_at, each.pk))
    return list(requests.from_same_person(phone="" if "@" in text else text, email=text if "@" in text else ""))


def held(request: ConsultationRequest) -> Held:
    """Everything that the site holds about the person of a request, in words that a person can read."""
    return {
        "The request": {
            name.format(zone=settings.TIME_ZONE): value(request)
            for name, value in export.COLUMNS.items()
            if name not in TOLD_APART
        },
        "What they agreed to": _consents(request),
        "When they asked us to stop": [
            {"When": moment(each.at), "What": each.get_scope_display(), "Until": moment(each.ended_at)}
            for each in request.stops.order_by("at")
        ],
        "What happened": [
            {"When": moment(at), "What": what, "Who": by, "Words": why} for at, what, by, why in export.history(request)
        ],
        "Words that were not kept yet": [
            {"Who": str(each.by), "Words": each.words} for each in request.drafts.select_related("by")
        ],
        "E-mails": [
            {"What": each.get_kind_display(), "State": each.get_state_display(), "When": moment(each.sent_at)}
            for each in request.mails.order_by("created_at")
        ],
        "What the search knows": f"{request.search_keys.count()} keyed fingerprints of the name, number and address",
        "Who looked": [
            {"When": moment(each.at), "Who": each.by_name, "What": each.get_action_display()}
            for each in AccessEntry.objects.filter(about__name=request.reference).order_by("number").distinct()
        ],
    }


def as_json(requests: Iterable[ConsultationRequest]) -> str:
    """A file for a machine, and for a person with patience."""
    return json.dumps([held(each) for each in requests], ensure_ascii=False, indent=1)


def as_html(requests: Iterable[ConsultationRequest]) -> str:
    """A file that opens in any browser and needs nothing else."""
    words = {"held": [held(each) for each in requests], "clinic": settings.CLINIC, "zone": settings.TIME_ZONE}
    return render_to_string("consultations/held.html", words)


def erase(requests: Sequence[ConsultationRequest], *, by: User | None, why: str, now: datetime) -> None:
    """Remove the person from these requests; that it was done is written down, with the references alone.

    `why` is a sentence of ours: the log is kept for years, and must not hold what was erased.
    """
    references = [each.reference for each in requests]
    with recorded(Action.ERASE, by=by, subjects=references, detail=why), transaction.atomic():
        for each in requests:
            removal.anonymize(each, now)
        # Last, and before the commit: what was erased is always remembered.
        _remember(references)


def erase_again(now: datetime) -> int:
    """Erase whom a restored backup has brought back, as far as ERASED_DIR remembers; how many requests that were."""
    file = _memory()
    references = set(file.read_text(encoding="ascii").split()) if file.exists() else set()
    back = list(ConsultationRequest.objects.filter(removed_at=None, reference__in=references))
    if back:
        erase(back, by=None, why="Erased again: a restored backup had brought them back.", now=now)
    return len(back)


def _memory() -> Path:
    """The references of all who were erased, beside the database: what is in it, a restored backup would forget."""
    return Path(settings.ERASED_DIR) / "erased"


def _remember(references: Sequence[str]) -> None:
    memory = _memory()
    # Each line is written at once, so that those of several processes stay apart.
    descriptor = os.open(memory, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", buffering=1, encoding="ascii") as file:
        file.writelines(f"{reference}\n" for reference in references)
        os.fsync(file.fileno())
    flush_folder(memory.parent)


def _consents(request: ConsultationRequest) -> list[Mapping[str, str]]:
    when, where = moment(request.consent_at), request.consent_page
    call = {"To": "be called", "Words": CALL_WORDING.get(request.consent_version, ""), "When": when, "Page": where}
    text = {"To": "get texts", "Words": TEXT_WORDING.get(request.text_consent_version, ""), "When": when, "Page": where}
    return [call, text | {"Until": moment(request.text_consent_ended_at)}] if request.text_consent_version else [call]
