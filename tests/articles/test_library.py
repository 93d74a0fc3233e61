"""The library: which article is found where, and when the folder is read again."""

from pathlib import Path

import pytest
from django.urls import resolve

from rlsinfo.articles import library
from rlsinfo.articles.problems import Level
from tests.articles.factories import make_content, make_text


@pytest.fixture
def content(tmp_path: Path, settings) -> Path:
    settings.CONTENT_DIR = make_content(tmp_path)
    return tmp_path


def titles(articles) -> list[str]:
    return [article.title for article in articles]


def test_an_article_is_found_by_its_section_and_name(content):
    article = library.get("causes", "iron-and-rls")

    assert article is not None
    assert article.title == "Iron and restless legs"
    assert library.by_path("causes/iron-and-rls") == article
    assert library.get("causes", "nothing") is None
    assert library.get("symptoms", "iron-and-rls") is None


def test_a_page_about_the_site_is_no_article_of_the_guide(content):
    make_content(content, {"pages/about": make_text(title="About us"), "causes/iron-and-rls": make_text()})

    assert library.page("about") is not None
    assert library.page("iron-and-rls") is None
    assert library.get("pages", "about") is None
    assert titles(library.pages()) == ["About us"]
    assert "About us" not in titles(library.all())


def test_sections_list_their_articles_in_the_order_that_authors_gave(content):
    assert titles(library.by_section()["causes"]) == ["Iron and restless legs", "Family and genes"]
    assert library.by_section()["living"] == ()
    assert titles(library.all()) == ["Iron and restless legs", "Family and genes", "What RLS feels like"]


def test_an_article_knows_the_one_before_and_after_it_in_its_section(content):
    iron, genes = library.by_section()["causes"]

    assert library.neighbours(iron) == (None, genes)
    assert library.neighbours(genes) == (iron, None)


def test_a_section_is_known_by_its_slug(content):
    section = library.section("vascular")

    assert section is not None
    assert (section.title, section.address) == ("Veins and arteries", "/vascular/")
    assert library.section("pages") is None


def test_an_article_is_rendered_with_the_evidence_terms_and_pictures_of_the_folder(content):
    body = "Ask for [[ferritin]].[@iron-01]\n\n![a leg](leg.svg)\n"
    make_content(content, {"causes/iron-and-rls": make_text(body)})

    rendered = library.rendered(library.by_path("causes/iron-and-rls"))

    assert [ground.id for ground in rendered.grounds] == ["iron-01"]
    assert 'id="w1"' in rendered.html
    assert "<svg" in rendered.html
    assert set(library.register().claims) == {"iron-01", "iron-02", "vein-01", "heart-01", "dopa-01"}
    assert "Ferritin" in [term.name for term in library.glossary()]


def test_problems_of_every_kind_are_found_once_with_their_file(content):
    make_content(
        content,
        {
            "causes/iron-and-rls": make_text("Iron cures RLS.[@nothing]", title="Iron"),
            "misc/iron": make_text(),
        },
    )
    (content / "evidence" / "claims.yaml").write_text("- {id: iron-01}")
    (content / "glossary.yaml").write_text("- {term: Ferritin}")

    found = [(problem.path, problem.message) for problem in library.problems()]

    assert len(library.problems()) == len(set(library.problems()))
    assert {
        ("causes/iron-and-rls.md", "The field “title” has 4 characters."),
        ("causes/iron-and-rls.md", "There is no claim “nothing”."),
        ("causes/iron-and-rls.md", "“cures” promises too much."),
        ("misc/iron.md", "There is no section named “misc”."),
        ("evidence/claims.yaml", "“topic” is missing (in iron-01)."),
        ("glossary.yaml", "“definition” is missing (in Ferritin)."),
    } <= set(found)


def test_pages_looked_at_one_by_one_have_the_same_problems_and_figures(content):
    make_content(content, {"causes/iron-and-rls": make_text("Iron cures RLS.[@nothing]", title="Family and genes")})
    problems, counted = library.problems(), [library.counted(article) for article in library.all()]
    looked_at = [(path, library.look_at(path)) for path in library.paths()]
    library._read.cache_clear()

    library.take_over(looked_at)

    assert library.problems() == problems
    assert [library.counted(article) for article in library.all()] == counted


