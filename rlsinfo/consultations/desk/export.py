"""The page on which a lead takes requests away as a file, and says why."""

import tempfile
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize
from django.utils import timezone

from rlsinfo.consultations import export
from rlsinfo.consultations.desk.pages import desk_page, show, who
from rlsinfo.consultations.figures import Days
from rlsinfo.form_fields import Day, PlainText
from rlsinfo.staff.log import Action, recorded

SHORTEST_REASON, LONGEST_REASON = 10, 300


class ExportForm(forms.Form):
    """Which requests, as what kind of file, and what for."""

    reason = PlainText(
        called="What you wrote",
        label="What is the file for?",
        help_text="This stands in the log of who saw what. Name no patient.",
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        error_messages={
            "required": "Say what the file is for.",
            "min_length": f"Say what the file is for in at least {SHORTEST_REASON} letters.",
            "max_length": f"Say what the file is for in {LONGEST_REASON} letters or fewer.",
        },
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    first = Day(label="From")
    last = Day(label="To")
    kind = forms.ChoiceField(
        label="Kind of file",
        choices=[("xlsx", "Workbook for Excel or LibreOffice (.xlsx)"), ("csv", "Plain text with commas (.csv)")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a kind of file.", "invalid_choice": "Choose a kind of file."},
    )

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", "Give a last day that is not before the first.")
        return self.cleaned_data


@desk_page("export_consultationrequest", "GET", "HEAD", "POST", action=Action.EXPORT)
def export_page(request: HttpRequest) -> HttpResponse:
    """Asks which requests and what for; then hands over the file, which only a pressed button can fetch."""
    month = Days.until(timezone.now(), 30)
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        initial={"first": month.first, "last": month.last, "kind": "xlsx"},
    )
    if not form.is_valid():
        return show(request, "export", {"title": "Export requests", "form": form}, status=422 if form.is_bound else 200)
    return _file(request, form.cleaned_data)


def _file(request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
    """The file, written down in the log before its first byte leaves, and also if it cannot be made."""
    first, last, kind = asked["first"], asked["last"], asked["kind"]
    days = Days(first, last, settings.CLINIC.time_zone)
    write, content_type = export.KINDS[kind]
    what = f"{kind.upper()}, received {first} to {last}. Reason: {asked['reason']}"
    # It has no name on disk, so nobody else can open it, and it is gone when it has been sent.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        with recorded(Action.EXPORT, by=who(request), detail=what) as note:
            count = write(file, export.rows(days.received()))
            note.detail = f"{count} request{pluralize(count)} as {what}"
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"requests-{timezone.localdate()}.{kind}"
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    return cast(HttpResponse, response)  # a file is sent in pieces, for which Django has another class
