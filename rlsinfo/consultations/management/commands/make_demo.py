"""`manage.py make_demo`: the desk with made-up requests on it, all marked as tests."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from rlsinfo.consultations import demo
from rlsinfo.consultations.models import ConsultationRequest


class Command(BaseCommand):
    help = "Fill the desk with 300 made-up requests of the last 60 days, marked as tests; --remove takes them away."

    requires_system_checks = []  # a slip in an article is no reason not to look at the desk

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", action="store_true", help="take everything made up away again")
        parser.add_argument("--force", action="store_true", help="also beside requests of real people")

    def handle(self, *, remove: bool, force: bool, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if remove:
            self.stdout.write(f"{demo.remove()} made-up requests were taken away.")
            return
        if number := demo.requests().count():
            self.stdout.write(f"{number} made-up requests are here already. To begin afresh, remove them (see below).")
        elif ConsultationRequest.objects.real().exists() and not force:
            raise CommandError(
                "Nothing was made: requests of real people are kept here, and made-up ones would stand between them. "
                "Set VAR_DIR to another folder, or add --force."
            )
        else:
            self.stdout.write("Making requests up ...")
            self.stdout.flush()
            demo.fill(timezone.now())
            self.stdout.write(f"{demo.requests().count()} made-up requests of the last {demo.DAYS} days, all tests.")
        self.stdout.write(f"\nSee them:     {settings.SITE_URL}/admin/\n{self._who_can_see_them()}")
        self.stdout.write("Remove them:  .venv/bin/python manage.py make_demo --remove\n")

    def _who_can_see_them(self) -> str:
        if User.objects.filter(is_staff=True, is_active=True).exists():
            return "Sign in:      with the account you have; `make staff` makes another one"
        return "Sign in:      first type `make staff` in a second terminal; have an authenticator app on your phone at hand"
