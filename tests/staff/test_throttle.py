"""Whoever guesses is slowed down; whoever works here is not locked out by that."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from rlsinfo.staff import second_factor, throttle
from rlsinfo.staff.models import AccessEntry, FailedTries
from tests.factories import make_staff
from tests.staff.signing_in import CODE, PASSWORD, code_of, give_password, sign_in, wrong_code

pytestmark = pytest.mark.django_db

HERE = {"REMOTE_ADDR": "192.0.2.1"}
ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def guess(username: str, times: int, **where: str):
    response = None
    for _ in range(times):
        response = give_password(Client(), username, "wrong", **where)
    return response


def comes_in(username: str, client: Client | None = None, **where: str) -> bool:
    return give_password(client or Client(), username, **where).status_code == 302


def test_after_five_tries_one_waits_twice_as_long_each_time(maria, clock, read):
    assert "Wait" not in read(guess(maria.username, 4, **HERE))

    for wait, seconds in (("30 seconds", 30), ("60 seconds", 60), ("2 minutes", 120)):
        assert f"Wait {wait} before you try again." in read(guess(maria.username, 1, **HERE))
        assert not comes_in(maria.username, **HERE)
        clock.shift(timedelta(seconds=seconds, milliseconds=1))
    assert comes_in(maria.username, **HERE)


def test_the_right_password_starts_the_count_anew(maria):
    guess(maria.username, 4, **HERE)
    assert comes_in(maria.username, **HERE)

    guess(maria.username, 4, **HERE)

    assert comes_in(maria.username, **HERE)


def test_an_unknown_name_is_slowed_down_alike(maria, read):
    known = [read(guess(maria.username, 1, **HERE)).partition("notice")[2][:120] for _ in range(7)]
    unknown = [read(guess("nobody@example.com", 1, **HERE)).partition("notice")[2][:120] for _ in range(7)]

    assert known == unknown


class CountingHasher(MD5PasswordHasher):
    """Counts how often the slow work of checking a password is done."""

    algorithm = "counting"
    work: list[str] = []

    def encode(self, password, salt):
        self.work.append(password)
        return super().encode(password, salt)


@pytest.mark.parametrize(
    ("username", "tries_before"),
    [("nobody@example.com", 0), ("maria@example.com", 0), ("maria@example.com", 7)],
    ids=["an unknown name", "a wrong password", "a pause"],
)
def test_every_refusal_takes_the_same_work(maria, settings, username, tries_before):
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    maria.set_password(PASSWORD)
    maria.save()
    guess(username, tries_before, **HERE)
    CountingHasher.work.clear()

    guess(username, 1, **HERE)

    assert CountingHasher.work == ["wrong"]


def test_a_guess_from_elsewhere_does_not_slow_down_the_person(maria):
    guess(maria.username, 10, **ELSEWHERE)

    assert comes_in(maria.username, **HERE)


def test_guesses_from_everywhere_are_counted_together(maria):
    for number in range(15):
        guess(maria.username, 1, REMOTE_ADDR=f"198.51.100.{number}")

    assert not comes_in(maria.username, **HERE)


def test_a_browser_in_which_she_signed_in_before_is_never_kept_out_by_guesses_elsewhere(maria):
    own = Client()
    sign_in(own, maria, **HERE)
    own.post("/admin/logout/")
    for number in range(40):
        guess(maria.username, 1, REMOTE_ADDR=f"198.51.100.{number}")
        guess(maria.username, 1, **HERE)

    assert not comes_in(maria.username, **ELSEWHERE)
    assert comes_in(maria.username, own, **HERE)


def test_a_known_browser_has_its_own_count(maria):
    own = Client()
    sign_in(own, maria, **HERE)

    for _ in range(10):
        give_password(own, maria.username, "wrong", **HERE)

    assert not comes_in(maria.username, own, **HERE)
    assert comes_in(maria.username, Client(), **HERE)


def test_a_known_browser_is_known_for_its_own_people_alone(maria):
    own = Client()
    sign_in(own, maria, **HERE)
    sam = make_staff(username="sam", password=PASSWORD)
    guess(sam.username, 5, **HERE)

    assert not comes_in(sam.username, own, **HERE)


def test_a_forged_browser_is_not_known(maria):
    guess(maria.username, 5, **HERE)
    forger = Client()
    forger.cookies[throttle.DEVICE_COOKIE] = "eyJpZCI6IngiLCJwZW9wbGUiOlsxXX0:1abc:forged"

    assert not comes_in(maria.username, forger, **HERE)


def test_one_browser_knows_all_who_share_it(maria):
    shared = Client()
    sam = make_staff(username="sam", password=PASSWORD)
    sign_in(shared, maria, **HERE)
    shared.post("/admin/logout/")
    sign_in(shared, sam, **HERE)
    shared.post("/admin/logout/")
    for username in (maria.username, sam.username):
        guess(username, 5, **HERE)

    assert comes_in(maria.username, shared, **HERE)
    assert comes_in(sam.username, shared, **HERE)


def test_a_browser_is_forgotten_after_sixty_days(maria, clock):
    own = Client()
    sign_in(own, maria, **HERE)
    own.post("/admin/logout/")
    clock.shift(timedelta(days=60, seconds=1))
    guess(maria.username, 5, **HERE)

    assert not comes_in(maria.username, own, **HERE)


def test_thirty_people_behind_one_address_do_not_slow_each_other_down(maria):
    people = [make_staff(password=PASSWORD) for _ in range(30)]
    for each in people:
        guess(each.username, 4, **HERE)

    assert comes_in(maria.username, **HERE)
    assert comes_in(people[0].username, **HERE)


def test_guessing_in_capitals_is_no_way_round(maria):
    for username in (
        "maria@example.com",
        "MARIA@example.com",
        " Maria@Example.com",
        "maria@EXAMPLE.com",
        "mariA@example.com",
    ):
        guess(username, 1, **HERE)

    assert not comes_in(maria.username, **HERE)


def test_codes_are_slowed_down_too(maria, read):
    client = Client()
    give_password(client, maria.username)
    wrong = wrong_code(second_factor.device_of(maria).key)

    for _ in range(5):
        response = client.post(CODE, {"code": wrong})

    assert "Wait 30 seconds before you try again." in read(response)
    assert client.post(CODE, {"code": code_of(maria)}).status_code == 403


def test_codes_guessed_by_who_knows_the_password_do_not_lock_the_person_out(maria):
    own = Client()
    sign_in(own, maria, **HERE)
    own.post("/admin/logout/")
    thief = Client()
    give_password(thief, maria.username, **ELSEWHERE)
    wrong = wrong_code(second_factor.device_of(maria).key)
    for _ in range(30):
        thief.post(CODE, {"code": wrong}, **ELSEWHERE)

    give_password(own, maria.username, **HERE)

    assert own.post(CODE, {"code": code_of(maria, steps=1)}, **HERE).status_code == 302


def test_a_pause_is_not_written_down_again_and_again(maria):
    guess(maria.username, 30, **HERE)

    assert AccessEntry.objects.count() == 5


def test_nobody_can_guess_more_than_a_hundred_times_in_a_month(maria, clock):
    took = 0
    end = timezone.now() + timedelta(days=30)
    while timezone.now() < end:
        took += throttle.take(throttle.counts(RequestFactory().get("/"), "password", maria.username))
        clock.shift(timedelta(minutes=30))

    assert 20 < took < 100


def test_what_is_counted_names_nobody_and_no_address(maria):
    guess(maria.username, 1, **HERE)

    kept = str(list(FailedTries.objects.values()))
    assert "maria" not in kept
    assert "192.0.2.1" not in kept


def test_a_count_is_forgotten_after_a_day(maria, clock):
    guess(maria.username, 4, **HERE)
    clock.shift(timedelta(days=1, seconds=1))
    guess("sam", 1, **HERE)

    assert set(FailedTries.objects.values_list("count", flat=True)) == {1}


def test_a_colleague_can_vouch_for_somebody_who_waits(maria):
    for number in range(15):
        guess(maria.username, 1, REMOTE_ADDR=f"198.51.100.{number}")
    assert not comes_in(maria.username, **HERE)

    throttle.forgive(maria)

    assert comes_in(maria.username, **HERE)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (29.5, "30 seconds"),
        (119, "119 seconds"),
        (121, "3 minutes"),
        (3600, "60 minutes"),
        (86400, "24 hours"),
    ],
)
def test_a_pause_is_told_in_plain_words_and_never_too_short(seconds, words):
    assert throttle.in_words(timedelta(seconds=seconds)) == words


def test_the_cookie_of_a_browser_is_out_of_reach_of_scripts(maria):
    response = HttpResponse()

    throttle.remember_device(RequestFactory().get("/"), response, maria)

    cookie = response.cookies[throttle.DEVICE_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert cookie["max-age"] == 60 * 24 * 60 * 60


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_count_like_one_after_the_other(maria):
    counted = throttle.counts(RequestFactory().get("/"), "password", maria.username)

    def attempt(_) -> bool:
        try:
            return throttle.take(counted)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(attempt, range(40)))

    assert sum(allowed) == throttle.FROM_ONE_ADDRESS.free
