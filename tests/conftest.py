"""What every test stands on: plain asset names, a database file that threads can share, a quick way to sign in."""

import shutil
import tempfile
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.signals import user_logged_in

# A busy machine is no fault of the example that was tried.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="rlsinfo-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    # Hashed asset names need a collected folder; the tests of the running site use the real thing, and may be
    # collecting it at this moment.
    settings.STATIC_ROOT = folder / "static"
    settings.STATIC_ROOT.mkdir()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # A file, not memory: tests of parallel requests need the locking that the site has.
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(folder / "test.sqlite3")
        # Fifty threads at once are more than the site ever lets through, and the machine may be busy.
        settings.DATABASES["default"]["OPTIONS"]["timeout"] = 60


@pytest.fixture(autouse=True)
def signing_in_takes_one_line():
    """`client.force_login(make_staff())` stands for both factors."""

    def vouch(sender, request, user, **kwargs):
        if device := device_of(user):
            request.session[PHONE] = device.pk

    # Found only here, since they need Django to be set up.
    from rlsinfo.staff.second_factor import device_of
    from rlsinfo.staff.sign_in import PHONE

    user_logged_in.connect(vouch)
    yield
    user_logged_in.disconnect(vouch)
