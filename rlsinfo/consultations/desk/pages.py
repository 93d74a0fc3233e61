"""What all pages of the desk share: who may open them, whom they are shown to, their frame, and the way to undo."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from rlsinfo.consultations import work
from rlsinfo.consultations.models import ContactAttempt
from rlsinfo.staff.log import Action, Outcome, record
from rlsinfo.staff.models import AccessEntry

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Undo:
    """A press that can be taken back for so many seconds more."""

    press: ContactAttempt
    seconds: int

    @classmethod
    def of(cls, press: ContactAttempt | None, now: datetime) -> "Undo | None":
        """None when it is too late, or when something has happened to the request since."""
        if press is None or press.undone_at or press.version_after != press.request.version:
            return None
        left = press.at + work.UNDO - now
        return cls(press, left // timedelta(seconds=1)) if left > timedelta() else None


def desk_page(permission: str, *methods: str, action: AccessEntry.Action = Action.VIEW) -> Callable[[View], View]:
    """A page for whoever has the permission, such as "view_consultationrequest"; a refusal is written down."""

    def decorate(view: View) -> View:
        @require_http_methods(methods or ("GET", "HEAD"))
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request, permission):
                record(action, by=request.user, detail=request.path, outcome=Outcome.REFUSED)
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def may(request: HttpRequest, permission: str) -> bool:
    """Whether whoever asks has the permission."""
    return request.user.has_perm(f"consultations.{permission}")


def who(request: HttpRequest) -> User:
    """The member of staff who asks."""
    return cast(User, request.user)


def address(name: str, *args: object) -> str:
    """The address of a page of the desk: address("change", 7)."""
    return reverse(f"admin:consultations_consultationrequest_{name}", args=args)


def show(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> TemplateResponse:
    """The page of this name, in the frame of the staff pages; times on it are in the zone it names."""
    # Whoever notices the wrong button a page later can still take it back there.
    frame = admin.site.each_context(request) | {"zone": settings.TIME_ZONE, "undo": lambda: last_undo(who(request))}
    return TemplateResponse(request, f"admin/consultations/{name}.html", frame | context, status=status)


def last_undo(user: User) -> Undo | None:
    """The last press of this member of staff that can still be taken back, whatever page they are on by now."""
    now = timezone.now()
    lately = ContactAttempt.objects.filter(by_id=user.pk, at__gt=now - work.UNDO).select_related("request")
    return Undo.of(lately.filter(undone_at=None, version_after=F("request__version")).first(), now)
