"""The guide is whole: every page, claim, red flag and guideline row stands where it should, and nothing is copied."""

import re
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from rlsinfo.articles import library, outline
from rlsinfo.articles.rules.alarm import HELP

HERE = Path(__file__).parent
TOPICS = yaml.safe_load((HERE / "topics.yaml").read_text(encoding="utf-8"))
ROWS = {row["row"]: row for row in yaml.safe_load((HERE / "seed-coverage.yaml").read_text(encoding="utf-8"))}
OVERVIEW = "treatments/treatment-overview"

ELSEWHERE = {
    ("A01", "comp-01"): (
        "vascular/heart-and-blood-pressure",
        "A title: what RLS may do to heart and blood vessels has a page of its own, to which the pages on causes lead.",
    ),
    ("A47", "vtx-01"): (
        "vascular/vein-treatment-and-rls",
        "The overview keeps vein treatment off the list of proven care and leads to the page that says why.",
    ),
}
"""By row and claim: the page on which it stands instead, and why."""


@cache
def markers(path: str) -> frozenset[str]:
    """Everything that a page rests on; nothing for a page that does not exist."""
    article = library.by_path(path)
    blocks = article.blocks if article else ()
    return frozenset(marker for block in blocks for marker in outline.marker_ids(block.text))


def stands_on(marker: str, paths: Iterable[str]) -> bool:
    return any(marker in markers(path) for path in paths)


def everything_used() -> frozenset[str]:
    return frozenset().union(*(markers(article.path) for article in (*library.all(), *library.pages())))


# The pages


def test_the_guide_has_exactly_the_pages_of_the_list():
    guide = {path for path in TOPICS if not path.startswith("pages/")}

    assert len(guide) == 36
    assert guide == {article.path for article in library.all()}


@pytest.mark.parametrize("path", TOPICS)
def test_every_claim_and_red_flag_of_the_list_stands_on_its_page(path):
    wanted = [*TOPICS[path]["claims"], *(f"flag:{flag}" for flag in TOPICS[path].get("red_flags", []))]

    assert [marker for marker in wanted if marker not in markers(path)] == []


def test_the_list_knows_every_claim_and_red_flag_of_the_register():
    register = library.register()

    assert {claim for topic in TOPICS.values() for claim in topic["claims"]} == set(register.claims)
    assert {flag for topic in TOPICS.values() for flag in topic.get("red_flags", [])} == set(register.red_flags)


def test_every_claim_stands_on_a_page_or_says_why_not():
    claims = library.register().claims
    used = everything_used()

    assert len(claims) == 158
    assert [claim.id for claim in claims.values() if claim.id not in used and not claim.unused_because] == []


def test_every_recommendation_of_the_guideline_stands_in_the_overview():
    rows = [row.id for row in library.register().guideline.values() if not row.is_good_practice]

    assert len(rows) == 27
    assert [row for row in rows if f"guideline:{row}" not in markers(OVERVIEW)] == []


def test_every_sign_that_cannot_wait_stands_on_the_page_on_when_to_get_help():
    flags = library.register().red_flags

    assert len(flags) == 26
    assert [flag for flag in flags if f"flag:{flag}" not in markers(HELP)] == []


# The clinic's two old articles


@pytest.mark.parametrize("row", ROWS)
def test_every_statement_of_the_old_articles_is_answered_where_it_lands(row):
    lands, claims = ROWS[row]["lands"], ROWS[row]["claims"]

    assert claims
    assert [path for path in lands if library.by_path(path) is None] == []
    assert [claim for claim in claims if (row, claim) not in ELSEWHERE and not stands_on(claim, lands)] == []


def test_the_table_holds_every_statement_of_both_articles():
    articles = [[row for row in ROWS if row.startswith(letter)] for letter in "AB"]

    assert [len(rows) for rows in articles] == [49, 52]
    assert all(int(after[1:]) == int(before[1:]) + 1 for rows in articles for before, after in pairwise(rows))
    assert {row["status"] for row in ROWS.values()} == {"kept", "qualified", "corrected"}


@pytest.mark.parametrize(("row", "claim"), ELSEWHERE)
def test_what_lands_elsewhere_stands_there_and_is_still_an_exception(row, claim):
    path, why = ELSEWHERE[row, claim]

    assert claim in markers(path)
    assert not stands_on(claim, ROWS[row]["lands"])
    assert why


# Nothing is copied

LENGTH = 8
OLD = frozenset((HERE / "old-articles.txt").read_text(encoding="ascii").split())
"""Every eight words in a row of the old articles, as their blake2b hash of five bytes: see hashed()."""


def shingles(text: str) -> dict[str, str]:
    """Every eight words in a row of a text, by their hash."""
    words = re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.casefold().replace("\u2019", "'"))
    rows = (" ".join(words[at : at + LENGTH]) for at in range(len(words) - LENGTH + 1))
    return {hashed(row): row for row in rows}


def hashed(words: str) -> str:
    return blake2b(words.encode(), digest_size=5).hexdigest()


def printed() -> dict[str, str]:
    """All that readers see, by file: pages, definitions, and what the numbers of a page lead to."""
    register, glossary = library.register(), library.glossary()
    texts = {
        article.file: " ".join(f"{block.words} {block.alt}" for block in article.blocks)
        for article in (*library.all(), *library.pages(), library.home())
    }
    texts["glossary.yaml"] = " ".join(term.definition for term in glossary)
    texts["claims.yaml"] = " ".join(claim.statement for claim in register.claims.values())
    texts["red-flags.yaml"] = " ".join(f"{flag.name}. {flag.why}" for flag in register.red_flags.values())
    return texts


def test_no_page_shares_eight_words_in_a_row_with_the_old_articles():
    texts = printed()
    shared = [(file, row) for file, text in texts.items() for key, row in shingles(text).items() if key in OLD]

    assert len(OLD) > 1500
    assert len(texts) == 45
    assert shared == []


def test_eight_words_in_a_row_are_found_whatever_their_case_and_stops():
    old = set(shingles("One two three, four five six seven eight nine."))

    assert old & set(shingles("And one, TWO three four - five six; seven eight!"))
    assert not old & set(shingles("One two three four five six seven nine eight"))
