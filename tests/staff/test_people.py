"""An administrator invites people, says what their work is, and ends their access; each step is written down."""

from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from justhtml import JustHTML

from rlsinfo.staff import invitations, people, roles, second_factor, throttle
from rlsinfo.staff.models import AccessEntry, FailedTries
from tests.factories import make_staff
from tests.staff.signing_in import PASSWORD, give_password, signed_in

pytestmark = pytest.mark.django_db

PEOPLE = "/admin/people/"
INVITATION = {
    "first_name": "Nora",
    "last_name": "Reed",
    "email": "Nora@Example.com",
    "roles": [roles.FRONT_DESK, roles.LEAD],
}


def make_administrator(**changes) -> User:
    user = make_staff("nothing", **{"password": PASSWORD} | changes)
    user.groups.add(Group.objects.get_or_create(name=roles.ADMINISTRATOR)[0])
    return user


@pytest.fixture
def adam():
    return make_administrator(username="adam@example.com", email="adam@example.com", first_name="Adam")


@pytest.fixture
def admin(adam):
    """The browser of Adam, who is signed in."""
    return signed_in(Client(), adam)


@pytest.fixture
def sent():
    """Whom invitations were sent to."""
    sent = []

    def send(sender, user, **kwargs):
        sent.append(user.email)

    invitations.invited.connect(send)
    yield sent
    invitations.invited.disconnect(send)


def press(client: Client, user: User, button: str, **words):
    """Press a button on somebody's page, and see what it says."""
    return client.post(f"{PEOPLE}{user.pk}/{button}/", words, follow=True)


def work_of(user: User) -> set[str]:
    return {group.name for group in User.objects.get(pk=user.pk).groups.all()}


def last_entry() -> tuple[str, list[str], str, str]:
    entry = AccessEntry.objects.order_by("-number").first()
    return (entry.action, entry.subjects, entry.detail, entry.outcome)


def row_of(response, name: str) -> str:
    rows = JustHTML(response.content.decode(), sanitize=False).query("tbody tr")
    return next(" ".join(row.to_text().split()) for row in rows if name in row.to_text())


class TestTheList:
    def test_shows_work_access_phone_and_last_sign_in(self, admin, maria):
        maria.groups.set(Group.objects.filter(name=roles.LEAD))
        make_staff(first_name="Nora", phone=False)
        make_staff(first_name="Olga", is_active=False)

        page = admin.get(PEOPLE)

        assert "Lead Active Set up Never" in row_of(page, "Maria Lopez")
        assert "Administrator Active Set up" in row_of(page, "Adam")
        assert "None yet Invited Not set up Never" in row_of(page, "Nora")
        assert "Ended" in row_of(page, "Olga")

    def test_names_an_account_from_before_there_were_roles_an_administrator(self, admin):
        make_staff(first_name="Boss", is_superuser=True)

        assert "Administrator" in row_of(admin.get(PEOPLE), "Boss")

    def test_takes_the_same_few_queries_however_many_there_are(self, admin, django_assert_max_num_queries):
        for _ in range(20):
            make_staff()

        with django_assert_max_num_queries(12):
            admin.get(PEOPLE)


