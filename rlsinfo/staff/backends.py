"""Finds the person of a session with the phone that vouches for them, and all that they may do, in one query each."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission, User
from django.db.models import OuterRef, Subquery
from django_otp.plugins.otp_totp.models import TOTPDevice


class StaffBackend(ModelBackend):
    """Django's own, which also says as `phone_id` which phone somebody has set up."""

    def get_user(self, user_id: int) -> User | None:
        phone = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True).values("pk")[:1]
        user = User.objects.annotate(phone_id=Subquery(phone)).filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """What somebody may do by their groups and by themselves; Django asks for these one after the other."""
        if not user_obj.is_active or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            names = Permission.objects.order_by().values_list("content_type__app_label", "codename")
            granted = names.filter(group__user=user_obj).union(names.filter(user=user_obj))
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in granted}
        allowed: set[str] = user_obj._perm_cache
        return allowed
