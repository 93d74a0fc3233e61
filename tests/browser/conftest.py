"""A running site and a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.running_site import RunningSite

PASSWORD = "eleven purple lanterns"
STAFF = ("frida", PASSWORD)
COLLEAGUE = ("sam", PASSWORD)
ADMINISTRATOR = ("ada", PASSWORD)
PHONE = "3132333435363738393031323334353637383930"
"""The secret of their phones."""
NEWCOMER = ("nora", "twelve orange lanterns")
"""Somebody who has no phone set up yet."""
RECOVERY_CODES: list[str] = []
"""Those of STAFF that work now."""
MAKE_CODES = (
    "from django.contrib.auth.models import User; from rlsinfo.staff import second_factor;"
    f"print(*second_factor.new_recovery_codes(User.objects.get(username={STAFF[0]!r})))"
)
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with RunningSite(tmp_path_factory.mktemp("site")) as running:
        running.make_staff(*STAFF, name="Frida Kern", phone=PHONE)
        running.make_staff(*COLLEAGUE, name="Sam Tran", phone=PHONE)
        running.make_staff(*ADMINISTRATOR, name="Ada Park", group="Administrator", phone=PHONE)
        running.make_staff(*NEWCOMER)
        RECOVERY_CODES[:] = running.manage("shell", "--no-imports", "--command", MAKE_CODES).split()
        yield running


@pytest.fixture(scope="session")
def base_url(site):
    return site.address


@pytest.fixture
def second_page(browser: Browser, base_url: str) -> Iterator[Page]:
    """The browser of somebody else."""
    context = browser.new_context(base_url=base_url)
    yield context.new_page()
    context.close()
