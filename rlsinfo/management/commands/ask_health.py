"""`manage.py ask_health`: ask the running site whether its database answers; the container's health check."""

from http.client import HTTPConnection, HTTPException
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse


class Command(BaseCommand):
    help = "Ask the site on this machine for its health; the exit status is 1 when it is not well."

    requires_system_checks = []  # asked every half minute: reading all the content would cost more than the answer

    def handle(self, **options: Any) -> None:
        connection = HTTPConnection("127.0.0.1", settings.PORT, timeout=4)
        try:
            connection.request("GET", reverse("health"), headers={"Host": settings.ALLOWED_HOSTS[0].lstrip(".")})
            status = connection.getresponse().status
        except (OSError, HTTPException) as error:
            raise CommandError("The site does not answer.") from error
        finally:
            connection.close()
        if status != 200:
            raise CommandError(f"The site answers, but with {status}.")
        self.stdout.write("The site is well.")
