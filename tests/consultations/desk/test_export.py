"""The page on which a lead takes requests away as a file: with a reason, by a pressed button, written down."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from unittest.mock import Mock
from zipfile import ZipFile

import pytest
from django.db import OperationalError

from rlsinfo import waiting_room
from rlsinfo.consultations import export
from rlsinfo.consultations.desk.export import in_turns
from rlsinfo.consultations.models import State
from rlsinfo.staff.models import AccessEntry
from rlsinfo.waiting_room import Full, WaitingRoom
from tests.consultations.desk.front_desk import Desk, address
from tests.factories import MONDAY_MORNING, make_request, make_staff

pytestmark = pytest.mark.django_db

REASON = "Yearly report for the board"
DAY = timedelta(days=1)


@pytest.fixture
def lea() -> Desk:
    return Desk(make_staff("view_consultationrequest", "export_consultationrequest", "view_figures", username="lea"))


ANSWERS = {"reason": REASON, "first": "2026-11-01", "last": "2026-11-16", "kind": "csv"}


def asked(desk: Desk, **changes):
    return desk.client.post(address("export"), ANSWERS | changes)


def content(response) -> bytes:
    return b"".join(response.streaming_content)


def lines(response) -> list[list[str]]:
    return list(csv.reader(StringIO(content(response).decode("utf-8-sig"), newline="")))


def logged() -> list[tuple[str, str, str]]:
    return list(AccessEntry.objects.order_by("number").values_list("action", "outcome", "detail"))


def test_the_file_holds_the_requests_of_the_days_asked_for(lea):
    make_request(received_at=MONDAY_MORNING - 16 * DAY)
    first = make_request(received_at=MONDAY_MORNING - 15 * DAY)
    last = make_request(received_at=MONDAY_MORNING, state=State.SPAM, spam_reasons=["A link."])
    make_request(received_at=MONDAY_MORNING, is_test=True)

    heads, *rows, end = lines(asked(lea))

    assert heads[:2] == ["Reference", "Received (America/Chicago)"]
    assert [row[0] for row in rows] == [first.reference, last.reference]
    assert end[0] == "End of the file: 2 requests"


def test_the_file_has_a_name_without_anybodys_name_and_is_kept_nowhere(lea):
    response = asked(lea)

    assert response["Content-Disposition"] == 'attachment; filename="requests-2026-11-16.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]


def test_a_workbook_is_a_workbook(lea):
    make_request(name="Ana Ortiz")

    response = asked(lea, kind="xlsx")

    assert response["Content-Disposition"] == 'attachment; filename="requests-2026-11-16.xlsx"'
    assert b"Ana Ortiz" in ZipFile(BytesIO(content(response))).read("xl/worksheets/sheet1.xml")


def test_a_name_that_is_a_formula_leaves_disarmed(lea):
    make_request(name="=cmd|' /C calc'!A0")

    assert "'=cmd|' /C calc'!A0" in lines(asked(lea))[1]


def test_an_export_is_written_down_with_its_reason_before_the_file_leaves(lea):
    make_request()

    response = asked(lea)

    assert logged() == [
        ("export", "done", f"1 request as CSV, received 2026-11-01 to 2026-11-16. Reason: {REASON}"),
    ]
    assert len(content(response)) > 100


def test_an_export_that_fails_is_written_down_too(lea, monkeypatch):
    def fail(*args):
        raise OSError("no space left")

    monkeypatch.setattr(export, "write_xlsx", fail)

    with pytest.raises(OSError, match="no space"):
        asked(lea, kind="xlsx")

    assert logged() == [("export", "failed", f"XLSX, received 2026-11-01 to 2026-11-16. Reason: {REASON}")]


@pytest.fixture
def one_at_once(monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", 1)


def test_a_file_that_breaks_off_ends_with_an_error_and_is_written_down_too(lea, one_at_once, monkeypatch):
    make_request(name="Ana Ortiz")
    make_request(name="Ruth Abel")
    sent = iter(asked(lea).streaming_content)
    came = next(sent) + next(sent)

    monkeypatch.setattr(export, "_csv", Mock(side_effect=OperationalError("the server is away")))
    # Raised through to the web server, it cuts the line: a browser then says that the download failed.
    with pytest.raises(OperationalError):
        next(sent)

    assert b"Ana Ortiz" in came
    assert [entry[1:] for entry in logged()][1:] == [("failed", "The file of 2 broke off.")]


def test_whoever_stops_fetching_the_file_is_written_down_too(lea):
    pieces = in_turns(iter([b"Name", b"Ana Ortiz"]), lea.user, 1)
    next(pieces)

    # As the web server does when the line is gone.
    pieces.close()

    assert logged() == [("export", "failed", "The file of 1 broke off.")]


def test_while_a_piece_is_on_its_way_its_place_is_free_for_others(lea, one_at_once, monkeypatch):
    room = WaitingRoom(places=1, patience=0)
    monkeypatch.setattr(waiting_room, "DATABASE", room)
    make_request()

    for _ in asked(lea).streaming_content:
        with room.place():
            pass


def test_each_piece_waits_for_its_turn_with_the_database(lea, monkeypatch):
    room = WaitingRoom(places=1, patience=0)
    make_request()
    response = asked(lea)
    monkeypatch.setattr(waiting_room, "DATABASE", room)

    with room.place(), pytest.raises(Full):
        content(response)


def test_who_may_not_export_gets_no_file_and_is_written_down(maria):
    assert maria.open(address("export")).status == 403
    assert asked(maria).status_code == 403
    assert [entry[:2] for entry in logged()] == [("export", "refused")] * 2


def test_no_address_leads_to_the_file(lea):
    answers = f"reason={REASON}&first=2026-11-01&last=2026-11-16&kind=csv"

    assert lea.open(f"{address('export')}?{answers}").status == 200
    assert "What is the file for?" in lea.text
    assert logged() == []


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("reason", "", "Say what the file is for."),
        ("reason", "         x", "Say what the file is for in at least 10 letters."),
        ("reason", "x" * 301, "Say what the file is for in 300 letters or fewer."),
        ("first", "", "Give the day as 2026-11-23."),
        ("first", "soon", "Give the day as 2026-11-23."),
        ("first", "0001-01-01", "Give a day from 2000 on."),
        ("last", "9999-12-31", "Give a day before 2100."),
        ("last", "2026-10-31", "Give a last day that is not before the first."),
        ("kind", "docx", "Choose a kind of file."),
    ],
)
def test_what_is_missing_is_said_and_no_file_is_made(lea, field, value, sentence):
    lea.send(address("export"), ANSWERS | {field: value})

    assert lea.status == 422
    assert lea.texts("[role=alert] li") == [sentence]
    assert lea.page.query(lea.page.query("[role=alert] a")[0].attrs["href"])
    assert lea.page.query("title")[0].to_text().strip().startswith("Error: ")
    assert logged() == []


def test_a_faulty_form_keeps_what_was_typed(lea):
    lea.send(address("export"), ANSWERS | {"reason": "For the board, yearly", "last": "soon", "kind": "xlsx"})

    assert lea.page.query("#id_reason")[0].attrs["value"] == "For the board, yearly"
    assert "checked" in lea.page.query("[name=kind][value=xlsx]")[0].attrs


def test_the_form_begins_with_the_last_thirty_days(lea):
    lea.open(address("export"))

    assert [lea.page.query(f"#id_{day}")[0].attrs["value"] for day in ("first", "last")] == ["2026-10-18", "2026-11-16"]
