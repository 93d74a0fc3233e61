"""The pages of the guide: find, decide, render."""

import logging
from collections import Counter
from itertools import groupby
from statistics import mean

from django.conf import settings
from django.dispatch import Signal
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rlsinfo.articles import figures as page_figures
from rlsinfo.articles import library
from rlsinfo.articles.document import PAGES, SPANISH, Article
from rlsinfo.articles.evidence import Strength
from rlsinfo.articles.search import by_title
from rlsinfo.articles.structured_data import Publisher, article_data, section_data
from rlsinfo.languages import is_spanish

log = logging.getLogger(__name__)

searched_in_vain = Signal()
"""Sent with the `words` that nothing in the guide is like; whoever listens must not keep anybody's name."""

LONGEST_SEARCH = 200
MOST_PAGES = 20
URGENT = {"symptoms/when-to-get-help", "living/mood-and-mental-health"}
"""Pages for somebody who may need help now: nothing stands before their cards, and they lead to no form of ours."""


@require_safe
def article(request: HttpRequest, section: str, slug: str) -> HttpResponse:
    """One article of the guide."""
    found = library.get(section, slug) and _in_this_language(f"{section}/{slug}")
    if found is None:
        raise Http404
    before, after = library.neighbours(found)
    return _render(
        request,
        found,
        before=before,
        after=after,
        section=library.section(section),
        is_urgent=found.original in URGENT,
    )


def _in_this_language(path: str) -> Article | None:
    return library.by_path(f"{SPANISH}/{path}" if is_spanish() else path)


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """A page about the site itself: about, privacy, accessibility, how we write."""
    found = library.page(slug) and _in_this_language(f"{PAGES}/{slug}")
    if found is None:
        raise Http404
    return _render(request, found)


def _render(request: HttpRequest, article: Article, **context: object) -> HttpResponse:
    context |= {
        "article": article,
        "rendered": library.rendered(article),
        "grounds": library.grounds_of(article),
        "picture": library.picture(article).name,
        "original": library.by_path(article.original) if article.is_spanish else None,
        "related": [other for path in article.related if (other := _in_this_language(path) or library.by_path(path))],
        # Problems are shown to those who can mend them, never to a reader.
        "problems": library.problems_of(article) if settings.DEBUG else (),
        # What no translator has checked is for people who look for it, not for machines that quote it.
        "structured_data": None if article.is_spanish else _data_of(article),
    }
    return render(request, "articles/article.html", context)


@require_safe
def section(request: HttpRequest, section: str) -> HttpResponse:
    """The front page of one section."""
    found = library.section(section)
    if found is None:
        raise Http404
    articles = library.by_section()[section]
    context = {
        "section": found,
        "articles": articles,
        "questions": library.questions_of(section),
        "picture": library.picture(found).name,
        "structured_data": section_data(found, articles, _publisher()),
    }
    return render(request, "articles/section.html", context)


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What fits the words in ?q=, urgent signs above all else. Nothing that was typed is kept."""
    typed = " ".join(request.GET.get("q", "")[:LONGEST_SEARCH].split())
    chosen = library.section(request.GET.get("in", ""))
    context: dict[str, object] = {"typed": typed, "section": None, "suggestions": _suggestions()}
    if typed:
        context |= _found(typed, chosen, exactly="exactly" in request.GET)
    return render(request, "articles/search.html", context)


def _found(typed: str, chosen: library.Section | None, *, exactly: bool) -> dict[str, object]:
    try:
        found = library.index().search(typed, exactly=exactly)
        signs = library.urgent_signs(typed)
    except Exception:
        # A reader who looks for help is still shown what the titles offer.
        log.exception("the index cannot be searched")
        found, signs = by_title(library.findable(), typed), ()
    if found.unknown:
        # A counter that fails is nothing to the reader.
        searched_in_vain.send_robust(sender=None, words=found.unknown)
    pages = [hit for hit in found.hits if hit.entry.part]
    counts = Counter(hit.entry.part for hit in pages)
    answer = library.explained(found.looked_for or typed)
    return {
        "found": found,
        "signs": signs,
        "answer": answer,
        "pages": [hit for hit in pages if not chosen or hit.entry.part == chosen.slug][:MOST_PAGES],
        "words": [hit for hit in found.hits if not hit.entry.part and not (answer and hit.entry.title == answer.name)][
            :4
        ],
        "chosen": chosen,
        "counts": [(each, counts[each.slug]) for each in library.SECTIONS if counts[each.slug]],
        "all_pages": len(pages),
        "exactly": exactly,
    }


def _suggestions() -> list[str]:
    """What a browser offers while somebody types, without a script and without asking us."""
    medicines = {name for medicine in library.register().medicines for name in medicine.names}
    names = {term.name for term in library.glossary()} | {page.title for page in library.all()} | medicines
    return sorted(names, key=str.casefold)


def _data_of(article: Article) -> str:
    return article_data(article, library.section(article.section), _publisher())


def _publisher() -> Publisher:
    return Publisher(settings.CLINIC.name, settings.CLINIC.site, settings.SITE_URL)


@require_safe
def a_to_z(request: HttpRequest) -> HttpResponse:
    """Every page of the guide and every word of the glossary in one alphabetical list."""
    glossary = reverse("articles:glossary")
    entries = [(page.title, page.address, False) for page in (*library.all(), *library.pages())]
    entries += [(term.name, f"{glossary}#{term.id}", True) for term in library.glossary()]
    entries.sort(key=lambda entry: entry[0].casefold())
    letters = {letter: list(group) for letter, group in groupby(entries, key=lambda entry: entry[0][0].upper())}
    alphabet = [(letter, letter in letters) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    return render(request, "articles/a_to_z.html", {"letters": letters, "alphabet": alphabet})


@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """Every reference in full."""
    return render(request, "articles/sources.html", {"sources": library.sources().values()})


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Our own figures, counted from the pages as they are."""
    counted = [(each, library.counted(each)) for each in library.all()]
    context = {
        "pages": counted,
        "mean_grade": mean(page.grade for _, page in counted),
        "kinds": page_figures.of_sources(source.reference for source in library.sources().values()),
        "strengths": list(Strength),
    }
    return render(request, "articles/figures.html", context)


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """The words of the guide, explained."""
    terms = library.spanish_glossary() if is_spanish() else library.glossary()
    return render(request, "articles/glossary.html", {"terms": terms})
