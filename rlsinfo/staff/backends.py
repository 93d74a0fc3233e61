"""Finds the person of a session together with the phone that vouches for them, in one query."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery
from django_otp.plugins.otp_totp.models import TOTPDevice


class StaffBackend(ModelBackend):
    """Django's own, which also says as `phone_id` which phone somebody has set up."""

    def get_user(self, user_id: int) -> User | None:
        phone = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True).values("pk")[:1]
        user = User.objects.annotate(phone_id=Subquery(phone)).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
