"""Beginning an article."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from rlsinfo.articles import document, library
from rlsinfo.articles.problems import Level
from tests.articles.factories import make_content


@pytest.fixture
def content(tmp_path: Path, settings) -> Path:
    settings.CONTENT_DIR = make_content(tmp_path)
    settings.DEBUG = True
    return tmp_path


def begin(path: str, title: str = "A new page") -> str:
    said = StringIO()
    call_command("new_article", path, title, stdout=said)
    return said.getvalue()


@pytest.mark.parametrize(
    "path", ["causes/new", "symptoms/new", "vascular/new", "treatments/new", "living/new", "pages/new"]
)
def test_a_new_article_has_every_field_it_needs_and_cannot_be_published_yet(content, path):
    said = begin(path)

    file = content / f"{path}.md"
    article, problems = document.read(file.read_text(encoding="utf-8"), path)
    assert str(file) in said
    assert article.title == "A new page"
    assert problems == ()
    assert Level.MUST in {problem.level for problem in library.problems_of(article)}


def test_a_new_article_comes_last_in_its_section_and_names_pages_that_exist(content):
    begin("causes/new")

    article = library.get("causes", "new")
    assert article is not None
    assert article.order == 4
    assert article.related == ("causes/iron-and-rls", "causes/family-and-genes")


def test_the_first_article_of_an_empty_folder_can_be_begun(tmp_path, settings):
    settings.CONTENT_DIR = tmp_path

    begin("causes/new")

    assert (tmp_path / "causes" / "new.md").exists()


def test_a_page_that_is_there_is_never_written_over(content):
    file = content / "causes" / "iron-and-rls.md"
    before = file.read_text(encoding="utf-8")

    with pytest.raises(CommandError, match="is there already"):
        begin("causes/iron-and-rls")

    assert file.read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    ("path", "title", "message"),
    [
        ("cuases/new", "A new page", "Did you mean “causes”"),  # codespell:ignore cuases
        ("causes/New Page", "A new page", "cannot be the name of a page"),
        ("../causes/new", "A new page", "no section named"),
        ("causes/new", "New", "has 3 characters"),
    ],
)
def test_a_bad_place_or_title_writes_nothing(content, path, title, message):
    before = set(content.glob("**/*"))

    with pytest.raises(CommandError, match=message):
        begin(path, title)

    assert set(content.glob("**/*")) == before


def test_a_title_may_hold_a_colon_and_quotation_marks(content):
    begin("causes/new", 'Iron: the "good" kind')

    assert document.read((content / "causes/new.md").read_text(encoding="utf-8"), "causes/new")[0].title == (
        'Iron: the "good" kind'
    )
