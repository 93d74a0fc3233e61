"""What somebody at the sign-in page types."""

from time import time

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP

from rlsinfo.staff import second_factor

PASSWORD = "eleven purple lanterns"
LOGIN, CODE, PHONE = "/admin/login/", "/admin/login/code/", "/admin/login/phone/"


def code_for(secret: str, *, steps: int = 0) -> str:
    """The six digits that a phone shows now, or so many half minutes from now."""
    totp = TOTP(bytes.fromhex(secret))
    totp.time = time() + 30 * steps
    return f"{totp.token():06}"


def code_of(user: User, *, steps: int = 0) -> str:
    """The six digits on somebody's own phone."""
    device = second_factor.device_of(user)
    assert device
    return code_for(device.key, steps=steps)


def wrong_code(secret: str) -> str:
    """Six digits that fit at no time around now."""
    right = {code_for(secret, steps=steps) for steps in range(-3, 4)}
    return next(code for code in map("{:06}".format, range(10)) if code not in right)


def give_password(client: Client, username: str, password: str = PASSWORD, **where: str):
    """The first step."""
    return client.post(LOGIN, {"username": username, "password": password}, **where)


def sign_in(client: Client, user: User, **where: str):
    """Both steps, as a person takes them."""
    assert give_password(client, user.username, **where).status_code == 302
    return client.post(CODE, {"code": code_of(user)}, **where)


def signed_in(client: Client, user: User) -> Client:
    """The same browser after both steps, without taking them."""
    client.force_login(user)
    return client
