"""`manage.py retain`: remove the requests whose time is over; without --apply it only says which."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from rlsinfo.clinic import OUTCOMES
from rlsinfo.consultations import person, retention
from rlsinfo.plumbing import jobs


class Command(BaseCommand):
    help = "Say how many requests are older than the clinic has decided to keep them; with --apply, remove them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--apply", action="store_true", help="remove them")
        parser.add_argument(
            "--expecting", type=int, metavar="N", help="the number that a dry run said and that is right"
        )

    def handle(self, *, apply: bool, expecting: int | None, **options: Any) -> None:
        now = timezone.now()
        if not apply:
            self._say(now)
            return
        try:
            with jobs.recorded(jobs.Name.RETENTION) as note:
                if back := person.erase_again(now):
                    self.stdout.write(f"Erased again, since a restored backup had brought them back: {back}.")
                note.detail = retention.run(now, expecting=expecting)
        except jobs.Failure as failure:
            raise CommandError(f"Nothing was removed. {failure}") from failure
        self.stdout.write(note.detail)

    def _say(self, now: Any) -> None:
        found = retention.due(now)
        for each in found:
            self.stdout.write(
                f"{each.outcome}, after {each.period.days} days: {len(each.requests)} would be {each.deed}"
            )
        for outcome in (each for each in OUTCOMES if each not in settings.CLINIC.retention):
            self.stdout.write(f"{outcome}: kept for good, since content/clinic.yaml names no period")
        if doubt := retention.doubt_about(found, now):
            self.stdout.write(f"--apply would remove nothing. {doubt}")
