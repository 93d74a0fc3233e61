"""`manage.py show_one_request`: prove that what is stored can be opened and shown; drills and restores end with it."""

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from django_otp.plugins.otp_totp.models import TOTPDevice

from rlsinfo import build
from rlsinfo.consultations.models import ConsultationRequest
from rlsinfo.staff.sign_in import PHONE


class Command(BaseCommand):
    help = "Migrate, then serve the page of the newest request to somebody made up, who is taken back."

    requires_system_checks = []  # it is about the database, not about the articles

    def handle(self, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if not Path(settings.STATIC_ROOT, "staticfiles.json").exists():
            build.collect_assets()
        with transaction.atomic():
            newest = ConsultationRequest.objects.order_by("-pk").first()
            name = f"consultations_consultationrequest_{'change' if newest else 'changelist'}"
            answer = _somebody().get(
                reverse(f"admin:{name}", args=[newest.pk] if newest else []), secure=settings.HTTPS
            )
            shown = answer.content.decode()
            transaction.set_rollback(True)
        if answer.status_code != 200 or (newest and escape(newest.name) not in shown):
            raise CommandError(f"the page answered {answer.status_code} without what it should show")
        self.stdout.write("One request was opened and its page shown." if newest else "The empty list was shown.")


def _somebody() -> Client:
    """The browser of a member of staff who exists in this transaction alone."""
    host = settings.ALLOWED_HOSTS[0].lstrip(".")
    client = Client(headers={"host": host})
    user = User.objects.create_superuser(f"drill-{secrets.token_hex(8)}", first_name="Restore", last_name="drill")
    client.force_login(user)
    session = client.session
    session[PHONE] = TOTPDevice.objects.create(user=user, name="drill").pk
    session.save()
    return client
