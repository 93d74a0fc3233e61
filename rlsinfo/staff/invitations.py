"""Invites people by a link in a mail: it is signed, works once, and for seven days."""

from typing import Any, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.auth.views import PasswordResetConfirmView
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from rlsinfo.staff import sign_in, throttle
from rlsinfo.staff.log import Action, account, record
from rlsinfo.staff.own_sign_in import NewPasswordForm

invited = Signal()
"""Sent with `user=`, in the transaction in which somebody is invited: whoever sends mail stores one to send."""


class InvitationTokens(PasswordResetTokenGenerator):
    """Tokens that are void once a password was chosen, and after PASSWORD_RESET_TIMEOUT."""

    key_salt = "rlsinfo.staff.invitations"


tokens = InvitationTokens()


def invite(user: User) -> None:
    """Let somebody choose a password, by a link that is sent to them. Password and links until now are void."""
    with transaction.atomic():
        user.set_unusable_password()
        user.is_active = True
        user.save()
        throttle.forgive(user)
        invited.send(sender=User, user=user)


def link(user: User) -> str:
    """The address at which an invited person chooses a password; made when the mail is sent, and stored nowhere."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return settings.SITE_URL + reverse("admin:accept_invitation", args=[uid, tokens.make_token(user)])


def text(user: User) -> str:
    """What the mail says."""
    days = settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60)
    return render_to_string(
        "admin/staff/invitation.txt", {"user": user, "link": link(user), "days": days, "clinic": settings.CLINIC}
    )


class AcceptInvitation(PasswordResetConfirmView):
    """Choosing a password; then the phone is set up. Opening the link uses nothing up, so a mail scanner may."""

    form_class = NewPasswordForm
    template_name = "admin/staff/accept.html"
    token_generator = tokens

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if user and user.is_active and user.is_staff else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        title = "Choose your password" if self.validlink else "This link no longer works"
        context = super().get_context_data(**kwargs) | admin.site.each_context(self.request)
        return context | {"title": title, "who": self.user}

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=200 if self.validlink else 410, **response_kwargs)

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        user = cast(User, form.save())
        record(Action.ACCOUNT, by=user, subjects=[account(user)], detail="Chose a password.")
        sign_in.start(self.request, user, reverse("admin:index"))
        return redirect("admin:enter_code")
