"""How Django finds the readers app."""

from django.apps import AppConfig


class ReadersConfig(AppConfig):
    """What readers tell us."""

    name = "rlsinfo.readers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hear of searches that found nothing."""
        from rlsinfo.readers import searches  # noqa: F401
