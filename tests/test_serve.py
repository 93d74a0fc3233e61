"""What an operator is told at the first start, and when it cannot be made: one sentence, no traceback."""

import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from rlsinfo import build, release, serving
from rlsinfo.plumbing import running
from tests.running_site import free_port


@pytest.mark.parametrize("database", ["postgres://clinic:hunter2@127.0.0.1:1/leads", "sqlite:////nowhere/file.sqlite3"])
def test_a_database_that_cannot_be_used_is_named_without_its_password(tmp_path, database):
    asked = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DATABASE_URL": database, "PORT": str(free_port())}

    start = subprocess.run(
        [sys.executable, "manage.py", "serve"], cwd=settings.BASE_DIR, env=asked, capture_output=True, text=True
    )

    assert start.returncode != 0
    assert start.stderr.startswith("CommandError: The database cannot be used (")
    assert len(start.stderr.strip().splitlines()) == 1
    assert "DATABASE_URL" in start.stderr
    assert "hunter2" not in start.stderr


def test_a_port_that_is_taken_is_named_before_anything_else(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings.PORT = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"Nothing can listen on 127.0.0.1:{settings.PORT} .*set PORT"):
            call_command("serve")


def test_a_page_that_cannot_be_built_is_named(db, monkeypatch, settings):
    settings.PORT = free_port()

    def fail(*_):
        raise build.CannotBuild("/nowhere/ answered 404")

    monkeypatch.setattr(build, "collect_assets", lambda: True)
    monkeypatch.setattr(build, "build_pages", fail)

    with pytest.raises(CommandError, match="/nowhere/ answered 404"):
        call_command("serve")


def test_an_account_can_be_made_before_the_site_has_ever_run(tmp_path):
    made = subprocess.run(
        [sys.executable, "manage.py", "make_staff", "--username", "frida"],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)},
        input="eleven purple lanterns\n" * 2,
        capture_output=True,
        text=True,
        start_new_session=True,  # without a terminal, so that the password is read from what is typed here
    )

    assert made.returncode == 0, made.stderr
    assert "frida can sign in" in made.stdout


def test_a_machine_without_the_keys_of_the_database_does_not_start(tmp_path):
    asked = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    note = "from rlsinfo.consultations.sealing import require_keys; require_keys()"
    for command in (["migrate", "--verbosity", "0"], ["shell", "--no-imports", "--command", note]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=settings.BASE_DIR, env=asked, check=True)
    (tmp_path / "encryption-keys").unlink()

    start = subprocess.run(
        [sys.executable, "manage.py", "serve"], cwd=settings.BASE_DIR, env=asked, capture_output=True, text=True
    )

    assert start.returncode != 0
    assert "put it back into ENCRYPTION_KEYS_FILE" in start.stderr
    assert len(start.stderr.strip().splitlines()) == 1


def test_nothing_starts_while_a_restore_goes_on(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    asked = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "PORT": str(free_port())}

    with running.nothing_else("is in use"):
        start = subprocess.run(
            [sys.executable, "manage.py", "serve"], cwd=settings.BASE_DIR, env=asked, capture_output=True, text=True
        )

    assert start.stderr == "CommandError: A restore is going on here: start the site when it has ended.\n"
    assert not (tmp_path / "rlsinfo.sqlite3").exists()


def test_a_backup_key_that_is_too_short_stops_the_start_and_is_not_repeated(tmp_path):
    asked = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "BACKUP_KEY": "hunter2"}

    start = subprocess.run(
        [sys.executable, "manage.py", "serve"], cwd=settings.BASE_DIR, env=asked, capture_output=True, text=True
    )

    assert start.stderr.startswith("rlsinfo cannot start. BACKUP_KEY holds 7 characters")
    assert len(start.stderr.strip().splitlines()) == 1
    assert "hunter2" not in start.stderr


@pytest.mark.parametrize(("proxies", "warned"), [(0, True), (1, False)])
def test_whoever_runs_it_alone_is_told_what_it_does_not_defend_against(
    proxies, warned, db, monkeypatch, settings, capsys
):
    settings.PORT, settings.TRUSTED_PROXIES = free_port(), proxies
    monkeypatch.setattr(release, "prepare_pages", lambda prebuilt: None)
    monkeypatch.setattr(serving, "serve", lambda bind: 0)

    with pytest.raises(SystemExit):
        call_command("serve")

    assert ("slow clients can hold all its threads" in capsys.readouterr().out) == warned
