"""The content desk: what a clinician without tools sees of the texts, and where a draft is tried. Nothing is stored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from rlsinfo.articles import figures, library, spanish, wording
from rlsinfo.articles.document import Article, Level
from rlsinfo.articles.evidence import Claim
from rlsinfo.articles.rendering import tangled
from rlsinfo.articles.sources import Source, entries


@dataclass(frozen=True)
class Row:
    """One page on the desk."""

    article: Article
    figures: figures.PageFigures
    must: int
    should: int
    is_overdue: bool


@dataclass(frozen=True)
class Translation:
    """One page in Spanish on the desk."""

    article: Article
    original: Article | None
    ease: float
    must: int
    should: int

    @property
    def is_old(self) -> bool:
        """Whether the English page has changed since."""
        return self.original is not None and self.article.translates != self.original.updated


@dataclass(frozen=True)
class Use:
    """One claim or source, and the pages that stand on it."""

    name: str
    said: str
    pages: Sequence[Article]


class DraftForm(forms.Form):
    """A text to try, in the place of a page."""

    path = forms.RegexField(
        r"^(?:es/)?(?:causes|symptoms|vascular|treatments|living|pages)/[a-z0-9-]+$",
        label="Place of the page",
        help_text="Section and name, such as causes/iron-and-rls; in Spanish es/causes/iron-and-rls.",
        error_messages={"invalid": "Write a section, a slash and a name in small letters: causes/iron-and-rls"},
    )
    text = forms.CharField(
        label="Text",
        strip=False,
        max_length=30_000,
        error_messages={"max_length": "The text has %(show_value)d characters: use %(limit_value)d or fewer"},
        widget=forms.Textarea({"rows": 30, "spellcheck": "true"}),
        required=False,
    )

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        if why := tangled(text):
            raise forms.ValidationError(why)
        return text


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Every page with its dates, its grade and its problems; the overdue ones and the unused claims first."""
    today = timezone.localdate()
    rows = [_row(article, today) for article in (*library.all(), *library.pages())]
    used = {ground.id for row in rows for ground in library.markers_of(row.article)}
    unused = [claim for claim in library.register().claims.values() if claim.id not in used]
    context = admin.site.each_context(request) | {
        "title": "Content desk",
        "rows": rows,
        "overdue": [row for row in rows if row.is_overdue],
        "unreviewed": sum(row.article.reviewed is None for row in rows),
        "unused": unused,
        "translations": [_translation(article) for article in library.translations()],
    }
    return render(request, "admin/articles/desk.html", context)


def _translation(article: Article) -> Translation:
    problems = library.problems_of(article)
    return Translation(
        article=article,
        original=library.by_path(article.original),
        ease=spanish.measure(article.blocks).ease,
        must=sum(problem.level is Level.MUST for problem in problems),
        should=sum(problem.level is Level.SHOULD for problem in problems),
    )


def _row(article: Article, today: date) -> Row:
    problems = library.problems_of(article)
    return Row(
        article=article,
        figures=library.counted(article),
        must=sum(problem.level is Level.MUST for problem in problems),
        should=sum(problem.level is Level.SHOULD for problem in problems),
        is_overdue=article.next_review is not None and article.next_review < today,
    )


@never_cache
@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    """On which pages each claim and each source stands, so that one sees what to rewrite when one of them changes."""
    by_claim: dict[str, list[Article]] = defaultdict(list)
    by_source: dict[str, list[Article]] = defaultdict(list)
    for article in (*library.all(), *library.pages()):
        for ground in library.markers_of(article):
            by_claim[ground.id].append(article)
            for reference in ground.references:
                if article not in by_source[reference.key]:
                    by_source[reference.key].append(article)
    claims: list[Claim] = list(library.register().claims.values())
    sources: list[Source] = list(library.sources().values())
    context = admin.site.each_context(request) | {
        "title": "Evidence and where it stands",
        "claims": [
            Use(f"{claim.id} ({claim.strength.value})", claim.statement, by_claim[claim.id]) for claim in claims
        ],
        "sources": [Use(each.label, each.reference.title, by_source[each.reference.key]) for each in sources],
    }
    return render(request, "admin/articles/evidence.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """A text pasted or edited, the page it would be, and its problems beside it."""
    if request.method == "POST":
        form = DraftForm(request.POST)
    else:
        form = DraftForm(initial=_starting_point(request.GET.get("page", "")))
    context: dict[str, object] = {"title": "Try a draft", "form": form}
    if form.is_bound and form.is_valid():
        article, rendered, problems = library.try_out(form.cleaned_data["text"], form.cleaned_data["path"])
        context |= {
            "article": article,
            "rendered": rendered,
            "problems": problems,
            "grounds": entries(rendered.grounds, library.sources(), wording.of(article)),
            "figures": None if article.is_spanish else figures.of_page(article, rendered.grounds),
            "ease": spanish.measure(article.blocks).ease,
            "original": library.by_path(article.original) if article.is_spanish else None,
        }
    return render(request, "articles/draft.html", context)


def _starting_point(path: str) -> dict[str, str]:
    if not path:
        return {}
    article = library.by_path(path)
    if article is None:
        raise Http404
    return {"path": path, "text": library.source_text(article)}


urlpatterns: list[URLPattern] = [
    path("", overview, name="desk"),
    path("evidence/", evidence, name="desk_evidence"),
    path("draft/", draft, name="desk_draft"),
]
