"""How Django finds the plumbing app."""

from django.apps import AppConfig


class PlumbingConfig(AppConfig):
    """Jobs that recur, and the copies of what is kept."""

    name = "rlsinfo.plumbing"
    default_auto_field = "django.db.models.BigAutoField"
