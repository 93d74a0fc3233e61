"""Staff come in with a password and a code from their phone, and in no other way."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from justhtml import JustHTML

from rlsinfo.staff import second_factor
from rlsinfo.staff.models import AccessEntry, RecoveryCode
from tests.factories import make_staff
from tests.staff.signing_in import (
    CODE,
    LOGIN,
    PASSWORD,
    PHONE,
    code_for,
    code_of,
    give_password,
    sign_in,
    signed_in,
    wrong_code,
)

pytestmark = pytest.mark.django_db

DESK = "/admin/desk/"


def is_in(client: Client) -> bool:
    return client.get(DESK).status_code == 200


def what_happened() -> list[tuple[str, int | None, str, str]]:
    entries = AccessEntry.objects.order_by("number")
    return list(entries.values_list("action", "by_id", "outcome", "detail"))


class TestWithAPhone:
    def test_password_and_code_lead_in(self, client, maria):
        response = sign_in(client, maria)

        assert response.url == "/admin/"
        assert is_in(client)
        assert what_happened() == [("sign_in", maria.pk, "done", "")]

    def test_the_password_alone_opens_nothing(self, client, maria):
        response = give_password(client, maria.username)

        assert response.url == CODE
        assert "_auth_user_id" not in client.session
        assert not is_in(client)
        assert not AccessEntry.objects.exists()

    def test_the_code_comes_after_the_password(self, client, maria):
        assert client.get(CODE).url == LOGIN
        assert client.post(CODE, {"code": code_of(maria)}).url == LOGIN
        assert client.get(PHONE).url == LOGIN
        assert not is_in(client)

    def test_who_has_a_phone_cannot_set_up_another_with_the_password_alone(self, client, maria):
        give_password(client, maria.username)
        secret = client.session["sign_in"]["secret"]

        assert client.get(PHONE).url == CODE
        assert client.post(PHONE, {"code": code_for(secret)}).url == CODE
        assert TOTPDevice.objects.filter(user=maria).count() == 1
        assert not is_in(client)

    def test_a_wrong_code_is_refused_and_written_down(self, client, maria, read):
        give_password(client, maria.username)

        response = client.post(CODE, {"code": wrong_code(second_factor.device_of(maria).key)})

        assert response.status_code == 403
        assert "That code does not fit, or was used before." in read(response)
        assert not is_in(client)
        assert what_happened() == [("sign_in", maria.pk, "refused", "Wrong code.")]

    def test_a_code_works_once(self, client, maria):
        code = code_of(maria)
        sign_in(client, maria)

        thief = Client()
        give_password(thief, maria.username)
        response = thief.post(CODE, {"code": code})

        assert response.status_code == 403
        assert not is_in(thief)

    @pytest.mark.parametrize(("steps", "comes_in"), [(-2, False), (-1, True), (1, True), (2, False)])
    def test_a_clock_may_be_half_a_minute_off(self, client, maria, steps, comes_in):
        with time_machine.travel("2026-11-20T12:00:10Z", tick=False):
            give_password(client, maria.username)
            client.post(CODE, {"code": code_of(maria, steps=steps)})

            assert is_in(client) == comes_in

    def test_spaces_in_a_code_do_not_matter(self, client, maria):
        give_password(client, maria.username)
        code = code_of(maria)

        client.post(CODE, {"code": f" {code[:3]} {code[3:]} "})

        assert is_in(client)

    def test_the_code_of_a_colleague_does_not_fit(self, client, maria):
        sam = make_staff()
        give_password(client, maria.username)

        client.post(CODE, {"code": code_of(sam)})

        assert not is_in(client)

    def test_there_are_ten_minutes_for_the_code(self, client, maria):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            give_password(client, maria.username)
            clock.shift(timedelta(minutes=10, seconds=1))

            assert client.post(CODE, {"code": code_of(maria)}).url == LOGIN
        assert not is_in(client)

    def test_a_password_that_was_changed_meanwhile_no_longer_counts(self, client, maria):
        give_password(client, maria.username)
        maria.set_password("twelve orange lanterns")
        maria.save()

        assert client.post(CODE, {"code": code_of(maria)}).url == LOGIN

    def test_signing_in_starts_a_new_session(self, client, maria):
        give_password(client, maria.username)
        between = client.session.session_key

        sign_in(client, maria)

        assert client.session.session_key != between
        assert "sign_in" not in client.session

    def test_capitals_of_an_address_do_not_matter(self, client, maria):
        assert give_password(client, " Maria@Example.COM ").url == CODE


class TestWhoIsNotLetIn:
    @pytest.mark.parametrize(
        "changes", [{"is_active": False}, {"is_staff": False}], ids=["whose access has ended", "who is no staff"]
    )
    def test_somebody(self, client, maria, changes, read):
        User.objects.update(**changes)

        response = give_password(client, maria.username)

        assert response.status_code == 403
        assert "do not fit together" in read(response)

    def test_an_unknown_name_and_a_wrong_password_are_told_alike(self, maria, read):
        unknown = give_password(Client(), "nobody@example.com", "wrong")
        wrong = give_password(Client(), maria.username, "wrong")

        assert unknown.status_code == wrong.status_code == 403
        said = [
            JustHTML(each.content.decode(), sanitize=False).query(".notice")[0].to_text() for each in (unknown, wrong)
        ]
        assert said == ["That name and password do not fit together."] * 2
        assert [(by, detail) for _, by, _, detail in what_happened()] == [
            (None, "Unknown name."),
            (maria.pk, "Wrong password."),
        ]

    def test_what_was_typed_as_a_name_is_not_in_the_log(self, client, maria):
        give_password(client, PASSWORD, "maria@example.com")

        assert PASSWORD not in str(AccessEntry.objects.values())

    def test_a_session_ends_at_once_when_access_does(self, client, maria):
        sign_in(client, maria)
        User.objects.update(is_active=False)

        assert not is_in(client)

    def test_a_session_ends_at_once_when_the_phone_is_taken_away(self, client, maria):
        sign_in(client, maria)
        second_factor.reset(maria)

        assert not is_in(client)

    @pytest.mark.parametrize(
        "address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/a\0.html"]
    )
    def test_nobody_is_led_to_a_foreign_address_or_to_none(self, client, maria, address):
        client.post(LOGIN, {"username": maria.username, "password": PASSWORD, "next": address})

        assert client.post(CODE, {"code": code_of(maria)}).url == "/admin/"

    def test_one_is_led_to_where_one_wanted_to_go(self, client, maria):
        asked = client.get(DESK).url
        form = JustHTML(client.get(asked).content.decode(), sanitize=False)
        wanted = form.query('input[name="next"]')[0].attrs["value"]

        client.post(LOGIN, {"username": maria.username, "password": PASSWORD, "next": wanted})

        assert client.post(CODE, {"code": code_of(maria)}).url == DESK

    def test_who_is_in_does_not_sign_in_again(self, client, maria):
        assert signed_in(client, maria).get(LOGIN).url == "/admin/"

    @pytest.mark.parametrize("address", [LOGIN, CODE, PHONE])
    def test_no_step_is_kept_by_a_cache(self, client, maria, address):
        assert "no-store" in client.get(address)["Cache-Control"]


class TestTheFirstTime:
    @pytest.fixture
    def maria(self, db):
        return make_staff(username="maria@example.com", password=PASSWORD, phone=False)

    @pytest.fixture
    def at_setup(self, client, maria):
        give_password(client, maria.username)
        assert client.get(CODE).url == PHONE
        return client

    def secret(self, client):
        return client.session["sign_in"]["secret"]

    def test_a_phone_is_set_up_and_leads_in(self, at_setup, maria):
        at_setup.post(PHONE, {"code": code_for(self.secret(at_setup))})

        assert is_in(at_setup)
        assert second_factor.device_of(maria).confirmed
        assert what_happened() == [("sign_in", maria.pk, "done", "Set up a phone.")]

    def test_the_secret_is_shown_as_picture_as_text_and_as_link(self, at_setup):
        page = JustHTML(at_setup.get(PHONE).content.decode(), sanitize=False)

        shown = page.query(".secret")[0].to_text()
        assert shown == second_factor.secret_in_groups(self.secret(at_setup))
        link = next(a.attrs["href"] for a in page.query("a") if a.attrs.get("href", "").startswith("otpauth:"))
        assert shown.replace(" ", "") in link
        assert "Truffles%20Vein%20Specialists" in link
        assert page.query("svg.qr path")

    def test_the_code_field_invites_the_right_keyboard(self, at_setup):
        field = JustHTML(at_setup.get(PHONE).content.decode(), sanitize=False).query('input[name="code"]')[0].attrs

        assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")

    def test_a_wrong_code_keeps_the_same_secret(self, at_setup, maria, read):
        secret = self.secret(at_setup)

        response = at_setup.post(PHONE, {"code": wrong_code(secret)})

        assert response.status_code == 403
        assert "That code does not fit." in read(response)
        assert second_factor.secret_in_groups(secret) in read(response)
        assert second_factor.device_of(maria) is None
        assert not is_in(at_setup)

    def test_the_code_that_set_up_the_phone_does_not_work_again(self, at_setup, maria):
        code = code_for(self.secret(at_setup))
        at_setup.post(PHONE, {"code": code})

        thief = Client()
        give_password(thief, maria.username)

        assert thief.post(CODE, {"code": code}).status_code == 403

    def test_of_two_who_set_up_a_phone_at_once_the_first_has_it(self, at_setup, maria):
        other = Client()
        give_password(other, maria.username)
        assert second_factor.set_up(maria, self.secret(other), code_for(self.secret(other)))

        assert second_factor.set_up(maria, self.secret(at_setup), code_for(self.secret(at_setup))) is None

    def test_ten_codes_are_shown_and_kept_as_digests_alone(self, at_setup, maria):
        response = at_setup.post(PHONE, {"code": code_for(self.secret(at_setup))})

        codes = response.context["codes"]
        assert len(set(codes)) == 10
        assert all(code in response.content.decode() for code in codes)
        kept = str(list(RecoveryCode.objects.values()))
        assert not any(code.replace("-", "") in kept for code in codes)


class TestARecoveryCode:
    @pytest.fixture
    def codes(self, maria):
        return second_factor.new_recovery_codes(maria)

    def use(self, client, maria, code):
        give_password(client, maria.username)
        return client.post(CODE, {"code": code, "recovery": "1"})

    def test_stands_in_for_the_phone(self, client, maria, codes):
        self.use(client, maria, codes[3].lower().replace("-", " "))

        assert is_in(client)
        assert second_factor.recovery_codes_left(maria) == 9

    def test_works_once(self, client, maria, codes):
        self.use(client, maria, codes[0])

        response = self.use(Client(), maria, codes[0])

        assert response.status_code == 403

    def test_of_a_colleague_does_not_fit(self, client, maria, codes):
        sam = make_staff(password=PASSWORD)

        assert self.use(client, sam, codes[0]).status_code == 403

    def test_is_void_once_new_ones_are_made(self, client, maria, codes):
        signed_in(client, maria)

        both = {"password": PASSWORD, "code": code_of(maria)}
        new = client.post("/admin/your-sign-in/recovery-codes/", both).context["codes"]

        assert self.use(Client(), maria, codes[0]).status_code == 403
        assert self.use(Client(), maria, new[0]).status_code == 302
        assert ("account", maria.pk, "done", "Made new recovery codes.") in what_happened()

    def test_is_counted_where_new_ones_are_made(self, client, maria, codes, read):
        assert "<b>10</b> of 10 left" in read(signed_in(client, maria).get("/admin/your-sign-in/"))

    def test_is_missed_when_few_are_left(self, client, maria, codes, read):
        RecoveryCode.objects.filter(pk__in=list(RecoveryCode.objects.values_list("pk", flat=True)[:6])).delete()

        self.use(client, maria, codes[9])

        assert "You have 3 recovery codes left." in read(client.get(DESK))

    def test_goes_with_the_phone(self, maria, codes):
        second_factor.reset(maria)

        assert not RecoveryCode.objects.filter(user=maria).exists()
        assert not second_factor.accepts(maria, codes[0])


def test_signing_out_is_written_down(client, maria, read):
    signed_in(client, maria)

    page = read(client.post("/admin/logout/"))

    assert "Nobody can see the requests from this browser any more." in page
    assert what_happened() == [("sign_out", maria.pk, "done", "")]
    assert not is_in(client)


def test_signing_out_makes_the_browser_drop_the_pages_it_kept(client, maria):
    signed_in(client, maria)

    answer = client.post("/admin/logout/")

    assert answer["Clear-Site-Data"] == '"cache"'
    assert "no-store" in answer["Cache-Control"]


def test_a_session_that_was_signed_out_is_worthless_to_who_kept_its_cookie(client, maria, settings):
    sign_in(client, maria)
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert is_in(thief)

    client.post("/admin/logout/")

    assert not is_in(thief)


def test_a_session_has_a_name_that_nobody_guesses(client, maria):
    names = set()
    for _ in range(50):
        client = signed_in(Client(), maria)
        names.add(client.session.session_key)

    # 32 characters of 36 are 165 bits; the standard asks for 128.
    assert len(names) == 50
    assert all(len(name) == 32 and set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789") for name in names)
    assert len({character for name in names for character in name}) == 36
