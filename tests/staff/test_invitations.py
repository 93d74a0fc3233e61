"""Somebody is invited by mail, chooses a password, sets up a phone, and is in."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from rlsinfo.staff import invitations
from rlsinfo.staff.models import AccessEntry
from tests.factories import make_staff
from tests.staff.signing_in import CODE, PASSWORD, PHONE, code_for, give_password, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def nora():
    nora = make_staff(
        username="nora@example.com", email="nora@example.com", first_name="Nora", last_name="Reed", phone=False
    )
    invitations.invite(nora)
    return nora


def path_of(user: User) -> str:
    return urlsplit(invitations.link(user)).path


def choose(client: Client, path: str, password: str = PASSWORD):
    """Open the link, and choose a password where it leads."""
    opened = client.get(path)
    if opened.status_code != 302:
        return opened
    return client.post(opened.url, {"new_password1": password, "new_password2": password})


def test_the_link_leads_through_password_and_phone_into_the_admin(client, nora):
    assert choose(client, path_of(nora)).url == CODE
    assert client.get(CODE).url == PHONE
    client.post(PHONE, {"code": code_for(client.session["sign_in"]["secret"])})

    assert client.get("/admin/desk/").status_code == 200
    nora.refresh_from_db()
    assert nora.check_password(PASSWORD)
    details = AccessEntry.objects.order_by("number").values_list("by_id", "detail")
    assert list(details) == [(nora.pk, "Chose a password."), (nora.pk, "Set up a phone.")]


def test_the_password_alone_signs_nobody_in(client, nora):
    choose(client, path_of(nora))

    assert client.get("/admin/desk/").status_code == 302


def test_a_link_works_once(nora, read):
    path = path_of(nora)
    choose(Client(), path)

    again = choose(Client(), path, "twelve orange lanterns")

    assert again.status_code == 410
    assert "This link no longer works" in read(again)
    nora.refresh_from_db()
    assert nora.check_password(PASSWORD)


def test_opening_a_link_uses_nothing_up(nora):
    path = path_of(nora)
    Client().get(path)
    Client().head(path)

    assert choose(Client(), path).url == CODE


def test_a_link_works_for_seven_days(nora):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        path = path_of(nora)
        clock.shift(timedelta(days=7))
        assert Client().get(path).status_code == 302

        clock.shift(timedelta(seconds=1))

        assert Client().get(path).status_code == 410


def test_a_new_invitation_makes_the_old_link_and_the_old_password_worthless(maria):
    path = path_of(maria)

    invitations.invite(maria)

    assert Client().get(path).status_code == 410
    assert give_password(Client(), maria.username).status_code == 403
    assert choose(Client(), path_of(maria)).url == CODE


def test_who_has_a_phone_needs_it_after_choosing_a_new_password(client, maria):
    choose(client, path_of(maria), "twelve orange lanterns")

    assert client.get(CODE).status_code == 200
    assert client.get(PHONE).url == CODE


def test_a_link_is_worthless_once_access_has_ended(nora):
    path = path_of(nora)
    User.objects.update(is_active=False)

    assert Client().get(path).status_code == 410


@pytest.mark.parametrize(
    "change",
    [lambda uid, token: (uid, token[:-1] + "x"), lambda uid, token: ("OTk", token)],
    ids=["another token", "another person"],
)
def test_a_forged_link_is_worthless(nora, change):
    *before, uid, token, _ = path_of(nora).split("/")
    uid, token = change(uid, token)

    assert Client().get("/".join([*before, uid, token, ""])).status_code == 410


def test_the_token_does_not_stay_in_the_address(client, nora):
    token = path_of(nora).split("/")[-2]

    assert token not in client.get(path_of(nora)).url


def test_a_weak_password_is_refused_with_the_reason(client, nora, read):
    page = choose(client, path_of(nora), "fourteen chars")

    assert "at least 15 characters" in read(page)
    nora.refresh_from_db()
    assert not nora.has_usable_password()


def test_the_mail_says_what_to_do_and_that_the_account_is_for_one_person(nora, settings):
    text = invitations.text(nora)

    assert f"{settings.SITE_URL}/admin/invitation/" in text
    for words in ("Hello Nora Reed", "for 7 days", "nora@example.com", "Do not share it", "Truffles Vein Specialists"):
        assert words in text


def test_whoever_sends_mail_is_told_in_the_same_transaction(maria):
    told = []

    def store_a_mail(sender, user, **kwargs):
        told.append(user)
        raise RuntimeError("The mail could not be stored.")

    invitations.invited.connect(store_a_mail)
    try:
        with pytest.raises(RuntimeError):
            invitations.invite(maria)
    finally:
        invitations.invited.disconnect(store_a_mail)

    assert told == [maria]
    maria.refresh_from_db()
    assert maria.check_password(PASSWORD)


def test_a_signed_in_browser_is_signed_out_when_the_link_is_used_there(maria, nora):
    client = signed_in(Client(), maria)

    choose(client, path_of(nora))

    assert client.get("/admin/desk/").status_code == 302
