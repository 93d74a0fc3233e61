"""What happens at the start when a setting is missing or wrong: one sentence that names it and the remedy."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from rlsinfo import environment


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    for name in (
        "DATABASE_URL",
        "EMAIL_URL",
        "SECRET_KEY",
        "SECRET_KEY_FILE",
        "BACKUP_KEY",
        "BACKUP_KEY_FILE",
        "SITE_URL",
        "CLINIC_ALERT_EMAIL",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("PORT", "80a", "PORT=8000"),
        ("PORT", "70000", "1 to 65535"),
        ("WEB_CONCURRENCY", "0", "1 to 64"),
        ("DEBUG", "true", "DEBUG=0"),
        ("SITE_URL", "www.example.org", "SITE_URL=https://www.example.org"),
        ("SITE_URL", "https://www.example.org/guide", "address alone"),
        ("ALLOWED_HOSTS", "*", "list the site's host names"),
        ("SECRET_KEY", "short", "50 or more"),
        ("SECRET_KEY_FILE", "/nowhere/key", "name a file that holds the secret"),
        ("BACKUP_DAYS", "0", "1 to 3650"),
        ("DATABASE_URL", "mysql://host/name", "postgres://user:password@host"),
        ("DATABASE_URL", "postgres://host:port/name", "well-formed"),
        ("EMAIL_URL", "http://mail.example.org", "smtps://"),
        ("EMAIL_URL", "smtps://mail.example.org", "CLINIC_ALERT_EMAIL is not set"),
        ("CLINIC_ALERT_EMAIL", "a@b.org, c@d.org", "one e-mail address"),
        ("VAR_DIR", "/proc/nowhere", "VAR_DIR"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_sentence_that_names_it(name, value, remedy, tmp_path):
    asked = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), name: value}

    start = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=settings.BASE_DIR, env=asked, capture_output=True, text=True
    )

    assert start.returncode != 0
    assert start.stderr.startswith("rlsinfo cannot start. ")
    assert len(start.stderr.strip().splitlines()) == 1
    assert name in start.stderr
    assert remedy in start.stderr


def test_a_folder_that_cannot_be_written_stops_the_start(monkeypatch, tmp_path):
    monkeypatch.setattr(environment.os, "access", lambda path, mode: False)

    with pytest.raises(ImproperlyConfigured, match=r"VAR_DIR is .* name a folder that can be written"):
        environment.directory("VAR_DIR", tmp_path)


def test_a_password_in_an_address_is_not_repeated(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://clinic:hunter2@host/name")

    with pytest.raises(ImproperlyConfigured) as refused:
        environment.database(Path("unused"))

    assert "hunter2" not in str(refused.value)


def test_a_secret_key_is_made_once_and_kept_for_its_owner_alone(tmp_path):
    first = environment.secret_key(tmp_path)

    assert environment.secret_key(tmp_path) == first
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_a_secret_key_can_be_read_from_a_mounted_file(monkeypatch, tmp_path):
    mounted = tmp_path / "key"
    mounted.write_text("k" * 50 + "\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(mounted))

    assert environment.secret_key(tmp_path) == "k" * 50


def test_a_backup_key_is_made_once_and_is_another_than_the_secret_key(tmp_path):
    first = environment.backup_key(tmp_path)

    assert environment.backup_key(tmp_path) == first
    assert len(first) >= 50
    assert first != environment.secret_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "backup-key").stat().st_mode) == 0o600


def test_a_backup_key_can_be_read_from_a_mounted_file(monkeypatch, tmp_path):
    mounted = tmp_path / "key"
    mounted.write_text("b" * 50 + "\n")
    monkeypatch.setenv("BACKUP_KEY_FILE", str(mounted))

    assert environment.backup_key(tmp_path, make=False) == "b" * 50


def test_a_backup_key_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("BACKUP_KEY_FILE", "/nowhere/key")

    with pytest.raises(ImproperlyConfigured, match=r"BACKUP_KEY_FILE is '/nowhere/key', but that file cannot be read"):
        environment.backup_key(tmp_path)


def test_a_postgres_address_keeps_encoded_passwords_and_options(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://clinic:p%40ss%2Fword@[::1]:5433/leads?sslmode=require")

    database = environment.database(Path("unused"))

    assert database["PASSWORD"] == "p@ss/word"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("::1", "5433", "leads")
    assert database["OPTIONS"]["sslmode"] == "require"


def test_passwords_can_be_read_from_mounted_files(monkeypatch, tmp_path):
    mounted = tmp_path / "password"
    mounted.write_text("p@ss/word\n")
    for name in ("DATABASE_PASSWORD_FILE", "EMAIL_PASSWORD_FILE"):
        monkeypatch.setenv(name, str(mounted))
    monkeypatch.setenv("DATABASE_URL", "postgres://clinic@database/leads")
    monkeypatch.setenv("EMAIL_URL", "smtps://clinic@mail.example.org")

    assert environment.database(Path("unused"))["PASSWORD"] == "p@ss/word"
    assert environment.mail(Path("unused"), "example.org")["EMAIL_HOST_PASSWORD"] == "p@ss/word"


def test_a_password_file_that_cannot_be_read_is_named(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://clinic@database/leads")
    monkeypatch.setenv("DATABASE_PASSWORD_FILE", "/nowhere/password")

    with pytest.raises(ImproperlyConfigured, match="DATABASE_PASSWORD_FILE is '/nowhere/password'"):
        environment.database(Path("unused"))


@pytest.mark.parametrize(
    ("address", "path"),
    [("sqlite:///kept/here.sqlite3", "kept/here.sqlite3"), ("sqlite:////srv/a%20b.sqlite3", "/srv/a b.sqlite3")],
)
def test_a_sqlite_address_names_a_relative_or_an_absolute_file(monkeypatch, address, path):
    monkeypatch.setenv("DATABASE_URL", address)

    assert environment.database(Path("unused"))["NAME"] == path


def test_sqlite_keeps_a_commit_through_a_power_cut():
    options = environment.database(Path("file"))["OPTIONS"]

    assert "synchronous=EXTRA" in options["init_command"]
    assert "journal_mode=DELETE" in options["init_command"]
    assert options["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    ("address", "port", "ssl", "tls"),
    [
        ("smtp://mail.example.org", 25, False, False),
        ("smtps://mail.example.org", 465, True, False),
        ("smtp+starttls://mail.example.org", 587, False, True),
        ("smtps://mail.example.org:2465", 2465, True, False),
    ],
)
def test_a_mail_address_chooses_port_and_encryption(monkeypatch, address, port, ssl, tls):
    monkeypatch.setenv("EMAIL_URL", f"{address}/?from=clinic@example.org")

    mail = environment.mail(Path("var"), "example.org")

    assert (mail["EMAIL_PORT"], mail["EMAIL_USE_SSL"], mail["EMAIL_USE_TLS"]) == (port, ssl, tls)
    assert mail["DEFAULT_FROM_EMAIL"] == "clinic@example.org"


def test_without_a_mail_server_messages_become_files_in_var_dir():
    mail = environment.mail(Path("/kept"), "127.0.0.1")

    assert mail["EMAIL_FILE_PATH"] == "/kept/mail"
    assert environment.alert_address(mail) == "front-desk@localhost"


def test_an_https_address_turns_on_everything_that_needs_it(tmp_path):
    code = (
        "from rlsinfo.build import collect_assets; collect_assets();"
        "from django.conf import settings as s; from django.test import Client;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE);"
        "plain = Client(headers={'host': 'www.example.org'}).get('/a-to-z/');"
        "print(plain.status_code, plain['Location']);"
        "secure = Client(headers={'host': 'www.example.org'}).get('/a-to-z/', secure=True);"
        "print(secure.status_code, secure['Strict-Transport-Security'])"
    )
    asked = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "SITE_URL": "https://www.example.org"}
    manage = [sys.executable, "manage.py"]

    deployed = subprocess.run(
        [*manage, "check", "--deploy", "--fail-level", "WARNING"], cwd=settings.BASE_DIR, env=asked
    )
    seen = subprocess.run(
        [*manage, "shell", "--no-imports", "--command", code],
        cwd=settings.BASE_DIR,
        env=asked,
        capture_output=True,
        text=True,
    )

    assert deployed.returncode == 0
    assert seen.stdout.splitlines() == [
        "__Host-session __Host-csrf True True",
        "301 https://www.example.org/a-to-z/",
        "200 max-age=63072000; includeSubDomains; preload",
    ]


def test_nothing_is_left_to_do_before_the_site_may_be_public(tmp_path):
    asked = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "SITE_URL": "https://www.example.org"}

    checked = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=settings.BASE_DIR,
        env=asked,
        capture_output=True,
        text=True,
    )

    # Nothing is silenced either.
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.strip() == "System check identified no issues (0 silenced)."
