"""What every test stands on: plain asset names, and a database file that several threads can share."""

import tempfile

import pytest
from django.conf import settings


def pytest_configure(config: pytest.Config) -> None:
    # Hashed asset names need a collected folder; the tests of the running site use the real thing, and may be
    # collecting it at this moment.
    settings.STATIC_ROOT = tempfile.mkdtemp()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # A file, not memory: tests of parallel requests need the locking that the site has.
        worker = getattr(config, "workerinput", {}).get("workerid", "main")
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(settings.VAR_DIR / f"test-{worker}.sqlite3")
