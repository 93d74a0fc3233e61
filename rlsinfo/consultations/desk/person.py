"""The pages on which a lead copies or erases everything that is held about one person."""

import math
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.utils import timezone

from rlsinfo.consultations import person
from rlsinfo.consultations.desk.lists import SEARCHES, FindForm
from rlsinfo.consultations.desk.pages import address, desk_page, show, who
from rlsinfo.consultations.desk.rows import rows
from rlsinfo.consultations.models import ConsultationRequest
from rlsinfo.form_fields import Rows
from rlsinfo.staff import rates
from rlsinfo.staff.log import Action, recorded
from rlsinfo.staff.throttle import in_words

# Sentences of ours, since the log is kept for years: what somebody types there could name who was erased.
REASONS = {
    "asked": "They asked for it",
    "not_theirs": "Somebody else sent it in their name",
    "other": "Another reason, written down at the clinic",
}
KINDS = {
    "html": ("Page that opens in any browser (.html)", "text/html; charset=utf-8", person.as_html),
    "json": ("Data for another program (.json)", "application/json; charset=utf-8", person.as_json),
}


class ChosenForm(forms.Form):
    """Which requests are those of this person, and why somebody wants them copied or erased."""

    requests = Rows(
        ConsultationRequest.objects.filter(removed_at=None).order_by("received_at", "pk"),
        error_messages={
            "required": "Tick the requests that are theirs.",
            "invalid_choice": "One of these requests is no longer there. Search again.",
        },
    )
    reason = forms.ChoiceField(choices=list(REASONS.items()), error_messages={"required": "Say why."})


class CopyForm(ChosenForm):
    """As what kind of file."""

    kind = forms.ChoiceField(
        choices=[(kind, label) for kind, (label, _, _) in KINDS.items()],
        error_messages={"required": "Choose a kind of file."},
    )


class EraseForm(ChosenForm):
    """Whether whoever presses the button has read what goes."""

    sure = forms.BooleanField(error_messages={"required": "Tick the box if all of this should be gone for good."})


@desk_page("erase_consultationrequest", "GET", "HEAD", "POST", action=Action.FIND)
def find_person(request: HttpRequest) -> HttpResponse:
    """Every request of whoever has a reference, a number or an address. What was searched is written nowhere."""
    form = FindForm(request.POST or None)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    wait = rates.spend(SEARCHES, str(who(request).pk)) if text else timedelta(0)
    found: Sequence[ConsultationRequest] = []
    if text and not wait:
        with recorded(Action.FIND, by=who(request), detail="One person") as entry:
            found = person.requests_of(text)
            entry.subjects += [each.reference for each in found]
    problem = f"Too many searches: try again in {in_words(wait)}." if wait else ""
    only = {each.pk for each in found} if len(found) == 1 else set()
    searched = str(form["text"].value() or "")
    status = 429 if wait else 200
    response = _page(request, found, problem, status=status, asked=bool(text), ticked=only, searched=searched)
    if wait:
        response["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


@desk_page("erase_consultationrequest", "POST", action=Action.EXPORT)
def copy_person(request: HttpRequest) -> HttpResponse:
    """Hand over everything that is held, as a file; that it was made is written down before it leaves."""
    form = CopyForm(request.POST)
    if not form.is_valid():
        return _again(request, form)
    asked = form.cleaned_data
    _, content_type, write = KINDS[asked["kind"]]
    chosen = list(asked["requests"])
    with recorded(
        Action.EXPORT,
        by=who(request),
        subjects=[each.reference for each in chosen],
        detail=f"One person, as {asked['kind'].upper()}. {REASONS[asked['reason']]}.",
    ):
        response = HttpResponse(write(chosen), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="one-person-{timezone.localdate()}.{asked["kind"]}"'
    return response


@desk_page("erase_consultationrequest", "POST", action=Action.ERASE)
def erase_person(request: HttpRequest) -> HttpResponse:
    """First says what would go; erases when somebody has read that and says so."""
    form = EraseForm(request.POST)
    asked_before = "asked_before" in request.POST
    if not form.is_valid():
        if {"requests", "reason"} & set(form.errors):
            return _again(request, form)
        problem = str(form.errors["sure"][0]) if asked_before else ""
        return _what_would_go(request, form.cleaned_data, problem)
    chosen = list(form.cleaned_data["requests"])
    why = f"One person. {REASONS[form.cleaned_data['reason']]}."
    person.erase(chosen, by=who(request), why=why, now=timezone.now())
    messages.success(request, f"Erased: {len(chosen)} request{pluralize(len(chosen))} and all that belonged to them.")
    return HttpResponseRedirect(address("person"), status=303)


def _what_would_go(request: HttpRequest, asked: dict[str, Any], problem: str) -> HttpResponse:
    chosen = rows(asked["requests"], reader=who(request).pk, now=timezone.now())
    context = {
        "title": "Erase one person",
        "rows": [(line, _counted(line.request)) for line in chosen],
        "reason": asked["reason"],
        "reason_label": REASONS[asked["reason"]],
        "problem": problem,
        "days": settings.BACKUP_DAYS,
    }
    return show(request, "erase", context, status=422 if problem else 200)


def _counted(request: ConsultationRequest) -> list[str]:
    """How much of each kind hangs on a request: "2 tries"."""
    kinds = (
        (request.attempts.count(), "press", "presses"),
        (request.events.count(), "line of the past", "lines of the past"),
        (request.drafts.count(), "draft", "drafts"),
        (request.stops.count(), "wish to be left alone", "wishes to be left alone"),
    )
    return [f"{number} {one if number == 1 else many}" for number, one, many in kinds if number]


def _again(request: HttpRequest, form: ChosenForm) -> HttpResponse:
    """The list once more as it was, with what was chosen and what was missing."""
    sentences = [str(error) for field, errors in form.errors.items() if field != "sure" for error in errors]
    listed = _numbers(request, "listed") | _numbers(request, "requests")
    found = list(ConsultationRequest.objects.filter(pk__in=listed, removed_at=None).order_by("received_at", "pk"))
    chosen = {"reason": form.data.get("reason", ""), "kind": form.data.get("kind", "")}
    ticked = _numbers(request, "requests")
    return _page(request, found, " ".join(sentences), status=422, asked=bool(found), ticked=ticked, **chosen)


def _numbers(request: HttpRequest, name: str) -> set[int]:
    """The rows that a form names; what is no number of a row is left out."""
    typed = request.POST.getlist(name)
    return {int(each) for each in typed if each.isascii() and each.isdecimal() and len(each) < 19}


def _page(
    request: HttpRequest,
    found: Sequence[ConsultationRequest],
    problem: str,
    *,
    status: int,
    asked: bool,
    ticked: Collection[int],
    searched: str = "",
    reason: str = "",
    kind: str = "",
) -> HttpResponse:
    context = {
        "title": "Everything about one person",
        "rows": rows(found, reader=who(request).pk, now=timezone.now()),
        "ticked": ticked,
        "reasons": REASONS,
        "reason": reason,
        "kinds": {kind: label for kind, (label, _, _) in KINDS.items()},
        "kind": kind or next(iter(KINDS)),
        "problem": problem,
        "searched": searched,
        "asked": asked,
    }
    return show(request, "person", context, status=status)
