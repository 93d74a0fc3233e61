"""Signing in takes two steps: name and password, then a code from the phone, which is set up the first time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import login, user_logged_out
from django.contrib.auth.models import User
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from rlsinfo.staff import second_factor, throttle
from rlsinfo.staff.credentials import by_code, by_password, code_refusal, password_refusal
from rlsinfo.staff.log import Action, record

STARTED = "sign_in"
"""Where the session keeps who has given the password and not yet the code."""
PHONE = "phone"
"""Where the session keeps which phone has vouched for the person."""
TIME_FOR_THE_CODE = timedelta(minutes=10)
FEW_CODES = 3

page = require_http_methods(["GET", "HEAD", "POST"])


class PasswordForm(forms.Form):
    """The first step."""

    username = forms.CharField(
        label="E-mail address or user name",
        max_length=150,
        widget=forms.TextInput(
            {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = forms.CharField(
        max_length=4096, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )


class CodeForm(forms.Form):
    """The second step."""

    code = forms.CharField(
        label="Six digits from your phone",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class RecoveryForm(forms.Form):
    """The second step without the phone."""

    code = forms.CharField(
        label="One of your recovery codes",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


@dataclass(frozen=True)
class Started:
    """Somebody who has given the password and not yet the code."""

    user: User
    next: str
    secret: str


def is_signed_in(request: HttpRequest) -> bool:
    """Whether somebody who works here has given both factors in this session, and still has the same phone."""
    user, phone = request.user, request.session.get(PHONE)
    return user.is_active and user.is_staff and phone is not None and phone == getattr(user, "phone_id", None)


@sensitive_post_parameters("password")
@never_cache
@page
def password_step(request: HttpRequest) -> HttpResponse:
    """Name and password; on to the code when they fit."""
    after = safe_address(request, request.POST.get("next") or request.GET.get("next") or "")
    if request.method != "POST" and is_signed_in(request):
        return redirect(after)
    form, problem = PasswordForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        if user := by_password(request, form.cleaned_data["username"], form.cleaned_data["password"]):
            start(request, user, after)
            return redirect("admin:enter_code")
        problem = password_refusal(request, form.cleaned_data["username"])
    context = {"title": "Sign in", "form": form, "problem": problem, "next": after}
    return _show(request, "admin/login.html", context, status=403 if problem else 200)


@never_cache
@page
def code_step(request: HttpRequest) -> HttpResponse:
    """The code from the phone, or a recovery code."""
    started = _started(request)
    if started is None:
        return redirect("admin:login")
    if second_factor.device_of(started.user) is None:
        return redirect("admin:set_up_phone")
    by_recovery = "recovery" in request.POST
    typed = request.POST if request.method == "POST" else None
    form = CodeForm(None if by_recovery else typed)
    recovery = RecoveryForm(typed if by_recovery else None, auto_id="recovery_%s")
    asked, problem = recovery if by_recovery else form, ""
    if asked.is_valid():
        if by_code(request, started.user, asked.cleaned_data["code"]):
            enter(request, started.user)
            _warn_of_few_codes(request, started.user)
            response = redirect(started.next)
            throttle.remember_device(request, response, started.user)
            return response
        problem = code_refusal(request, started.user)
    context: dict[str, Any] = {
        "title": "Your code",
        "form": form,
        "recovery": recovery,
        "by_recovery": by_recovery,
        "problem": problem,
        "who": started.user,
    }
    return _show(request, "admin/staff/code.html", context, status=403 if problem else 200)


@never_cache
@page
def phone_step(request: HttpRequest) -> HttpResponse:
    """Set up the phone the first time; then the recovery codes are shown, once."""
    started = _started(request)
    if started is None:
        return redirect("admin:login")
    if second_factor.device_of(started.user) is not None:
        return redirect("admin:enter_code")
    form, problem = CodeForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        if second_factor.set_up(started.user, started.secret, form.cleaned_data["code"]):
            codes = second_factor.new_recovery_codes(started.user)
            enter(request, started.user, detail="Set up a phone.")
            response = show_codes(request, codes, started.next)
            throttle.remember_device(request, response, started.user)
            return response
        problem = "That code does not fit. Type the six digits that your app shows now."
    link = second_factor.setup_link(started.user, started.secret)
    context = {
        "title": "Set up your phone",
        "form": form,
        "problem": problem,
        "link": link,
        "picture": second_factor.picture(link),
        "secret": second_factor.secret_in_groups(started.secret),
        "who": started.user,
    }
    return _show(request, "admin/staff/phone.html", context, status=403 if problem else 200)


def start(request: HttpRequest, user: User, after: str) -> None:
    """Remember in the session that the password was right. Nobody is signed in by that."""
    request.session.flush()
    request.session[STARTED] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "until": (timezone.now() + TIME_FOR_THE_CODE).timestamp(),
        "next": after,
        "secret": second_factor.new_secret(),
    }


def enter(request: HttpRequest, user: User, detail: str = "") -> None:
    """Sign somebody in who has given both factors."""
    request.session.pop(STARTED, None)
    login(request, user)
    device = second_factor.device_of(user)
    request.session[PHONE] = user.phone_id = device.pk if device else None  # type: ignore[attr-defined]
    record(Action.SIGN_IN, by=user, detail=detail)


def safe_address(request: HttpRequest, address: str) -> str:
    """An address of ours to go on to; the first page of the admin if none was named."""
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # A word alone would be taken for the name of a page; what is not printed stands in none of our addresses.
    return address if ours and address.startswith("/") and address.isprintable() else reverse("admin:index")


def _started(request: HttpRequest) -> Started | None:
    kept: dict[str, Any] = request.session.get(STARTED, {})
    if not kept or kept["until"] < timezone.now().timestamp():
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), kept["hash"]):
        return None
    return Started(user, kept["next"], kept["secret"])


def _show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, template, admin.site.each_context(request) | context, status=status)


def show_codes(request: HttpRequest, codes: list[str], after: str) -> HttpResponse:
    """The one time that recovery codes can be read."""
    return _show(request, "admin/staff/codes.html", {"title": "Keep these ten codes", "codes": codes, "next": after})


def _warn_of_few_codes(request: HttpRequest, user: User) -> None:
    left = second_factor.recovery_codes_left(user)
    if left <= FEW_CODES:
        messages.warning(request, f"You have {left} recovery codes left. Make ten new ones under “Your sign-in”.")


@receiver(user_logged_out)
def write_down_who_left(sender: object, user: User | None, **kwargs: object) -> None:
    """A sign-out is in the log like a sign-in."""
    if user:
        record(Action.SIGN_OUT, by=user)
