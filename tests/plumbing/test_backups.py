"""A backup is consistent, unreadable for others and whole; a restore puts all of it back, or nothing."""

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from threading import Timer
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from django.utils import timezone

from rlsinfo import restore_drill
from rlsinfo.consultations import removal
from rlsinfo.consultations.intake import receive
from rlsinfo.consultations.models import ConsultationRequest, Event, OutboxMail
from rlsinfo.plumbing import backups, files, jobs, running, sealed_files, sqlite
from rlsinfo.plumbing.backups import Backup
from rlsinfo.plumbing.stores import Contents, store
from tests.factories import make_answers, make_request, make_staff
from tests.stack.test_first_light import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
postgresql_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="a file knows not who has it open")
sqlite_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="the other database lays no copy on the disk")


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.VAR_DIR, settings.BACKUP_DIR = tmp_path, tmp_path / "backups"
    return tmp_path


@pytest.fixture
def backup() -> Backup:
    """A backup of two requests; a third came later."""
    for _ in range(2):
        receive(make_answers(), now=timezone.now())
    made = backups.take()
    receive(make_answers(), now=timezone.now())
    return made


def contents() -> Contents:
    """What stands in the live database at this moment."""
    with store().snapshot() as snapshot:
        return snapshot.contents


def restore(path: Path, *, replace: bool = True) -> backups.Manifest:
    return backups.restore(path, precious={"consultations_consultationrequest": "requests"}, replace=replace)


def left_over(folder: Path) -> list[str]:
    """What lies about that nobody needs."""
    kept = {"backup-key", "backups", "running"}
    names = [path.name for path in folder.iterdir() if path.name not in kept]
    return names + [path.name for path in (folder / "backups").glob("*") if not path.name.endswith("Z.backup")]


# --- making one ---------------------------------------------------------------------------------


def test_a_backup_is_for_its_owner_alone_and_shows_nothing_of_what_is_in_it(folders):
    receive(make_answers(name="Marigold Testperson", phone="(555) 010-0177"), now=timezone.now())

    made = backups.take()

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.path.parent.stat().st_mode) == 0o700
    assert b"Marigold" not in made.path.read_bytes()
    assert "Marigold" not in made.path.name
    assert left_over(folders) == []


def test_the_key_is_not_in_the_backup_and_lies_outside_its_folder(folders, settings):
    made = backups.take()

    key = (folders / "backup-key").read_text()
    assert len(key) >= 50
    with backups.opened(made.path) as (manifest, parts):
        inside = repr(manifest).encode() + b"".join(parts)
    for secret in (key, settings.SECRET_KEY):
        assert secret.encode() not in inside


def test_a_backup_of_a_moment_of_many_writers_is_one_moment():
    """Eight people send at once; in each backup every request has its event and its mail, and none has half."""
    stop = Flag()

    def send() -> int:
        sent = 0
        try:
            while not stop.is_set():
                receive(make_answers(), now=timezone.now())
                sent += 1
            return sent
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        senders = [crowd.submit(send) for _ in range(8)]
        made = []
        try:
            for so_many in (8, 24, 40):
                wait_for(lambda enough=so_many: ConsultationRequest.objects.count() >= enough)
                made.append(backups.take())
        finally:
            stop.set()
        sent = sum(sender.result() for sender in senders)

    held = []
    for each in made:
        with backups.opened(each.path) as (manifest, parts), laid_beside(parts, manifest.contents) as alias:
            requests = set(ConsultationRequest.objects.using(alias).values_list("pk", flat=True))
            assert set(Event.objects.using(alias).values_list("request", flat=True)) == requests
            mailed = OutboxMail.objects.using(alias).values_list("request", "kind")
            assert set(mailed) == {(pk, kind) for pk in requests for kind in ("alert", "receipt")}
            assert manifest.contents["consultations_consultationrequest"][0] == len(requests)
            held.append(len(requests))
    assert 8 <= held[0] < held[1] < held[2] < sent, "the backups were not made while requests came"


@contextmanager
def laid_beside(parts: Iterator[bytes], contents: Contents) -> Iterator[str]:
    """The alias of a database made from a backup."""
    with store().beside(parts, contents) as copy, copy.connected("copy"):
        yield "copy"


