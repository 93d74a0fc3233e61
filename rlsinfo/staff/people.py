"""The pages on which an administrator invites people, says what their work is, and ends their access."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.validators import EmailValidator
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from rlsinfo.form_fields import PlainText, can_be_read_out
from rlsinfo.staff import invitations, second_factor, throttle
from rlsinfo.staff.log import Action, Note, account, person, recorded
from rlsinfo.staff.models import AccessEntry
from rlsinfo.staff.roles import ADMINISTRATOR, ROLES
from rlsinfo.staff.sign_in import page


class Refusal(PermissionDenied):
    """A rule forbids this change; the message is a sentence for whoever asked for it."""


@dataclass(frozen=True)
class Row:
    """One person, as the list and the own page show them."""

    user: User
    name: str
    roles: list[str]
    has_phone: bool

    @property
    def state(self) -> str:
        """Whether somebody can come in."""
        if not self.user.is_active:
            return "Ended"
        return "Active" if self.user.has_usable_password() else "Invited"


class RolesForm(forms.Form):
    """What somebody's work is."""

    roles = forms.MultipleChoiceField(
        label="Work",
        choices=[(role, f"{role}: {does}") for role, does in ROLES.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one."},
    )


class InvitationForm(RolesForm):
    """Who is invited. The e-mail address becomes the name to sign in with."""

    first_name = PlainText(
        called="The first name",
        validators=[can_be_read_out],
        max_length=150,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Write the first name."},
    )
    last_name = PlainText(
        called="The last name",
        validators=[can_be_read_out],
        max_length=150,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": "Write the last name."},
    )
    # Not Django's own field: between quotation marks it lets control characters through.
    email = PlainText(
        called="The address",
        one_direction=True,
        label="E-mail address",
        help_text="Their own, which nobody else reads.",
        max_length=150,
        widget=forms.EmailInput({"autocomplete": "off"}),
        validators=[EmailValidator("Write an address such as name@example.com.")],
        error_messages={"required": "Write the address."},
    )
    field_order = ("first_name", "last_name", "email", "roles")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(Q(username__iexact=email) | Q(email__iexact=email)).exists():
            raise forms.ValidationError("Somebody with this address is on the list already.")
        return email


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Everybody who works here, or did."""
    _check(request.user, "view")
    rows = [_row(user) for user in _staff()]
    return _show(request, "people", {"title": "People", "rows": rows})


@page
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody new by mail."""
    _check(request.user, "add")
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user = _invite(request, form.cleaned_data)
        except IntegrityError:
            form.add_error("email", "Somebody with this address is on the list already.")
        else:
            messages.success(request, f"An invitation is on its way to {user.email}. Its link works once, for 7 days.")
            return redirect("admin:people")
    problem = "Nothing was sent yet: see below what is missing." if form.errors else ""
    return _show(request, "invite", {"title": "Invite somebody", "form": form, "problem": problem})


@require_safe
def one_person(request: HttpRequest, pk: int) -> HttpResponse:
    """What somebody may do here, and the buttons to change it."""
    _check(request.user, "view")
    row = _row(get_object_or_404(_staff(), pk=pk))
    context = {
        "title": row.name,
        "row": row,
        "form": RolesForm(initial={"roles": row.roles}),
        "is_own": row.user.pk == request.user.pk,
        "may_change": request.user.has_perm("auth.change_user"),
    }
    return _show(request, "person", context)


def _button(change: Callable[[HttpRequest, int], str]) -> Callable[[HttpRequest, int], HttpResponse]:
    """Makes a view of a change to one account, which says in a sentence what it did, or why it did nothing."""

    @require_POST
    @wraps(change)
    def pressed(request: HttpRequest, pk: int) -> HttpResponse:
        try:
            messages.success(request, change(request, pk))
        except Refusal as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:person", pk)

    return pressed


@_button
def change_roles(request: HttpRequest, pk: int) -> str:
    """Say anew what somebody's work is."""
    with _changed(request, pk) as (user, note):
        form = RolesForm(request.POST)
        if not form.is_valid():
            raise Refusal("Tick at least one, or end the access altogether.")
        _give_roles(user, form.cleaned_data["roles"])
        _keep_an_administrator()
        note.detail = f"Work: {', '.join(form.cleaned_data['roles'])}."
    return f"{person(user)} is now: {', '.join(form.cleaned_data['roles'])}."


@_button
def invite_again(request: HttpRequest, pk: int) -> str:
    """Send a new link, to whoever lost the first one, forgot the password, or comes back."""
    with _changed(request, pk, Action.INVITED) as (user, note):
        if not user.email:
            raise Refusal("There is no e-mail address to send an invitation to.")
        invitations.invite(user)
        note.detail = "Invited again."
    return f"A new invitation is on its way to {user.email}. Password and links until now no longer work."


@_button
def reset_second_factor(request: HttpRequest, pk: int) -> str:
    """Forget somebody's phone and recovery codes; at the next sign-in they set up a phone anew."""
    with _changed(request, pk) as (user, note):
        second_factor.reset(user)
        throttle.forgive(user)
        note.detail = "Took the phone and the recovery codes away."
    return f"{person(user)} sets up a phone anew at the next sign-in."


@_button
def end_access(request: HttpRequest, pk: int) -> str:
    """Let somebody in no longer, from this moment on; what they did stays in the log under their name."""
    with _changed(request, pk) as (user, note):
        user.is_active = False
        user.set_unusable_password()
        user.save()
        second_factor.reset(user)
        _keep_an_administrator()
        note.detail = "Ended the access."
    return f"{person(user)} can no longer sign in, and is signed out everywhere."


@contextmanager
def _changed(request: HttpRequest, pk: int, action: AccessEntry.Action = Action.ACCOUNT) -> Iterator[tuple[User, Note]]:
    """One change of an account: allowed, whole or not at all, and written down whatever comes of it."""
    with recorded(action, by=request.user, subjects=[f"account-{pk}"]) as note, transaction.atomic():
        # One after the other: of two administrators who end each other's access at once, the second has none.
        list(_administrators().select_for_update())
        _check(User.objects.get(pk=cast(User, request.user).pk), "change")
        user = get_object_or_404(User.objects.select_for_update(), pk=pk, is_staff=True)
        if user.pk == request.user.pk:
            raise Refusal("Nobody can change the own account here. Ask another administrator.")
        yield user, note


def _invite(request: HttpRequest, asked: dict[str, Any]) -> User:
    with recorded(Action.INVITED, by=request.user) as note, transaction.atomic():
        user = User.objects.create_user(
            asked["email"],
            asked["email"],
            first_name=asked["first_name"],
            last_name=asked["last_name"],
            is_staff=True,
        )
        _give_roles(user, asked["roles"])
        invitations.invite(user)
        note.subjects, note.detail = [account(user)], f"Work: {', '.join(asked['roles'])}."
        return user


def _give_roles(user: User, roles: list[str]) -> None:
    user.groups.set(Group.objects.filter(name__in=roles))
    # The role says it all: an account from before there were roles loses its power over everything.
    user.is_superuser = False
    user.save(update_fields=["is_superuser"])


def _administrators() -> QuerySet[User]:
    in_role = Q(is_superuser=True) | Q(Exists(Group.objects.filter(name=ADMINISTRATOR, user=OuterRef("pk"))))
    return User.objects.filter(in_role, is_active=True, is_staff=True).order_by("pk")


def _keep_an_administrator() -> None:
    if not _administrators().exists():
        raise Refusal("This is the last administrator. Make somebody else one first.")


def _check(user: Any, what: str) -> None:
    if not (user.is_active and user.has_perm(f"auth.{what}_user")):
        raise PermissionDenied


def _staff() -> QuerySet[User]:
    phones = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
    return (
        User.objects.filter(is_staff=True)
        .annotate(has_phone=Exists(phones))
        .prefetch_related("groups")
        .order_by("-is_active", "first_name", "last_name", "username")
    )


def _row(user: User) -> Row:
    roles = [group.name for group in user.groups.all()]
    if user.is_superuser and ADMINISTRATOR not in roles:
        roles.append(ADMINISTRATOR)
    return Row(user, person(user), roles, user.has_phone)  # type: ignore[attr-defined]


def _show(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    zone = {"zone": timezone.get_current_timezone_name()}
    return render(request, f"admin/staff/{name}.html", admin.site.each_context(request) | zone | context)
