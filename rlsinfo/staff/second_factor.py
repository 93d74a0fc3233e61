"""The second factor: six digits from a phone that change every 30 seconds, or one of ten recovery codes.

No passkeys: django-otp has none, and what adds them needs a script to sign in, ten packages more, and a host name of
its own, which the site has not while it is tried out on 127.0.0.1.
"""

import secrets
from base64 import b32encode

import segno
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString, mark_safe
from django_otp import verify_token
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from rlsinfo.staff.models import RecoveryCode

RECOVERY_CODES = 10
# No 0 O 1 I L 2 Z 5 S 8 B U V and no vowels: read out over the phone, or copied by hand, none is taken for another.
RECOVERY_ALPHABET = "CDFGHJKMNPRTWXY34679"
RECOVERY_LENGTH = 10


def new_secret() -> str:
    """A secret to share with a phone, as hexadecimal digits."""
    return str(random_hex(20))


def secret_in_groups(secret: str) -> str:
    """The secret as somebody types it into an app: JBSW Y3DP EHPK 3PXP."""
    letters = b32encode(bytes.fromhex(secret)).decode()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def setup_link(user: User, secret: str) -> str:
    """The address that an app on the same phone opens (otpauth)."""
    return str(TOTPDevice(user=user, key=secret).config_url)


def picture(link: str) -> SafeString:
    """The link as a QR code, drawn in SVG without a style attribute."""
    drawn = segno.make(link, error="m", micro=False).svg_inline(
        border=4, light="#fff", dark="#000", omitsize=True, svgclass="qr", lineclass=None
    )
    return mark_safe(drawn)  # noqa: S308 - segno draws paths; nothing of the link is written out


def device_of(user: User) -> TOTPDevice | None:
    """The phone that somebody has set up."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def set_up(user: User, secret: str, code: str) -> TOTPDevice | None:
    """Keep a phone whose code is right, unless there is one already."""
    totp = TOTP(bytes.fromhex(secret))
    if not (_is_code(code) and totp.verify(int(code), tolerance=1)):
        return None
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if device_of(user):
            return None
        device: TOTPDevice = TOTPDevice.objects.create(user=user, name="Phone", key=secret, last_t=totp.t())
        return device


def accepts(user: User, typed: str) -> bool:
    """Whether a code is right: one of the phone that was not used before, or a recovery code, which is then used up."""
    code = "".join(c for c in typed.upper() if c.isalnum())
    device = device_of(user)
    if device is None:
        return False
    if _is_code(code):
        return verify_token(user, device.persistent_id, code) is not None
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(code), used_at=None)
    return unused.update(used_at=timezone.now()) == 1


def recovery_codes_left(user: User) -> int:
    """How many of somebody's recovery codes are unused."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def new_recovery_codes(user: User) -> list[str]:
    """Ten new codes in the place of the old ones, to be shown once: K7MR4-PXD3F."""
    codes = ["".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def reset(user: User) -> None:
    """Forget the phone and the recovery codes; sessions that rest on them end at once."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        RecoveryCode.objects.filter(user=user).delete()


def _is_code(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit()


def _digest(code: str) -> str:
    return salted_hmac("rlsinfo.staff.recovery", code, algorithm="sha256").hexdigest()
