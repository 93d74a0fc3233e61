"""`manage.py send_test_request`: try the whole way of a request on the running site."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rlsinfo.consultations import canary
from rlsinfo.plumbing import jobs


class Command(BaseCommand):
    help = "Send a test request through the form of the running site, see that it arrives, and take it away again."

    requires_system_checks = []  # run every quarter of an hour: reading all the content would cost more than the test

    def handle(self, **options: Any) -> None:
        try:
            with jobs.recorded("test_request") as note:
                note.detail = canary.go()
        except jobs.Failure as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(note.detail)
