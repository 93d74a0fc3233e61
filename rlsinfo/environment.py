"""Reads settings from the environment; a wrong value raises ImproperlyConfigured with the remedy in its sentence."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from rlsinfo.encryption import Keys, NotAKey, flush_folder, new_key, write_secret

SECRET_KEY_LENGTH = 50
MAIL_FILES = "files"
SMTP_SCHEMES = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def text(name: str, default: str = "") -> str:
    """The variable's value without surrounding spaces; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def boolean(name: str) -> bool:
    """True for 1, False for 0 or nothing; anything else is an error, since a typo must not switch safety off."""
    value = text(name, "0")
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} is {value!r}, but it must be 1 (on) or 0 (off): set {name}=0.")
    return value == "1"


def whole_number(name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number between two bounds, both included."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
        raise ImproperlyConfigured(
            f"{name} is {value!r}, but it must be a whole number from {lowest} to {highest}: set {name}={default}."
        )
    return int(value)


def directory(name: str, default: Path) -> Path:
    """An absolute path of a folder that can be written; it is made when it is missing."""
    path = Path(text(name, str(default))).absolute()
    try:
        # For us alone: it holds what people sent, and the keys to it.
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is {str(path)!r}, but that folder cannot be made ({error.strerror}): name one that can be written."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(
            f"{name} is {str(path)!r}, but no file can be written there: name a folder that can be written."
        )
    return path


def address(name: str, default: str) -> str:
    """The address of a site, `https://host[:port]` or `http://host[:port]`, without a slash at the end."""
    value = text(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        well_formed = (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and not (parts.path or parts.query or parts.fragment or parts.username)
            and parts.port != 0
        )
    except ValueError:
        well_formed = False
    if not well_formed:
        raise ImproperlyConfigured(
            f"{name} is {value!r}, but it must be the site's address alone: set {name}=https://www.example.org."
        )
    return value


def secret_key(var_dir: Path) -> str:
    """The key from SECRET_KEY or from the file SECRET_KEY_FILE; with neither, one is made once and kept in VAR_DIR."""
    named_file = text("SECRET_KEY_FILE")
    if text("SECRET_KEY"):
        name, key = "SECRET_KEY", text("SECRET_KEY")
    elif named_file:
        name, key = "SECRET_KEY_FILE", _read_secret(Path(named_file))
    else:
        kept = _kept(var_dir / "secret-key", secrets.token_urlsafe(SECRET_KEY_LENGTH))
        name, key = "SECRET_KEY_FILE", _read_secret(kept)
    if len(key) < SECRET_KEY_LENGTH:
        raise ImproperlyConfigured(
            f"{name} holds {len(key)} characters, but a key needs {SECRET_KEY_LENGTH} or more: "
            "make one with `python -c 'import secrets; print(secrets.token_urlsafe(50))'`."
        )
    return key


def backup_key(var_dir: Path, *, make: bool = True) -> str:
    """The key from BACKUP_KEY or from the file BACKUP_KEY_FILE; with neither, one in VAR_DIR, made once.

    It is read when a backup is made or opened, and by no process that answers the web.
    """
    kept = var_dir / "backup-key"
    named_file = text("BACKUP_KEY_FILE")
    if text("BACKUP_KEY"):
        name, key = "BACKUP_KEY", text("BACKUP_KEY")
    elif named_file or kept.exists() or make:
        name = "BACKUP_KEY_FILE"
        key = _read_secret(Path(named_file or _kept(kept, secrets.token_urlsafe(SECRET_KEY_LENGTH))), name)
    else:
        raise ImproperlyConfigured(
            f"There is no backup key here: put the one that belongs to the backup into {str(kept)!r}, "
            "or name its file in BACKUP_KEY_FILE."
        )
    if len(key) < SECRET_KEY_LENGTH:
        raise ImproperlyConfigured(
            f"{name} holds {len(key)} characters, but a key needs {SECRET_KEY_LENGTH} or more: "
            "leave it empty to have one made in VAR_DIR."
        )
    return key


def _read_secret(path: Path, name: str = "SECRET_KEY_FILE") -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name} is {str(path)!r}, but that file cannot be read: name a file that holds the secret."
        ) from error


def encryption_keys(var_dir: Path) -> Keys:
    """The keys that seal what people typed: ENCRYPTION_KEYS, the file ENCRYPTION_KEYS_FILE, or a file in VAR_DIR.

    The last is made once. What a database holds cannot be read without its keys: see rlsinfo/encryption.py.
    """
    name, source = "ENCRYPTION_KEYS", text("ENCRYPTION_KEYS")
    named_file = Path(text("ENCRYPTION_KEYS_FILE", str(var_dir / "encryption-keys")))
    if not source:
        name = "ENCRYPTION_KEYS_FILE"
        if not text(name):
            _kept(named_file, new_key())
    try:
        return Keys(source or named_file)
    except NotAKey as error:
        raise ImproperlyConfigured(f"{name}: {error}. Make one with `python -m rlsinfo.encryption`.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(
            f"{name} is {str(named_file)!r}, but that file cannot be read: name a file that holds the keys."
        ) from error


