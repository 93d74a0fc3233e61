"""`manage.py serve`: prepare everything, then run the site and its mail worker."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rlsinfo import environment, legal_gaps, release, serving
from rlsinfo.open_lines import check_open_lines
from rlsinfo.plumbing import jobs, running

ALONE = """\
Nothing stands before this server. It is right for trying out and for a network of your own, not for the internet:
some slow clients can hold all its threads, and it ends no TLS. README.md, "Many processes", puts nginx before it.
"""


class Command(BaseCommand):
    help = "Migrate, check the content, collect assets, build the pages, then serve until Ctrl-C."

    # The content is checked when the pages are built; an image was checked when it was built.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="interface to listen on (0.0.0.0 in a container)")
        parser.add_argument(
            "--prebuilt", action="store_true", help="take assets and pages as they were built into the image"
        )

    def handle(self, **options: Any) -> None:
        environment.backup_key(settings.VAR_DIR)
        try:
            with running.beside_others():
                self._serve(**options)
        except jobs.Failure as failure:
            raise CommandError(str(failure)) from failure

    def _serve(self, *, host: str, prebuilt: bool, **options: Any) -> None:
        try:
            serving.check_port(host, settings.PORT)
        except OSError as error:
            where = f"{host}:{settings.PORT}"
            raise CommandError(f"Nothing can listen on {where} ({error.strerror}): free it, or set PORT.") from error
        release.prepare_database()
        release.prepare_pages(prebuilt=prebuilt)
        for warning in check_open_lines(None):
            self.stderr.write(f"Warning: {warning.msg}")
        for gap in legal_gaps.sentences():
            self.stderr.write(f"Warning: {gap}")
        self.stdout.write(
            f"\nThe site:     {settings.SITE_URL}\n"
            f"Requests:     {self._where_requests_are_kept()}\n"
            "Staff:        `make staff` makes an account; they sign in at /admin/\n"
            "Stop:         Ctrl-C\n"
        )
        if not settings.TRUSTED_PROXIES:
            self.stdout.write(ALONE)
        self.stdout.flush()
        sys.exit(serving.serve(f"{host}:{settings.PORT}"))

    def _where_requests_are_kept(self) -> str:
        database = settings.DATABASES["default"]
        if database["ENGINE"].endswith("sqlite3"):
            return f"{database['NAME']} (mail: {getattr(settings, 'EMAIL_FILE_PATH', 'sent by SMTP')})"
        return f"PostgreSQL, database {database['NAME']} (mail: {getattr(settings, 'EMAIL_FILE_PATH', 'sent by SMTP')})"
