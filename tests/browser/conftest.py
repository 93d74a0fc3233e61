"""A running site and a real browser."""

import pytest

from tests.running_site import RunningSite

STAFF = ("frida", "eleven purple lanterns")
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    with RunningSite(tmp_path_factory.mktemp("site")) as running:
        username, password = STAFF
        code = (
            "from django.contrib.auth.models import Group, User;"
            f"user = User.objects.create_user('{username}', password='{password}', is_staff=True);"
            "user.groups.add(Group.objects.get(name='Front desk'))"
        )
        running.manage("shell", "--no-imports", "--command", code)
        yield running


@pytest.fixture(scope="session")
def base_url(site):
    return site.address
