"""What lies behind the pages: requests that arrive while nobody looks, and what the database and the log say."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict
from typing import Any

from rlsinfo.consultations.intake import Answers
from rlsinfo.encryption import Keys
from tests.running_site import RunningSite

ARRIVE = """
import json
from datetime import timedelta
from django.utils import timezone
from rlsinfo.consultations.intake import Answers, receive
for minutes, answers in enumerate(json.loads({answers!r})):
    answers["best_times"] = tuple(answers["best_times"])
    receive(Answers(**answers), now=timezone.now() - timedelta(hours={hours_ago}, minutes=-minutes))
"""
PUT_AWAY = """
from django.utils import timezone
from rlsinfo.consultations.models import ConsultationRequest
requests = ConsultationRequest.objects
requests.to_skim().update(skim_since=None)
requests.open().update(state="test", next_due_at=None, overdue_at=None, closed_at=timezone.now(), is_test=True)
"""


def run(site: RunningSite, code: str) -> str:
    """Run some lines inside the site; returns what they printed."""
    return site.manage("shell", "--no-imports", "--command", code)


def arrive(site: RunningSite, people: Iterable[Answers], *, hours_ago: int = 0) -> None:
    """These people have sent the form, one each minute from so many hours ago on."""
    run(site, ARRIVE.format(answers=json.dumps([asdict(each) for each in people]), hours_ago=hours_ago))


def put_everything_away(site: RunningSite) -> None:
    """Nothing is open and nothing is left to skim."""
    run(site, PUT_AWAY)


def query(site: RunningSite, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """What the database of the site answers."""
    with closing(sqlite3.connect(site.var_dir / "rlsinfo.sqlite3", timeout=20)) as database:
        return database.execute(sql, values).fetchall()


def opened(site: RunningSite, column: str) -> dict[int, str]:
    """What people typed into a column of the requests, by number: opened with the site's keys, as no database can."""
    ring = Keys(site.var_dir / "encryption-keys").ring
    table = "consultations_consultationrequest"
    sealed = query(site, f"SELECT id, {column} FROM {table}")
    return {pk: ring.unseal(text, f"{table}.{column}") if text else "" for pk, text in sealed}


def stored(site: RunningSite, name: str) -> dict[str, Any]:
    """Where the request of this person stands, and how often somebody tried to reach them."""
    (pk,) = (pk for pk, typed in opened(site, "name").items() if typed == name)
    ((reference, state, tries, due, claimed_by),) = query(
        site,
        "SELECT reference, state, tries, next_due_at, username FROM consultations_consultationrequest request"
        " LEFT JOIN auth_user ON auth_user.id = claimed_by_id AND claimed_until > datetime('now') WHERE request.id = ?",
        pk,
    )
    attempts = query(
        site,
        "SELECT outcome, undone_at IS NOT NULL FROM consultations_contactattempt WHERE request_id = ? ORDER BY id",
        pk,
    )
    return {
        "pk": pk,
        "reference": reference,
        "state": state,
        "tries": tries,
        "due": due,
        "claimed_by": claimed_by,
        "attempts": [outcome for outcome, undone in attempts if not undone],
        "undone": [outcome for outcome, undone in attempts if undone],
    }


def log_about(site: RunningSite, reference: str) -> list[tuple[str, str, str]]:
    """Who did what with a request, from first to last: name, action and detail of each entry that ended well."""
    return query(
        site,
        "SELECT by_name, action, detail FROM staff_accessentry JOIN staff_accesssubject ON entry_id = number"
        " WHERE name = ? AND outcome = 'done' ORDER BY number",
        reference,
    )


def lists_hold_everybody(site: RunningSite) -> None:
    """Every request stands on exactly one of the lists: due, waiting, to skim and closed add up to all there are."""
    ((everybody, *lists),) = query(
        site,
        "SELECT COUNT(*), TOTAL(next_due_at <= datetime('now')), TOTAL(next_due_at > datetime('now')),"
        " TOTAL(skim_since IS NOT NULL), TOTAL(closed_at IS NOT NULL AND skim_since IS NULL)"
        " FROM consultations_consultationrequest",
    )
    assert sum(lists) == everybody
