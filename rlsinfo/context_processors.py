"""What every template may use: the clinic, the sections of the guide, the site's own address."""

from django.conf import settings
from django.http import HttpRequest

from rlsinfo.articles import library


def site(request: HttpRequest) -> dict[str, object]:
    """The same for every request, so that a page can be built once for everybody."""
    return {"clinic": settings.CLINIC, "sections": library.SECTIONS, "site_url": settings.SITE_URL}
