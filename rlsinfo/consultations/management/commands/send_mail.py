"""The mail worker: sends what requests owe and what each day brings, and frees what was left lying, until it is stopped."""

import logging
import signal
from argparse import ArgumentParser
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connection
from django.utils import timezone

from rlsinfo.consultations import alarms, digest, outbox, work
from rlsinfo.logs import nothing_is_printed
from rlsinfo.plumbing import running
from rlsinfo.plumbing.jobs import Failure

log = logging.getLogger(__name__)
POLL_SECONDS = 2
PLAN_SECONDS = 60
GRACE_SECONDS = 15 * 60
"""After a start: what was silent because the site was off has had its turn by then."""
STOP = {signal.SIGTERM, signal.SIGINT}


class Command(BaseCommand):
    """Send the alerts and receipts that wait in the outbox."""

    help = "Send the mail that requests owe. Goes on until stopped; with --once, sends what is due and ends."
    requires_system_checks = []  # `serve` has made them, and mail does not wait for an article to be mended

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="send what is due now, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        try:
            with running.beside_others():
                if once:
                    self._send_what_is_due()
                else:
                    with nothing_is_printed():
                        self._go_on()
        except Failure as failure:
            raise CommandError(str(failure)) from failure

    def _send_what_is_due(self) -> None:
        counts = outbox.send_due(timezone.now())
        self.stdout.write(", ".join(f"{number} {state}" for state, number in counts.items()) or "Nothing was sent.")

    def _go_on(self) -> None:
        # Blocked and then waited for, so that a signal can never fall between a message sent and its mark.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        trouble, pause, plan_at = "", 0, 0.0
        alarm_at = monotonic() + GRACE_SECONDS
        while signal.sigtimedwait(STOP, pause) is None:
            close_old_connections()
            try:
                if monotonic() >= plan_at:
                    # First the next time, so that a plan that fails holds up no other message.
                    plan_at = monotonic() + PLAN_SECONDS
                    if not trouble:
                        alarms.beat()
                    if monotonic() >= alarm_at:
                        alarms.plan(timezone.now())
                    work.let_go(timezone.now())
                    digest.plan(timezone.now())
                pause = 0 if outbox.send_next(timezone.now()) else POLL_SECONDS
                trouble = ""
            except Exception as error:
                # Most likely the database is away. The worker waits for it: what is owed is stored there.
                if trouble != (trouble := type(error).__name__):
                    sentence = "No mail can be sent (%s). Trying again every %s seconds."
                    log.error(sentence, trouble, POLL_SECONDS, exc_info=True)
                connection.close()
                pause = POLL_SECONDS
