"""A lead finds in the access log who saw what, and leaves a trace in it."""

from datetime import datetime
from html import unescape

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from rlsinfo.staff.log import Action, record
from rlsinfo.staff.models import AccessEntry
from tests.factories import make_staff
from tests.staff.test_log import behind_our_back

pytestmark = pytest.mark.django_db

LOG = "/admin/log/"


@pytest.fixture
def lead():
    return make_staff("view_accessentry", first_name="Lena", last_name="Ortiz")


@pytest.fixture
def client(lead):
    client = Client()
    client.force_login(lead)
    return client


def shown(response) -> list[int]:
    return [entry.number for entry in response.context["entries"]]


def read(response) -> str:
    return unescape(" ".join(response.content.decode().split()))


def test_the_newest_entry_stands_first_with_who_what_and_about(client):
    record(Action.LIST, by=make_staff(first_name="Maria"), subjects=["K7MR4PXD"])
    record(Action.EXPORT, by=make_staff(first_name="Sam"), detail="For the yearly report.", outcome="refused")

    page = read(client.get(LOG))

    assert page.index("Sam") < page.index("K7MR4PXD")
    for words in ("Exported <b", "refused", "For the yearly report.", "Saw a list", "none is missing"):
        assert words in page


def test_looking_at_the_log_is_written_in_it(client, lead):
    client.get(LOG)
    client.post(LOG, {"reference": "Ana Ortiz"})

    assert list(AccessEntry.objects.values_list("action", "by_id", "detail")) == [("log", lead.pk, "")] * 2
    assert not any(entry.subjects for entry in AccessEntry.objects.all())


def test_who_may_not_look_is_refused_and_that_is_written_down():
    client, curious = Client(), make_staff()
    client.force_login(curious)

    assert client.get(LOG).status_code == 403
    entry = AccessEntry.objects.get()
    assert (entry.action, entry.by_id, entry.outcome) == ("log", curious.pk, "refused")


class TestFilters:
    @pytest.fixture(autouse=True)
    def entries(self, client):
        zone = settings.CLINIC.time_zone
        self.maria, self.sam = make_staff(first_name="Maria"), make_staff(first_name="Sam")
        for day, action, by, about in (
            (1, Action.LIST, self.maria, ["K7MR4PXD", "C3DF6GHJ"]),
            (1, Action.VIEW, self.sam, ["K7MR4PXD"]),
            (2, Action.VIEW, self.maria, ["C3DF6GHJ"]),
        ):
            with time_machine.travel(datetime(2026, 10, day, 23, 59, tzinfo=zone), tick=False):
                record(action, by=by, subjects=about)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, [3, 2, 1]),
            ({"day": "2026-10-01"}, [2, 1]),
            ({"day": "2026-10-02"}, [3]),
            ({"day": "2026-10-03"}, []),
            ({"action": "view"}, [3, 2]),
            ({"reference": "k7mr 4pxd"}, [2, 1]),
            ({"reference": "K7MR4PXD", "action": "list"}, [1]),
            ({"reference": "K7MR"}, []),
            ({"before": 3}, [2, 1]),
        ],
    )
    def test_narrow_down_what_is_shown(self, client, asked, found):
        assert shown(client.post(LOG, asked)) == found

    def test_one_person(self, client):
        assert shown(client.post(LOG, {"person": self.maria.pk})) == [3, 1]

    @pytest.mark.parametrize(
        ("day", "said"), [("soon", "Give the day as"), ("9999-12-31", "before 2100"), ("0001-01-01", "from 2000 on")]
    )
    def test_a_wrong_day_is_said_and_shows_nothing(self, client, day, said):
        response = client.post(LOG, {"day": day})

        assert said in read(response)
        assert shown(response) == []


def test_older_entries_are_one_press_away(client):
    for _ in range(60):
        record(Action.VIEW)

    response = client.get(LOG)
    assert shown(response) == list(range(60, 10, -1))
    assert 'name="before" value="11"' in read(response)

    older = client.post(LOG, {"before": 11})
    assert shown(older) == list(range(10, 0, -1))
    assert 'name="before"' not in read(older)


def test_tampering_is_said_on_top(client):
    record(Action.VIEW)
    behind_our_back(AccessEntry).update(by_name="Somebody else")

    page = read(client.get(LOG))

    assert "This log was tampered with." in page
    assert "none is missing" not in page


def test_a_page_takes_the_same_few_queries_however_many_entries_there_are(client, django_assert_max_num_queries):
    for each in range(60):
        record(Action.LIST, subjects=[f"REF{each}", "OTHER"])

    with django_assert_max_num_queries(22):
        client.post(LOG, {"reference": "OTHER", "day": str(AccessEntry.objects.first().at.date())})
