"""What a password must be, beyond Django's own rules."""

import string

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import CommonPasswordValidator

DECORATION = string.digits + string.punctuation + string.whitespace


class CommonAtHeartValidator(CommonPasswordValidator):
    """A common password does not become a good one by being written twice, or with digits after it."""

    def validate(self, password: str, user: User | None = None) -> None:
        text = password.lower().strip()
        # The shortest piece that makes the whole when repeated: where the text first stands again in itself twice.
        piece = text[: (text + text).find(text, 1)]
        heart = piece.strip(DECORATION)
        super().validate(heart or "password")
