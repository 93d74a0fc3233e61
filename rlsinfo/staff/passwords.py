"""What a password must be, beyond Django's own rules."""

import re
import string

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

DECORATION = string.digits + string.punctuation + string.whitespace
# Tried first by whoever wants into this site; the clinic's own name is added to them.
OWN_WORDS = (
    *("restless", "legs", "leg", "syndrome", "rls", "rlsinfo", "veins", "vein", "vascular", "iron", "sleep", "guide"),
    *("clinic", "frontdesk", "front", "desk", "reception", "consultation", "request", "patients", "patient", "doctor"),
    *("staff", "admin", "administrator", "manager", "password", "login", "welcome", "secret", "letmein"),
)
DISGUISES = str.maketrans("013457@$!", "oleastasi")
FEWEST_OTHER_LETTERS = 8
COUNTING = string.digits * 5
SHORTEST_PIECE = 5
"""Fewer characters repeated to the end are no password."""


class CommonAtHeartValidator(CommonPasswordValidator):
    """A common password does not become a good one by being written twice, or with digits after it."""

    def validate(self, password: str, user: User | None = None) -> None:
        text = password.lower().strip()
        # The shortest piece that makes the whole when repeated: where the text first stands again in itself twice.
        piece = text[: (text + text).find(text, 1)]
        counted = text in COUNTING or text in COUNTING[::-1]
        is_pattern = counted or len(piece.strip(string.punctuation + string.whitespace)) < SHORTEST_PIECE
        # "trustno1" with a year behind it: each beginning that is followed by decoration alone.
        beginnings = (text[:end] for end in range(max(len(text.rstrip(DECORATION)), SHORTEST_PIECE), len(text)))
        for tried in ("password",) if is_pattern else (piece, piece.strip(DECORATION), *beginnings):
            super().validate(tried)


class OwnWordsValidator:
    """A password is not made of the words of this site alone, however they are written or decorated."""

    def validate(self, password: str, user: User | None = None) -> None:
        letters = "".join(filter(str.isalpha, password.lower().translate(DISGUISES)))
        others = own_words().sub("", letters)
        if others != letters and len(others) < FEWEST_OTHER_LETTERS:
            raise ValidationError(
                "This password is made of words that anybody would try here first. "
                "Add words that have nothing to do with the clinic.",
                code="own_words",
            )


def own_words() -> re.Pattern[str]:
    """Any of the words that are no secret here, the longest first."""
    clinic = re.findall(r"[a-z]+", f"{settings.CLINIC.name} {settings.CLINIC.site}".lower())
    return re.compile("|".join(map(re.escape, sorted({*OWN_WORDS, *clinic}, key=len, reverse=True))))
