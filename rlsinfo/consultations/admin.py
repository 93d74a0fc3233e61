"""The front desk: a list of who waits, since when, and one page for each request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST

from rlsinfo.consultations.hours import OpeningHours, promise
from rlsinfo.consultations.models import (
    CLOSED_STATES,
    OPEN_STATES,
    BestTime,
    ConsultationRequest,
    ConsultationRequestQuerySet,
    Event,
    MoveNotAllowed,
    OutboxMail,
    StaleRequest,
    State,
)
from rlsinfo.consultations.screening import looks_urgent

PAGE_LENGTH = 50
STAYS_ON_PAGE = {State.WORKING, State.TRYING, State.TALKING}


@dataclass(frozen=True)
class Button:
    """One way on from here, in the words of the person who presses it."""

    to: State
    label: str
    hint: str

    @property
    def closes(self) -> bool:
        return self.to in CLOSED_STATES


BUTTONS = {
    State.NEW: Button(State.NEW, "Put back", "somebody else will take it"),
    State.WORKING: Button(State.WORKING, "Take it", "others see that you have it"),
    State.TRYING: Button(State.TRYING, "No answer", "or a message was left"),
    State.TALKING: Button(State.TALKING, "Reached", "we are talking, or have talked"),
    State.THINKING: Button(State.THINKING, "Thinking it over", "say when we call again"),
    State.SCHEDULED: Button(State.SCHEDULED, "Visit booked", "say which day, and with whom"),
    State.NOT_FOR_US: Button(State.NOT_FOR_US, "Not for us", "say whom they should see"),
    State.DECLINED: Button(State.DECLINED, "Declined", "say what they told you"),
    State.NO_CONTACT: Button(State.NO_CONTACT, "Give up", "say what was tried, and when"),
    State.SPAM: Button(State.SPAM, "Spam", "say why; it can be restored"),
    State.DUPLICATE: Button(State.DUPLICATE, "Duplicate", "say of which reference"),
}
OPEN_AGAIN = Button(State.WORKING, "Open again", "it is yours until you put it back")
RESTORE = Button(State.NEW, "Restore", "back among the new requests")


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    request: ConsultationRequest
    waiting: str
    best_times: str
    urgent: bool


class FindForm(forms.Form):
    """What a caller says of themselves. It is posted, so that no name gets into an address or a history."""

    text = forms.CharField(max_length=200, required=False)


class MoveForm(forms.Form):
    """Where to, from which version of the page, and a few words."""

    to = forms.ChoiceField(choices=State)
    version = forms.IntegerField(min_value=1)
    why = forms.CharField(
        max_length=500, required=False, error_messages={"max_length": "Use 500 characters or fewer for your words."}
    )


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(admin.ModelAdmin):
    """Requests are read and moved on. Nothing is added, rewritten or deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        guarded, name = self.admin_site.admin_view, "consultations_consultationrequest_{}".format
        return [
            path("", guarded(self.changelist_view), name=name("changelist")),
            path("<int:pk>/change/", guarded(self.request_view), name=name("change")),
            path("<int:pk>/move/", guarded(require_POST(self.move_view)), name=name("move")),
            path("<int:pk>/mail/<int:mail_pk>/", guarded(require_POST(self.send_again_view)), name=name("send_again")),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Who waits: the open requests unless other states are asked for, or the ones that fit what was searched."""
        self._check(request, "view")
        requests, now = ConsultationRequest.objects.all(), timezone.now()
        find = FindForm(request.POST if request.method == "POST" else None)
        if find.is_bound:
            searched = find.cleaned_data["text"].strip() if find.is_valid() else ""
            shown, title = requests.find(searched), "Find a person"
        else:
            searched = ""
            states, title = _states_to_show(request.GET.get("show", "open"))
            shown = requests.filter(state__in=states)
        longest_first = request.GET.get("order") == "longest"
        shown = shown.order_by("received_at" if longest_first else "-received_at", "pk").prefetch_related("mails")
        page = Paginator(shown, PAGE_LENGTH).get_page(request.GET.get("page"))
        context = {
            "title": title,
            "find": find,
            "searched": searched,
            "page": page,
            "rows": [_row(each, now) for each in page],
            "show": request.GET.get("show", "open"),
            "longest_first": longest_first,
            "now": now,
            **_day(requests, now),
        }
        return self._page(request, "list", context)

    def request_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Everything about one request; that it was read is written down."""
        self._check(request, "view")
        return self._request_page(request, get_object_or_404(ConsultationRequest, pk=pk))

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a request to another state, or say on its page why that cannot be."""
        self._check(request, "move")
        moved = get_object_or_404(ConsultationRequest, pk=pk)
        form = MoveForm(request.POST)
        if not form.is_valid():
            if set(form.errors) != {"why"}:
                raise BadRequest("This button is not on the page.")
            return self._request_page(
                request, moved, words=form["why"].value(), problem=str(form.errors["why"][0]), status=422
            )
        to, words = State(form.cleaned_data["to"]), form.cleaned_data["why"]
        try:
            moved.move(to, by=_who(request), why=words, version=form.cleaned_data["version"])
        except MoveNotAllowed as refusal:
            return self._request_page(request, moved, words=words, problem=str(refusal), status=422)
        except StaleRequest:
            moved.refresh_from_db()
            return self._request_page(request, moved, words=words, overtaken=True, status=409)
        messages.success(request, f"{moved.spoken_reference} is now: {to.label}.")
        return HttpResponseRedirect(
            _address("change", pk) if to in STAYS_ON_PAGE else _address("changelist"), status=303
        )

    def send_again_view(self, request: HttpRequest, pk: int, mail_pk: int) -> HttpResponse:
        """Give an e-mail that is stuck a fresh start."""
        self._check(request, "move")
        get_object_or_404(OutboxMail, pk=mail_pk, request=pk).send_again(by=_who(request))
        return HttpResponseRedirect(_address("change", pk), status=303)

    def _request_page(
        self,
        request: HttpRequest,
        shown: ConsultationRequest,
        *,
        words: str = "",
        problem: str = "",
        overtaken: bool = False,
        status: int = 200,
    ) -> HttpResponse:
        shown.record(Event.Kind.VIEWED, at=timezone.now(), by=_who(request))
        events = list(shown.events.all())
        context = {
            # The name stands on the page, not in the title, which goes into the history of the browser.
            "title": f"Request {shown.spoken_reference}",
            "each": shown,
            "row": _row(shown, timezone.now()),
            "buttons": _buttons(shown) if self._may(request, "move") else [],
            "history": [event for event in events if event.kind != Event.Kind.VIEWED],
            "views": [event for event in events if event.kind == Event.Kind.VIEWED],
            "last_move": next((event for event in events if event.kind == Event.Kind.MOVED), None),
            "others": shown.others_from_same_person(),
            "mails": shown.mails.order_by("kind"),
            "promised": promise(shown.received_at, settings.CLINIC),
            "may_move": self._may(request, "move"),
            "words": words,
            "problem": problem,
            "overtaken": overtaken,
        }
        return self._page(request, "request", context, status=status)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        zone = {"zone": settings.TIME_ZONE}
        return TemplateResponse(
            request,
            f"admin/consultations/{name}.html",
            self.admin_site.each_context(request) | zone | context,
            status=status,
        )

    def _may(self, request: HttpRequest, action: str) -> bool:
        return request.user.has_perm(f"consultations.{action}_consultationrequest")

    def _check(self, request: HttpRequest, action: str) -> None:
        if not self._may(request, action):
            raise PermissionDenied


def _who(request: HttpRequest) -> User:
    return cast(User, request.user)


def _address(name: str, *args: int) -> str:
    return reverse(f"admin:consultations_consultationrequest_{name}", args=args)


def _states_to_show(asked: str) -> tuple[Sequence[State], str]:
    """The states that a filter names, and how the list is called; open ones if it names none."""
    if asked in State.values:
        return (State(asked),), f"Requests: {State(asked).label}"
    named = {"closed": (CLOSED_STATES, "Closed requests"), "all": (tuple(State), "All requests")}
    return named.get(asked, (OPEN_STATES, "Open requests"))


def _day(requests: ConsultationRequestQuerySet, now: datetime) -> dict[str, Any]:
    """How the day stands: who is next, how many are where, and what is stuck."""
    counts = dict(requests.order_by().values_list("state").annotate(Count("pk")))
    stuck = (
        OutboxMail.objects.exclude(state=OutboxMail.State.SENT).order_by().values_list("state").annotate(Count("pk"))
    )
    untouched = requests.waiting().filter(state=State.NEW)
    first = untouched.filter(spam_reasons=[]).first() or untouched.first()
    return {
        "open_states": [(state, counts.get(state, 0)) for state in OPEN_STATES],
        "closed_states": [(state, counts.get(state, 0)) for state in CLOSED_STATES],
        "open_count": sum(counts.get(state, 0) for state in OPEN_STATES),
        "closed_count": sum(counts.get(state, 0) for state in CLOSED_STATES),
        "new_count": counts.get(State.NEW, 0),
        "stuck_mail": dict(stuck),
        "latest": requests.order_by("-received_at").first(),
        "first": _row(first, now) if first else None,
    }


def _row(request: ConsultationRequest, now: datetime) -> Row:
    times = [BestTime(time).label for time in request.best_times if time in BestTime.values]
    return Row(
        request=request,
        waiting=_waiting(request.received_at, now) if request.is_open else "",
        best_times=", ".join(times).capitalize() or "Any time",
        urgent=looks_urgent(request.note),
    )


def _waiting(since: datetime, now: datetime) -> str:
    """How long somebody waits: in opening hours where those are known."""
    clinic = settings.CLINIC
    if not clinic.hours_known:
        return timesince(since, now)
    hours, minutes = divmod(
        OpeningHours(clinic.week, clinic.holidays, clinic.time_zone).business_minutes(since, now), 60
    )
    return f"{hours} h {minutes} min of opening hours" if hours else f"{minutes} min of opening hours"


def _buttons(request: ConsultationRequest) -> list[Button]:
    named = BUTTONS if request.is_open else BUTTONS | {State.WORKING: OPEN_AGAIN, State.NEW: RESTORE}
    return [named[state] for state in request.allowed_moves]
