"""`manage.py make_staff`: an account for one member of staff, never a shared one."""

import getpass
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from rlsinfo.staff.roles import ADMINISTRATOR, FRONT_DESK, LEAD


class Command(BaseCommand):
    help = "Make an account for one person: it sees and works the requests (--manager: also invites others)."

    requires_system_checks = []  # a slip in an article is no reason to keep somebody out

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", help="the name to sign in with; asked for when missing")
        parser.add_argument("--manager", action="store_true", help="may also invite others and end their access")

    def handle(self, *, username: str | None, manager: bool, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        try:
            username = username or input("Name to sign in with: ").strip()
            user = User(username=username, is_staff=True)
            password = getpass.getpass("Password (15 characters or more): ")
            if password != getpass.getpass("The same password again: "):
                raise CommandError("The two passwords differ. Nothing was made: run the command again.")
            validate_password(password, user)
            user.set_password(password)
            user.full_clean()
        except ValidationError as error:
            raise CommandError(f"Nothing was made. {' '.join(error.messages)}") from error
        except (EOFError, KeyboardInterrupt) as error:
            raise CommandError("Nothing was made.") from error
        with transaction.atomic():
            user.save()
            roles = (FRONT_DESK, LEAD, ADMINISTRATOR) if manager else (FRONT_DESK,)
            user.groups.set(Group.objects.filter(name__in=roles))
        self.stdout.write(f"{username} can sign in at /admin/, and sets up a phone there.")
