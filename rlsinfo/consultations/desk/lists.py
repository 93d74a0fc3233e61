"""The other lists: who waits for a later time, what was set aside, what is closed, and who a caller is."""

import math
from datetime import timedelta

from django import forms
from django.core.exceptions import BadRequest
from django.db.models import F, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from rlsinfo.consultations import work
from rlsinfo.consultations.counting import first_of, how_many
from rlsinfo.consultations.desk.pages import address, desk_page, may, show, who
from rlsinfo.consultations.desk.rows import rows
from rlsinfo.consultations.models import CLOSED_STATES, MOST_FOUND, ConsultationRequest, State
from rlsinfo.form_fields import PlainText
from rlsinfo.staff import rates
from rlsinfo.staff.log import Action, recorded
from rlsinfo.staff.throttle import in_words

PAGE_LENGTH = 50
LATEST_DUPLICATES = 20
"""On the page that is there for the spam; all of them stand under Closed."""
SEARCHES = rates.Rate("find", 300)
"""More than anybody on the telephone needs in an hour; somebody who copies out the register would."""


class FindForm(forms.Form):
    """What a caller says of themselves. It is posted, so that no name gets into an address or a history."""

    text = PlainText(called="What you typed", max_length=200, required=False)


@desk_page("view_consultationrequest", "GET", "HEAD", "POST", action=Action.FIND)
def find(request: HttpRequest) -> HttpResponse:
    """Everybody whom a caller may be, open and closed. What was searched is written nowhere; what was found is."""
    form, found, now = FindForm(request.POST or None), [], timezone.now()
    text = form.cleaned_data["text"] if form.is_valid() else ""
    wait = rates.spend(SEARCHES, str(who(request).pk)) if text else timedelta(0)
    if text and not wait:
        with recorded(Action.FIND, by=who(request)) as entry:
            found = list(ConsultationRequest.objects.select_related("claimed_by").find(text))
            entry.subjects += [each.reference for each in found]
    context = {
        "title": "Find a person",
        "searched": form["text"].value() or "",
        # Whoever is on the telephone can type at once; what was found is read first.
        "starts": not found,
        "problem": f"Too many searches: try again in {in_words(wait)}"
        if wait
        else " ".join(map(str, form.errors.get("text", []))),
        "asked": form.is_bound,
        "rows": rows(found, reader=who(request).pk, now=now),
        "full": len(found) == MOST_FOUND,
    }
    response = show(request, "find", context, status=429 if wait else 422 if form.errors else 200)
    if wait:
        response["Retry-After"] = str(math.ceil(wait.total_seconds()))
    return response


@desk_page("view_consultationrequest")
def waiting(request: HttpRequest) -> HttpResponse:
    """Open requests whose time has not come, the next first."""
    now = timezone.now()
    listed, counts = first_of(ConsultationRequest.objects.waiting(now).select_related("claimed_by"), PAGE_LENGTH)
    context = {
        "title": "Waiting for a later time",
        "rows": rows(listed, reader=who(request).pk, now=now, to_call=False),
        "page_length": PAGE_LENGTH,
    }
    with recorded(Action.LIST, by=who(request), detail="Waiting"):
        return show(request, "waiting", context | counts)


@desk_page("view_consultationrequest")
def closed(request: HttpRequest) -> HttpResponse:
    """Closed requests, the latest first; a page begins where the one before it ended, so no page costs more."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    listed = ConsultationRequest.objects.closed()
    if state in CLOSED_STATES:
        listed = listed.filter(state=state)
    if after:
        last = ConsultationRequest.objects.filter(reference=after, closed_at__isnull=False)
        at, pk = (Subquery(last.values(name)) for name in ("closed_at", "pk"))
        listed = listed.filter(closed_at__lte=at).exclude(closed_at=at, pk__gte=pk)
    shown = list(listed[: PAGE_LENGTH + 1])
    if after and not shown and not last.exists():
        raise BadRequest("This page begins nowhere.")
    context = {
        "title": "Closed requests",
        "requests": shown[:PAGE_LENGTH],
        "state": state,
        "states": [(each.value, each.label) for each in CLOSED_STATES],
        "first_page": not after,
        "next_after": shown[PAGE_LENGTH - 1].reference if len(shown) > PAGE_LENGTH else "",
    }
    with recorded(Action.LIST, by=who(request), detail="Closed"):
        return show(request, "closed", context)


@desk_page("view_consultationrequest")
def spam(request: HttpRequest) -> HttpResponse:
    """What was set aside on arrival, to skim in twenty seconds, and the duplicates."""
    requests = ConsultationRequest.objects
    to_skim, duplicates = requests.to_skim(), requests.closed().filter(state=State.DUPLICATE)
    first = requests.filter(pk__in=to_skim.values("pk")[:PAGE_LENGTH]).values("pk")
    second = requests.filter(pk__in=duplicates.values("pk")[:LATEST_DUPLICATES]).values("pk")
    # One question for both lists; only what is to be skimmed has a time since when.
    both = requests.filter(pk__in=first.union(second)).order_by("skim_since", "-closed_at", "-pk")
    listed = list(both.annotate(count=how_many(to_skim), same_as=F("related_to__reference")))
    context = {
        "title": "Spam and duplicates",
        "to_skim": [each for each in listed if each.skim_since],
        "count": vars(listed[0])["count"] if listed else 0,
        "duplicates": [each for each in listed if not each.skim_since],
        "may_move": may(request, "move_consultationrequest"),
    }
    with recorded(Action.LIST, by=who(request), detail="Spam and duplicates"):
        return show(request, "spam", context)


@desk_page("move_consultationrequest", "POST", action=Action.CHANGE)
def confirm_spam(request: HttpRequest) -> HttpResponse:
    """Whoever has looked says that these are spam."""
    skimmed = request.POST.getlist("skimmed")[:PAGE_LENGTH]
    if not all(each.isascii() and each.isdecimal() and len(each) < 19 for each in skimmed):
        raise BadRequest("This button is not on the page.")
    with recorded(Action.CHANGE, by=who(request), detail="confirm spam") as entry:
        confirmed = work.confirm_spam((int(each) for each in skimmed), by=who(request), now=timezone.now())
        entry.detail = f"confirm spam: {confirmed}"
    return HttpResponseRedirect(address("spam"), status=303)
