"""changes.atom: what changed in the guide, for whoever wants to be told without being followed."""

from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.timezone import make_aware

from rlsinfo.articles import library

NEWEST = 50


@dataclass(frozen=True)
class PageChange:
    """One change of one page, as its author wrote it down."""

    address: str
    title: str
    text: str
    at: datetime


class ChangesFeed(Feed):
    """The newest changes of all pages, each under its canonical address, whatever host was asked."""

    feed_type = Atom1Feed
    title = "Restless legs guide: what changed"
    subtitle = "Corrections, new pages and new evidence, as they are written down at the foot of each page."

    def link(self) -> str:
        return f"{settings.SITE_URL}/"

    def feed_url(self) -> str:
        return f"{settings.SITE_URL}{reverse('changes')}"

    def author_name(self) -> str:
        return str(settings.CLINIC.name)

    def items(self) -> list[PageChange]:
        """The newest first; those of one day in the order of the guide."""
        changes = [
            PageChange(page.address, page.title, change.text, make_aware(datetime.combine(change.date, time.min)))
            for page in (*library.all(), *library.pages())
            for change in page.changes
        ]
        return sorted(changes, key=lambda change: change.at, reverse=True)[:NEWEST]

    def item_title(self, item: PageChange) -> str:
        return item.title

    def item_description(self, item: PageChange) -> str:
        return item.text

    def item_link(self, item: PageChange) -> str:
        return f"{settings.SITE_URL}{item.address}"

    def item_guid(self, item: PageChange) -> str:
        return f"{settings.SITE_URL}{item.address}#{item.at:%Y-%m-%d}"

    def item_pubdate(self, item: PageChange) -> datetime:
        return item.at

    def item_updateddate(self, item: PageChange) -> datetime:
        return item.at
