"""How Django finds the staff app."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """People who work here, how they sign in, and the log of what they saw and did."""

    name = "rlsinfo.staff"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing them connects what they do when somebody signs in or out.
        from rlsinfo.staff import sessions, sign_in  # noqa: F401
