"""How Django finds the consultations app."""

from django.apps import AppConfig


class ConsultationsConfig(AppConfig):
    """Requests for a consultation."""

    name = "rlsinfo.consultations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of people who are invited: the outbox sends their mail too."""
        from rlsinfo.consultations import outbox  # noqa: F401