def test_a_backup_says_where_it_is_and_is_recorded(settings, capsys):
    call_command("backup")

    (made,) = backups.kept()
    assert capsys.readouterr().out.strip() == str(made.path)
    job = jobs.last("backup")
    assert job
    assert job.ok
    assert job.detail.startswith(made.path.name)


def test_backups_are_swept_by_age_but_never_all(settings):
    settings.BACKUP_DAYS = 10
    start = datetime(2026, 11, 1, 3, tzinfo=UTC)
    for day in range(20):
        with time_machine.travel(start + timedelta(days=day), tick=False):
            backups.take()

    assert [backup.made_at.day for backup in backups.kept()] == list(range(20, 9, -1))

    # The clock has jumped ten years ahead.
    with time_machine.travel(start + timedelta(days=3650), tick=False):
        backups.take()
    assert [backup.made_at.day for backup in backups.kept()[:-1]] == list(range(20, 14, -1))


def test_what_is_not_ours_is_never_swept_away(settings):
    settings.BACKUP_DIR.mkdir()
    foreign = settings.BACKUP_DIR / "letters.backup"
    foreign.touch()
    broken_off = settings.BACKUP_DIR / f"rlsinfo-20200101T000000Z.backup.7{backups.UNFINISHED}"
    under_way = settings.BACKUP_DIR / f"rlsinfo-20200101T000001Z.backup.8{backups.UNFINISHED}"
    for path in (broken_off, under_way):
        path.touch()
    os.utime(broken_off, (0, 0))

    backups.take()

    assert foreign.exists()
    assert under_way.exists()
    assert not broken_off.exists()


@sqlite_only
def test_what_a_killed_backup_left_behind_is_swept_a_day_later(folders):
    old, new = folders / "snapshot-old", folders / "snapshot-new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, 0))

    backups.take()

    assert not old.exists()
    assert new.exists()


# --- when none can be made ----------------------------------------------------------------------


def test_a_full_disk_is_one_sentence_and_leaves_the_backups_that_are_there(folders, monkeypatch, backup):
    def fill(parts, key, into):
        into.write(b"half a backup")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sealed_files, "seal", fill)

    with time_machine.travel(timezone.now() + timedelta(hours=1)), pytest.raises(CommandError) as failed:
        call_command("backup")

    assert str(failed.value) == "No backup was made: the disk is full."
    assert [each.path for each in backups.kept()] == [backup.path]
    assert left_over(folders) == []
    job = jobs.last("backup")
    assert job
    assert (job.ok, job.detail) == (False, "No backup was made: the disk is full.")


@sqlite_only
def test_no_backup_takes_the_last_room_that_requests_need(folders, monkeypatch):
    monkeypatch.setattr("rlsinfo.plumbing.sqlite.room_for", lambda folder: 10_000_000)

    with pytest.raises(jobs.Failure, match="No backup was made: there is too little room in VAR_DIR"):
        backups.take()


def test_a_backup_breaks_off_before_it_takes_the_last_room_and_leaves_nothing(folders, settings, monkeypatch):
    left = iter([files.RESERVE, files.RESERVE - 1])
    monkeypatch.setattr(files, "room_for", lambda folder: next(left) if folder == settings.BACKUP_DIR else 0)

    with pytest.raises(jobs.Failure) as failed:
        backups.take()

    assert str(failed.value) == (
        "No backup was made: BACKUP_DIR has less than 64.0 MB left, which the site needs:"
        " make room there, or use another disk."
    )
    assert backups.kept() == []
    assert left_over(folders) == []


@sqlite_only
def test_a_drill_takes_no_last_room_either(backup, folders, monkeypatch, no_page):
    monkeypatch.setattr(files, "room_for", lambda folder: files.RESERVE - 1)

    with pytest.raises(jobs.Failure, match="VAR_DIR has less than"):
        restore_drill.run()

    assert left_over(folders) == []


@sqlite_only
def test_a_copy_that_a_killed_backup_left_behind_is_swept_before_room_is_asked_for(folders, monkeypatch):
    copy = folders / "snapshot-old"
    copy.mkdir()
    os.utime(copy, (0, 0))
    monkeypatch.setattr(sqlite, "room_for", lambda folder: 0 if copy.exists() else 10**9)

    assert backups.take() in backups.kept()


