"""Two people who work at the front desk."""

import pytest
from django.contrib.auth.models import User

from tests.factories import make_staff


@pytest.fixture
def maria() -> User:
    return make_staff(username="maria", first_name="Maria", last_name="Lopez")


@pytest.fixture
def sam() -> User:
    return make_staff(username="sam")
