"""Requests as a file for a spreadsheet: every cell is text, and no text is a formula."""

import csv
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from io import StringIO
from itertools import chain
from typing import IO

from django.conf import settings
from django.db.models import Prefetch
from django.template.defaultfilters import pluralize
from django.utils.timezone import localtime

from rlsinfo.consultations.models import (
    BestTime,
    ConsultationRequest,
    ConsultationRequestQuerySet,
    ContactAttempt,
    Event,
    Outcome,
)

AT_ONCE = 100
"""Requests that are read and in memory together, with their history."""
STARTS_A_FORMULA = frozenset("=+-@\N{MINUS SIGN}")
QUOTES = frozenset("\"'`")
UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Pi", "Pf"})
"""Categories of characters that some program may drop before it looks for a formula: spaces, controls, quotes."""
TEXT = 49
"""The number of the format that spreadsheets call text."""
LONGEST_CELL = 32_767
"""Characters that a cell of a workbook holds."""
END_OF_FILE = "End of the file"
CUT = " … (cut: the rest stands on the page of the request)"


def in_file(requests: ConsultationRequestQuerySet) -> ConsultationRequestQuerySet:
    """Those of the requests that a file holds: nothing is left to tell of one whose person was removed."""
    return requests.filter(removed_at=None)


def heads() -> list[str]:
    """The heads of the columns."""
    return [name.format(zone=settings.TIME_ZONE) for name in COLUMNS]


def batches(requests: ConsultationRequestQuerySet) -> Iterator[list[list[str]]]:
    """A row for each request with all that staff see of it, so many at a time.

    Each batch begins where the one before it ended, by a question of its own. Between two of them nothing is open or
    locked in the database, however slowly they are fetched.
    """
    attempts = Prefetch("attempts", ContactAttempt.objects.filter(undone_at=None).defer("before"))
    found = (
        in_file(requests)
        .select_related("related_to")
        .prefetch_related(attempts, "events", "mails", "stops")
        .order_by("received_at", "pk")
    )
    batch = list(found[:AT_ONCE])
    while batch:
        yield [_cells(request) for request in batch]
        if len(batch) < AT_ONCE:
            return
        last = batch[-1]
        # Not "later, or as late with a higher number": for an OR no index is read in order.
        following = found.filter(received_at__gte=last.received_at)
        batch = list(following.exclude(received_at=last.received_at, pk__lte=last.pk)[:AT_ONCE])


def _cells(request: ConsultationRequest) -> list[str]:
    cells = [value(request) for value in COLUMNS.values()]
    # A request and what hangs on it hold each other. Taken apart they are gone at once, not when rings are looked for.
    vars(request)["_prefetched_objects_cache"].clear()
    return cells


def rows(requests: ConsultationRequestQuerySet) -> Iterator[list[str]]:
    """The heads of the columns, then a row for each request."""
    return chain([heads()], chain.from_iterable(batches(requests)))


def csv_pieces(heads: list[str], batches: Iterable[list[list[str]]]) -> Iterator[bytes]:
    """A table as text with commas, piece by piece. Its last line says that it is whole: one that broke off has none."""
    written = 0
    # With the mark by which spreadsheets know UTF-8.
    yield b"\xef\xbb\xbf" + _csv([heads])
    for batch in batches:
        yield _csv(batch)
        written += len(batch)
    # As many cells as in any other line, for programs that count them.
    yield _csv([[f"{END_OF_FILE}: {written} request{pluralize(written)}", *[""] * (len(heads) - 1)]])


def _csv(lines: list[list[str]]) -> bytes:
    text = StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([inert(cell) for cell in cells] for cells in lines)
    return text.getvalue().encode()


def write_xlsx(file: IO[bytes], table: Iterable[list[str]]) -> int:
    """Write the table as a workbook, which says by itself when it is cut off; how many requests it holds."""
    # Only here: every start of the site would pay for its forty modules, and few ever export.
    import xlsxwriter

    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
    # The mark that a spreadsheet sets where somebody types an apostrophe first: what follows is text, also when edited.
    as_text = book.add_format({"num_format": TEXT})
    as_text.set_quote_prefix()
    sheet = book.add_worksheet("Requests")
    lines = 0
    for cells in table:
        for column, cell in enumerate(cells):
            sheet.write_string(lines, column, _fitting(cell), as_text)
        lines += 1
    sheet.freeze_panes(1, 1)
    book.close()
    return lines - 1


