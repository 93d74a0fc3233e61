"""What every template may use: the clinic, the sections of the guide, the site's own address, the language."""

from django.conf import settings
from django.http import HttpRequest

from rlsinfo import spoken
from rlsinfo.articles import library
from rlsinfo.languages import SPANISH, is_spanish


def site(request: HttpRequest) -> dict[str, object]:
    """The same for every request, so that a page can be built once for everybody."""
    return {
        "clinic": settings.CLINIC,
        "sections": () if is_spanish() else library.SECTIONS,
        "in_spanish": library.in_spanish() if is_spanish() else (),
        "site_url": settings.SITE_URL,
        "language": SPANISH if is_spanish() else "en",
        "other_language": spoken.way(request),
    }