def _kept(path: Path, secret: str) -> Path:
    """The file that keeps a secret; made with this one unless it is there."""
    # Written beside and linked into place, so that two processes starting at once agree on one whole key.
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            write_secret(draft, secret)
            with suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
            flush_folder(path.parent)
        except OSError as error:
            raise ImproperlyConfigured(
                f"VAR_DIR is {str(path.parent)!r}, but no file can be written there ({error.strerror}): "
                "name a folder that can be written."
            ) from error
    return path


def database(default: Path) -> dict[str, Any]:
    """Django's settings of the database that DATABASE_URL names, or of this file."""
    value = text("DATABASE_URL")
    return database_at(value) if value else _sqlite(str(default))


def database_at(address: str) -> dict[str, Any]:
    """Django's settings of one database: `sqlite:///path`, or `postgres://user:password@host/name`."""
    parts = _split("DATABASE_URL", address)
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1:
        return _sqlite(unquote(parts.path[1:]))
    if parts.scheme in {"postgres", "postgresql"} and len(parts.path) > 1:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": _password(parts, "DATABASE_PASSWORD_FILE", text("DATABASE_PASSWORD_FILE")),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "connect_timeout": "5",
                # Milliseconds: a network that swallows everything must not hold a thread for a quarter of an hour.
                "tcp_user_timeout": "10000",
                **{key: values[-1] for key, values in parse_qs(parts.query).items()},
            },
        }
    raise ImproperlyConfigured(
        "DATABASE_URL names no database this site knows: "
        "set sqlite:////path/to/file, or postgres://user:password@host:5432/name."
    )


def _sqlite(path: str) -> dict[str, Any]:
    # A rollback journal and EXTRA: a returned commit survives a power cut, also on libraries older than 3.51.3,
    # whose write-ahead log can lose one. IMMEDIATE: two writers wait for each other instead of failing.
    # Secure delete: what is erased is overwritten. rlsinfo.durability makes sure that all of it took effect.
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON;",
        },
    }


def mail(var_dir: Path, host_of_site: str) -> dict[str, Any]:
    """Django's mail settings from EMAIL_URL: SMTP in three kinds, or (the default) files in VAR_DIR/mail."""
    parts = _split("EMAIL_URL", text("EMAIL_URL", f"{MAIL_FILES}:"))
    sender = parse_qs(parts.query).get("from", [f"no-reply@{host_of_site}"])[-1]
    if parts.scheme == MAIL_FILES and not parts.netloc:
        folder = unquote(parts.path) or str(var_dir / "mail")
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": folder,
            "DEFAULT_FROM_EMAIL": sender,
        }
    if parts.scheme in SMTP_SCHEMES and parts.hostname:
        return {
            "EMAIL_BACKEND": "rlsinfo.consultations.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname,
            "EMAIL_PORT": parts.port or SMTP_SCHEMES[parts.scheme],
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": _password(parts, "EMAIL_PASSWORD_FILE", text("EMAIL_PASSWORD_FILE")),
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
            "EMAIL_TIMEOUT": 10,
            "DEFAULT_FROM_EMAIL": sender,
        }
    raise ImproperlyConfigured(
        "EMAIL_URL names no way to send mail that this site knows: "
        "set smtps://user:password@host:465/?from=address, or leave it empty to write mail to files."
    )


def alert_address(mail_settings: dict[str, Any]) -> str:
    """Where staff alerts go: CLINIC_ALERT_EMAIL, which must be set once mail really leaves the machine."""
    value = text("CLINIC_ALERT_EMAIL")
    if not value and "EMAIL_HOST" in mail_settings:
        raise ImproperlyConfigured(
            "CLINIC_ALERT_EMAIL is not set, so nobody would hear of a new request: "
            "set it to the front desk's address, or leave EMAIL_URL empty to write mail to files."
        )
    if value and (value.count("@") != 1 or any(space in value for space in " \r\n,;")):
        raise ImproperlyConfigured(
            f"CLINIC_ALERT_EMAIL is {value!r}, but it must be one e-mail address: set it to the front desk's."
        )
    return value or "front-desk@localhost"


def _split(name: str, value: str) -> SplitResult:
    # The value may hold a password, so it is never repeated in the sentence.
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} is not a well-formed address: percent-encode special characters in its user name and password."
        ) from error
    return parts


def _password(parts: SplitResult, name: str, file: str) -> str:
    """The password in an address, or else the one in the file that a variable of this name names."""
    if parts.password or not file:
        return unquote(parts.password or "")
    return _read_secret(Path(file), name)
