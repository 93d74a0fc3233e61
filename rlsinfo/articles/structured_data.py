"""What search engines read (schema.org), made from the same data that the page prints."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from rlsinfo.articles.document import Article
from rlsinfo.articles.library import Section

CONDITION = {"@type": "MedicalCondition", "name": "Restless legs syndrome", "alternateName": "Willis-Ekbom disease"}


@dataclass(frozen=True)
class Publisher:
    """Who stands behind a page: the clinic's name, its own site, and the address of this guide."""

    name: str
    site: str
    guide: str

    @property
    def data(self) -> dict[str, object]:
        return {"@type": "MedicalClinic", "name": self.name, "url": f"https://{self.site}"}


def article_data(article: Article, section: Section | None, publisher: Publisher) -> SafeString:
    """A MedicalWebPage with its dates, and the way to it; a review is named only when a clinician made one."""
    page: dict[str, object] = {
        "@type": "MedicalWebPage",
        "name": article.title,
        "description": article.summary,
        "url": f"{publisher.guide}{article.address}",
        "inLanguage": "en-US",
        "dateModified": article.updated.isoformat(),
        "publisher": publisher.data,
    }
    if section:
        page["about"] = CONDITION
    if article.reviewed:
        page |= {
            "lastReviewed": article.reviewed.isoformat(),
            "reviewedBy": {"@type": "Person", "name": article.reviewer},
        }
    between = [(section.title, section.address)] if section else []
    way = [("Home", "/"), *between, (article.title, article.address)]
    return as_json([page, _breadcrumbs(way, publisher)])


def section_data(section: Section, articles: Sequence[Article], publisher: Publisher) -> SafeString:
    """A collection of the section's pages."""
    return as_json(
        [
            {
                "@type": "CollectionPage",
                "name": section.title,
                "description": section.lead,
                "url": f"{publisher.guide}{section.address}",
                "about": CONDITION,
                "hasPart": [
                    {"@type": "MedicalWebPage", "name": each.title, "url": f"{publisher.guide}{each.address}"}
                    for each in articles
                ],
            },
            _breadcrumbs([("Home", "/"), (section.title, section.address)], publisher),
        ]
    )


def _breadcrumbs(way: Sequence[tuple[str, str]], publisher: Publisher) -> dict[str, object]:
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": f"{publisher.guide}{address}"}
            for position, (name, address) in enumerate(way, start=1)
        ],
    }


def as_json(graph: list[dict[str, object]]) -> SafeString:
    """JSON-LD that may stand inside a script element: no character in it can end the element."""
    text = json.dumps({"@context": "https://schema.org", "@graph": graph}, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(text)  # noqa: S308 - escaped on the line above
