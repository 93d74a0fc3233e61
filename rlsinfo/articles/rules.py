"""What we ask of one article and of the set, beyond what a single field or line can show; today is an argument."""

from collections.abc import Iterable
from datetime import date

from rlsinfo.articles.document import Article
from rlsinfo.articles.evidence import Glossary, Register
from rlsinfo.articles.problems import Problem


def review(
    articles: Iterable[Article], register: Register, glossary: Glossary, addresses: Iterable[str], today: date
) -> tuple[Problem, ...]:
    return ()
