"""What the privacy page says that the clinic alone can know: told from content/clinic.yaml, or named as missing; no Django.

The page holds marks such as `{{ how long }}`, each alone on its line, in whose place these words stand.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from rlsinfo.clinic import OUTCOMES, Clinic

MARK = re.compile(r"^\{\{ ([a-z ]+) \}\}$", re.MULTILINE)
ENDS: Mapping[str, str] = {
    "scheduled": "You booked a visit",
    "not_for_us": "We were not the right clinic for you",
    "declined": "You decided against it",
    "no_contact": "We could not reach you",
    "stopped": "You asked us to stop",
    "duplicate": "You sent it twice",
    "spam": "It looked like advertising",
    "test": "It was a test",
}
"""How a request ends, said to the person who sent it."""


def filled(text: str, clinic: Clinic) -> str:
    """The text of a page with the clinic's facts in the place of its marks; a mark that nobody knows stays."""

    def words(mark: re.Match[str]) -> str:
        write = WRITERS.get(mark[1])
        return write(clinic) if write else mark[0]

    return MARK.sub(words, text)


def missing(clinic: Clinic) -> list[str]:
    """What the clinic still has to say, in words for a patient; empty once nothing is blank behind a legal sentence."""
    facts = clinic.privacy
    return [
        what
        for what, known in (
            ("from which day on this page holds", facts.in_force_from),
            ("how long it keeps requests", clinic.retention),
            ("which company runs the server", facts.server_company),
            ("which company carries the e-mail", facts.mail_company),
            ("where its Notice of Privacy Practices stands", facts.notice_address and facts.notice_from),
            ("its phone number and its postal address", clinic.phone and clinic.address),
        )
        if not known
    ]


def contradictions(clinic: Clinic, *, backup_days: int) -> list[str]:
    """What the page says and the machine does not do, in sentences for the operator."""
    if backup_days <= clinic.privacy.copies_days:
        return []
    return [
        f"Backups are kept for {backup_days} days (BACKUP_DAYS), but the privacy page says {clinic.privacy.copies_days}:"
        " change one of them (copies_days in content/clinic.yaml)."
    ]


def _in_force(clinic: Clinic) -> str:
    since = clinic.privacy.in_force_from
    return f"This page holds from {_day(since)}." if since else ""


def _companies(clinic: Clinic) -> str:
    facts = clinic.privacy
    server = f"{facts.server_company} runs our server." if facts.server_company else ""
    return f"{server} {facts.mail_company} carries our e-mail." if facts.mail_company else server


def _how_long(clinic: Clinic) -> str:
    copies = f"Copies kept for safety are deleted after {clinic.privacy.copies_days} days. Until then they hold it too."
    if not clinic.retention:
        return f"""We keep it for good for now.
The clinic must still decide how long to keep requests, and this page will say so when it has.

{copies}"""
    lines = "\n".join(f"- {ENDS[outcome]}: {_period(clinic, outcome)}." for outcome in OUTCOMES)
    return f"""We count the days from when your request was closed.

{lines}

What we "remove" is all that tells of you. That there was a request, and how it ended, goes on to count.
What we "delete" leaves nothing.

{copies}"""


def _period(clinic: Clinic, outcome: str) -> str:
    if period := clinic.retention.get(outcome):
        return f"{period.days} days, then we {'remove' if period.keeps_figures else 'delete'} it"
    return "we keep it for good"


def _contact(clinic: Clinic) -> str:
    call = f"Call us at {clinic.phone}, or use" if clinic.phone else "Use"
    return f'{call} the [request form](/consultation/) and choose "Something else". Give your reference if you have it.'


def _notice(clinic: Clinic) -> str:
    facts = clinic.privacy
    if facts.notice_address and facts.notice_from:
        return f"[Our notice]({facts.notice_address}) holds from {_day(facts.notice_from)}."
    return "The clinic gives you that notice, and this site does not hold it yet."


def _missing(clinic: Clinic) -> str:
    gaps = missing(clinic)
    if not gaps:
        return ""
    lines = "\n".join(f"- {gap}" for gap in gaps)
    return f"""## What can this page not tell you yet?

The clinic still has to tell us:

{lines}

We would rather leave a gap than guess.
If you want these answers before you give your name, ask the clinic first."""


WRITERS: Mapping[str, Callable[[Clinic], str]] = {
    "in force": _in_force,
    "companies": _companies,
    "contact": _contact,
    "how long": _how_long,
    "notice": _notice,
    "missing": _missing,
}
"""What stands in the place of which mark."""


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
