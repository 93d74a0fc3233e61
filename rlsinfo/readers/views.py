"""Was this page useful? Answered in house, without a cookie and without knowing who answers."""

import re

from django import forms
from django.core.exceptions import BadRequest, ValidationError
from django.db import Error as DatabaseUnreachable
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from rlsinfo import languages, waiting_room
from rlsinfo.articles import library
from rlsinfo.form_fields import PlainText
from rlsinfo.readers.models import Comment, Votes
from rlsinfo.staff import rates

ANSWERS = rates.Rate("useful", 120)
"""More than anybody reads in an hour; a machine that presses a button all day would spoil the counts."""

# Telephone numbers, dates of birth, house numbers and addresses of mail are nothing that we want to know.
_NUMBER_OR_ADDRESS = re.compile(r"\S*(?:@|://|\d)\S*")


def a_page(address: str) -> None:
    """Only pages of the guide are answered for."""
    if _back_to(address) is None:
        raise ValidationError("This page is not ours.")


class AnswerForm(forms.Form):
    """One press of a button at the foot of a page."""

    page = forms.CharField(max_length=200, validators=[a_page])
    useful = forms.ChoiceField(choices=(("yes", "Yes"), ("no", "No")))


class CommentForm(forms.Form):
    """A few words, if somebody likes."""

    page = forms.CharField(max_length=200, validators=[a_page], widget=forms.HiddenInput)
    words = PlainText(
        called=_("What you typed"),
        label=_("What were you looking for?"),
        help_text=_("Please leave out names and anything about your health. Numbers and addresses are taken out."),
        max_length=300,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("Type what you were looking for, or just close this page")},
    )

    def clean_words(self) -> str:
        """The words without numbers and addresses."""
        return " ".join(_NUMBER_OR_ADDRESS.sub("…", str(self.cleaned_data["words"])).split())


# No cookie is wanted for a count, and no token can stand in a page that is built once for everybody.
@csrf_exempt
@never_cache
@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Count one answer, and thank for it; where it cannot be counted, the reader is thanked all the same."""
    form = AnswerForm(request.POST)
    if not form.is_valid() or request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise BadRequest("This button is not on the page.")
    page, is_useful = form.cleaned_data["page"], form.cleaned_data["useful"] == "yes"
    try:
        with waiting_room.DATABASE.place():
            if not rates.spend(ANSWERS, rates.client_address(request)):
                _count(page, is_useful)
    except DatabaseUnreachable:
        pass
    return HttpResponseRedirect(f"{languages.address('readers:thanks')}?{urlencode({'page': page})}", status=303)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def thanks(request: HttpRequest) -> HttpResponse:
    """Thank for an answer, and offer a box for what was missed."""
    form = CommentForm(request.POST) if request.method == "POST" else CommentForm(initial=request.GET.dict())
    page = form["page"].value() or ""
    context: dict[str, object] = {"form": form, "page": _back_to(page), "kept": False}
    if form.is_bound and form.is_valid():
        try:
            with waiting_room.DATABASE.place():
                if not rates.spend(ANSWERS, rates.client_address(request)):
                    Comment.objects.create(page=page, words=form.cleaned_data["words"], day=timezone.localdate())
            context["kept"] = True
        except DatabaseUnreachable:
            form.add_error(None, gettext("We could not keep your words just now. Please try again in a minute."))
            return render(request, "readers/thanks.html", context, status=503)
    return render(request, "readers/thanks.html", context, status=422 if form.errors else 200)


def _back_to(address: str) -> object:
    pages = (*library.all(), *library.pages(), *library.in_spanish())
    return next((page for page in pages if page.address == address), None)


def _count(page: str, is_useful: bool) -> None:
    name = "useful" if is_useful else "not_useful"
    with transaction.atomic():
        Votes.objects.get_or_create(page=page, day=timezone.localdate())
        Votes.objects.filter(page=page, day=timezone.localdate()).update(**{name: F(name) + 1})
