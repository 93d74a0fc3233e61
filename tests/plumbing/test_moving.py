"""A site that outgrows one machine takes everything along: a backup of SQLite is restored into PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site_settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from rlsinfo.consultations.intake import receive
from rlsinfo.consultations.models import ConsultationRequest, Event, OutboxMail
from rlsinfo.plumbing import backups, jobs, moving, postgres
from tests.factories import make_answers

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="moves into PostgreSQL"),
]
NAME, NOTE = "Zoë “Marigold” Testperson", "Ring twice.\nThe bell’s slow 🌙"
OLD_SITE = f"""
import django
django.setup()
from django.contrib.auth.models import User
from django.core.management import call_command
from django.utils import timezone
from rlsinfo.consultations.intake import receive
from rlsinfo.plumbing import backups
from rlsinfo.staff import log
from tests.factories import make_answers, make_staff
call_command("migrate", verbosity=0)
staff = make_staff(username="maria")
for number in range(3):
    request = receive(make_answers(name={NAME!r}, note={NOTE!r}), now=timezone.now())
request.claimed_by = staff
request.save()
print(request.reference, backups.take().path)
"""


KEY = "k" * 50


@pytest.fixture(scope="module")
def outgrown(tmp_path_factory) -> tuple[str, Path]:
    """The reference of the newest of three requests on SQLite, and a backup of them."""
    folder = tmp_path_factory.mktemp("outgrown")
    own = {
        "DATABASE_URL": f"sqlite:///{folder}/old.sqlite3",
        "BACKUP_DIR": str(folder),
        "BACKUP_KEY": KEY,
        "DJANGO_SETTINGS_MODULE": "rlsinfo.settings",
        "PYTHONPATH": str(site_settings.BASE_DIR),
    }
    made = subprocess.run(
        [sys.executable, "-c", OLD_SITE],
        env=os.environ | own,
        cwd=site_settings.BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )
    reference, path = made.stdout.split()[-2:]
    return reference, Path(path)


@pytest.fixture(autouse=True)
def folders(settings, tmp_path, monkeypatch):
    settings.VAR_DIR, settings.BACKUP_DIR = tmp_path, tmp_path / "backups"
    monkeypatch.setenv("BACKUP_KEY", KEY)
    # Other tests make databases of this name at the same time.
    monkeypatch.setattr(postgres, "COPY_NAME", f"rlsinfo_moving_{os.getpid()}_")
    return tmp_path


def restore(path: Path, *, replace: bool = False) -> backups.Manifest:
    return backups.restore(path, precious={"consultations_consultationrequest": "requests"}, replace=replace)


def left_beside() -> list[str]:
    """Databases beside the live one that nobody needs any more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [postgres.COPY_NAME])
        return [name for (name,) in cursor.fetchall()]


def test_everything_is_there_and_the_next_request_comes_after_it(outgrown, folders):
    reference, path = outgrown

    manifest = restore(path)

    request = ConsultationRequest.objects.get(reference=reference)
    assert (request.name, request.note) == (NAME, NOTE)
    assert request.claimed_by
    assert request.claimed_by.username == "maria"
    assert list(ConsultationRequest.objects.find(NAME.split()[0])[:9])
    assert Event.objects.count() == 3
    assert OutboxMail.objects.count() == 6
    assert manifest.contents["consultations_consultationrequest"][0] == 3
    assert receive(make_answers(submission_key="another-form-altogether"), now=timezone.now()).pk > request.pk
    call_command("check_access_log")
    assert (left_beside(), set(connections)) == ([], {"default"})
    assert {each.name for each in folders.iterdir()} <= {"backups", "running"}


def test_what_is_here_is_given_up_only_on_purpose(outgrown):
    receive(make_answers(), now=timezone.now())

    with pytest.raises(jobs.Failure, match=r"the database here is in use \(1 requests\)"):
        restore(outgrown[1])

    restore(outgrown[1], replace=True)
    assert ConsultationRequest.objects.count() == 3


def test_a_row_that_does_not_come_over_stops_it_and_leaves_everything_as_it_was(outgrown, monkeypatch):
    kept = receive(make_answers(), now=timezone.now())
    rows = moving._rows

    def but_one(model, alias):
        found = rows(model, alias)
        if model is Event and alias == "old" and not called.append(alias) and len(called) == 1:
            next(found)
        return found

    called: list[str] = []
    monkeypatch.setattr(moving, "_rows", but_one)

    with pytest.raises(
        jobs.Failure, match=r"Nothing was restored: consultations_event is not the same in both databases\."
    ):
        restore(outgrown[1], replace=True)

    assert list(ConsultationRequest.objects.all()) == [kept]
    assert left_beside() == []


def test_what_postgresql_does_not_take_is_named(outgrown, monkeypatch):
    rows = moving._rows
    monkeypatch.setattr(
        moving, "_rows", lambda *of: (["a\0b" if cell == "received" else cell for cell in row] for row in rows(*of))
    )

    with pytest.raises(
        jobs.Failure, match=r"Nothing was restored: consultations_event cannot be taken over \(.*NUL.*\)\."
    ):
        restore(outgrown[1])

    assert left_beside() == []


def test_a_table_that_nobody_knows_is_not_left_behind(outgrown, monkeypatch):
    monkeypatch.setattr(moving.apps, "get_models", lambda *, include_auto_created: [ConsultationRequest])

    with pytest.raises(jobs.Failure, match="Nothing was restored: this version of the site does not know auth_group"):
        restore(outgrown[1])
