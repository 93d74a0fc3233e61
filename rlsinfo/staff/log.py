"""Writes the access log, and finds out whether anybody has tampered with it.

Each entry carries a keyed digest of itself and of the entry before it; a sealed count guards the end. Whoever can
write to the database but does not hold SECRET_KEY cannot change, add, swap or remove an entry without being found.
"""

import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from rlsinfo.logs import facts
from rlsinfo.staff.models import AccessEntry, AccessSubject, LogHead

Action, Outcome = AccessEntry.Action, AccessEntry.Outcome

ENTRY_SALT = "rlsinfo.staff.log.entry"
HEAD_SALT = "rlsinfo.staff.log.head"

log = logging.getLogger(__name__)


@dataclass
class Note:
    """What becomes known while the recorded action runs."""

    subjects: list[str] = field(default_factory=list)
    detail: str = ""


def person(user: User | AnonymousUser | None) -> str:
    """The name by which colleagues know somebody; empty for nobody."""
    return user.get_full_name() or user.get_username() if isinstance(user, User) else ""


def account(user: User) -> str:
    """How the log names an account that something is done to."""
    return f"account-{user.pk}"


def record(
    action: AccessEntry.Action,
    *,
    by: User | AnonymousUser | None = None,
    subjects: Iterable[object] = (),
    detail: str = "",
    outcome: AccessEntry.Outcome = Outcome.DONE,
) -> AccessEntry:
    """Write one entry, in a transaction of its own.

    Inside a transaction of the caller it is part of that one, and lost with it: record after the block, or around
    it. `subjects` are references or ids, `detail` is a sentence of ours: neither may hold what a person typed,
    but for the reason of an export.
    """
    with transaction.atomic():
        head, _ = LogHead.objects.select_for_update().get_or_create(pk=1)
        last = AccessEntry.objects.order_by("-number").first()
        # An end that does not fit is not sealed over: the chain starts anew, and verify() names the place.
        whole = constant_time_compare(head.seal, _seal(head.count, last))
        entry = AccessEntry(
            number=max(head.count, last.number if last else 0) + 1,
            at=timezone.now(),
            by_id=by.pk if by else None,
            by_name=person(by)[:301],
            action=action,
            detail=detail[:500],
            outcome=outcome,
        )
        names = [str(each)[:64] for each in subjects]
        entry.digest = _digest(entry, names, last.digest if last and whole else "")
        entry.save()
        AccessSubject.objects.bulk_create(AccessSubject(entry=entry, name=name) for name in names)
        head.count, head.seal = entry.number, _seal(entry.number, entry)
        head.save()
    # Neither the name nor the detail, which may be somebody's reason in their own words: both stand in the entry.
    level = logging.INFO if outcome == Outcome.DONE else logging.WARNING
    who = f"account-{by.pk}" if by and by.pk else "nobody known"
    known = facts(action=str(action), outcome=str(outcome), by=who, entry=entry.number)
    log.log(level, "%s: %s.", entry.get_action_display(), entry.get_outcome_display(), extra=known)
    return entry


@contextmanager
def recorded(
    action: AccessEntry.Action,
    *,
    by: User | AnonymousUser | None = None,
    subjects: Iterable[object] = (),
    detail: str = "",
) -> Iterator[Note]:
    """Write one entry when the block ends: done, refused (PermissionDenied) or failed (any other exception).

    The exception goes on. The block may add to the note's subjects, or set its detail.
    """
    note, outcome = Note([str(each) for each in subjects], detail), Outcome.FAILED
    try:
        yield note
        outcome = Outcome.DONE
    except PermissionDenied:
        outcome = Outcome.REFUSED
        raise
    finally:
        record(action, by=by, subjects=note.subjects, detail=note.detail, outcome=outcome)


def verify(newest: int | None = None) -> list[str]:
    """What is wrong with the log, or with its newest entries: the first broken place, and a missing end."""
    # Read first: entries that are written meanwhile lie behind it.
    head = LogHead.objects.filter(pk=1).first() or LogHead()
    before = max(head.count - newest, 0) if newest else 0
    previous = AccessEntry.objects.filter(number=before).first()
    sealed = previous
    problems = []
    if before and previous is None:
        problems.append(f"Entry {before} is missing.")
    following = AccessEntry.objects.filter(number__gt=before).order_by("number").prefetch_related("about")
    expected = before + 1
    for entry in following.iterator(chunk_size=1000):
        if entry.number != expected:
            problems.append(f"Entry {expected} is missing.")
            break
        if not constant_time_compare(entry.digest, _digest(entry, entry.subjects, previous.digest if previous else "")):
            problems.append(f"Entry {entry.number} is not what was written after the entry before it.")
            break
        if entry.number == head.count:
            sealed = entry
        previous, expected = entry, expected + 1
    if previous and not LogHead.objects.exclude(seal="").exists():
        problems.append("The sealed count of the entries is missing.")
    if not problems and not constant_time_compare(head.seal, _seal(head.count, sealed)):
        problems.append(f"The end of the log is missing: {head.count} entries were written.")
    return problems


def _digest(entry: AccessEntry, subjects: list[str], previous: str) -> str:
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    who, what = (entry.by_id, entry.by_name), (entry.action, subjects, entry.detail, entry.outcome)
    return _keyed(ENTRY_SALT, [previous, entry.number, at, *who, *what])


def _seal(count: int, last: AccessEntry | None) -> str:
    """The seal of a log of that many entries; a log that never had one is not sealed."""
    if last is None:
        return "" if count == 0 else _keyed(HEAD_SALT, [count, ""])
    return _keyed(HEAD_SALT, [count, last.number, last.digest])


def _keyed(salt: str, content: list[object]) -> str:
    return salted_hmac(salt, json.dumps(content), algorithm="sha256").hexdigest()
