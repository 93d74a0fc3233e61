"""The shell's Django apps: the site itself, the admin in the clinic's own words, and the assets of both."""

import gc

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class SiteConfig(AppConfig):
    """Makes the shell's commands known, and has every database connection looked at."""

    name = "rlsinfo"

    def ready(self) -> None:
        """Hear of every new connection, have connections and legal pages checked, and end the start."""
        from rlsinfo import durability, legal_gaps, open_lines  # noqa: F401

        gc.freeze()  # what a start has loaded stays
        gc.enable()  # settings.py has disabled it


class ClinicAdminConfig(AdminConfig):
    """Puts the clinic's admin site in the place of the stock one."""

    default_site = "rlsinfo.admin.ClinicAdminSite"


class AssetsConfig(StaticFilesConfig):
    """Leaves out what the admin brings for its fields with suggestions, of which there are none here: half of all files."""

    ignore_patterns = (*StaticFilesConfig.ignore_patterns, "select2")
