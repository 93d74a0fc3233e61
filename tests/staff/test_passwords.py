"""What a password may be, and how it is kept."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.conf import global_settings, settings
from django.contrib.auth import password_validation
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string
from hypothesis import given
from hypothesis import strategies as st
from justhtml import JustHTML

from tests.staff.signing_in import CODE, LOGIN, PASSWORD, give_password, signed_in

LONG = "correct horse battery staple " * 6 + "and the end of it"


def refused(password: str) -> bool:
    try:
        password_validation.validate_password(password)
    except ValidationError:
        return True
    return False


@pytest.mark.parametrize("length", [15, 64, 200])
def test_fifteen_characters_are_enough_and_two_hundred_are_not_too_many(length):
    assert not refused(LONG[:length])
    assert refused(LONG[:14])


@pytest.mark.parametrize(
    "password",
    [
        "only small letters here",
        "ONLY CAPITALS ARE HERE",
        "84920174652901846",
        "ключ от старого сада",
        "七つの静かな緑の小さな船に乗る人々",
    ],
)
def test_no_kind_of_character_has_to_be_in_it(password):
    assert not refused(password)


@pytest.mark.parametrize(
    "password",
    [
        *("trufflesveinspecialists", "TrufflesVein2026!", "truffles-vein-specialists", "Truffl3sV31n2026!!"),
        *(
            "restlesslegssyndrome",
            "rlsrlsrlsrlsrlsrls",
            "frontdeskfrontdesk",
            "Clinic Password 2026",
            "W3lcome P@tients!!",
        ),
        "trufflesveinspecialists.com",
    ],
)
def test_the_words_of_this_site_make_no_password(password):
    with pytest.raises(ValidationError, match="anybody would try here first"):
        password_validation.validate_password(password)


@pytest.mark.parametrize(
    "password", ["seven quiet green boats", "truffles under seven old oaks", "1ron bridges in the fog"]
)
def test_a_word_of_this_site_among_others_does_no_harm(password):
    assert not refused(password)


@given(st.text(min_size=15, max_size=80))
def test_any_text_is_judged(password):
    refused(password)


def test_every_password_that_was_seen_in_breaches_is_refused_alone_twice_and_with_a_year():
    known = gzip.decompress((Path(password_validation.__file__).parent / "common-passwords.txt.gz").read_bytes())
    breached = known.decode().split("\n")[:-1]
    assert len(breached) > 19_000
    breached = [each for each in breached[:3000] if len(each) >= 5]

    assert [each for each in breached if not refused(each)] == []
    assert [each for each in breached if not refused((each * 15)[: len(each) * -(-15 // len(each))])] == []
    assert [each for each in breached if not refused(f"{each}{'2026!' * 3}")] == []


def test_passwords_are_kept_as_slow_digests():
    # Not as the tests of signing in are set, but as the site is.
    hasher = import_string(global_settings.PASSWORD_HASHERS[0])()
    kept = hasher.encode(PASSWORD, hasher.salt())

    assert "PASSWORD_HASHERS" not in (settings.BASE_DIR / "rlsinfo/settings.py").read_text(encoding="utf-8")
    assert isinstance(hasher, PBKDF2PasswordHasher)
    # What OWASP advises for PBKDF2 with SHA-256 is 600,000.
    assert hasher.decode(kept)["iterations"] >= 600_000
    assert PASSWORD not in kept


@pytest.mark.django_db
class TestAPasswordIsTaken:
    def test_to_its_last_character(self, maria):
        maria.set_password(LONG)
        maria.save()

        assert give_password(Client(), maria.username, LONG[:-1]).status_code == 403
        assert give_password(Client(), maria.username, LONG).url == CODE

    @pytest.mark.parametrize("other", [PASSWORD.upper(), PASSWORD.title(), f" {PASSWORD}", f"{PASSWORD} "])
    def test_exactly_as_it_was_typed(self, maria, other):
        assert give_password(Client(), maria.username, other).status_code == 403

    def test_for_years(self, maria):
        with time_machine.travel(timezone.now() + timedelta(days=4000)):
            assert give_password(Client(), maria.username).url == CODE

    @pytest.mark.parametrize("address", [LOGIN, "/admin/password_change/", "/admin/your-sign-in/"])
    def test_hidden_while_typed_and_from_a_password_manager_too(self, client, maria, address):
        if address != LOGIN:
            signed_in(client, maria)
        source = client.get(address).content.decode()

        fields = JustHTML(source, sanitize=False).query('input[type="password"]')
        assert fields
        for field in fields:
            assert field.attrs["autocomplete"] in {"current-password", "new-password"}
            assert int(field.attrs.get("maxlength", 4096)) >= 200
            assert not {"onpaste", "readonly"} & field.attrs.keys()


@pytest.mark.django_db
def test_a_new_site_has_no_account_and_no_password():
    assert not User.objects.exists()
