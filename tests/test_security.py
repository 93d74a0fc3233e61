"""SECURITY.md says what is so: its numbers are those of the code, and every test that it names is there."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django_otp.plugins.otp_totp.models import TOTPDevice

from rlsinfo.consultations import stops, views
from rlsinfo.consultations.desk import lists
from rlsinfo.consultations.forms import RequestForm
from rlsinfo.model_fields import EncryptedText
from rlsinfo.staff import sessions, sign_in, throttle

ROOT: Path = settings.BASE_DIR
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

# The requirements of ASVS 5.0.0 that concern this site: those of level 1 and 2, and those of level 3 that were taken.
LEVEL_1_AND_2 = re.findall(
    r"\S+",
    """
    1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.9 1.3.1 1.3.2 1.3.3 1.3.6 1.3.7 1.3.11 1.5.2 2.1.1 2.1.3 2.2.1 2.2.2 2.2.3
    2.3.1 2.3.2 2.3.3 2.3.4 2.4.1 3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6 3.5.1 3.5.3
    4.1.1 4.1.2 4.1.3 4.2.1 5.2.1 5.4.2 6.1.1 6.1.2 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10 6.2.11
    6.2.12 6.3.1 6.3.2 6.3.3 6.4.1 6.4.3 6.5.1 6.5.5 6.6.3 7.1.1 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.5 7.5.1
    8.1.1 8.1.2 8.2.1 8.2.2 8.2.3 8.3.1 11.4.2 11.5.1 12.1.1 12.2.1 12.3.1 12.3.2 13.2.2 13.2.4 13.2.5 13.3.1 13.4.1
    13.4.2 13.4.3 13.4.4 13.4.5 14.1.1 14.1.2 14.2.1 14.2.2 14.2.3 14.3.1 14.3.2 14.3.3 15.1.1 15.1.2 15.1.3 15.2.1
    15.2.2 15.2.3 15.3.1 15.3.3 15.3.4 15.3.7 16.2.1 16.2.2 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.5.1
    16.5.2 16.5.3
    """,
)
LEVEL_3 = re.findall(
    r"\S+", "2.4.2 3.4.7 3.4.8 3.5.8 3.6.1 3.7.4 13.4.6 14.2.5 14.2.7 15.2.4 15.4.1 15.4.2 15.4.3 16.5.4"
)
BY_HAND = "by hand: "


def table(heading: str) -> list[list[str]]:
    """The cells of the tables below a heading, without their heads."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("|")]
    heads = {number for number, row in enumerate(rows) if set("".join(row)) <= {"-", " "}}
    return [row for number, row in enumerate(rows) if number not in heads and number + 1 not in heads]


REQUIREMENTS = table("ASVS 5.0")


def names_in(file: Path) -> set[str]:
    """The names by which pytest knows the tests of a file."""
    tests = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        tests |= {f"{prefix}{each.name}" for each in inside if isinstance(each, ast.FunctionDef)}
    return {test for test in tests if test.rpartition("::")[2].startswith("test_")}


# --- the table of requirements -----------------------------------------------------------------------


def test_every_requirement_that_concerns_this_site_has_one_line():
    assert [number for number, _, _ in REQUIREMENTS] == [*LEVEL_1_AND_2, *LEVEL_3]
    assert (len(LEVEL_1_AND_2), len(LEVEL_3)) == (127, 14)


@pytest.mark.parametrize("number", [*LEVEL_1_AND_2, *LEVEL_3])
def test_what_proves_a_requirement_is_there(number):
    ((meaning, proof),) = ([meaning, proof] for each, meaning, proof in REQUIREMENTS if each == number)

    named = re.findall(r"`(tests/\S+?\.py)::(\S+)`", proof)
    assert meaning
    assert named or proof.startswith(BY_HAND)
    for file, test in named:
        assert test in names_in(ROOT / file), f"{file} has no {test}"
    assert len(named) == proof.count("`") / 2


def test_nine_in_ten_are_proved_by_tests():
    by_hand = [number for number, _, proof in REQUIREMENTS if number in LEVEL_1_AND_2 and proof.startswith(BY_HAND)]

    assert len(by_hand) <= len(LEVEL_1_AND_2) / 10