def test_half_a_file_that_a_killed_backup_left_behind_is_swept_before_room_is_asked_for(settings, monkeypatch):
    settings.BACKUP_DIR.mkdir()
    half = settings.BACKUP_DIR / f"rlsinfo-20200101T000000Z.backup.7{backups.UNFINISHED}"
    half.touch()
    os.utime(half, (0, 0))
    monkeypatch.setattr(files, "room_for", lambda folder: 0 if half.exists() else 10**9)

    assert backups.take() in backups.kept()


def test_a_folder_that_cannot_be_made_is_named(settings):
    settings.BACKUP_DIR = Path("/proc/backups")

    with pytest.raises(jobs.Failure, match=r"^No backup was made: no such file or directory \(/proc/backups\)\.$"):
        backups.take()


def test_a_key_that_is_too_short_makes_none(monkeypatch):
    monkeypatch.setenv("BACKUP_KEY", "hunter2")

    with pytest.raises(jobs.Failure, match="BACKUP_KEY holds 7 characters") as failed:
        backups.take()

    assert "hunter2" not in str(failed.value)


# --- putting one back ---------------------------------------------------------------------------


def test_a_restore_puts_back_exactly_what_was_backed_up(backup, folders):
    manifest = restore(backup.path)

    assert ConsultationRequest.objects.count() == 2
    assert Event.objects.count() == 2
    assert contents() == manifest.contents
    assert manifest.contents["consultations_consultationrequest"][0] == 2
    assert left_over(folders) == []


@sqlite_only
def test_what_a_broken_off_write_left_beside_the_old_file_is_never_played_into_the_new_one(backup):
    live = Path(connection.settings_dict["NAME"])
    writer = (
        f"import sqlite3, os; db = sqlite3.connect({str(live)!r}, isolation_level=None);"
        "db.execute('PRAGMA cache_size = 1'); db.execute('BEGIN'); db.execute(\"UPDATE consultations_event SET kind = 'x'\");"
        "db.execute('CREATE TABLE a AS SELECT hex(randomblob(2000000))'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", writer], check=False)
    assert live.with_name(f"{live.name}-journal").stat().st_size

    manifest = restore(backup.path)

    assert not list(live.parent.glob(f"{live.name}-*"))
    assert contents() == manifest.contents


@pytest.fixture
def half_written():
    """Another program is in the middle of a long write, part of which is in the file already."""
    database = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA cache_size = 1")
    database.execute("BEGIN IMMEDIATE")
    database.execute("UPDATE consultations_event SET kind = 'x'")
    database.execute("CREATE TABLE half AS SELECT hex(randomblob(2000000)) AS noise")
    yield database
    database.close()


@pytest.fixture
def another_program() -> Iterator[Any]:
    """It is connected to the same database, and does nothing."""
    other = connection.copy()
    other.connect()
    yield other.connection
    other.close()


@sqlite_only
def test_a_backup_holds_nothing_of_a_write_that_is_not_finished(backup, half_written):
    waited = Timer(1, half_written.rollback)
    waited.start()

    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        made = backups.take()

    waited.join()
    with backups.opened(made.path) as (manifest, _):
        assert manifest.contents == contents()
        assert "half" not in manifest.contents


@sqlite_only
def test_nothing_is_restored_under_another_program_that_writes(backup, half_written, monkeypatch):
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    monkeypatch.setattr(backups, "_held", lambda tables: "")

    with pytest.raises(jobs.Failure, match=r"another program uses the database \(database is locked\): stop it first"):
        restore(backup.path)

    half_written.rollback()
    assert ConsultationRequest.objects.count() == 3


@postgresql_only
def test_nothing_is_restored_under_another_program_that_is_connected(backup, another_program):
    with pytest.raises(jobs.Failure, match="in use by 1 more: stop the site everywhere first"):
        restore(backup.path)

    assert ConsultationRequest.objects.count() == 3


@postgresql_only
def test_a_program_that_is_leaving_stops_no_restore(backup, another_program):
    leaves = Timer(0.5, another_program.close)
    leaves.start()

    restore(backup.path)

    leaves.join()
    assert ConsultationRequest.objects.count() == 2


def test_a_backup_of_an_older_version_is_brought_up_to_date():
    call_command("migrate", "plumbing", "zero", verbosity=0)
    try:
        made = backups.take()
    finally:
        call_command("migrate", verbosity=0)

    restore(made.path)

    assert jobs.last("backup") is None


