"""The requests in the admin: its list is Call now, and nothing is added, rewritten or deleted by hand."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from rlsinfo.consultations.desk import call_now, export, figures, lists, mails, one_request, person, plumbing
from rlsinfo.consultations.desk.pages import View
from rlsinfo.consultations.models import ConsultationRequest

CHANGES: tuple[tuple[str, View], ...] = (
    ("claim", one_request.claim),
    ("give_back", one_request.give_back),
    ("press", one_request.press),
    ("note", one_request.note),
    ("reschedule", one_request.reschedule),
    ("reopen", one_request.reopen),
    ("restore", one_request.restore),
    ("correct", one_request.correct),
    ("end_texts", one_request.end_texts),
    ("stop", one_request.stop),
    ("ask_again", one_request.ask_again),
    ("draft", one_request.draft),
)


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(admin.ModelAdmin):
    """Requests are read and worked; the pages for that are those of the desk."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        """The desk's pages alone: none of the stock ones shows a request."""

        def page(route: str, view: View, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"consultations_consultationrequest_{name}")

        return [
            page("", call_now.call_now, "changelist"),
            page("find/", lists.find, "find"),
            page("waiting/", lists.waiting, "waiting"),
            page("spam/", lists.spam, "spam"),
            page("spam/confirm/", lists.confirm_spam, "confirm_spam"),
            page("closed/", lists.closed, "closed"),
            page("mails/", mails.mails, "mails"),
            page("mails/again/", mails.send_again, "mails_again"),
            page("figures/", figures.figures_page, "figures"),
            page("export/", export.export_page, "export"),
            page("person/", person.find_person, "person"),
            page("person/copy/", person.copy_person, "copy_person"),
            page("person/erase/", person.erase_person, "erase_person"),
            page("plumbing/", plumbing.plumbing, "plumbing"),
            page("<int:pk>/change/", one_request.one_request, "change"),
            *(page(f"<int:pk>/{name.replace('_', '-')}/", view, name) for name, view in CHANGES),
            page("attempt/<int:pk>/undo/", one_request.undo, "undo"),
            page("<int:pk>/mail/<int:mail_pk>/", one_request.send_again, "send_again"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The admin's own name for the list."""
        return call_now.call_now(request)
