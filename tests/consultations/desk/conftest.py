"""A Monday at nine in a clinic whose hours are known, with two people at its front desk."""

from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.consultations.desk.front_desk import Desk
from tests.factories import MONDAY_MORNING, make_staff

DAY = ((time(8), time(12)), (time(13), time(17)))


@pytest.fixture(autouse=True)
def clinic(settings):
    """Open from eight to five with lunch from twelve to one, six hours behind UTC; it promises a call in a day."""
    settings.CLINIC = replace(
        settings.CLINIC,
        voicemail_name="Truffles",
        phone="(555) 010-0100",
        time_zone=ZoneInfo("America/Chicago"),
        week=(DAY,) * 5 + ((),) * 2,
        call_back_days=1,
    )
    settings.TIME_ZONE = "America/Chicago"
    return settings.CLINIC


@pytest.fixture(autouse=True)
def clock(db):
    """It is Monday, 9 a.m., until a test lets time pass."""
    with time_machine.travel(MONDAY_MORNING, tick=False) as traveller:
        yield traveller


@pytest.fixture
def maria(clock) -> Desk:
    return Desk(make_staff(username="maria", first_name="Maria", last_name="Lopez"))


@pytest.fixture
def sam(clock) -> Desk:
    return Desk(make_staff(username="sam", first_name="Sam", last_name="Tran"))


@pytest.fixture
def reader(clock) -> Desk:
    """Somebody who may read requests and do nothing about them."""
    return Desk(make_staff("view_consultationrequest", username="rita"))
