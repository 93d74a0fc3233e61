"""Runs the recurring jobs when they are due, each as a process of its own, and on one machine alone."""

import logging
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from rlsinfo.logs import facts
from rlsinfo.plumbing import jobs
from rlsinfo.plumbing.jobs import Name
from rlsinfo.serving import command_line, end, end_with_parent

log = logging.getLogger(__name__)

POLL_SECONDS = 5
FIRST_PAUSE = 10
"""Seconds in which the web server beside it comes up."""
STOP = {signal.SIGTERM, signal.SIGINT}

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
COMMANDS = {
    Name.BACKUP: (["backup"], 2 * HOUR),
    Name.DRILL: (["drill"], 2 * HOUR),
    Name.TEST_REQUEST: (["send_test_request"], 5 * MINUTE),
    Name.RETENTION: (["retain", "--apply"], HOUR),
    Name.COUNT: (["count_requests"], HOUR),
}
"""What is run for each job, and after how long it is stopped."""


@dataclass(frozen=True)
class Running:
    """A job at work."""

    process: subprocess.Popen[bytes]
    since: datetime
    until: datetime


class Schedule:
    """The jobs that this process has in hand."""

    def __init__(self) -> None:
        self.running: dict[Name, Running] = {}

    def go_on(self) -> None:
        """Run whatever is due, until asked to stop."""
        signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
        trouble, pause = "", FIRST_PAUSE
        try:
            while signal.sigtimedwait(STOP, pause) is None:
                pause = POLL_SECONDS
                close_old_connections()
                try:
                    self.turn(timezone.now())
                    trouble = ""
                except Exception as error:
                    # Most likely the database is away. What is due stays due.
                    if trouble != (trouble := type(error).__name__):
                        log.error("No job can be run (%s). Trying again.", trouble, exc_info=True)
                    connection.close()
        finally:
            end([each.process for each in self.running.values()])
            with suppress(DatabaseError):
                for name in self.running:
                    jobs.give_back(name)

    def turn(self, now: datetime) -> None:
        """Start what is due, and see to what has ended or goes on for too long."""
        jobs.get_to_know(now)
        for name, each in list(self.running.items()):
            if each.process.poll() is None and now < each.until:
                continue
            late = each.process.poll() is None
            end([each.process])
            self._see_how_it_ended(name, each, late=late)
            del self.running[name]
        for name in jobs.due(now):
            command, limit = COMMANDS.get(name, ([], MINUTE))
            if command and name not in self.running and jobs.take_turn(name, now, limit=limit + MINUTE):
                self.running[name] = Running(_started(command), now, now + limit)

    def _see_how_it_ended(self, name: Name, each: Running, *, late: bool) -> None:
        """Whoever does a job records how it ended; what broke off before it could is recorded here."""
        job = jobs.last(name)
        if job is None or job.finished_at is None or job.finished_at < each.since:
            status = each.process.returncode
            jobs.record(
                name, False, "It took too long and was stopped." if late else f"It broke off (status {status})."
            )
            job = jobs.last(name)
        if job:
            log.log(logging.INFO if job.ok else logging.ERROR, "A job ended.", extra=facts(job=name, detail=job.detail))


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        command_line(*command),
        cwd=settings.BASE_DIR,
        # What it says is recorded, and logged as one line when it has ended.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_begin,
    )


def _begin() -> None:
    """In the new process: it ends with us, and it hears when it is asked to stop, which we have put off for ourselves."""
    end_with_parent()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)
