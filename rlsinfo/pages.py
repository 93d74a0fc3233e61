"""The one list of public pages: what is built, what the sitemap names, what the tests visit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from rlsinfo.articles import library
from rlsinfo.languages import PREFIX


@dataclass(frozen=True)
class PublicPage:
    """A page that is the same for everybody; `updated` is None where nobody keeps a date."""

    path: str
    updated: date | None = None


def public_pages() -> tuple[PublicPage, ...]:
    """Every page a search engine may know, in reading order."""
    by_section = library.by_section()
    newest = max(article.updated for article in library.all())
    return (
        PublicPage(reverse("home"), newest),
        *(
            page
            for section in library.SECTIONS
            for page in (
                PublicPage(section.address, max((each.updated for each in by_section[section.slug]), default=None)),
                *(PublicPage(article.address, article.updated) for article in by_section[section.slug]),
            )
        ),
        PublicPage(reverse("articles:a_to_z"), newest),
        PublicPage(reverse("articles:glossary")),
        PublicPage(reverse("articles:sources")),
        PublicPage(reverse("articles:figures")),
        *(PublicPage(page.address, page.updated) for page in library.pages()),
        PublicPage(reverse("consultations:start")),
        *_in_spanish(),
    )


def _in_spanish() -> Iterator[PublicPage]:
    home = library.spanish_home()
    if home is None:
        return
    articles = library.in_spanish()
    yield PublicPage(home.address, max(article.updated for article in (home, *articles)))
    yield from (PublicPage(article.address, article.updated) for article in articles)
    yield from (PublicPage(page.address, page.updated) for page in library.spanish_pages())
    yield from (PublicPage(PREFIX + reverse(name)) for name in ("articles:glossary", "consultations:start"))


def built_paths() -> tuple[str, ...]:
    """Everything that is answered from a file: the public pages, and what machines read."""
    return (*(page.path for page in public_pages()), reverse("sitemap"), reverse("changes"), reverse("robots"))
