"""The clock of the machine jumps ahead and is put right again: no message waits for a day that will come later."""

import os
import signal

import pytest

from tests.faults.crowd import Ledger, send
from tests.faults.records import judge, mails
from tests.faults.size import FULL, PATIENCE
from tests.faults.test_kills import all_sent
from tests.faults.where import in_full_or_on_sqlite
from tests.running_site import wait_for

pytestmark = in_full_or_on_sqlite
DAY = 24 * 60 * 60


@pytest.mark.parametrize("jump", [DAY, -DAY, 400 * DAY] if FULL else [DAY])
def test_mail_that_was_owed_while_the_clock_was_wrong_goes_out_once_it_is_right(site, post_office, clock, jump, say):
    ledger, before = Ledger(), mails(site)
    post_office.refuse()
    clock.set(jump)
    send(site, 2, ledger, people=1)

    clock.set(0)
    post_office.open()

    wait_for(lambda: all_sent(site, before), seconds=PATIENCE)
    assert judge(site, ledger)
    say(f"clock {jump / DAY:+.0f} days and back: mail owed meanwhile went out")


def test_a_message_in_the_hands_of_a_worker_that_died_in_the_future_is_sent_in_the_present(
    site, post_office, clock, say
):
    ledger, before, stunned = Ledger(), mails(site), []

    def stun() -> None:
        if not stunned:
            os.kill(site.worker.pid, signal.SIGSTOP)
            stunned.append(site.worker.pid)

    post_office.before_answer = stun
    clock.set(DAY)
    send(site, 1, ledger, people=1)
    wait_for(lambda: stunned, seconds=PATIENCE)
    os.kill(site.worker.pid, signal.SIGKILL)
    site.worker.wait()
    post_office.before_answer = lambda: None
    assert not all_sent(site, before)

    clock.set(0)
    site.start_worker()

    wait_for(lambda: all_sent(site, before), seconds=PATIENCE)
    assert judge(site, ledger)
    say("worker killed while the clock was a day ahead: its message went out once the clock was right")
