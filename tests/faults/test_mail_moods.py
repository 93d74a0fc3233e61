"""The mail server in every bad mood: no message is lost, what staff are told is so, and the worker goes on."""

from collections.abc import Iterator
from itertools import chain, repeat

import pytest

from tests.faults.mail_server import GOOD, MOODS, MailServer, at_random
from tests.faults.records import Mail, mails, receive_requests
from tests.faults.size import FULL, MOODY_MAILS, PATIENCE
from tests.faults.stack import Stack
from tests.faults.where import in_full_or_on_sqlite
from tests.running_site import wait_for

pytestmark = in_full_or_on_sqlite
TIMES = 10 if FULL else 2


@pytest.fixture
def moody(post_office: MailServer) -> Iterator[MailServer]:
    yield post_office
    post_office.mood = GOOD
    post_office.open()


def settled(site: Stack, before: list[Mail]) -> bool:
    """Whether nothing waits: each message was sent, or needs a person to decide, which only a receipt does."""
    outcomes = {(mail.kind, mail.state) for mail in mails(site, besides=before)}
    return outcomes <= {("alert", "sent"), ("receipt", "sent"), ("receipt", "uncertain")}


def what_staff_are_told_is_so(site: Stack, server: MailServer, before: list[Mail]) -> None:
    for mail in mails(site, besides=before):
        if mail.state == "sent":
            assert mail.identifier in server.identifiers, f"said to be sent, but nobody has it: {mail.kind}"
        else:
            assert mail.identifier in server.in_doubt, f"said to be {mail.state}, but the server answered: {mail.kind}"
        if server.identifiers[mail.identifier] > 1:
            assert mail.identifier in server.in_doubt, f"sent twice though there was no doubt: {mail.kind}"


def the_worker_went_on(site: Stack, worker: object) -> None:
    assert site.worker is worker
    assert site.worker.poll() is None
    assert not [word for word in ("Traceback", "@", "Ortiz") if word in site.output]


def test_every_mood_in_turn(site, moody, say):
    before, worker = mails(site), site.worker
    # One connection after the other: each mood so often, then a good one for ever.
    moods = chain([mood for mood in MOODS for _ in range(TIMES)], repeat(GOOD))
    moody.mood, moody.refused = lambda: next(moods), "desk@example.org"
    receive_requests(site, MOODY_MAILS // 2)

    moody.refuse()
    wait_for(lambda: any(mail.last_error == "ConnectionRefusedError" for mail in mails(site)), seconds=PATIENCE)
    moody.open()
    wait_for(lambda: settled(site, before), seconds=PATIENCE)

    assert all(moody.met[mood] >= TIMES for mood in MOODS)
    what_staff_are_told_is_so(site, moody, before)
    the_worker_went_on(site, worker)
    say(f"{MOODY_MAILS} mails through {1 + len(MOODS)} moods: 0 lost, {len(moody.in_doubt)} in doubt and said to be so")


def test_any_mood_at_random(site, moody, say):
    before, worker, connections = mails(site), site.worker, moody.met.total()
    moody.mood = at_random(MOODS, share=0.3)
    receive_requests(site, MOODY_MAILS // 2)

    wait_for(lambda: settled(site, before), seconds=PATIENCE)

    what_staff_are_told_is_so(site, moody, before)
    the_worker_went_on(site, worker)
    say(f"{MOODY_MAILS} mails, 3 of 10 of {moody.met.total() - connections} connections in a bad mood: 0 lost")
