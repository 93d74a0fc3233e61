"""Everybody keeps the own password and recovery codes."""

import pytest
from django.test import Client

from rlsinfo.staff import second_factor
from rlsinfo.staff.models import AccessEntry
from tests.staff.signing_in import PASSWORD, code_of, signed_in

pytestmark = pytest.mark.django_db

CHANGE = "/admin/password_change/"
NEW = "twelve orange lanterns"


@pytest.fixture
def client(maria):
    return signed_in(Client(), maria)


def change(client, current=PASSWORD, first=NEW, second=NEW):
    return client.post(CHANGE, {"current": current, "new_password1": first, "new_password2": second})


def test_a_new_password_takes_the_place_of_the_old_one(client, maria, read):
    response = change(client)

    assert "Your password is changed." in read(client.get(response.url))
    maria.refresh_from_db()
    assert maria.check_password(NEW)
    entry = AccessEntry.objects.get()
    assert (entry.action, entry.subjects, entry.detail) == (
        "account",
        [f"account-{maria.pk}"],
        "Changed the own password.",
    )


def test_other_browsers_are_signed_out_by_it(client, maria):
    other = signed_in(Client(), maria)

    change(client)

    assert other.get("/admin/desk/").status_code == 302
    assert client.get("/admin/desk/").status_code == 200


def test_the_old_password_is_asked_for(client, maria, read):
    response = change(client, current="wrong")

    assert response.status_code == 403
    assert "That is not your password until now." in read(response)
    maria.refresh_from_db()
    assert maria.check_password(PASSWORD)


def test_guessing_the_old_password_is_slowed_down(client, read):
    for _ in range(5):
        response = change(client, current="wrong")

    assert "Wait 30 seconds" in read(response)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("fourteen chars", "fourteen chars", "at least 15 characters"),
        ("manchesterunited", "manchesterunited", "too common"),
        ("passwordpassword", "passwordpassword", "too common"),
        ("sunshine1234567!", "sunshine1234567!", "too common"),
        ("000000000000000", "000000000000000", "too common"),
        ("maria@example.com", "maria@example.com", "too similar"),
        (NEW, NEW + "!", "didn’t match"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(client, maria, read, first, second, said):
    response = change(client, first=first, second=second)

    assert said in read(response)
    maria.refresh_from_db()
    assert maria.check_password(PASSWORD)


# --- recovery codes --------------------------------------------------------------------------------

MAKE = "/admin/your-sign-in/recovery-codes/"


def make_codes(client, maria, **changes):
    return client.post(MAKE, {"password": PASSWORD, "code": code_of(maria)} | changes)


def test_new_recovery_codes_are_made_for_who_gives_both_factors_once_more(client, maria):
    response = make_codes(client, maria)

    assert len(set(response.context["codes"])) == 10
    entry = AccessEntry.objects.get()
    assert (entry.action, entry.by_id, entry.detail) == ("account", maria.pk, "Made new recovery codes.")


def test_whoever_lost_the_phone_makes_new_ones_with_one_of_the_old(client, maria):
    old = second_factor.new_recovery_codes(maria)

    assert len(make_codes(client, maria, code=old[0]).context["codes"]) == 10


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({}, 403, "That is not your password."),
        ({"password": PASSWORD, "code": "123456"}, 403, "That code does not fit"),
        ({"password": PASSWORD, "code": ""}, 200, "This field is required."),
    ],
)
def test_an_open_screen_alone_makes_none(client, maria, read, changes, status, said):
    old = second_factor.new_recovery_codes(maria)

    response = client.post(MAKE, {"password": "wrong", "code": code_of(maria)} | changes)

    assert response.status_code == status
    assert said in read(response)
    assert "codes" not in response.context
    assert second_factor.accepts(maria, old[0])


def test_guessing_there_is_slowed_down(client, maria, read):
    for _ in range(5):
        response = make_codes(client, maria, password="wrong")

    assert "Wait 30 seconds" in read(response)
