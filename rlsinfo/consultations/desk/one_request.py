"""One request: how to reach them, what happened, what is next; each button is one press."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.validators import EmailValidator
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from rlsinfo.consultations import timing, work
from rlsinfo.consultations.desk.pages import Undo, View, address, desk_page, last_undo, may, show, who
from rlsinfo.consultations.desk.rows import Row, moment, rows
from rlsinfo.consultations.hours import promise
from rlsinfo.consultations.models import (
    BestTime,
    ConsultationRequest,
    ContactAttempt,
    Draft,
    Event,
    OutboxMail,
    Outcome,
    Reason,
    State,
)
from rlsinfo.form_fields import Day, PlainText, can_be_read_out
from rlsinfo.staff.log import Action, recorded
from rlsinfo.staff.sessions import REFRESH, REFRESH_HEADER

STAYS_ON_PAGE = {Outcome.REACHED}
# For who asked us to stop there is a button of its own, which also works on what is closed.
REASONS = [(each.value, each.label) for each in Reason if each != Reason.STOPPED]
WORDS = ("why", "name", "phone", "email")
"""The fields of the page into which somebody types what is nowhere else."""
TOO_LONG = "Use 500 characters or fewer for your words."


@dataclass(frozen=True)
class Button:
    """One of the seven, with what it does about the next time."""

    outcome: Outcome
    hint: str

    @property
    def label(self) -> str:
        return self.outcome.label


class PressForm(forms.Form):
    """Which button, and what stood beside it."""

    outcome = forms.ChoiceField(choices=Outcome)
    token = forms.RegexField(r"\A[\w-]{1,64}\Z", strip=False)
    why = PlainText(
        called="What you wrote",
        max_length=500,
        required=False,
        widget=forms.Textarea,
        error_messages={"max_length": TOO_LONG},
    )
    again_day = Day(required=False)
    again_time = forms.TimeField(required=False, error_messages={"invalid": "Give the time as 14:30."})
    visit_date = Day(required=False, error_messages={"invalid": "Give the day of the visit as 2026-11-23."})
    reason = forms.ChoiceField(choices=[("", ""), *REASONS], required=False)
    same_as = PlainText(called="The reference", max_length=20, required=False, one_direction=True)

    def clean(self) -> dict[str, Any]:
        """A day alone means the time the clinic opens; a time alone means today."""
        cleaned = super().clean() or {}
        cleaned["again"] = again_at(cleaned.get("again_day"), cleaned.get("again_time"))
        return cleaned


class CorrectionForm(forms.Form):
    """What is right, where they mistyped it."""

    name = PlainText(called="The name", max_length=150, required=False, validators=[can_be_read_out])
    phone = PlainText(called="The phone number", max_length=60, required=False, one_direction=True)
    email = PlainText(
        called="The e-mail address",
        max_length=254,
        required=False,
        one_direction=True,
        validators=[EmailValidator("This is not an e-mail address. Check it again.")],
    )


def again_at(day: date | None, at: time | None) -> datetime | None:
    """The moment that a day and a time make, in the clinic's zone; either may be missing, and none means no moment."""
    if day is None and at is None:
        return None
    zone = settings.CLINIC.time_zone
    day = day or timezone.localdate(timezone=zone)
    if at is not None:
        return datetime.combine(day, at, tzinfo=zone)
    morning = datetime.combine(day, time(0), tzinfo=zone)
    opening = timing.hours().next_opening(morning)
    return opening if opening and opening.date() == day else datetime.combine(day, time(9), tzinfo=zone)


