"""`manage.py backup`: an encrypted copy of everything in the database, made while the site runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rlsinfo.plumbing import backups, jobs


class Command(BaseCommand):
    help = "Make an encrypted backup of the database in BACKUP_DIR, and delete those older than BACKUP_DAYS."

    requires_system_checks = []  # a slip in an article is no reason to have no backup

    def handle(self, **options: Any) -> None:
        try:
            with jobs.recorded("backup") as note:
                backup = backups.take()
                note.detail = f"{backup}."
        except jobs.Failure as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(f"{backup.path}")
