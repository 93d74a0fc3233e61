"""`manage.py restore FILE`: put a backup in the place of the database, wholly or not at all."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rlsinfo.consultations import sealing
from rlsinfo.plumbing import backups, commands
from rlsinfo.plumbing.jobs import Failure

PRECIOUS = {"consultations_consultationrequest": "requests", "auth_user": "accounts"}
"""Tables whose rows people made, and what they call them."""


class Command(BaseCommand):
    help = "Restore a backup onto an empty database, bring it up to date, and say what it held."

    requires_system_checks = []  # a slip in an article is no reason to stay without a database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument(
            "--replace", action="store_true", help="give up the requests that are here, after a backup of them"
        )

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        try:
            manifest = backups.restore(file, precious=PRECIOUS, replace=replace)
        except Failure as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(f"Restored as of {manifest.made_at}, in rows:\n")
        for table, (rows, _) in sorted(manifest.contents.items()):
            if rows:
                self.stdout.write(f"{rows:>9}  {table}")
        if manifest.secret_key != backups.secret_key_id():
            self.stdout.write(
                "\nSECRET_KEY is another one here: everybody signs in anew, recovery codes and invitations are void, "
                "and the access log can no longer be proved. Put the old key in its place to keep them."
            )
        try:
            sealing.require_keys()
            self.stdout.write(f"\n{commands.run('show_one_request')}")
        except ImproperlyConfigured as error:
            raise CommandError(f"All of it was restored, but names cannot be read yet. {error}") from error
        except Failure as failure:
            raise CommandError(f"All of it was restored, but no page of it can be shown: {failure}.") from failure
