"""Home, health and the answers to what went wrong."""

import logging
import sys
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseError
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rlsinfo import database_away, durability, languages
from rlsinfo.articles import library, wording
from rlsinfo.articles.structured_data import as_json
from rlsinfo.consultations.models import OutboxMail
from rlsinfo.logs import WHY, facts
from rlsinfo.plumbing import database

log = logging.getLogger(__name__)

SECURITY_TXT_HOLDS = timedelta(days=90)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The way in: the questions people come with, the signs not to wait with, and what we gain."""
    page = library.spanish_home() if languages.is_spanish() else library.home()
    if page is None:
        raise Http404
    opening, heading, gain = library.rendered(page).html.partition("<h2")
    by_section = library.by_section()
    sections = () if languages.is_spanish() else library.SECTIONS
    context = {
        "page": page,
        "original": library.home() if page.is_spanish else None,
        "picture": library.picture(page).name,
        "opening": mark_safe(opening),  # noqa: S308 - rendered and sanitised as a whole
        "gain": mark_safe(heading + gain),  # noqa: S308
        "grounds": library.grounds_of(page),
        "marks": [(each.mark, words) for each, words in wording.of(page).strengths.items()],
        "guide": [(section, by_section[section.slug]) for section in sections],
        "structured_data": clinic_data(),
    }
    return render(request, "home.html", context)


def clinic_data() -> str:
    """The clinic for search engines: only what content/clinic.yaml knows."""
    clinic = settings.CLINIC
    data: dict[str, object] = {"@type": "MedicalClinic", "name": clinic.name, "url": f"https://{clinic.site}"}
    if clinic.phone:
        data["telephone"] = clinic.phone
    if clinic.address:
        data["address"] = {
            "@type": "PostalAddress",
            "streetAddress": clinic.address.street,
            "addressLocality": clinic.address.city,
            "addressRegion": clinic.address.region,
            "postalCode": clinic.address.postal_code,
        }
    guide: dict[str, object] = {
        "@type": "WebSite",
        "name": gettext("Restless legs guide"),
        "url": f"{settings.SITE_URL}{languages.here()}/",
        "inLanguage": languages.SPANISH if languages.is_spanish() else "en-US",
    }
    return as_json([data, guide])


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """robots.txt: everything public may be read; forms and the admin are nobody's search result."""
    lines = (
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /search/",
        *(
            f"Disallow: {before}/consultation/{page}/"
            for before in ("", languages.PREFIX)
            for page in ("request", "sent", "stop")
        ),
        f"Sitemap: {settings.SITE_URL}/sitemap.xml",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a hole in the site (RFC 9116); not there until somebody can be told."""
    if not settings.CLINIC.security_contact:
        raise Http404
    lines = (
        f"Contact: {settings.CLINIC.security_contact}",
        f"Expires: {timezone.now() + SECURITY_TXT_HOLDS:%Y-%m-%dT%H:%M:%SZ}",
        f"Canonical: {settings.SITE_URL}{request.path}",
        "Preferred-Languages: en",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 while the database answers for the requests, 503 while it does not; no detail for outsiders."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM consultations_consultationrequest LIMIT 1")
    except DatabaseError:
        log.exception("The database does not answer.")
        return JsonResponse({"ok": False}, status=503)
    return JsonResponse({"ok": True})


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 while requests are stored and their mail leaves, 503 otherwise; no detail for outsiders. For a monitor.

    A load balancer asks `health` instead: mail that waits is no reason to turn people away.
    """
    try:
        ok = not database.missing_migrations() and not OutboxMail.objects.unattended(timezone.now()).exists()
    except DatabaseError:
        log.exception("The database does not answer.")
        ok = False
    return JsonResponse({"ok": ok}, status=200 if ok else 503)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when more was sent than any form of ours holds."""
    request.META[WHY] = type(exception).__name__
    too_big = isinstance(exception, RequestDataTooBig)
    return render(request, "400.html", {"too_big": too_big}, status=413 if too_big else 400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, with the ways to find the page after all."""
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500, or 503 when it is only the database; the page is plain when the site's own frame is what is broken."""
    if isinstance(sys.exception(), durability.AWAY):
        return database_away.put_off(request)
    route = request.resolver_match.route if request.resolver_match else ""
    log.exception("A page of ours failed.", extra=facts(address=f"/{route}"))
    try:
        return render(request, "500.html", status=500)
    except Exception:
        log.exception("The error page itself cannot be shown.")
        text = "Something went wrong on our side. Please try again in a few minutes. In an emergency call 911.\n"
        return HttpResponse(text, status=500, content_type="text/plain; charset=utf-8")