@desk_page("view_consultationrequest")
def one_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one request; that it was read is written down."""
    shown = _find(pk, request)
    if request.headers.get(REFRESH_HEADER) == REFRESH:
        # An open page asks whether it is still true. Nobody is shown anything, so nothing is written down.
        return HttpResponse(str(shown.version), content_type="text/plain")
    with recorded(Action.VIEW, by=who(request), subjects=[shown.reference]):
        return _page(request, shown)


def _change(action: Callable[[HttpRequest, ConsultationRequest, datetime], HttpResponse]) -> View:
    """A page that changes a request: what is refused comes back with the reason, and every word that was typed."""

    @desk_page("move_consultationrequest", "POST", action=Action.CHANGE)
    def changing(request: HttpRequest, pk: int) -> HttpResponse:
        changed, now = _find(pk, request), timezone.now()
        what = action.__name__.replace("_", " ")
        try:
            with recorded(Action.CHANGE, by=who(request), subjects=[changed.reference], detail=what):
                return action(request, changed, now)
        except work.NotAllowed as refusal:
            return _page(request, _find(pk, request), problem=str(refusal), status=422)
        except work.Overtaken:
            return _page(request, _find(pk, request), overtaken=True, status=409)

    changing.__doc__ = action.__doc__
    return changing


@_change
def claim(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """Take it in hand, from a colleague only knowingly."""
    from_other = request.POST.get("from_other") == "yes"
    work.claim(changed, by=who(request), version=_version(request), now=now, from_other=from_other)
    return _back(changed)


@_change
def give_back(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """Let somebody else have it."""
    work.give_back(changed, by=who(request), version=_version(request), now=now)
    return _to_the_list()


@_change
def press(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """One of the seven buttons."""
    form = PressForm(request.POST)
    if not form.is_valid():
        if {"outcome", "token"} & set(form.errors):
            raise BadRequest("This button is not on the page.")
        raise work.NotAllowed(" ".join(str(error) for errors in form.errors.values() for error in errors))
    answers = form.cleaned_data
    said = work.Press(
        outcome=Outcome(answers["outcome"]),
        token=answers["token"],
        version=_version(request),
        why=answers["why"],
        again=answers["again"],
        visit_date=answers["visit_date"],
        reason=Reason(answers["reason"]) if answers["reason"] else None,
        same_as=answers["same_as"],
    )
    work.press(changed, said, by=who(request), now=now)
    return _back(changed) if said.outcome in STAYS_ON_PAGE else _to_the_list()


@_change
def note(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """Keep the words alone."""
    work.note(changed, _why(request), by=who(request), now=now)
    return _back(changed)


@_change
def reschedule(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """Another time at which it comes back."""
    form = PressForm(request.POST)
    form.is_valid()
    again = form.cleaned_data.get("again")
    if again is None or {"again_day", "again_time"} & set(form.errors):
        raise work.NotAllowed("Choose a day and a time.")
    work.reschedule(changed, again, by=who(request), version=_version(request), now=now)
    return _back(changed)


@_change
def reopen(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """Take up again what was closed."""
    work.reopen(changed, by=who(request), version=_version(request), why=_why(request), now=now)
    return _back(changed)


@_change
def restore(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """Take it out of the spam, the duplicates or the tests."""
    work.restore(changed, by=who(request), version=_version(request), now=now)
    return _back(changed)


@_change
def correct(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """Keep what is right beside what they typed."""
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        raise work.NotAllowed(" ".join(str(error) for errors in form.errors.values() for error in errors))
    answers = form.cleaned_data
    work.correct(
        changed,
        name=answers["name"],
        phone=answers["phone"],
        email=answers["email"],
        by=who(request),
        version=_version(request),
        now=now,
    )
    return _back(changed)


@_change
def stop(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """They asked us not to contact them again."""
    work.stop(changed, by=who(request), version=_version(request), token=_token(request), why=_why(request), now=now)
    return _back(changed)


@_change
def ask_again(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """They asked us themselves to get in touch again."""
    work.ask_again(changed, by=who(request), version=_version(request), why=_why(request), now=now)
    return _back(changed)


@_change
def end_texts(request: HttpRequest, changed: ConsultationRequest, now: datetime) -> HttpResponse:
    """They want no more text messages."""
    work.end_texts(changed, by=who(request), version=_version(request), now=now)
    return _back(changed)


@desk_page("move_consultationrequest", "POST", action=Action.CHANGE)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the request back to what it was before a press."""
    attempt = get_object_or_404(ContactAttempt.objects.select_related("request"), pk=pk)
    try:
        with recorded(Action.CHANGE, by=who(request), subjects=[attempt.request.reference], detail="undo"):
            work.undo(attempt, by=who(request), now=timezone.now())
    except work.NotAllowed as refusal:
        return _page(request, _find(attempt.request_id, request), problem=str(refusal), status=422)
    return _back(attempt.request)


