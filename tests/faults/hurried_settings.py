"""The site's own settings, with every waiting time shortened where a test of minutes has to take seconds."""

from rlsinfo.settings import *  # noqa: F403
from rlsinfo.settings import DATABASES, INSTALLED_APPS
from tests.faults.size import FULL, LOCK_WAIT

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.hurry.Hurry"]
if not FULL:
    EMAIL_TIMEOUT = 1.5
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"]["timeout"] = LOCK_WAIT
