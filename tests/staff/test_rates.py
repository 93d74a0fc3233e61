"""A client can do a thing so often within an hour; who the client is, no header that it writes itself can change."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory

from rlsinfo.staff import throttle
from rlsinfo.staff.models import FailedTries
from rlsinfo.staff.rates import Rate, client_address, spend

HALF_PAST = datetime(2026, 11, 16, 15, 30, tzinfo=UTC)
THREE = Rate("request", 3)


def seen_from(**meta: str) -> str:
    return client_address(RequestFactory().get("/", **{"REMOTE_ADDR": "192.0.2.1", **meta}))


@pytest.fixture
def clock(db):
    with time_machine.travel(HALF_PAST, tick=False) as traveller:
        yield traveller


def test_without_a_proxy_nobodys_word_is_taken():
    assert seen_from(HTTP_X_FORWARDED_FOR="198.51.100.7", HTTP_X_REAL_IP="198.51.100.7") == "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "written", "client"),
    [
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9,,, x,198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
        (2, "10.0.0.2", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "198.51.100.7\r\n", "198.51.100.7"),
        (1, "2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        (1, "::ffff:198.51.100.7", "198.51.100.7"),
    ],
)
def test_our_proxies_are_counted_from_the_right(settings, proxies, written, client):
    settings.TRUSTED_PROXIES = proxies

    assert seen_from(HTTP_X_FORWARDED_FOR=written) == client


def test_a_client_with_a_new_forged_address_each_time_is_still_one_client(settings):
    settings.TRUSTED_PROXIES = 1

    assert {seen_from(HTTP_X_FORWARDED_FOR=f"203.0.113.{n}, 198.51.100.7") for n in range(50)} == {"198.51.100.7"}


def test_what_is_left_can_be_used_and_then_one_waits_for_the_next_hour(clock):
    assert [spend(THREE, "192.0.2.1") for _ in range(5)] == [timedelta(0)] * 3 + [timedelta(minutes=30)] * 2

    clock.shift(timedelta(minutes=30))
    assert spend(THREE, "192.0.2.1") == timedelta(0)


def test_counting_one_more_takes_one_question(clock, django_assert_num_queries):
    spend(THREE, "192.0.2.1")

    with django_assert_num_queries(1):
        assert spend(THREE, "192.0.2.1") == timedelta(0)


def test_one_client_uses_up_nothing_of_another_and_one_thing_nothing_of_another(clock):
    for _ in range(4):
        spend(THREE, "192.0.2.1")

    assert spend(THREE, "192.0.2.2") == timedelta(0)
    assert spend(Rate("find", 3), "192.0.2.1") == timedelta(0)


def test_what_was_counted_is_gone_after_its_hour_and_never_held_an_address(clock):
    spend(THREE, "192.0.2.1")

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM staff_failedtries")
        assert "192.0.2.1" not in str(cursor.fetchall())
    clock.shift(timedelta(hours=1))
    spend(THREE, "192.0.2.2")
    assert FailedTries.objects.count() == 1


@pytest.mark.django_db
def test_one_password_tried_on_every_name_from_one_address_ends():
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1")
    most = throttle.FROM_ONE_ADDRESS_FOR_ALL_NAMES.free

    took = sum(throttle.take(throttle.counts(request, "password", f"name{number}")) for number in range(most + 20))

    assert took == most
    elsewhere = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7")
    assert throttle.take(throttle.counts(elsewhere, "password", "name1"))
