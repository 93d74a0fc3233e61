"""What the figures of a page count."""

from rlsinfo.articles import document, figures, library
from rlsinfo.articles.evidence import Ground, Strength

from .test_sources import make_reference

TEXT = """---
title: Iron
---

Iron is a metal. [@iron-01]

## Which test?

Ask for two blood tests in the morning before you eat.
"""


def test_a_page_is_counted_as_it_is():
    article, _ = document.read(TEXT, "causes/iron")
    old, new = make_reference("old", year="2013"), make_reference("new", year="2025")
    grounds = [
        Ground(1, "iron-01", "Iron.", Strength.WELL_ESTABLISHED, (old, new)),
        Ground(2, "iron-02", "Iron.", Strength.LIMITED, (new, make_reference("undated", year="no date"))),
        Ground(3, "flag:dvt", "A clot.", None, ()),
    ]

    page = figures.of_page(article, grounds)

    assert page.longest_sentence == 11
    assert [number for _, number in page.strengths] == [1, 0, 1, 0, 0]
    assert (page.sources, page.oldest, page.newest) == (3, "2013", "2025")


def test_kinds_of_sources_are_counted_with_their_age_the_commonest_first():
    references = [
        make_reference("a", kind="case-series", year="2008"),
        make_reference("b", kind="guideline", year="2016"),
        make_reference("c", kind="guideline", year="2025"),
    ]

    counted = figures.of_sources(references)

    assert [(kind.kind, kind.number, kind.oldest, kind.newest) for kind in counted] == [
        ("Guideline", 2, "2016", "2025"),
        ("Report on a series of patients", 1, "2008", "2008"),
    ]


def test_every_page_is_printed_with_its_own_figures(client):
    page = client.get("/our-figures/").content.decode()

    for article in library.all():
        counted = figures.of_page(article, library.rendered(article).grounds)
        assert all(f'scope="col">{strength.label}</th>' in page for strength in Strength)
        row = page[page.index(f'<a href="{article.address}">{article.title}</a></th>') :]
        assert f'data-label="Grade">{counted.grade}</td>' in row.partition("</tr>")[0]
        assert f'data-label="Longest sentence">{counted.longest_sentence} words</td>' in row.partition("</tr>")[0]


def test_no_page_is_harder_than_seventh_grade_and_their_mean_is_at_most_sixth():
    grades = [figures.of_page(article, library.rendered(article).grounds).grade for article in library.all()]

    assert max(grades) <= 7.0
    assert sum(grades) / len(grades) <= 6.0
