"""What readers told us, for those who answer for the texts."""

from dataclasses import dataclass

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from rlsinfo.articles import library
from rlsinfo.readers.models import Comment, SoughtWord, Votes

MOST_COMMENTS, MOST_WORDS = 100, 50


@dataclass(frozen=True)
class Row:
    """One page, and how it was judged."""

    address: str
    title: str
    useful: int
    not_useful: int

    @property
    def share(self) -> int:
        """Of 100 who answered, how many found it useful."""
        return round(100 * self.useful / (self.useful + self.not_useful))


@never_cache
@require_safe
def told(request: HttpRequest) -> HttpResponse:
    """Pages by how many did not find them useful, words that nobody found, and comments, the newest first."""
    titles = {page.address: page.title for page in (*library.all(), *library.pages(), *library.translations())}
    counted = Votes.objects.values("page").annotate(yes=Sum("useful"), no=Sum("not_useful"))
    rows = [Row(each["page"], titles.get(each["page"], each["page"]), each["yes"], each["no"]) for each in counted]
    context = admin.site.each_context(request) | {
        "title": "What readers tell us",
        "rows": sorted(rows, key=lambda row: (-row.not_useful, row.title)),
        "sought": SoughtWord.objects.exclude(word="").order_by("-days", "word")[:MOST_WORDS],
        "comments": [
            (titles.get(comment.page, comment.page), comment)
            for comment in Comment.objects.order_by("-day", "-pk")[:MOST_COMMENTS]
        ],
    }
    return render(request, "admin/readers/told.html", context)


urlpatterns: list[URLPattern] = [path("readers/", told, name="readers")]
