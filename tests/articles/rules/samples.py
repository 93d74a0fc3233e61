"""Good pages for the rules to look at, and what they say of a page that a test makes worse."""

from collections.abc import Mapping
from datetime import date

from rlsinfo.articles import rules
from rlsinfo.articles.document import Article, Problem
from rlsinfo.articles.evidence import Glossary, Register
from tests.articles.factories import BODY, DRAWING, make_article, make_glossary, make_register

TODAY = date(2026, 11, 20)
ASK = "\n\n## What to ask your clinician\n\n- What now?\n- What next?\n- What else?\n"
DO_NOT_STOP = "Do not stop or change a medicine on your own."
EXCEPTION = "Trouble breathing, swelling of the face or throat, or thoughts of suicide need emergency help at once."
PICTURES = {"leg.svg": DRAWING}
OTHERS = (
    make_article(
        path="causes/family-and-genes",
        title="Family and genes",
        related="\n  - causes/iron-and-rls\n  - symptoms/what-rls-feels-like",
    ),
    make_article(
        path="symptoms/what-rls-feels-like",
        title="What RLS feels like",
        related="\n  - causes/iron-and-rls\n  - causes/family-and-genes",
    ),
)


def review_all(
    *articles: Article,
    register: Register | None = None,
    glossary: Glossary | None = None,
    pictures: Mapping[str, str] = PICTURES,
    today: date = TODAY,
) -> tuple[Problem, ...]:
    """Everything that is wrong with a set of pages."""
    addresses = ["/", "/consultation/"]
    return rules.review(articles, register or make_register(), glossary or make_glossary(), pictures, addresses, today)


def review(
    *articles: Article, register: Register | None = None, glossary: Glossary | None = None, today: date = TODAY
) -> list[Problem]:
    """What is wrong with these pages, beside good ones, one of which leads to them all."""
    links = "\n".join(f"[{article.title}]({article.address})" for article in articles)
    leads_there = make_article(f"{links}\n{BODY}", path="living/sleep", title="Sleep")
    found = review_all(*articles, leads_there, *OTHERS, register=register, glossary=glossary, today=today)
    return [problem for problem in found if problem.path in {article.file for article in articles}]


def told(body: str, **header: str) -> list[tuple[int, str]]:
    """The problems of one page with this body and a good end: line within the body, and message."""
    return [(line, message) for line, message, _ in advised(body, **header)]


def advised(body: str, **header: str) -> list[tuple[int, str, str]]:
    """The same with the remedies."""
    article = make_article(body + ASK, **header)
    return [(problem.line - article.body_line + 1, problem.message, problem.remedy) for problem in review(article)]
