"""`manage.py drill`: prove that the newest backup can be restored, beside the live database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rlsinfo import restore_drill
from rlsinfo.plumbing import jobs


class Command(BaseCommand):
    help = "Restore the newest backup beside the live database, compare the two, and serve one page from it."

    requires_system_checks = []  # a slip in an article is no reason to drill less often

    def handle(self, **options: Any) -> None:
        try:
            with jobs.recorded("drill") as note:
                note.detail = restore_drill.run()
        except jobs.Failure as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(note.detail)
