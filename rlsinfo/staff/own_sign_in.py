"""The page on which somebody changes the own password and makes new recovery codes."""

from typing import cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from rlsinfo.staff import second_factor
from rlsinfo.staff.credentials import by_code, by_password, code_refusal, password_refusal
from rlsinfo.staff.log import Action, account, record, recorded
from rlsinfo.staff.sign_in import page, show_codes


class NewPasswordForm(SetPasswordForm):
    """A password that is long and not common; pasting it from a password manager is welcome."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        first, second = self.fields["new_password1"], self.fields["new_password2"]
        first.label, second.label = "New password", "The same password again"
        first.help_text = "15 characters or more. Four or five words that do not belong together are easy to remember."
        second.help_text = ""


class ChangePasswordForm(NewPasswordForm):
    """Asks for the old password first, since the screen may have been left open."""

    current = forms.CharField(
        label="Your password until now",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    field_order = ("current", "new_password1", "new_password2")


class BothFactorsForm(forms.Form):
    """Asks for both factors once more: whoever found the screen open has neither."""

    password = forms.CharField(
        label="Your password",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label="Six digits from your phone, or a recovery code",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "spellcheck": "false"}),
    )


@require_safe
def own_sign_in(request: HttpRequest) -> HttpResponse:
    """How somebody signs in, and what of it can be changed."""
    return _own_sign_in_page(request, BothFactorsForm())


@sensitive_post_parameters("password", "code")
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes in the place of the old ones, for whoever gives both factors."""
    user, form = _user(request), BothFactorsForm(request.POST)
    if not form.is_valid():
        return _own_sign_in_page(request, form)
    if by_password(request, user.username, form.cleaned_data["password"]) != user:
        problem = password_refusal(request, user.username, "That is not your password.")
        return _own_sign_in_page(request, form, problem)
    if not by_code(request, user, form.cleaned_data["code"]):
        return _own_sign_in_page(request, form, code_refusal(request, user))
    with recorded(Action.ACCOUNT, by=user, subjects=[account(user)], detail="Made new recovery codes."):
        codes = second_factor.new_recovery_codes(user)
    return show_codes(request, codes, reverse("admin:own_sign_in"))


def _own_sign_in_page(request: HttpRequest, form: BothFactorsForm, problem: str = "") -> HttpResponse:
    left = second_factor.recovery_codes_left(_user(request))
    context = {"title": "Your sign-in", "left": left, "form": form, "problem": problem}
    return render(
        request,
        "admin/staff/own_sign_in.html",
        admin.site.each_context(request) | context,
        status=403 if problem else 200,
    )


@sensitive_post_parameters("current", "new_password1", "new_password2")
@page
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password for whoever knows the old one. Sessions in other browsers end."""
    user, problem = _user(request), ""
    form = ChangePasswordForm(user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        if by_password(request, user.username, form.cleaned_data["current"]) == user:
            form.save()
            update_session_auth_hash(request, user)
            record(Action.ACCOUNT, by=user, subjects=[account(user)], detail="Changed the own password.")
            messages.success(request, "Your password is changed. Wherever else you were signed in, you are no longer.")
            return redirect("admin:own_sign_in")
        problem = password_refusal(request, user.username, "That is not your password until now.")
    context = {"title": "Change your password", "form": form, "problem": problem}
    return render(
        request,
        "admin/staff/password.html",
        admin.site.each_context(request) | context,
        status=403 if problem else 200,
    )


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)