@desk_page("move_consultationrequest", "POST", action=Action.CHANGE)
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Words that are being typed; the page sends them by itself, and nothing answers."""
    try:
        work.keep_draft(_find(pk, request), _why(request), by=who(request), now=timezone.now())
    except work.NotAllowed:
        return HttpResponse(status=422)
    except work.Overtaken:
        return HttpResponse(status=409)
    return HttpResponse(status=204)


@desk_page("move_consultationrequest", "POST", action=Action.CHANGE)
def send_again(request: HttpRequest, pk: int, mail_pk: int) -> HttpResponse:
    """Give an e-mail that is stuck a fresh start."""
    mail = get_object_or_404(OutboxMail.objects.select_related("request"), pk=mail_pk, request__pk=pk)
    with recorded(Action.CHANGE, by=who(request), subjects=[str(mail.request)], detail="send e-mail again"):
        mail.send_again(by=who(request), now=timezone.now())
    return HttpResponseRedirect(address("change", pk), status=303)


def _find(pk: int, request: HttpRequest) -> ConsultationRequest:
    """The request with its attempts, and with the words that whoever asks had begun to type about it."""
    draft = Draft.objects.filter(request=OuterRef("pk"), by=who(request))
    requests = ConsultationRequest.objects.select_related("claimed_by").prefetch_related("attempts")
    with_draft = requests.annotate(
        draft=Subquery(draft.values("words")), drafted_at=Subquery(draft.values("updated_at"))
    )
    return get_object_or_404(with_draft, pk=pk)


def _why(request: HttpRequest) -> str:
    """The words beside a button, whatever else of the form is filled in."""
    form = PressForm(request.POST)
    form.is_valid()
    if "why" in form.errors:
        raise work.NotAllowed(" ".join(map(str, form.errors["why"])))
    return str(form.cleaned_data["why"])


def _version(request: HttpRequest) -> int:
    version = request.POST.get("version", "")
    if not version.isascii() or not version.isdecimal() or len(version) > 9:
        raise BadRequest("This button is not on the page.")
    return int(version)


def _token(request: HttpRequest) -> str:
    form = PressForm(request.POST)
    form.is_valid()
    if "token" in form.errors:
        raise BadRequest("This button is not on the page.")
    return str(form.cleaned_data["token"])


def _back(changed: ConsultationRequest) -> HttpResponse:
    return HttpResponseRedirect(address("change", changed.pk), status=303)


def _to_the_list() -> HttpResponse:
    return HttpResponseRedirect(address("changelist"), status=303)


def _page(
    request: HttpRequest,
    shown: ConsultationRequest,
    *,
    problem: str = "",
    overtaken: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page of a request, with the words that were typed: those just posted, or those kept while typing."""
    if shown.removed_at:
        typed = [request.POST[name] for name in WORDS if request.POST.get(name)]
        context = {"title": "Removed", "each": shown, "refused": problem or overtaken, "typed": typed}
        return show(request, "removed", context, status=status)
    now, me = timezone.now(), who(request)
    same_person = shown.others_from_same_person().select_related("claimed_by")[:20]
    line, *others = rows([shown, *same_person], reader=me.pk, now=now)
    may_move = may(request, "move_consultationrequest")
    draft, drafted_at = vars(shown)["draft"], vars(shown)["drafted_at"]
    history = _history(shown)
    corrected = {name: getattr(shown, f"corrected_{name}") for name in ("name", "phone", "email")}
    context = {
        # The name stands on the page, not in the title, which goes into the history of the browser.
        "title": f"Request {shown.spoken_reference}",
        # Where a locked screen comes back to: a page that answered a press has no address of its own.
        "here": address("change", shown.pk),
        "each": shown,
        "row": line,
        "now": now,
        "local_hour_warning": _hour_warning(shown, now),
        "may_move": may_move,
        "in_other_hands": line.hands if line.hands and not line.is_mine else "",
        "buttons": _buttons(line, now) if may_move and shown.is_open else [],
        "reasons": REASONS,
        "too_early": work.why_not_give_up(shown) if may_move and shown.is_open else "",
        "token": secrets.token_urlsafe(16),
        "against": line.against,
        "address_refused": not line.against.stop and not line.against.may_write_to(shown.email_to_use),
        "history": history,
        "last": next((entry for entry in history if entry.by), None),
        "others": others,
        "mails": shown.mails.order_by("kind"),
        "promised": promise(shown.clock_started_at, settings.CLINIC),
        "undo": _undo(shown, me.pk, now) or last_undo(me),
        "typed": request.POST if request.method == "POST" else {"why": draft or ""},
        "drafted_at": None if request.method == "POST" else drafted_at,
        "corrected": corrected | {name: request.POST[name] for name in corrected if name in request.POST},
        "correcting": "phone" in request.POST,
        "problem": problem,
        "overtaken": overtaken,
    }
    return show(request, "request", context, status=status)


