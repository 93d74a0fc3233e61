"""What the privacy page says that the clinic alone can know: told from content/clinic.yaml, or named as missing; no Django.

The page holds marks such as `{{ how long }}`, each alone on its line, in whose place these words stand.
"""

import re
from collections.abc import Callable, Mapping

from rlsinfo.clinic import OUTCOMES, Clinic
from rlsinfo.legal_words import ENGLISH, Words

MARK = re.compile(r"^\{\{ ([a-z ]+) \}\}$", re.MULTILINE)


def filled(text: str, clinic: Clinic, words: Words = ENGLISH) -> str:
    """The text of a page with the clinic's facts in the place of its marks; a mark that nobody knows stays."""

    def said(mark: re.Match[str]) -> str:
        write = WRITERS.get(mark[1])
        return write(clinic, words) if write else mark[0]

    return MARK.sub(said, text)


def missing(clinic: Clinic, words: Words = ENGLISH) -> list[str]:
    """What the clinic still has to say, in words for a patient; empty once nothing is blank behind a legal sentence."""
    facts = clinic.privacy
    known = {
        "in_force_from": facts.in_force_from,
        "retention": clinic.retention,
        "server_company": facts.server_company,
        "mail_company": facts.mail_company,
        "notice": facts.notice_address and facts.notice_from,
        "contact": clinic.phone and clinic.address,
    }
    return [words.gaps[what] for what, fact in known.items() if not fact]


def contradictions(clinic: Clinic, *, backup_days: int) -> list[str]:
    """What the page says and the machine does not do, in sentences for the operator."""
    if backup_days <= clinic.privacy.copies_days:
        return []
    return [
        f"Backups are kept for {backup_days} days (BACKUP_DAYS), but the privacy page says {clinic.privacy.copies_days}:"
        " change one of them (copies_days in content/clinic.yaml)."
    ]


def _in_force(clinic: Clinic, words: Words) -> str:
    since = clinic.privacy.in_force_from
    return words.in_force.format(day=words.say_day(since)) if since else ""


def _companies(clinic: Clinic, words: Words) -> str:
    facts = clinic.privacy
    server = words.server.format(company=facts.server_company) if facts.server_company else ""
    return f"{server} {words.mail.format(company=facts.mail_company)}" if facts.mail_company else server


def _how_long(clinic: Clinic, words: Words) -> str:
    copies = words.copies.format(days=clinic.privacy.copies_days)
    if not clinic.retention:
        return f"{words.kept_for_good}\n\n{copies}"
    lines = "\n".join(f"- {words.ends[outcome]}: {_period(clinic, outcome, words)}." for outcome in OUTCOMES)
    return f"{words.counted_from}\n\n{lines}\n\n{words.removed}\n\n{copies}"


def _period(clinic: Clinic, outcome: str, words: Words) -> str:
    if period := clinic.retention.get(outcome):
        remove, delete = words.removed_or_deleted
        return words.period.format(days=period.days, do=remove if period.keeps_figures else delete)
    return words.for_good


def _contact(clinic: Clinic, words: Words) -> str:
    call = words.call.format(phone=clinic.phone) if clinic.phone else words.write
    return f"{call} {words.form}"


def _notice(clinic: Clinic, words: Words) -> str:
    facts = clinic.privacy
    if facts.notice_address and facts.notice_from:
        return words.notice.format(address=facts.notice_address, day=words.say_day(facts.notice_from))
    return words.no_notice


def _missing(clinic: Clinic, words: Words) -> str:
    gaps = "\n".join(f"- {gap}" for gap in missing(clinic, words))
    return words.missing.format(gaps=gaps) if gaps else ""


WRITERS: Mapping[str, Callable[[Clinic, Words], str]] = {
    "in force": _in_force,
    "companies": _companies,
    "contact": _contact,
    "how long": _how_long,
    "notice": _notice,
    "missing": _missing,
}
"""What stands in the place of which mark."""
