"""Rules on the page as a whole: where its links lead and who links to it, its pictures, its end, its dates."""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as etree

from rlsinfo.articles import outline
from rlsinfo.articles.document import GUIDE, Article
from rlsinfo.articles.outline import Kind
from rlsinfo.articles.problems import Problem, did_you_mean
from rlsinfo.articles.rendering import SVG
from rlsinfo.articles.rules.context import Context, must, should
from rlsinfo.articles.wording import ENGLISH

QUESTIONS = range(3, 7)
ALT = 40

_IMAGE_OF = re.compile(
    r"(?:an? |the )?(?:image|picture|photo|photograph|graphic|figure) (?:of|showing|that shows)\b", re.IGNORECASE
)
_OUTLINES = re.compile(r"glyph", re.IGNORECASE)
"""How drawing programs name the shapes that they make of letters."""


def links_lead_somewhere(article: Article, context: Context) -> Iterator[Problem]:
    for block in article.blocks:
        for link in outline.LINK.finditer(block.text):
            target = link["target"]
            line = block.line + block.text.count("\n", 0, link.start())
            address, _, part = target.partition("#")
            address = address or article.address
            if re.match(r"https://|mailto:|tel:", target):
                continue
            if not re.match(r"[/#]", target):
                remedy = "Write /section/page/ for a page of ours, and https:// for any other."
                yield must(article, line, f"The link to “{target}” cannot be followed.", remedy)
            elif address not in context.targets:
                remedy = f"Link to a page that exists.{did_you_mean(address, context.targets)}"
                yield must(article, line, f"There is no page {address}", remedy)
            elif part and part not in context.targets[address]:
                remedy = f"Use the heading's words with hyphens.{did_you_mean(part, context.targets[address])}"
                yield must(article, line, f"There is no heading #{part} on {address}", remedy)


def related_pages_exist(article: Article, context: Context) -> Iterator[Problem]:
    for path in article.related:
        if path == article.path or path not in context.paths:
            remedy = f"Name another page that exists.{did_you_mean(path, context.paths - {article.path})}"
            yield must(article, article.lines.get("related", 1), f"“{path}” is no related page.", remedy)


def the_sheet_is_there(article: Article, context: Context) -> Iterator[Problem]:
    """What prints alone begins and ends with headings of the page, in their order."""
    heads = [block.words for block in article.body_blocks if block.kind is Kind.HEADING and block.level == 2]
    line = article.lines.get("sheet", 1)
    for head in article.sheet:
        if head not in heads:
            remedy = f"Write a heading of this page as it stands behind ##.{did_you_mean(head, heads)}"
            yield must(article, line, f"“{head}” is no heading of a sheet.", remedy)
    at = [heads.index(head) for head in article.sheet if head in heads]
    if at != sorted(at):
        yield must(article, line, "The sheet ends before it begins.", "Name the first of its headings first.")


def ends_with_questions(article: Article, context: Context) -> Iterator[Problem]:
    """Every page of the guide ends with what to ask a clinician."""
    if article.section not in GUIDE:
        return
    headings = [block for block in article.body_blocks if block.kind is Kind.HEADING and block.level == 2]
    if not headings or headings[-1].words != ENGLISH.ask:
        remedy = f"End the page with “## {ENGLISH.ask}” and a list of questions."
        yield must(
            article, headings[-1].line if headings else article.body_line, "The last section is missing.", remedy
        )
        return
    asked = [block for block in article.body_blocks if block.line > headings[-1].line and block.kind is Kind.ITEM]
    if len(asked) not in QUESTIONS:
        remedy = f"Give {QUESTIONS.start} to {QUESTIONS.stop - 1}."
        yield should(article, headings[-1].line, f"There are {len(asked)} questions to ask.", remedy)


def terms_once(article: Article, context: Context) -> Iterator[Problem]:
    """A word is linked to the glossary where a reader first meets it."""
    seen = set()
    for block in article.blocks:
        for term in outline.TERM.finditer(block.text):
            if term[1].casefold() in seen:
                remedy = "Link its first use only; write the others as plain words."
                yield should(article, block.line, f"“{term[1]}” is linked to the glossary twice.", remedy)
            seen.add(term[1].casefold())


def review_is_not_overdue(article: Article, context: Context) -> Iterator[Problem]:
    """Only reported: what depends on today must not stop a build that passed yesterday."""
    if article.next_review and article.next_review < context.today:
        message = f"The review of this page was due on {article.next_review}."
        yield should(article, article.lines.get("next_review", 1), message, "Ask a clinician to review it.")


def titles_differ(context: Context) -> Iterator[Problem]:
    titles = Counter(article.title.casefold() for article in context.articles)
    for article in context.articles:
        if titles[article.title.casefold()] > 1:
            line = article.lines.get("title", 1)
            yield must(article, line, f"Two pages are called “{article.title}”.", "Give this one a title of its own.")


def pictures_are_described(article: Article, context: Context) -> Iterator[Problem]:
    """Who cannot see a picture learns the same from its description, and everybody has its caption."""
    for block in article.blocks:
        if block.kind is not Kind.FIGURE:
            continue
        if block.alt and len(block.alt) < ALT:
            remedy = f"Say in the square brackets all that it shows, in {ALT} characters or more."
            yield must(article, block.line, f"This picture is described in {len(block.alt)} characters.", remedy)
        if found := _IMAGE_OF.match(block.alt):
            remedy = "Begin with what it shows: a screen reader says itself that it is a picture."
            yield must(article, block.line, f"This description begins with “{found[0]}”.", remedy)
        if not block.words:
            remedy = 'Write it behind the file\'s name: (leg-vein.svg "Title | A sentence.").'
            yield must(article, block.line, "This picture has no caption.", remedy)


def pictures_can_be_translated(context: Context) -> Iterator[Problem]:
    """Words in a picture are text that can be replaced, and the drawing has a title of its own."""
    shown = dict.fromkeys(block.file for article in context.articles for block in article.blocks if block.file)
    for name in shown:
        try:
            drawing = etree.fromstring(context.pictures.get(name, ""))  # noqa: S314 - our own file
        except etree.ParseError:
            continue  # told where the page names it
        if not (drawing.findtext(f"{{{SVG}}}title") or "").strip():
            remedy = "Put <title>what it is</title> first into the drawing."
            yield Problem(f"images/{name}", 1, "This drawing has no title.", remedy)
        outlined = any(_OUTLINES.search(" ".join(element.attrib.values())) for element in drawing.iter())
        if outlined or drawing.find(f".//{{{SVG}}}image") is not None:
            remedy = (
                "Write them as <text>: outlines and photos of letters cannot be translated, read out or made larger."
            )
            yield Problem(f"images/{name}", 1, "There may be words here that are not text.", remedy)


def every_article_is_linked(context: Context) -> Iterator[Problem]:
    """A reader of one article finds the way to every other."""
    guide = [article for article in context.articles if article.section in GUIDE]
    linked = {address for article in guide for address in article.leads_to - {article.address}}
    for article in guide:
        if article.address not in linked:
            remedy = "Link to it from an article where a reader would want it, or name it there as related."
            yield must(article, 1, "No other article leads to this one.", remedy)
