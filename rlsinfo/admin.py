"""The admin in the clinic's own words: it opens on the requests."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path

from rlsinfo.articles import desk
from rlsinfo.staff import urls as staff_urls


class ClinicAdminSite(admin.AdminSite):
    """Staff sign in to see who is waiting; everything else is one link away."""

    site_title = "Truffles front desk"
    site_header = "Truffles Vein Specialists: requests"
    index_title = "Everything kept here"
    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The content desk and the pages about staff stand in the admin, behind its sign-in."""
        desk_urls = [
            path(f"desk/{each.pattern}", self.admin_view(each.callback), name=each.name) for each in desk.urlpatterns
        ]
        people_urls = [
            path(str(each.pattern), self.admin_view(each.callback), name=each.name) for each in staff_urls.guarded
        ]
        return [*desk_urls, *people_urls, *super().get_urls()]

    def index(  # type: ignore[override]  # a redirect is an answer too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Whoever may see requests lands on their list; others get the stock index."""
        if request.user.has_perm("consultations.view_consultationrequest"):
            return redirect("admin:consultations_consultationrequest_changelist")
        return super().index(request, extra_context)
