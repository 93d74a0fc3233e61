"""Warns of mail servers and databases that would be spoken to in clear over a network that is not ours."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

ENCRYPTED = {"require", "verify-ca", "verify-full"}


def is_close(host: str) -> bool:
    """Whether a host stands on this machine or in its own network: a socket, a name without a dot, a private address."""
    try:
        return ip_address(host.strip("[]")).is_private
    except ValueError:
        return "." not in host


def open_lines(mail: Mapping[str, Any], database: Mapping[str, Any]) -> list[str]:
    """What would leave in clear, each in one sentence with its remedy."""
    problems = []
    mail_host = mail.get("EMAIL_HOST", "")
    if not (is_close(mail_host) or mail["EMAIL_USE_SSL"] or mail["EMAIL_USE_TLS"]):
        problems.append(
            f"Mail goes to {mail_host} in clear, with the addresses of patients: "
            "set EMAIL_URL=smtps://... or smtp+starttls://..."
        )
    host = database.get("HOST", "")
    if not is_close(host) and database["OPTIONS"].get("sslmode") not in ENCRYPTED:
        problems.append(
            f"The database at {host} may be spoken to in clear: "
            "add ?sslmode=verify-full to DATABASE_URL (and sslrootcert=..., if its certificate is your own)."
        )
    return problems


@register(Tags.security, deploy=True)
def check_open_lines(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The same as a system check: `manage.py check --deploy`."""
    mail = {name: getattr(settings, name, "") for name in ("EMAIL_HOST", "EMAIL_USE_SSL", "EMAIL_USE_TLS")}
    # Django's own default when mail is written to files; nothing is spoken to then.
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        mail["EMAIL_HOST"] = ""
    return [Warning(problem, id="open_lines.W001") for problem in open_lines(mail, settings.DATABASES["default"])]
