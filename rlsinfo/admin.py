"""The admin in the clinic's own words: it opens on the requests."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path

from rlsinfo.articles import desk
from rlsinfo.readers import desk as readers_desk
from rlsinfo.staff import sessions, sign_in
from rlsinfo.staff import urls as staff_urls


class ClinicAdminSite(admin.AdminSite):
    """Staff sign in to see who is waiting; everything else is one link away."""

    site_title = "Truffles front desk"
    site_header = "Truffles Vein Specialists: requests"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The content desk and the pages about staff stand in the admin, behind its sign-in."""
        desk_urls = [
            path(f"desk/{each.pattern}", self.admin_view(each.callback), name=each.name)
            for each in (*desk.urlpatterns, *readers_desk.urlpatterns)
        ]
        people_urls = [
            path(str(each.pattern), self.admin_view(each.callback), name=each.name) for each in staff_urls.guarded
        ]
        ours = [*staff_urls.open_to_all, *desk_urls, *people_urls]
        # Signing in and changing the password are ours; nothing leads to a stock page of the same name.
        replaced = {each.name for each in ours} | {"password_change_done"}
        return [*ours, *(each for each in super().get_urls() if getattr(each, "name", "") not in replaced)]

    def has_permission(self, request: HttpRequest) -> bool:
        """Only with both factors."""
        return sign_in.is_signed_in(request)

    def admin_view(  # type: ignore[override]  # the stubs' own type of a view cannot be named
        self, view: Callable[..., Any], cacheable: bool = False
    ) -> Callable[..., Any]:
        """Every page of the admin passes here: who is not signed in, or was away too long, is asked first."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return sessions.stop(request) or guarded(request, *args, **kwargs)

        return entered

    def logout(  # type: ignore[override]  # the stubs know only one kind of answer
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out, and have the browser drop every page it kept.

        Its storage holds no more than the choice of light, and the cookie by which it was known guards the sign-in.
        """
        response = super().logout(request, extra_context)
        response["Clear-Site-Data"] = '"cache"'
        return cast(HttpResponse, response)

    def index(  # type: ignore[override]  # a redirect is an answer too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Whoever may see requests lands on Call now, whoever may see figures on these, others on the texts."""
        if request.user.has_perm("consultations.view_consultationrequest"):
            return redirect("admin:consultations_consultationrequest_changelist")
        if request.user.has_perm("consultations.view_figures"):
            return redirect("admin:consultations_consultationrequest_figures")
        return redirect("admin:desk")
