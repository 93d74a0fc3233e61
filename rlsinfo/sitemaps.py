"""sitemap.xml, from the one list of public pages."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap

from rlsinfo import spoken
from rlsinfo.pages import PublicPage, public_pages


class PagesSitemap(Sitemap):
    """Names every page by its canonical address, whatever host was asked."""

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc

    def items(self) -> tuple[PublicPage, ...]:
        return public_pages()

    def location(self, item: PublicPage) -> str:
        return item.path

    def lastmod(self, item: PublicPage) -> date | None:
        return item.updated

    def get_urls(self, page: Any = 1, site: Any = None, protocol: str | None = None) -> list[dict[str, Any]]:
        """Each page with both its languages: here, so that no page has to carry them."""
        urls = super().get_urls(page, site, protocol)
        for url in urls:
            url["alternates"] = [
                {"lang_code": language, "location": settings.SITE_URL + path}
                for language, path in spoken.alternates(url["item"].path)
            ]
        return urls
