"""Finds the person of a session, the phone that vouches for them, and all that they may do, in one query."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission, User
from django.db.models import F, Func, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Concat
from django_otp.plugins.otp_totp.models import TOTPDevice


class InOneLine(Func):
    """The texts of all rows, with a space between them; null if there are none."""

    function, template, output_field = "STRING_AGG", "%(function)s(%(expressions)s, ' ')", TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


class StaffBackend(ModelBackend):
    """Django's own, which also says as `phone_id` which phone somebody has set up."""

    def get_user(self, user_id: int) -> User | None:
        user = _everything_about(user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """What somebody may do by their groups and by themselves; Django asks for these one after the other."""
        if not user_obj.is_active or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            known: Any = user_obj if hasattr(user_obj, "by_themselves") else _everything_about(user_obj.pk).get()
            user_obj._perm_cache = {*(known.by_groups or "").split(), *(known.by_themselves or "").split()}
        allowed: set[str] = user_obj._perm_cache
        return allowed


def _everything_about(user_id: int) -> QuerySet[User]:
    phone = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True).values("pk")[:1]
    return User.objects.filter(pk=user_id).annotate(
        phone_id=Subquery(phone),
        by_groups=_allowed(group__user=OuterRef("pk")),
        by_themselves=_allowed(user=OuterRef("pk")),
    )


def _allowed(**to: OuterRef) -> Subquery:
    """The names of permissions: "staff.view_accessentry auth.view_user"."""
    name = Concat(F("content_type__app_label"), Value("."), F("codename"))
    return Subquery(Permission.objects.order_by().filter(**to).annotate(names=InOneLine(name)).values("names"))
