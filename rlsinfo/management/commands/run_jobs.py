"""`manage.py run_jobs`: backups, drills, test requests and the like, each when it is due; `serve` runs it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rlsinfo.logs import nothing_is_printed
from rlsinfo.plumbing import running
from rlsinfo.plumbing.jobs import Failure
from rlsinfo.schedule import Schedule


class Command(BaseCommand):
    help = "Run the recurring jobs when they are due. Goes on until stopped."

    requires_system_checks = []  # `serve` has made them

    def handle(self, **options: Any) -> None:
        try:
            with running.beside_others(), nothing_is_printed():
                Schedule().go_on()
        except Failure as failure:
            raise CommandError(str(failure)) from failure
