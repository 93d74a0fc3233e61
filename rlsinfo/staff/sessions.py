"""How long a session lasts: locked after 15 minutes without a person, over after 12 hours. No typed word is lost.

Nothing that was typed is kept on the server: the page that asks for the password carries it as hidden fields, posts
it to the same address, and the request then goes on to where it was meant for.
"""

from datetime import timedelta
from typing import cast

from django import forms
from django.contrib import admin
from django.contrib.auth import user_logged_in
from django.contrib.auth.models import User
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_POST

from rlsinfo.staff import sign_in
from rlsinfo.staff.credentials import SECRET, by_code, by_password, code_refusal, password_refusal
from rlsinfo.staff.log import Action, record

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=15)
NOTED_EVERY = timedelta(seconds=30)
"""How often activity is written to the session: the lock may come this much early, never late."""

REFRESH_HEADER, REFRESH = "X-Requested-With", "refresh"
"""What a page sends along that refreshes itself: nobody sits there for that, so it does not put off the lock."""

ACTIVE, LOCKED = "active_at", "locked"


class UnlockForm(forms.Form):
    """Asks for the password alone: the second factor stays given."""

    prefix = "unlock"
    password = forms.CharField(
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )
    method = forms.CharField(max_length=4, widget=forms.HiddenInput)


class AgainForm(forms.Form):
    """Asks for everything at once, so that what was typed comes through in one step."""

    prefix = "again"
    username = forms.CharField(
        label="E-mail address or user name",
        max_length=150,
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        max_length=4096, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    code = forms.CharField(
        label="Six digits from your phone, or a recovery code",
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    method = forms.CharField(max_length=4, widget=forms.HiddenInput)


@receiver(user_logged_in)
def begin(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """The session ends 12 hours from now, whatever happens in it."""
    request.session.set_expiry(timezone.now() + LONGEST)
    request.session[ACTIVE] = timezone.now().timestamp()
    request.session.pop(LOCKED, None)


@require_POST
def lock(request: HttpRequest) -> HttpResponse:
    """Lock this screen now, and lead back to where one was, where the password is asked for."""
    request.session[LOCKED] = True
    record(Action.LOCKED, by=request.user)
    return redirect(sign_in.safe_address(request, request.POST.get("next", "")))


def stop(request: HttpRequest) -> HttpResponse | None:
    """The page that stands between this request and its view, or None when the request may go on."""
    if request.resolver_match and request.resolver_match.url_name == "logout":
        return None
    if not sign_in.is_signed_in(request):
        # A GET loses nothing when the admin leads it to the sign-in page.
        return _ask_again(request) if request.method == "POST" else None
    if _is_locked(request):
        return _ask_for_password(request, cast(User, request.user))
    _note_activity(request)
    # The screen was unlocked in another tab meanwhile.
    return _go_on(request, request.POST["unlock-method"]) if "unlock-method" in request.POST else None


def once_more(request: HttpRequest) -> HttpResponse | None:
    """A form from before somebody signed in anew, in another tab: every word again, to be sent with the proof of now.

    None unless the browser says that the form came from a page of ours, and somebody is signed in.
    """
    ours = f"{request.scheme}://{request.get_host()}"
    in_the_admin = request.path.startswith(reverse("admin:index"))
    if not in_the_admin or request.headers.get("Origin") != ours or not sign_in.is_signed_in(request):
        return None
    return _page(request, "once_more", {"title": "Please send it once more", "who": request.user})


def _is_locked(request: HttpRequest) -> bool:
    # Either way: a clock that was ahead and was put right must not keep a screen open for a day.
    silence = abs(timezone.now().timestamp() - request.session[ACTIVE])
    if not request.session.get(LOCKED) and silence > IDLE.total_seconds():
        request.session[LOCKED] = True
        record(Action.LOCKED, by=request.user)
    return bool(request.session.get(LOCKED))


def _note_activity(request: HttpRequest) -> None:
    now = timezone.now().timestamp()
    is_person = request.headers.get(REFRESH_HEADER) != REFRESH
    if is_person and now - request.session[ACTIVE] > NOTED_EVERY.total_seconds():
        request.session[ACTIVE] = now


def _ask_for_password(request: HttpRequest, user: User) -> HttpResponse | None:
    asked = request.method == "POST" and "unlock-password" in request.POST
    form, problem = UnlockForm(request.POST if asked else None, initial={"method": request.method}), ""
    if form.is_valid():
        if by_password(request, user.username, form.cleaned_data["password"]) == user:
            request.session[ACTIVE] = timezone.now().timestamp()
            del request.session[LOCKED]
            record(Action.UNLOCKED, by=user)
            return _go_on(request, form.cleaned_data["method"])
        problem = password_refusal(request, user.username, "That is not your password.")
    context = {"title": "Locked", "form": form, "problem": problem, "who": user}
    return _page(request, "lock", context)


def _ask_again(request: HttpRequest) -> HttpResponse | None:
    # Whoever left a locked screen overnight was looking at a page, and sends nothing.
    method = request.POST.get("unlock-method", request.method)
    form, problem = (
        AgainForm(request.POST if "again-username" in request.POST else None, initial={"method": method}),
        "",
    )
    if form.is_valid():
        user = by_password(request, form.cleaned_data["username"], form.cleaned_data["password"])
        if user is None:
            problem = password_refusal(request, form.cleaned_data["username"])
        elif by_code(request, user, form.cleaned_data["code"]):
            sign_in.enter(request, user)
            return _go_on(request, form.cleaned_data["method"])
        else:
            problem = code_refusal(request, user)
    return _page(request, "again", {"title": "Sign in again", "form": form, "problem": problem})


def _go_on(request: HttpRequest, method: str) -> HttpResponse | None:
    """Back to the page that was looked at, or on to where the words were meant for."""
    if method != "POST":
        return redirect(request.get_full_path())
    request.POST = _words(request)  # type: ignore[assignment]
    return None


def _page(request: HttpRequest, name: str, context: dict[str, object]) -> HttpResponse:
    # 403: the request was understood and is not carried out. 401 would have to name a scheme that browsers ask by.
    kept = [(field, value) for field, values in _words(request).lists() for value in values]
    everything = admin.site.each_context(request) | {"kept": kept, "address": request.get_full_path()} | context
    response = render(request, f"admin/staff/{name}.html", everything, status=403)
    add_never_cache_headers(response)
    return response


def _words(request: HttpRequest) -> QueryDict:
    """What was posted, without passwords, and without what our own forms and the security token added."""
    words = request.POST.copy()
    for field in list(words):
        # A password that was sent here is never written into a page; its own page asks for it once more.
        if (
            field == "csrfmiddlewaretoken"
            or SECRET.search(field)
            or field.startswith((f"{UnlockForm.prefix}-", f"{AgainForm.prefix}-"))
        ):
            del words[field]
    return words