def test_after_a_restore_the_site_takes_requests(backup):
    restore(backup.path)

    stored = receive(make_answers(name="Ben Adler"), now=timezone.now())

    assert ConsultationRequest.objects.count() == 3
    assert ConsultationRequest.objects.find("Ben Adler") == [stored]


def test_a_database_with_requests_is_not_replaced_unasked(backup):
    before = contents()

    with pytest.raises(jobs.Failure) as failed:
        restore(backup.path, replace=False)

    assert str(failed.value) == (
        "Nothing was restored: the database here is in use (3 requests): add --replace to give that up."
    )
    assert contents() == before


def test_what_is_replaced_is_backed_up_first(backup):
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        restore(backup.path)
        newest, oldest = backups.kept()

    assert oldest.path == backup.path
    with backups.opened(newest.path) as (manifest, _):
        assert manifest.contents["consultations_consultationrequest"][0] == 3


def test_what_cannot_be_backed_up_is_not_replaced(backup, monkeypatch):
    def fail(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(sealed_files, "seal", fail)

    with pytest.raises(jobs.Failure, match="Nothing was restored: the disk is full"):
        restore(backup.path)

    assert ConsultationRequest.objects.count() == 3


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (flipped, "the file is damaged, its checksum does not fit"),
        (lambda data: data[: len(data) // 2], "the file is cut short, its end is missing"),
        (lambda data: b"SQLite format 3\0" + data, "the file is no backup of this site"),
        (lambda data: b"", "the file is no backup of this site"),
        (lambda data: data.replace(b"backup 1\n", b"backup 2\n", 1), "seals its backups in another way"),
    ],
    ids=["a flipped bit", "cut short", "something else", "empty", "another version"],
)
def test_a_spoilt_file_is_one_sentence_and_leaves_everything_as_it_was(backup, folders, spoil, said):
    backup.path.write_bytes(spoil(backup.path.read_bytes()))
    before = contents()

    with pytest.raises(CommandError) as failed:
        call_command("restore", backup.path, replace=True)

    assert said in str(failed.value)
    assert len(str(failed.value).splitlines()) == 1
    assert contents() == before
    assert left_over(folders) == []


def test_another_key_is_one_sentence_and_leaves_everything_as_it_was(backup, monkeypatch):
    monkeypatch.setenv("BACKUP_KEY", "x" * 50)
    before = contents()

    with pytest.raises(jobs.Failure, match="Nothing was restored: the file was made with another backup key"):
        restore(backup.path)

    assert contents() == before


def test_a_machine_without_the_key_makes_none_up(backup, folders):
    (folders / "backup-key").unlink()

    with pytest.raises(jobs.Failure, match="There is no backup key here: put the one that belongs to the backup into"):
        restore(backup.path)

    assert not (folders / "backup-key").exists()


def test_a_file_that_is_not_there_is_named(folders):
    with pytest.raises(jobs.Failure, match=r"Nothing was restored: no such file or directory \(/nowhere/"):
        restore(Path("/nowhere/rlsinfo.backup"))


@pytest.mark.parametrize(("number", "said"), [(errno.ENOSPC, "the disk is full"), (errno.EPIPE, "broken pipe")])
def test_a_backup_that_breaks_off_half_way_leaves_everything_as_it_was(backup, folders, monkeypatch, number, said):
    whole = sealed_files.opened

    def half(*of: Any) -> Iterator[bytes]:
        part = next(whole(*of))
        yield part[:50_000]
        yield part[50_000:50_100]  # so little is held back, until the tool that was to have it is gone
        raise OSError(number, os.strerror(number))

    before = contents()
    monkeypatch.setattr(sealed_files, "opened", half)

    with pytest.raises(jobs.Failure, match=f"Nothing was restored: {said}"):
        restore(backup.path)

    monkeypatch.undo()
    assert contents() == before


@pytest.fixture
def overstated(backup, monkeypatch) -> Backup:
    """Somebody holds the key, and says that there is more in the backup than there is."""
    unpacked = backups._unpacked

    def more(parts: Iterator[bytes]) -> Any:
        manifest, rest = unpacked(parts)
        manifest.contents["consultations_event"] = (3, "")
        return manifest, rest

    monkeypatch.setattr(backups, "_unpacked", more)
    return backup


def test_rows_that_are_missing_leave_everything_as_it_was(overstated):
    before = contents()

    with pytest.raises(jobs.Failure, match="the backup does not hold the rows that it should hold"):
        restore(overstated.path)

    assert contents() == before


def test_a_drill_finds_rows_that_are_missing(overstated, no_page):
    with pytest.raises(jobs.Failure, match="the backup does not hold the rows that it should hold"):
        restore_drill.run()


def test_a_backup_of_a_newer_version_is_refused(monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('consultations', '9999_later', %s)",
            [timezone.now()],
        )
    try:
        made = backups.take()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")

    with pytest.raises(jobs.Failure, match=r"a newer version of the site made the backup \(it knows .* 9999_later\)"):
        restore(made.path)


def test_a_backup_of_the_other_kind_of_database_is_refused(backup, monkeypatch):
    monkeypatch.setattr(type(store()), "kind", "Something else")

    with pytest.raises(jobs.Failure, match=r"the backup is one of .*, but DATABASE_URL names Something else"):
        restore(backup.path)


def test_nothing_is_restored_under_a_running_site(backup):
    before = contents()

    with running.beside_others(), pytest.raises(jobs.Failure, match="the site is running on this folder: stop it"):
        restore(backup.path)

    assert contents() == before


def test_two_sites_may_run_on_one_folder_but_none_while_a_restore_goes_on():
    with running.beside_others(), running.beside_others():
        pass
    with running.nothing_else(""), pytest.raises(jobs.Failure, match="A restore is going on"), running.beside_others():
        pass


# --- the drill ----------------------------------------------------------------------------------


def test_a_drill_proves_the_newest_backup_and_says_so(backup, capsys):
    call_command("drill")

    said = capsys.readouterr().out
    assert backup.path.name in said
    assert "all as they were. One request was opened and its page shown." in said
    job = jobs.last("drill")
    assert job
    assert (job.ok, job.detail) == (True, said.strip())
    assert ConsultationRequest.objects.count() == 3


@pytest.fixture
def no_page(monkeypatch):
    """The drill serves no page: that takes a process of its own."""
    monkeypatch.setattr(restore_drill.commands, "run", lambda *_, **__: "Nothing was shown.")


def test_a_drill_takes_no_backup_for_the_newest_that_a_clock_has_dated_which_was_ahead(no_page):
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):
        backups.take()
    newest = backups.take()

    assert newest.path.name in restore_drill.run()


