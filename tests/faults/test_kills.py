"""kill -9 at the worst moment: whoever saw a reference is in the database once, and every message goes out."""

import os
import random
import signal
import threading
import time

from tests.faults.crowd import Ledger, send
from tests.faults.records import Mail, judge, mails, receive_requests
from tests.faults.size import KILLS_A_ROUND, MAILS, PATIENCE, REQUESTS_A_ROUND, ROUNDS, WORKER_KILLS
from tests.faults.stack import Stack
from tests.running_site import wait_for


def test_no_request_that_was_acknowledged_is_lost_when_the_web_server_is_killed(site, post_office, say):
    ledger, kills, dice = Ledger(), 0, random.Random(7)
    before = mails(site)

    for number in range(1, ROUNDS + 1):
        done = len(ledger.acknowledged)
        crowd = threading.Thread(target=send, args=(site, REQUESTS_A_ROUND, ledger))
        crowd.start()
        for part in range(1, KILLS_A_ROUND + 1):
            share = done + REQUESTS_A_ROUND * part // (KILLS_A_ROUND + 1)
            wait_for(lambda share=share: len(ledger.acknowledged) >= share, seconds=PATIENCE)
            # Somewhere in the middle of the next few requests.
            time.sleep(dice.uniform(0, 0.05))
            site.kill_web()
            kills += 1
            site.start_web()
        crowd.join()
        assert judge(site, ledger), f"round {number}: {judge(site, ledger)}"
    wait_for(lambda: all_sent(site, before), seconds=PATIENCE)

    owed = mails(site, besides=before)
    say(
        f"{len(ledger.acknowledged)} requests in {ROUNDS} rounds, {kills} kills of the web server, {ledger.again} presses"
        f" repeated: 0 lost, 0 twice, {len(owed)} mails owed and sent, the database intact"
    )
    assert len(ledger.acknowledged) == ROUNDS * REQUESTS_A_ROUND
    assert len(owed) == 2 * len(ledger.acknowledged)
    assert {mail.identifier for mail in owed} <= set(post_office.identifiers)
    assert ledger.again, "nobody noticed the kills, so they came at no bad moment"


def test_a_message_that_was_taken_before_the_worker_died_goes_out_again_as_the_same(site, post_office, say):
    before, spare = mails(site), iter(range(WORKER_KILLS))
    killed_over: list[str] = []
    stunned = threading.Event()

    def stun() -> None:
        """The server is about to say that it has the message; the worker will hear it, but never write it down."""
        if len(post_office.kept) % 5 == 0 and next(spare, None) is not None:
            os.kill(site.worker.pid, signal.SIGSTOP)
            stunned.set()
            killed_over.append(post_office.kept[-1][1])

    def kill() -> None:
        if stunned.is_set():
            stunned.clear()
            os.kill(site.worker.pid, signal.SIGKILL)
            site.worker.wait()
            site.start_worker()

    # Nobody sends while so many are written: a worker that waits too long for the database sends a message again.
    site.worker.kill()
    site.worker.wait()
    receive_requests(site, MAILS // 2)
    post_office.before_answer, post_office.after_answer = stun, kill
    try:
        site.start_worker()
        wait_for(lambda: all_sent(site, before), seconds=PATIENCE)
    finally:
        post_office.before_answer = post_office.after_answer = lambda: None

    owed, times = {mail.identifier for mail in mails(site, besides=before)}, post_office.identifiers
    say(
        f"{MAILS} mails, {len(killed_over)} kills of the worker: {len(owed - set(times))} missing,"
        " each repeat as the same message"
    )
    assert len(owed) == MAILS
    assert owed <= set(times)
    assert len(killed_over) == WORKER_KILLS
    assert {each: times[each] for each in owed} == {each: 1 + killed_over.count(each) for each in owed}


def all_sent(site: Stack, before: list[Mail]) -> bool:
    return all(mail.state == "sent" for mail in mails(site, besides=before))