@dataclass(frozen=True)
class Entry:
    """One line of what happened so far."""

    at: datetime
    by: str
    what: str
    why: str
    is_press: bool
    undone: bool = False
    next_due_at: datetime | None = None


def _undo(shown: ConsultationRequest, user: int, now: datetime) -> Undo | None:
    """The press on this request that this member of staff can still take back: it comes before a later one elsewhere."""
    return Undo.of(next((each for each in shown.attempts.all() if each.by_id == user), None), now)


def _history(shown: ConsultationRequest) -> list[Entry]:
    """Everything that happened, the latest first."""
    events = shown.events.filter(~Q(kind=Event.Kind.MOVED) | ~Q(to_state=""), kind__in=Event.Kind.values)
    entries = [Entry(each.at, each.by_name, _what(each), each.why, is_press=False) for each in events]
    entries += [
        Entry(
            each.at,
            each.by_name,
            each.get_outcome_display() if each.outcome != Outcome.CLOSED else f"Closed: {State(each.to_state).label}",
            each.why,
            is_press=True,
            undone=each.undone_at is not None,
            next_due_at=each.next_due_at,
        )
        for each in shown.attempts.all()
    ]
    return sorted(entries, key=lambda each: each.at, reverse=True)


def _what(event: Event) -> str:
    if event.kind == Event.Kind.MOVED:
        restored = event.to_state == State.NEW
        return f"{'Restored' if restored else 'Opened again'} from “{event.get_from_state_display()}”"
    return event.get_kind_display()


def _buttons(line: Row, now: datetime) -> list[Button]:
    shown, since_contact = line.request, work.tries_since_contact(line.request)
    return [
        Button(outcome, _hint(outcome, timing.suggestion(shown, outcome, since_contact, now), now))
        for outcome in work.outcomes_for(shown, line.against)
    ]


def _hint(outcome: Outcome, again: datetime | None, now: datetime) -> str:
    if outcome == Outcome.REACHED:
        return "we are talking"
    if outcome == Outcome.WRONG_NUMBER and again and again <= now:
        return "then write to them"
    return f"again {moment(again, now)}" if again else ""


def _hour_warning(shown: ConsultationRequest, now: datetime) -> str:
    """Why this is no good moment to call; empty if it is one, or if it may be urgent."""
    if shown.urgent:
        return ""
    hours = timing.hours()
    if not hours.is_open(now):
        begin_again = date_format(localtime(hours.next_opening(now), settings.CLINIC.time_zone), "l, N j, P")
        return f"It is {moment(now, now)} at the clinic, outside the hours for calls. They begin again {begin_again}"
    if shown.best_times and hours.part_of_day(now) not in shown.best_times:
        wanted = " or ".join(BestTime(each).label.lower() for each in shown.best_times)
        return f"It is {moment(now, now)} at the clinic. They asked for calls in the {wanted}: better call then."
    return ""
