"""`manage.py check_access_log`: is every entry of the access log as it was written, and none missing?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rlsinfo.staff import log
from rlsinfo.staff.models import AccessEntry


class Command(BaseCommand):
    help = "Check the whole access log; ends with 1 and a sentence when somebody has tampered with it."

    def handle(self, **options: Any) -> None:
        if problems := log.verify():
            raise CommandError(f"The access log was tampered with. {' '.join(problems)}")
        last = AccessEntry.objects.order_by("-number").first()
        # Kept elsewhere, the two show later that nobody has put an old copy in the place of the log.
        self.stdout.write(
            f"The access log is whole: {last.number} entries, the last one ends in {last.digest[-12:]}."
            if last
            else "The access log is whole and empty."
        )
