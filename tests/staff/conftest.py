"""What the tests of sign-in share."""

from html import unescape

import pytest

from tests.factories import make_staff
from tests.staff.signing_in import PASSWORD


@pytest.fixture(autouse=True)
def passwords_are_checked_at_once(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def maria(db):
    return make_staff(username="maria@example.com", password=PASSWORD, first_name="Maria", last_name="Lopez")


@pytest.fixture
def read():
    """What stands on a page, as one line of text."""
    return lambda response: unescape(" ".join(response.content.decode().split()))
