"""A database that could lose what it confirmed, or keep what was erased, is refused with one sentence."""

import os
import socket
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.core.signals import request_started
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.utils import ConnectionHandler

from rlsinfo import durability, environment
from rlsinfo.durability import NotDurable, postgresql_problems, sqlite_problems

SOUND = {"wanted": "delete", "erases": True, "version": (3, 40, 1)}
on_sqlite = pytest.mark.skipif(not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"), reason="asks SQLite")
on_postgresql = pytest.mark.skipif(
    "postgresql" not in settings.DATABASES["default"]["ENGINE"], reason="asks PostgreSQL"
)
pytestmark = pytest.mark.django_db


def opened(file, **pragmas):
    """A connection to a file, set up as the site's is but for these settings."""
    wanted = {"journal_mode": "DELETE", "synchronous": "EXTRA", "secure_delete": "ON"} | pragmas
    database = environment._sqlite(str(file))
    database["OPTIONS"]["init_command"] = "; ".join(f"PRAGMA {name}={value}" for name, value in wanted.items())
    return ConnectionHandler({"default": database})["default"]


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 46, 1), (3, 50, 4), (3, 51, 2)])
def test_a_write_ahead_log_is_refused_on_a_library_that_can_lose_a_commit(version):
    (problem,) = sqlite_problems("wal", 3, **SOUND | {"wanted": "wal", "version": version})

    assert ".".join(map(str, version)) in problem
    assert "SQLite 3.51.3 or newer" in problem


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 52, 0), (3, 53, 4), (4, 0, 0)])
def test_a_write_ahead_log_is_fine_on_a_library_that_was_mended(version):
    assert sqlite_problems("wal", 3, **SOUND | {"wanted": "wal", "version": version}) == []


def test_a_rollback_journal_is_fine_on_every_library():
    assert sqlite_problems("delete", 3, **SOUND) == []


def test_a_new_connection_is_as_it_must_be(tmp_path):
    with opened(tmp_path / "file").cursor() as cursor:
        values = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert values == ["delete", durability.SQLITE_EXTRA]


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"synchronous": "FULL"}, "set synchronous=EXTRA"),
        ({"synchronous": "OFF"}, "set synchronous=EXTRA"),
        ({"secure_delete": "FAST"}, "set secure_delete=ON"),
        ({"secure_delete": "OFF"}, "set secure_delete=ON"),
        ({"journal_mode": "WAL"}, "keep journal_mode=DELETE"),
    ],
)
def test_a_connection_that_is_not_set_up_is_refused_each_time(tmp_path, monkeypatch, wrong, remedy):
    monkeypatch.setattr("django.db.backends.sqlite3.base.Database.sqlite_version_info", (3, 40, 1))
    connection = opened(tmp_path / "file", **wrong)

    for _ in range(2):
        with pytest.raises(NotDurable, match=remedy):
            connection.ensure_connection()

    assert connection.connection is None


def test_a_journal_that_another_program_keeps_as_it_is_is_refused(tmp_path):
    other = sqlite3.connect(tmp_path / "file")
    other.execute("PRAGMA journal_mode=MEMORY")
    connection = opened(tmp_path / "file", journal_mode="NONSENSE")

    with pytest.raises(NotDurable, match="not as 'nonsense'"):
        connection.ensure_connection()

    other.close()


def test_erased_text_is_gone_from_the_file(tmp_path):
    file = tmp_path / "file"
    with opened(file).cursor() as cursor:
        cursor.execute("CREATE TABLE notes (words)")
        cursor.execute("INSERT INTO notes VALUES ('a walrus of a word')")
        assert b"walrus" in file.read_bytes()

        cursor.execute("DELETE FROM notes")

    assert b"walrus" not in file.read_bytes()


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_a_file_that_was_put_in_the_place_of_ours_is_read_from_then_on(tmp_path, monkeypatch):
    file, restored = tmp_path / "file", tmp_path / "restored"
    for each, words in ((file, "old"), (restored, "restored")):
        with opened(each).cursor() as cursor:
            cursor.execute("CREATE TABLE notes (words)")
            cursor.execute("INSERT INTO notes VALUES (%s)", [words])
    ours = opened(file)
    monkeypatch.setattr(durability, "connections", {DEFAULT_DB_ALIAS: ours})
    assert _words(ours) == "old"

    file.unlink()
    request_started.send(sender=None)
    assert _words(ours) == "old"
    restored.rename(file)
    request_started.send(sender=None)

    assert _words(ours) == "restored"


def _words(connection):
    with connection.cursor() as cursor:
        return cursor.execute("SELECT words FROM notes").fetchone()[0]


@pytest.mark.parametrize("weak", ["off", "local", "remote_write"])
def test_a_server_that_answers_before_a_commit_is_safe_is_refused(weak):
    (problem,) = postgresql_problems(weak, "on", "on")

    assert f"synchronous_commit is {weak}" in problem


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_write_through_is_refused(setting):
    (problem,) = postgresql_problems("on", **{"fsync": "on", "full_page_writes": "on"} | {setting: "off"})

    assert f"set {setting}=on" in problem


@pytest.mark.parametrize("strong", ["on", "remote_apply"])
def test_a_server_that_waits_for_the_disk_is_fine(strong):
    assert postgresql_problems(strong, "on", "on") == []


@on_postgresql
def test_each_connection_waits_for_the_disk_and_not_for_ever_for_a_lock():
    again = connection.copy()
    again.settings_dict = connection.settings_dict | {
        "OPTIONS": connection.settings_dict["OPTIONS"] | {"options": "-c synchronous_commit=off"}
    }
    with again.cursor() as cursor:
        cursor.execute("SELECT current_setting('synchronous_commit'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("on", "10s")
    again.close()


@on_postgresql
def test_a_network_that_swallows_everything_is_noticed_within_seconds():
    connection.ensure_connection()
    line = socket.socket(fileno=os.dup(connection.connection.fileno()))

    with line:
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000


def test_the_check_passes_on_the_database_of_the_site():
    call_command("check", databases=["default"], tags=["database"])


def test_the_check_names_what_is_wrong(monkeypatch):
    monkeypatch.setattr(durability, "_problems", lambda connection: ["It forgets: buy another."])

    with pytest.raises(SystemCheckError, match=r"durability.E001.* It forgets: buy another\."):
        call_command("check", databases=["default"], tags=["database"])


def test_the_check_names_what_is_wrong_with_a_database_that_refused_to_open(monkeypatch, tmp_path):
    monkeypatch.setattr(durability, "connections", {"default": opened(tmp_path / "file", synchronous="OFF")})

    (error,) = durability.check_durability(None, ["default"])

    assert "set synchronous=EXTRA" in error.msg


@on_sqlite
def test_a_database_that_could_lose_a_request_stops_the_start_with_one_sentence(tmp_path):
    careless = tmp_path / "careless.py"
    careless.write_text(
        "from rlsinfo.settings import *\n"
        "DATABASES['default']['OPTIONS']['init_command'] = 'PRAGMA journal_mode=DELETE'\n"
    )
    asked = {
        "PATH": os.environ["PATH"],
        "VAR_DIR": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "careless",
    }

    start = subprocess.run(
        [sys.executable, "manage.py", "serve"], cwd=settings.BASE_DIR, env=asked, capture_output=True, text=True
    )

    assert start.returncode != 0
    assert start.stderr.startswith("CommandError: SQLite answers before a request is safe on the disk")
    assert len(start.stderr.strip().splitlines()) == 1
