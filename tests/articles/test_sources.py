"""How a page names its sources, and what stands in place of a strength where advice is no finding."""

from rlsinfo.articles import library
from rlsinfo.articles.evidence import Ground, Reference, Strength
from rlsinfo.articles.sources import entries, name_sources


def make_reference(key="a", authors="Winkelman JW, Berkowski JA, DelRosso LM, et al.", **changed):
    fields = {"title": key, "source": "Sleep", "year": "2025", "volume": "", "pages": "", "doi": "", "pmid": ""}
    fields |= {"url": "", "kind": "guideline", "verified": True, "superseded_by": ""}
    return Reference(key=key, authors=authors, **fields | changed)


def labels(*references):
    return [source.label for source in name_sources(references).values()]


def test_a_source_is_named_by_surname_and_year():
    assert labels(make_reference()) == ["Winkelman and others 2025"]
    assert labels(make_reference(authors="Kerr S, Kumar A", year="2019")) == ["Kerr and Kumar 2019"]
    assert labels(make_reference(authors="Raetz J, Wilson M, Collins K")) == ["Raetz and others 2025"]
    assert labels(make_reference(authors="Garcia-Borreguero D")) == ["Garcia-Borreguero 2025"]


def test_an_office_is_named_in_full_and_a_page_without_a_date_says_so():
    assert labels(make_reference(authors="Mayo Clinic staff", year="no date")) == ["Mayo Clinic staff, no date"]


def test_two_sources_of_one_author_and_year_are_told_apart():
    twins = [make_reference("second", title="B"), make_reference("first", title="A")]

    assert {key: source.label for key, source in name_sources(twins).items()} == {
        "first": "Winkelman and others 2025a",
        "second": "Winkelman and others 2025b",
    }


def test_no_two_sources_of_the_site_share_a_name():
    named = [source.label for source in library.sources().values()]

    assert len(named) == len(set(named)) > 100


def test_what_was_never_seen_or_has_been_replaced_is_not_named():
    assert labels(make_reference(verified=False), make_reference("old", superseded_by="a")) == []


def test_a_finding_says_how_sure_we_are_and_advice_says_what_it_is():
    grounds = [
        Ground(1, "iron-01", "Low iron.", Strength.LIMITED, (make_reference(),)),
        Ground(2, "flag:dvt", "A clot.", None, ()),
        Ground(3, "guideline:gps-iron", "Test iron.", None, ()),
    ]

    found = entries(grounds, name_sources([make_reference()]))

    assert [(entry.label, entry.mark) for entry in found] == [
        ("Limited", "s2"),
        ("Safety advice", "advice"),
        ("Guideline advice", "advice"),
    ]
    assert [source.label for source in found[0].sources] == ["Winkelman and others 2025"]
