"""What is known of the clinic, read from content/clinic.yaml; what is blank there is not shown and not promised."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from django.core.exceptions import ImproperlyConfigured

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIELDS = {
    "name",
    "site",
    "voicemail_name",
    "phone",
    "email",
    "security_contact",
    "address",
    "time_zone",
    "hours",
    "holidays",
    "call_back_days",
    "retention",
    "privacy",
}
OUTCOMES = ("scheduled", "not_for_us", "declined", "no_contact", "stopped", "duplicate", "spam", "test")
"""How a request ends."""
PERIOD = re.compile(r"(\d{1,5}) days, (anonymize|delete)")
SHORTEST_PERIOD, LONGEST_PERIOD = 30, 36_500
"""Days: a slip of the finger must not remove what came this month."""

UTC = ZoneInfo("UTC")

Span = tuple[time, time]


@dataclass(frozen=True)
class Address:
    """A postal address; any part may be blank."""

    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""

    def __bool__(self) -> bool:
        return any((self.street, self.city, self.region, self.postal_code))


@dataclass(frozen=True)
class Period:
    """For how long what somebody sent is kept once their request is closed, and what becomes of it then."""

    days: int
    keeps_figures: bool
    """Whether the request goes on to count, without the person; otherwise nothing of it stays."""


@dataclass(frozen=True)
class Privacy:
    """What the privacy page says that only the clinic can know; what is blank is named there as missing."""

    in_force_from: date | None = None
    server_company: str = ""
    mail_company: str = ""
    notice_address: str = ""
    """Where the clinic's Notice of Privacy Practices stands."""
    notice_from: date | None = None
    copies_days: int = 30
    """After how many days the page says that backups are deleted."""


@dataclass(frozen=True)
class Clinic:
    """The clinic as the pages, the mails and the clock of call-backs see it."""

    name: str
    site: str
    voicemail_name: str = ""
    """What staff call the clinic on an answering machine: no word in it may tell what it treats."""
    phone: str = ""
    email: str = ""
    security_contact: str = ""
    """Where a hole in the site is reported: an address that begins with mailto: or https:."""
    address: Address = Address()
    time_zone: ZoneInfo = UTC
    week: tuple[tuple[Span, ...], ...] = ((),) * 7
    """Opening spans of each day, Monday first, in the clinic's own time zone."""
    holidays: frozenset[date] = frozenset()
    call_back_days: int | None = None
    """Within how many opening days the clinic promises to call; None promises nothing."""
    retention: Mapping[str, Period] = field(default_factory=dict)
    """By the outcome of a request; without one it is kept for good."""
    privacy: Privacy = Privacy()

    @property
    def phone_link(self) -> str:
        """The number as a tel: address takes it: digits, with a plus in front if it has one."""
        plus = "+" if self.phone.strip().startswith("+") else ""
        return plus + "".join(character for character in self.phone if character.isdigit())

    @property
    def hours_known(self) -> bool:
        return any(self.week)


def read(path: Path) -> Clinic:
    """The clinic described by the file; raises ImproperlyConfigured that names the field and the remedy."""
    try:
        fields: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - strings alone
    except (OSError, yaml.YAMLError) as error:
        raise ImproperlyConfigured(f"{path.name} cannot be read: {error}") from error
    if not isinstance(fields, dict) or not fields.get("name") or not fields.get("site"):
        raise ImproperlyConfigured(f"{path.name} must name the clinic: fill in `name` and `site`.")
    if unknown := sorted(set(fields) - FIELDS):
        raise ImproperlyConfigured(f"{path.name} has an unknown field, {unknown[0]}: use one of {sorted(FIELDS)}.")
    try:
        return Clinic(
            name=fields["name"],
            site=fields["site"],
            voicemail_name=fields.get("voicemail_name", ""),
            phone=fields.get("phone", ""),
            email=fields.get("email", ""),
            security_contact=_contact(fields.get("security_contact", "")),
            address=Address(**(fields.get("address") or {})),
            time_zone=ZoneInfo(fields.get("time_zone") or "UTC"),
            week=_week(fields.get("hours") or {}),
            holidays=frozenset(date.fromisoformat(day) for day in _listed("holidays", fields.get("holidays"))),
            call_back_days=_call_back_days(fields.get("call_back_days", "")),
            retention=_retention(fields.get("retention") or {}),
            privacy=_privacy(fields.get("privacy") or {}),
        )
    except (ValueError, AttributeError, TypeError, ZoneInfoNotFoundError) as error:
        raise ImproperlyConfigured(f"{path.name} has a value that cannot be read: {error}") from error