# --- what the document says of the code --------------------------------------------------------------


def test_every_limit_of_the_document_is_the_one_in_the_code():
    def of(field: str) -> str:
        return f"{RequestForm.base_fields[field].max_length} characters"

    def in_words(length: timedelta) -> str:
        return f"{length // timedelta(days=1)} days"

    code = {
        "body of a request": f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KB",
        "fields of a form": str(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS),
        "name": of("name"),
        "phone": f"{of('phone')}, 7 to 15 digits",
        "e-mail address": of("email"),
        "note": of("note"),
        "help needed": of("help_needed"),
        "requests of one client in an hour (`REQUESTS_PER_CLIENT`)": str(settings.REQUESTS_PER_CLIENT),
        "requests of everybody in an hour (`REQUESTS_PER_HOUR`)": str(settings.REQUESTS_PER_HOUR),
        "searches of one member of staff in an hour": str(lists.SEARCHES.most),
        "password": "15 characters or more",
        "tries of one name from one address before a pause": str(throttle.FROM_ONE_ADDRESS.free),
        "tries of one name from everywhere before a pause": str(throttle.FROM_EVERYWHERE.free),
        "tries of all names from one address before a pause": str(throttle.FROM_ONE_ADDRESS_FOR_ALL_NAMES.free),
        "tries in a browser that somebody has signed in with before": str(throttle.FROM_A_KNOWN_DEVICE.free),
        "first pause, doubled each time": f"{throttle.FIRST_PAUSE.seconds} seconds",
        "time for the code after the password": f"{sign_in.TIME_FOR_THE_CODE.seconds // 60} minutes",
        "screen left alone": f"{sessions.IDLE.seconds // 60} minutes",
        "session": f"{sessions.LONGEST.seconds // 3600} hours",
        "link of an invitation": in_words(timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)),
        "page that confirms a request": in_words(timedelta(seconds=views.SENT_FOR)),
        "link by which somebody asks us to stop": in_words(timedelta(seconds=stops.LINK_WORKS_FOR)),
        "browser that is known": in_words(throttle.DEVICE_COOKIE_AGE),
    }

    assert dict(table("Limits")) == code
    lengths = [each["OPTIONS"]["min_length"] for each in settings.AUTH_PASSWORD_VALIDATORS if "OPTIONS" in each]
    assert lengths == [15]


@pytest.mark.django_db
def test_the_roles_of_the_document_are_those_of_the_database():
    columns = (
        *("view_consultationrequest", "move_consultationrequest", "export_consultationrequest"),
        *("erase_consultationrequest", "view_figures", "view_plumbing", "view_accessentry", "change_user"),
    )

    said = {
        role: {column for column, cell in zip(columns, cells, strict=True) if cell} for role, *cells in table("Roles")
    }

    # Who may change accounts may also see and make them.
    stored = {
        group.name: {each.codename for each in group.permissions.all()} - {"add_user", "view_user"}
        for group in Group.objects.all()
    }
    assert said == stored


def test_every_table_has_a_class_and_every_sealed_column_is_named():
    rows = table("What is kept")
    ours = [
        model for config in apps.get_app_configs() if config.name.startswith("rlsinfo") for model in config.get_models()
    ]
    sealed = {field.name for model in ours for field in model._meta.concrete_fields if isinstance(field, EncryptedText)}
    with_sealed = {
        model.__name__
        for model in ours
        if any(isinstance(field, EncryptedText) for field in model._meta.concrete_fields)
    }

    listed = [name for _, tables, _ in rows for name in re.findall(r"`(\w+)`", tables)]
    assert sorted(listed) == sorted(model.__name__ for model in (*ours, User, Session, TOTPDevice))
    assert set(re.findall(r"`(\w+)`", rows[0][1])) == with_sealed
    assert set(re.findall(r"`(\w+)`", rows[0][2].partition(";")[0])) == sealed


def test_nobody_is_named_who_takes_reports_until_somebody_does():
    assert ("is blank" in TEXT) == (settings.CLINIC.security_contact == "")