class TestInviting:
    def test_makes_an_account_that_waits_for_its_person(self, admin, adam, sent, read):
        response = admin.post(f"{PEOPLE}invite/", INVITATION, follow=True)

        nora = User.objects.get(username="nora@example.com")
        assert "An invitation is on its way to nora@example.com." in read(response)
        assert "Front desk, Lead Invited Not set up Never" in row_of(response, "Nora Reed")
        assert (nora.email, nora.is_staff, nora.is_superuser) == ("nora@example.com", True, False)
        assert not nora.has_usable_password()
        assert work_of(nora) == {roles.FRONT_DESK, roles.LEAD}
        assert sent == ["nora@example.com"]
        assert last_entry() == ("invited", [f"account-{nora.pk}"], "Work: Front desk, Lead.", "done")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"roles": []}, "Tick at least one."),
            ({"roles": ["Owner"]}, "Select a valid choice."),
            ({"email": "nora"}, "Write an address such as name@example.com."),
            ({"email": "ADAM@example.com"}, "is on the list already"),
            ({"first_name": ""}, "Write the first name."),
        ],
    )
    def test_says_what_is_wrong_and_sends_nothing(self, admin, sent, read, changes, said):
        page = read(admin.post(f"{PEOPLE}invite/", INVITATION | changes))

        assert said in page
        assert 'value="Reed"' in page
        assert sent == []
        assert User.objects.count() == 1

    def test_of_two_who_invite_the_same_person_at_once_the_second_is_told(self, admin, sent, read, monkeypatch):
        make_staff(username="nora@example.com")
        monkeypatch.setattr(people.InvitationForm, "clean_email", lambda form: "nora@example.com")

        page = read(admin.post(f"{PEOPLE}invite/", INVITATION))

        assert "is on the list already" in page
        assert sent == []
        assert last_entry()[3] == "failed"

    def test_makes_nothing_when_the_mail_cannot_be_stored(self, admin):
        def fail(sender, **kwargs):
            raise RuntimeError

        invitations.invited.connect(fail)
        try:
            with pytest.raises(RuntimeError):
                admin.post(f"{PEOPLE}invite/", INVITATION)
        finally:
            invitations.invited.disconnect(fail)

        assert not User.objects.filter(email="nora@example.com").exists()
        assert last_entry()[3] == "failed"

    def test_again_serves_who_lost_the_link_or_forgot_the_password(self, admin, sent, read):
        maria = make_staff(username="maria@example.com", email="maria@example.com", password=PASSWORD)
        own = signed_in(Client(), maria)

        page = read(press(admin, maria, "invite-again"))

        assert "A new invitation is on its way to maria@example.com." in page
        assert sent == ["maria@example.com"]
        assert own.get("/admin/desk/").status_code == 302
        assert last_entry() == ("invited", [f"account-{maria.pk}"], "Invited again.", "done")

    def test_again_lets_somebody_come_back_with_the_same_work(self, admin, sent, maria):
        User.objects.filter(pk=maria.pk).update(email="maria@example.com")
        maria.groups.set(Group.objects.filter(name=roles.LEAD))
        press(admin, maria, "end-access")

        press(admin, maria, "invite-again")

        assert "Lead Invited Not set up" in row_of(admin.get(PEOPLE), "Maria Lopez")

    def test_again_is_not_possible_without_an_address(self, admin, maria, sent, read):
        assert "There is no e-mail address" in read(press(admin, maria, "invite-again"))
        assert sent == []
        assert "Send a new invitation" not in read(admin.get(f"{PEOPLE}{maria.pk}/"))

    def test_again_ends_the_pause_of_somebody_whom_others_kept_out(self, admin, sent):
        maria = make_staff(username="maria@example.com", email="maria@example.com", password=PASSWORD)
        for number in range(15):
            give_password(Client(), maria.username, "wrong", REMOTE_ADDR=f"198.51.100.{number}")
        everywhere = FailedTries.objects.filter(count__gte=throttle.FROM_EVERYWHERE.free)
        assert everywhere.exists()

        press(admin, maria, "invite-again")

        assert not everywhere.exists()


class TestWork:
    def test_is_changed_at_once(self, admin, maria, read):
        page = read(press(admin, maria, "roles", roles=[roles.EDITOR, roles.FIGURES]))

        assert "Maria Lopez is now: " in page
        assert work_of(maria) == {roles.EDITOR, roles.FIGURES}
        assert last_entry()[:2] == ("account", [f"account-{maria.pk}"])

    def test_is_never_nothing(self, admin, maria, read):
        maria.groups.set(Group.objects.filter(name=roles.LEAD))

        page = read(press(admin, maria, "roles"))

        assert "Tick at least one" in page
        assert work_of(maria) == {roles.LEAD}
        assert last_entry()[3] == "refused"

    def test_takes_the_power_over_everything_from_an_old_account(self, admin):
        boss = make_staff(is_superuser=True)

        press(admin, boss, "roles", roles=[roles.EDITOR])

        assert not User.objects.get(pk=boss.pk).is_superuser


class TestALostPhone:
    def test_is_taken_away_and_ends_the_sessions_that_rest_on_it(self, admin, maria, read):
        own = signed_in(Client(), maria)

        page = read(press(admin, maria, "reset-second-factor"))

        assert "sets up a phone anew at the next sign-in" in page
        assert own.get("/admin/desk/").status_code == 302
        assert last_entry() == (
            "account",
            [f"account-{maria.pk}"],
            "Took the phone and the recovery codes away.",
            "done",
        )

    def test_once_replaced_does_not_bring_an_old_session_back(self, admin, maria):
        own = signed_in(Client(), maria)
        press(admin, maria, "reset-second-factor")
        signed_in(Client(), make_staff())
        second_factor.TOTPDevice.objects.create(user=maria, name="Phone")

        assert own.get("/admin/desk/").status_code == 302


