"""`manage.py count_requests`: see that no request has fallen between the lists."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from rlsinfo.consultations import reconciliation
from rlsinfo.plumbing import jobs


class Command(BaseCommand):
    help = "Count the requests: each stands on one list, and has had what every arrival has."

    requires_system_checks = []  # it is about requests, not about articles

    def handle(self, **options: Any) -> None:
        try:
            with jobs.recorded("count") as note:
                note.detail = reconciliation.count(timezone.now())
        except jobs.Failure as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(note.detail)
