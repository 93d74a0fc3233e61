"""`manage.py build_pages`: write every public page as files, as `serve` does."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rlsinfo import build


class Command(BaseCommand):
    help = "Check the content, collect the assets, draw the pictures, and write every public page with its compressed copies."

    requires_system_checks = []  # the content is checked below, once

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--into", type=Path, default=settings.VAR_DIR / "pages", help="the folder to build in")

    def handle(self, *, into: Path, **options: Any) -> None:
        build.check_content()
        build.collect_assets()
        build.draw_pictures()
        try:
            site = build.build_pages(into)
        except build.CannotBuild as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Pages for {settings.SITE_URL} are in {site}.")
