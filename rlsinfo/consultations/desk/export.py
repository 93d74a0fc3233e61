"""The page on which a lead takes requests away as a file, and says why."""

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.defaultfilters import pluralize
from django.utils import timezone

from rlsinfo import waiting_room
from rlsinfo.consultations import export
from rlsinfo.consultations.desk.pages import desk_page, show, who
from rlsinfo.consultations.figures import Days
from rlsinfo.consultations.models import ConsultationRequestQuerySet
from rlsinfo.form_fields import Day, PlainText
from rlsinfo.staff.log import Action, Outcome, record, recorded

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
        choices=[
            ("xlsx", "Workbook for Excel or LibreOffice (.xlsx)"),
            ("csv", f"Plain text with commas (.csv). It is whole if its last line says “{export.END_OF_FILE}”"),
        ],
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
    # What comes meanwhile is not in the file: it is not in the count either.
    requests = Days(first, last, settings.CLINIC.time_zone).received().filter(received_at__lte=timezone.now())
    what = f"{kind.upper()}, received {first} to {last}. Reason: {asked['reason']}"
    with recorded(Action.EXPORT, by=who(request), detail=what) as note:
        response, count = _as_csv(requests, who(request)) if kind == "csv" else _as_workbook(requests)
        note.detail = f"{count} request{pluralize(count)} as {what}"
    response["Content-Disposition"] = f'attachment; filename="requests-{timezone.localdate()}.{kind}"'
    return response


def _as_workbook(requests: ConsultationRequestQuerySet) -> tuple[HttpResponse, int]:
    """The workbook, made before it is sent, and how many requests it holds."""
    # It has no name on disk, so nobody else can open it, and it is gone when it has been sent.
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        count = export.write_xlsx(file, export.rows(requests))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return cast(HttpResponse, FileResponse(file, content_type=kind)), count


def _as_csv(requests: ConsultationRequestQuerySet, by: User) -> tuple[HttpResponse, int]:
    """The text, made while it is sent, and how many requests it will hold."""
    count = export.in_file(requests).count()
    pieces = in_turns(export.csv_pieces(export.heads(), export.batches(requests)), by, count)
    # What is sent in pieces is another class of Django's.
    return cast(HttpResponse, StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")), count


def in_turns(pieces: Iterator[bytes], by: User, count: int) -> Iterator[bytes]:
    """The pieces as they are asked for. Each is made in a place of its own: a slow line keeps nobody from the database.

    Whoever stops fetching them, or a database that is away, breaks the file off: that goes into the log too, and the
    line is cut, so that a browser says that the download failed.
    """
    try:
        while True:
            with waiting_room.DATABASE.place():
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece
    except BaseException:
        # With the database away the log is too; that the file left stands there already.
        with suppress(DatabaseError):
            record(Action.EXPORT, by=by, detail=f"The file of {count} broke off.", outcome=Outcome.FAILED)
        raise
