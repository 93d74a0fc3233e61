"""A running site and a real browser."""

import pytest

from tests.running_site import RunningSite

STAFF = ("frida", "eleven purple lanterns")
PHONE = "3132333435363738393031323334353637383930"
"""The secret of Frida's phone."""
NEWCOMER = ("nora", "twelve orange lanterns")
"""Somebody who has no phone set up yet."""
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with RunningSite(tmp_path_factory.mktemp("site")) as running:
        running.make_staff(*STAFF, phone=PHONE)
        running.make_staff(*NEWCOMER)
        yield running


@pytest.fixture(scope="session")
def base_url(site):
    return site.address
