"""Everybody keeps the own password and recovery codes."""

import pytest
from django.test import Client

from rlsinfo.staff.models import AccessEntry
from tests.staff.signing_in import PASSWORD, signed_in

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
