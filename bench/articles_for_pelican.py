"""The guide's articles as somebody would write them for Pelican: what our own marks stand for is written out."""

import re
from collections.abc import Iterator

from django.conf import settings

from rlsinfo.articles import library, outline
from rlsinfo.articles.document import BALANCE, Article
from rlsinfo.articles.wording import ENGLISH


def plain_markdown(article: Article) -> str:
    """One article with Pelican's header and nothing but Markdown."""
    body = "\n\n".join(part for part in _parts(article) if part)
    numbers = {marker: each.number for marker, each in library.register().grounds(outline.marker_ids(body)).items()}
    body = outline.TERM.sub(_term, outline.FIGURE.sub(_figure, body))
    body = outline.MARKER.sub(lambda marker: _numbers(marker, numbers), body)
    header = {
        "Title": article.title,
        "Date": article.updated,
        "Slug": article.slug,
        "Category": article.section,
        "Summary": article.summary,
    }
    return "".join(f"{name}: {value}\n" for name, value in header.items()) + f"\n{body}\n"


def _parts(article: Article) -> Iterator[str]:
    yield "\n".join(f"- {fact}" for fact in article.key_facts)
    yield "[TOC]"
    yield article.interest
    yield article.body
    for name in BALANCE:
        if text := getattr(article, name):
            yield f"### {ENGLISH.balance[name]}\n\n{text}"
    if grounds := library.grounds_of(article):
        yield "## What this rests on"
        for entry in grounds:
            links = "; ".join(f"[{source.label}](/sources/#{source.reference.key})" for source in entry.sources)
            yield f"{entry.ground.number}. {entry.label}. {entry.ground.statement} {links}"
    if related := [other for path in article.related if (other := library.by_path(path))]:
        yield "## Read next"
        yield "\n".join(f"- [{other.title}]({other.address}): {other.summary}" for other in related)


def _numbers(marker: re.Match[str], numbers: dict[str, int]) -> str:
    here = dict.fromkeys(numbers[name] for name in outline.marker_ids(marker[0]) if name in numbers)
    links = " ".join(f'[{number}](#r{number} "What this rests on, {number}")' for number in here)
    return f'<sup class="ev">{links}</sup>' if links else ""


def _term(word: re.Match[str]) -> str:
    term = library.glossary().find(word[1])
    words = word[2] or word[1]
    return f'[{words}](/glossary/#{term.id} "{term.definition}")' if term else words


def _figure(figure: re.Match[str]) -> str:
    drawing = (settings.CONTENT_DIR / "images" / figure["file"]).read_text(encoding="utf-8")
    drawing = re.sub(r"<style.*?</style>|<!--.*?-->", "", drawing, flags=re.DOTALL)
    return f"<figure>\n{drawing}\n<figcaption>{figure['caption']}</figcaption>\n</figure>"