class TestTheEnd:
    def test_of_access_comes_at_once(self, admin, maria, read):
        own = signed_in(Client(), maria)

        page = read(press(admin, maria, "end-access"))

        assert "can no longer sign in, and is signed out everywhere" in page
        assert own.get("/admin/desk/").status_code == 302
        assert second_factor.device_of(maria) is None
        assert last_entry() == ("account", [f"account-{maria.pk}"], "Ended the access.", "done")
        assert give_password(Client(), maria.username).status_code == 403

    def test_keeps_the_account_and_what_it_did(self, admin, maria):
        press(admin, maria, "end-access")

        assert User.objects.filter(pk=maria.pk).exists()


@pytest.mark.parametrize("button", ["end-access", "roles", "invite-again", "reset-second-factor"])
def test_nobody_changes_the_own_account(admin, adam, sent, read, button):
    make_administrator()

    page = read(press(admin, adam, button, roles=[roles.EDITOR]))

    assert "Nobody can change the own account here." in page
    assert work_of(adam) == {roles.ADMINISTRATOR}
    assert sent == []
    assert last_entry()[1:] == ([f"account-{adam.pk}"], "", "refused")
    assert "<form" not in page.partition('class="desk staff"')[2]


@pytest.mark.parametrize("button", ["end-access", "roles"])
def test_the_last_administrator_stays(adam, read, button):
    helper = signed_in(Client(), make_staff("change_user", "view_user"))

    page = read(press(helper, adam, button, roles=[roles.EDITOR]))

    assert "This is the last administrator." in page
    adam.refresh_from_db()
    assert adam.is_active
    assert work_of(adam) == {roles.ADMINISTRATOR}
    assert second_factor.device_of(adam)


@pytest.mark.parametrize("button", ["end-access", "roles", "invite-again", "reset-second-factor"])
def test_who_may_only_look_changes_nothing(maria, read, button):
    looker = signed_in(Client(), make_staff("view_user"))

    assert press(looker, maria, button, roles=[roles.ADMINISTRATOR]).status_code == 403
    assert work_of(maria) == set()
    assert last_entry()[3] == "refused"
    assert f"/{maria.pk}/" not in read(looker.get(f"{PEOPLE}{maria.pk}/")).partition('class="desk staff"')[2]


def test_who_is_no_staff_is_not_on_the_list(admin):
    visitor = User.objects.create_user("visitor")

    assert admin.get(f"{PEOPLE}{visitor.pk}/").status_code == 404
    assert press(admin, visitor, "end-access").status_code == 404


def test_the_stock_pages_of_accounts_are_gone(client):
    boss = signed_in(client, make_staff(is_superuser=True))

    for page in ("auth/user/", "auth/group/", "otp_totp/totpdevice/"):
        assert boss.get(f"/admin/{page}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_end_each_other_at_once_one_stays():
    for name in roles.ROLES:
        Group.objects.get_or_create(name=name)
    helpers = [make_staff("change_user", "view_user") for _ in range(2)]
    administrators = [make_administrator() for _ in range(2)]
    for helper, administrator in zip(helpers, administrators, strict=True):
        administrator.user_permissions.set(helper.user_permissions.all())
    start = Barrier(2)

    def end(who: User, whom: User) -> None:
        client = signed_in(Client(), who)
        start.wait()
        try:
            client.post(f"{PEOPLE}{whom.pk}/end-access/")
        finally:
            connection.close()

    threads = [Thread(target=end, args=pair) for pair in (administrators, administrators[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert User.objects.filter(pk__in=[each.pk for each in administrators], is_active=True).count() == 1


@pytest.mark.parametrize("field", ["first_name", "last_name"])
@pytest.mark.parametrize("hostile", ["Nora\x1b[31m", "aroN\u202e", "Nora\uffff", "\u200b", "\u2800"], ids=ascii)
def test_a_name_that_nobody_can_read_is_given_to_nobody(admin, sent, field, hostile):
    answer = admin.post(f"{PEOPLE}invite/", INVITATION | {field: hostile})

    assert "Nothing was sent yet" in answer.content.decode()
    assert not sent
    assert not User.objects.filter(username="nora@example.com").exists()


@pytest.mark.parametrize("address", ['"\x01"@example.com', '"\\\x1b"@example.com', '"\x7f"@example.com'], ids=ascii)
def test_an_address_with_control_characters_is_given_to_nobody(admin, sent, address):
    answer = admin.post(f"{PEOPLE}invite/", INVITATION | {"email": address})

    assert "The address holds a control character" in answer.content.decode()
    assert not sent
    assert User.objects.count() == 1


def test_what_the_page_says_next_is_in_no_cookie(admin, sent):
    answer = admin.post(f"{PEOPLE}invite/", INVITATION)

    assert sent
    assert "messages" not in answer.cookies
