"""The page on which a lead reads the access log."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rlsinfo.form_fields import Day, PlainText
from rlsinfo.staff.log import Action, person, recorded, verify
from rlsinfo.staff.models import AccessEntry

PAGE_LENGTH = 50
VERIFIED = 1000
"""How many of the newest entries the page verifies; `check_access_log` verifies all."""


class PersonField(forms.ModelChoiceField):
    """A member of staff, under the name that colleagues know."""

    def label_from_instance(self, obj: User) -> str:
        return person(obj)


class FilterForm(forms.Form):
    """Which entries. It is posted, so that nothing of it gets into an address."""

    person = PersonField(
        User.objects.order_by("first_name", "last_name", "username"), required=False, empty_label="Anybody"
    )
    action = forms.ChoiceField(choices=[("", "Anything"), *Action.choices], required=False, label="What")
    day = Day(required=False)
    reference = PlainText(
        called="The reference",
        one_direction=True,
        max_length=64,
        required=False,
        label="Reference",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    before = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def access_log(request: HttpRequest) -> HttpResponse:
    """The newest entries, or those that were asked for; looking is itself written down."""
    with recorded(Action.LOG, by=request.user):
        if not request.user.has_perm("staff.view_accessentry"):
            raise PermissionDenied
        form = FilterForm(request.POST if request.method == "POST" else None)
        entries: QuerySet[AccessEntry] = AccessEntry.objects.order_by("-number").prefetch_related("about")
        if form.is_bound:
            entries = _asked_for(form, entries) if form.is_valid() else entries.none()
        found = list(entries[: PAGE_LENGTH + 1])
        context = admin.site.each_context(request) | {
            "title": "Who saw and did what",
            "form": form,
            "entries": found[:PAGE_LENGTH],
            "older_than": found[PAGE_LENGTH - 1].number if len(found) > PAGE_LENGTH else None,
            "problems": verify(newest=VERIFIED),
            "verified": VERIFIED,
            "zone": timezone.get_current_timezone_name(),
        }
        return render(request, "admin/staff/log.html", context)


def _asked_for(form: FilterForm, entries: QuerySet[AccessEntry]) -> QuerySet[AccessEntry]:
    asked = form.cleaned_data
    if asked["person"]:
        entries = entries.filter(by_id=asked["person"].pk)
    if asked["action"]:
        entries = entries.filter(action=asked["action"])
    if asked["day"]:
        entries = entries.filter(number__range=_numbers_of(asked["day"]))
    if word := "".join(asked["reference"].split()):
        entries = entries.filter(about__name__in={word, word.upper(), word.lower()}).distinct()
    if asked["before"]:
        entries = entries.filter(number__lt=asked["before"])
    return entries


def _numbers_of(day: date) -> tuple[int, int]:
    """The first and last entry of a day: found by two looks into the index of times, whatever else is asked."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    times = AccessEntry.objects.filter(at__gte=start, at__lt=end)
    first, last = times.order_by("at", "number").first(), times.order_by("-at", "-number").first()
    return (first.number, last.number) if first and last else (0, 0)
