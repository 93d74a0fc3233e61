"""`manage.py prepare_release`: what has to be done once before many web servers and workers start."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from rlsinfo import release
from rlsinfo.open_lines import check_open_lines


class Command(BaseCommand):
    help = "Migrate, and write pages, assets and configuration for the nginx before the replicas."

    requires_system_checks = []  # as for `serve`

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--prebuilt", action="store_true", help="take the assets as they were built into the image")

    def handle(self, *, prebuilt: bool, **options: Any) -> None:
        release.prepare_database()
        release.prepare_pages(prebuilt=prebuilt, for_nginx=True)
        for warning in check_open_lines(None):
            self.stderr.write(f"Warning: {warning.msg}")
        self.stdout.write(
            f"The database is up to date, and what nginx reads is in {settings.VAR_DIR / 'pages'}.\n"
            "Restart the replicas one after another, then let nginx reload."
        )