def inert(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula: "=1+1" -> "'=1+1".

    What cannot be seen before a sign is looked through, and full-width signs count as plain ones.
    """
    first = next((c for c in text if c not in QUOTES and unicodedata.category(c) not in UNSEEN), "")
    starts = unicodedata.normalize("NFKC", first)[:1]
    return f"'{text}" if starts in STARTS_A_FORMULA or text[:1] in {"\t", "\r", "\n"} else text


def _fitting(text: str) -> str:
    """The text as long as a cell may be; a workbook would leave a longer one out altogether."""
    # Counted as the format counts: characters beyond the first plane are two.
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_CELL:
        return text
    return units[: 2 * (LONGEST_CELL - len(CUT))].decode("utf-16-le", errors="ignore") + CUT


def moment(at: datetime | None) -> str:
    """A moment by the clinic's clock: "2026-11-16 09:00"; empty if there is none."""
    return f"{localtime(at, settings.CLINIC.time_zone):%Y-%m-%d %H:%M}" if at else ""


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _best_times(request: ConsultationRequest) -> str:
    return ", ".join(str(BestTime(each).label) for each in request.best_times if each in BestTime.values) or "Any time"


def _emails(request: ConsultationRequest) -> str:
    return "; ".join(f"{mail.get_kind_display()}: {mail.get_state_display()}" for mail in request.mails.all())


def history(request: ConsultationRequest) -> list[tuple[datetime, str, str, str]]:
    """Everything that happened, the earliest first: when, what, who did it, and the words beside it."""
    happened = [(each.at, _outcome(each), each.by_name, each.why) for each in request.attempts.all()]
    happened += [(each.at, _event(each), each.by_name, each.why) for each in request.events.all()]
    return sorted(happened)


def _history(request: ConsultationRequest) -> str:
    return "\n".join(
        f"{moment(at)} {what}{f', {by}' if by else ''}{f': {why}' if why else ''}"
        for at, what, by, why in history(request)
    )


def _outcome(attempt: ContactAttempt) -> str:
    if attempt.outcome == Outcome.CLOSED:
        return f"Closed: {attempt.get_to_state_display()}"
    return attempt.get_outcome_display()


def _event(event: Event) -> str:
    if event.kind == Event.Kind.MOVED:
        return f"From “{event.get_from_state_display()}” to “{event.get_to_state_display()}”"
    return event.get_kind_display()


COLUMNS: dict[str, Callable[[ConsultationRequest], str]] = {
    "Reference": lambda request: request.reference,
    "Received ({zone})": lambda request: moment(request.received_at),
    "State": lambda request: request.get_state_display(),
    "Closed because": lambda request: request.get_close_reason_display(),
    "Day of the visit": lambda request: request.visit_date.isoformat() if request.visit_date else "",
    "Name": lambda request: request.name,
    "Phone": lambda request: request.phone,
    "E-mail": lambda request: request.email,
    "Name, corrected": lambda request: request.corrected_name,
    "Phone, corrected": lambda request: request.corrected_phone,
    "E-mail, corrected": lambda request: request.corrected_email,
    "Best times": _best_times,
    "May leave a message": lambda request: _yes(request.may_leave_message),
    "Topic": lambda request: request.get_topic_display(),
    "Note": lambda request: request.note,
    "Help needed": lambda request: request.help_needed,
    "Wrote in": lambda request: request.get_language_display(),
    "Came from page": lambda request: request.source,
    "Words that may be urgent": lambda request: _yes(request.urgent),
    "Taken for spam because": lambda request: " ".join(request.spam_reasons),
    "Restored from spam ({zone})": lambda request: moment(request.restored_at),
    "Goes with request": lambda request: request.related_to.reference if request.related_to else "",
    "Waits since ({zone})": lambda request: moment(request.clock_started_at),
    "Due ({zone})": lambda request: moment(request.next_due_at),
    "Overdue from ({zone})": lambda request: moment(request.overdue_at),
    "Tries since contact": lambda request: str(request.tries),
    "First try ({zone})": lambda request: moment(request.first_try_at),
    "First contact ({zone})": lambda request: moment(request.first_contact_at),
    "Closed ({zone})": lambda request: moment(request.closed_at),
    "Wording they agreed to": lambda request: request.consent_version,
    "Agreed ({zone})": lambda request: moment(request.consent_at),
    "Agreed on page": lambda request: request.consent_page,
    "Wording for texts they agreed to": lambda request: request.text_consent_version,
    "Wanted no more texts ({zone})": lambda request: moment(request.text_consent_ended_at),
    "Asked us to stop ({zone})": lambda request: "\n".join(moment(each.at) for each in request.stops.all()),
    "E-mails": _emails,
    "What happened ({zone})": _history,
}
"""The head of each column and what stands in it."""