def test_a_drill_of_an_empty_site_shows_its_empty_list():
    make_staff()
    backups.take()

    assert "The empty list was shown." in restore_drill.run()


def test_a_drill_says_how_many_rows_retention_has_deleted_since(no_page):
    request = make_request()
    backups.take()
    request.delete()

    assert " 1 were deleted here since." in restore_drill.run()


def test_a_request_from_which_somebody_was_taken_out_since_is_no_difference(backup, no_page):
    for request in ConsultationRequest.objects.all():
        removal.anonymize(request, timezone.now())

    assert " 2 were deleted here since." in restore_drill.run()
    backups.take()
    assert "were deleted" not in restore_drill.run()


def test_a_drill_finds_a_row_that_somebody_has_rewritten(backup, no_page):
    ConsultationRequest.objects.update(received_at=timezone.now())

    with pytest.raises(
        jobs.Failure,
        match="The newest backup cannot be trusted: a row of consultations_consultationrequest in it differs from",
    ):
        restore_drill.run()


def test_a_drill_without_a_backup_fails_and_is_recorded():
    with pytest.raises(CommandError, match="The newest backup cannot be trusted: there is none"):
        call_command("drill")

    job = jobs.last("drill")
    assert job
    assert not job.ok


def test_a_drill_of_a_damaged_backup_fails(backup):
    backup.path.write_bytes(flipped(backup.path.read_bytes()))

    with pytest.raises(jobs.Failure, match="damaged"):
        restore_drill.run()


def test_a_drill_leaves_nothing_behind(backup, folders, no_page):
    restore_drill.run()

    assert left_over(folders) == []
    assert set(connections) == {"default"}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_database WHERE starts_with(datname, 'rlsinfo_drill_')")
            assert cursor.fetchone()[0] == 0