def test_a_page_that_was_looked_at_is_not_counted_again(content, monkeypatch):
    library.take_over([(path, library.look_at(path)) for path in library.paths()])
    monkeypatch.setattr("rlsinfo.articles.readability.measure", None)

    assert all(library.counted(article).words for article in library.all())


def test_the_problems_of_an_article_are_its_own(content):
    make_content(content, {"causes/iron-and-rls": make_text("Iron.[@nothing]")})

    problems = library.problems_of(library.by_path("causes/iron-and-rls"))

    assert problems
    assert {problem.path for problem in problems} == {"causes/iron-and-rls.md"}


def test_an_article_with_a_problem_still_renders(content):
    make_content(content, {"causes/iron-and-rls": "---\ntitle: Iron: what\n---\n\nIron.[@nothing]"})

    article = library.get("causes", "iron-and-rls")

    assert article is not None
    assert "<p>Iron.</p>" in library.rendered(article).html
    assert any(problem.level is Level.MUST for problem in library.problems_of(article))


def test_a_file_that_is_not_utf_8_is_told_with_its_line(content):
    (content / "causes" / "iron-and-rls.md").write_bytes(make_text("First.\n\nCaf\xe9.").encode("latin-1"))

    told = {(problem.path, problem.message): problem.line for problem in library.problems()}

    assert told["causes/iron-and-rls.md", "This is not UTF-8 text."] == make_text("First.\n\nX").count("\n") + 1
    assert "Caf\ufffd" in library.rendered(library.by_path("causes/iron-and-rls")).html  # codespell:ignore caf


def test_a_missing_glossary_is_no_reason_to_fail(content):
    (content / "glossary.yaml").unlink()

    assert len(library.glossary()) == 0


def test_in_production_the_folder_is_read_once(content, settings):
    settings.DEBUG = False
    before = library.get("causes", "iron-and-rls")

    make_content(content, {"causes/iron-and-rls": make_text(title="Another title")})

    assert library.get("causes", "iron-and-rls") is before


def test_in_development_a_change_shows_at_once(content, settings):
    settings.DEBUG = True
    assert library.get("causes", "iron-and-rls").title == "Iron and restless legs"

    make_content(content, {"causes/iron-and-rls": make_text(title="Another title")})
    assert library.get("causes", "iron-and-rls").title == "Another title"

    make_content(content, {"causes/new-page": make_text(title="A new page")})
    assert library.get("causes", "new-page") is not None

    (content / "causes" / "new-page.md").unlink()
    assert library.get("causes", "new-page") is None


def test_in_development_only_what_has_changed_is_read_again(content, settings, monkeypatch):
    settings.DEBUG = True
    library.all()
    read, again = library.document.read, []
    monkeypatch.setattr(library.document, "read", lambda text, path: again.append(path) or read(text, path))

    make_content(content, {"causes/iron-and-rls": make_text(title="Another title")})
    library.all()

    assert again == ["causes/iron-and-rls"]


def test_what_is_wrong_with_one_page_is_told_without_a_look_at_the_others(content, settings):
    settings.DEBUG = True
    make_content(content, {"causes/new-page": make_text("Iron cures RLS. See [there](/nowhere/).")})
    new = library.get("causes", "new-page")

    told = library.problems_of(new)

    assert "No other article leads to this one." in {problem.message for problem in told}
    assert set(told) == {problem for problem in library.problems() if problem.path == "causes/new-page.md"}


@pytest.mark.parametrize("address", library.OTHER_ADDRESSES)
def test_every_address_that_an_article_may_link_to_is_a_page_of_the_site(address):
    assert resolve(address)


def test_without_its_words_the_home_page_still_stands_and_the_missing_file_is_told(content):
    (content / "pages" / "home.md").unlink()

    assert library.home().address == "/"
    assert [problem.place for problem in library.problems() if problem.level is Level.MUST] == ["pages/home.md:1"]
