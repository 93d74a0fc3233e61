"""Shortens the waiting times that are no settings, and lets the clock be wrong."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.apps import AppConfig
from django.utils import timezone

from tests.faults.size import FULL, LOCK_WAIT


class Hurry(AppConfig):
    name = "tests.faults"
    label = "hurry"

    def ready(self) -> None:
        from rlsinfo import durability, waiting_room
        from rlsinfo.consultations import outbox, smtp
        from rlsinfo.consultations.management.commands import send_mail
        from rlsinfo.consultations.models import mail

        if clock := os.environ.get("CLOCK_IS_WRONG_BY"):
            set_clock(Path(clock))
        if FULL:
            return
        durability.POSTGRESQL = durability.POSTGRESQL.replace("'10s'", f"'{LOCK_WAIT}s'")
        waiting_room.DATABASE.patience = 0.3
        smtp.LONGEST = 5.0
        send_mail.POLL_SECONDS = 0.1
        outbox.SERVER_AWAY_PAUSE = outbox.FIRST_PAUSE = timedelta(seconds=0.2)
        mail.LONGEST_PAUSE = outbox.LONGEST_PAUSE = timedelta(seconds=3)
        mail.LEASE = outbox.LEASE = timedelta(seconds=2)


def set_clock(file: Path) -> None:
    """Have this process read a clock that is wrong by the seconds in a file, whenever it looks."""
    true_time = time.time
    time.time = lambda: true_time() + float(file.read_text())
    timezone.now = lambda: datetime.fromtimestamp(time.time(), UTC)