def _contact(text: str) -> str:
    if text and not text.startswith(("mailto:", "https://")):
        raise ValueError(f"security_contact is {text}, but it must begin with mailto: or https://")
    return text


def _week(hours: Any) -> tuple[tuple[Span, ...], ...]:
    if not isinstance(hours, dict):
        raise ValueError('hours must name the days of the week, such as  monday: ["08:00-12:00", "13:00-17:00"]')
    if unknown := sorted(set(hours) - set(WEEKDAYS)):
        raise ValueError(f"{unknown[0]} is not a day of the week; use {', '.join(WEEKDAYS)}")
    return tuple(_day(day, _listed(f"hours of {day}", hours.get(day))) for day in WEEKDAYS)


def _day(name: str, hours: list[str]) -> tuple[Span, ...]:
    spans = sorted(_span(span) for span in hours)
    if any(closes > opens for (_, closes), (opens, _) in pairwise(spans)):
        raise ValueError(f"the opening hours of {name} overlap: write each hour once")
    return tuple(spans)


def _listed(name: str, value: Any) -> list[str]:
    """The items of a list, none where it is blank; a lone text would be taken for a list of letters."""
    if value and not isinstance(value, list):
        raise ValueError(f'{name} must be a list, even of one: write ["{value}"] instead of {value}')
    return value or []


def _span(text: str) -> Span:
    start, separator, end = text.partition("-")
    opens, closes = time.fromisoformat(start.strip()), time.fromisoformat(end.strip() or "x")
    if not separator or opens >= closes:
        raise ValueError(f"opening hours {text!r} must run forward, such as 08:00-12:00")
    return opens, closes


def _call_back_days(text: str) -> int | None:
    """A promise that can be kept and computed: none at all, or 1 to 30 days."""
    if not text:
        return None
    days = int(text)
    if not 1 <= days <= 30:
        raise ValueError(f"call_back_days is {days}, but it must be a whole number from 1 to 30, or blank")
    return days


def _retention(periods: Any) -> Mapping[str, Period]:
    if not isinstance(periods, dict) or not set(periods) <= set(OUTCOMES):
        raise ValueError(f"retention must name outcomes of a request: use {', '.join(OUTCOMES)}")
    return {outcome: _period(outcome, text) for outcome, text in periods.items() if text}


def _period(outcome: str, text: str) -> Period:
    found = PERIOD.fullmatch(text)
    if not found or not SHORTEST_PERIOD <= int(found[1]) <= LONGEST_PERIOD:
        raise ValueError(
            f"retention of {outcome} is {text!r}, but it must read like  730 days, anonymize  or  90 days, delete,"
            f" with {SHORTEST_PERIOD} days or more, or be blank"
        )
    return Period(int(found[1]), keeps_figures=found[2] == "anonymize")


def _privacy(facts: Any) -> Privacy:
    if not str(facts.get("notice_address") or "https://").startswith("https://"):
        raise ValueError("notice_address of privacy must begin with https://")
    read: dict[str, Callable[[str], Any]] = {
        "in_force_from": date.fromisoformat,
        "notice_from": date.fromisoformat,
        "copies_days": int,
    }
    return Privacy(**{name: read.get(name, str)(text) for name, text in facts.items() if text})
