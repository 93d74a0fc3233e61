"""English at /x/, Spanish at /es/x/: the same for everybody, and wholly in its language."""

import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from justhtml import JustHTML

from rlsinfo.articles import library
from rlsinfo.pages import built_paths, public_pages

ROOT = settings.BASE_DIR
WORDS = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
SPANISH = [page.path for page in public_pages() if page.path.startswith("/es/")]
LIKE_NAMES = re.compile(
    r"[\d\W]*|no|\d [ap]m|width=.*|light dark|summary_large_image|clonazepam|levodopa", re.IGNORECASE
)
"""What is the same in both languages: numbers, "no", two medicines, what is for machines."""


@pytest.fixture
def reader() -> Client:
    return Client(headers={"host": "127.0.0.1:8000"})


def parsed(answer) -> JustHTML:
    return JustHTML(answer.content.decode(), sanitize=False)


def says(page: JustHTML) -> list[tuple[str, str]]:
    """Everything that is seen or read out, each with its language."""
    found = []

    def look(node, language):
        attributes = getattr(node, "attrs", None) or {}
        language = attributes.get("lang", language)
        if node.name in ("script", "style"):
            return
        found.extend((language, attributes[name]) for name in ("aria-label", "content", "alt") if attributes.get(name))
        if node.name == "#text" and node.data.strip():
            found.append((language, " ".join(node.data.split())))
        for child in getattr(node, "children", None) or ():
            look(child, language)

    look(page.root, "")
    return found


def test_the_pages_of_the_request_are_there_in_spanish_beside_the_articles():
    assert {"/es/", "/es/glossary/", "/es/consultation/", "/es/symptoms/when-to-get-help/"} <= set(SPANISH)
    assert set(SPANISH) <= set(built_paths())


@pytest.mark.parametrize("asked_for", ["es", "en", "es-MX,es;q=0.9"])
@pytest.mark.parametrize(("path", "language"), [("/", "en"), ("/es/", "es"), ("/symptoms/self-check/", "en")])
def test_the_address_alone_decides_the_language(reader, path, language, asked_for):
    answer = reader.get(path, headers={"accept-language": asked_for})

    assert parsed(answer).query_one("html").attrs["lang"] == language
    assert answer["Content-Language"] == language
    assert "language" not in answer.get("Vary", "").casefold()
    assert not answer.cookies


@pytest.mark.parametrize("path", [*SPANISH, "/es/consultation/request/", "/es/no-such-page/"])
def test_nothing_on_a_page_in_spanish_is_said_in_english(reader, path):
    english = {words for _, words in says(parsed(reader.get(path.removeprefix("/es"))))}
    same = [
        words
        for language, words in says(parsed(reader.get(path)))
        if language == "es" and words in english and not LIKE_NAMES.fullmatch(words) and words != settings.CLINIC.name
    ]

    assert same == []


@pytest.mark.parametrize("path", SPANISH)
def test_what_leads_from_a_page_in_spanish_to_one_in_english_says_so(reader, path):
    for link in parsed(reader.get(path)).query("a[href^='/']"):
        if not link.attrs["href"].startswith("/es/"):
            assert link.attrs.get("hreflang") == "en", link.attrs["href"]
            assert "(en inglés)" in link.to_text() or link.to_text() == "English", link.to_text()


def test_what_there_is_not_in_spanish_is_not_found_in_spanish(reader):
    for path in (
        "/es/search/",
        "/es/admin/",
        "/es/health/",
        "/es/causes/",
        "/es/causes/iron-and-rls/",
        "/es/es/",
        "/esx/",
    ):
        answer = reader.get(path)

        assert answer.status_code == 404
        title = "Página no encontrada" if path.startswith("/es/") else "Page not found"
        assert title in parsed(answer).query_one("title").to_text()


@pytest.mark.parametrize("path", ["/es", "/es/consultation", "/es/symptoms/self-check"])
def test_an_address_without_its_last_stroke_leads_to_the_one_with_it(reader, path):
    assert reader.get(path)["Location"] == f"{path}/"


def other_language(page: JustHTML):
    [link] = page.query("header.masthead a[lang]")
    return link.attrs["href"], link.attrs["lang"], link.attrs["hreflang"], link.to_text()


@pytest.mark.parametrize("path", SPANISH)
def test_a_page_that_there_is_twice_leads_to_itself_in_the_other_language(reader, path):
    twin = path.removeprefix("/es")

    assert other_language(parsed(reader.get(twin))) == (path, "es", "es", "Español")
    assert other_language(parsed(reader.get(path))) == (twin, "en", "en", "English")


def test_any_other_page_leads_to_the_home_page_and_says_so(reader):
    assert other_language(parsed(reader.get("/causes/"))) == ("/es/", "es", "es", "Inicio en español")
    assert other_language(parsed(reader.get("/es/nothing/"))) == ("/", "en", "en", "Home in English")


def test_search_engines_are_told_of_both_languages_only_where_there_are_both(reader):
    root = ElementTree.fromstring(reader.get("/sitemap.xml").content)
    told = {
        urlsplit(url.findtext("{*}loc")).path: {
            link.get("hreflang"): urlsplit(link.get("href")).path for link in url.findall("{*}link")
        }
        for url in root
    }

    assert told["/symptoms/self-check/"] == {"en": "/symptoms/self-check/", "es": "/es/symptoms/self-check/"}
    assert told["/es/symptoms/self-check/"] == told["/symptoms/self-check/"]
    assert told["/"] == told["/es/"] == {"en": "/", "es": "/es/"}
    assert told["/causes/iron-and-rls/"] == {}


@pytest.mark.parametrize("article", [*library.in_spanish(), *library.spanish_pages()], ids=lambda article: article.path)
def test_a_translation_says_that_no_translator_has_checked_it(reader, article):
    text = parsed(reader.get(article.address)).query("header.head")[0].to_text()

    assert article.translation_checked is None
    assert "Esta traducción aún no ha sido revisada por un traductor médico." in text
    assert "Aún no revisado por un profesional de salud." in text
    assert "más nueva" not in text


def test_every_page_in_spanish_says_it_at_its_head_or_its_foot(reader):
    at_the_foot = "Ningún traductor médico ha revisado lo que está en español, salvo que su página diga que sí."
    for path in (*SPANISH, "/es/consultation/request/"):
        page = parsed(reader.get(path))
        said = at_the_foot in page.query_one("footer").to_text()
        assert said or "Esta traducción aún no ha sido revisada" in page.query_one("main").to_text()
    assert "Esta traducción aún no ha sido revisada" in parsed(reader.get("/es/")).query_one("main").to_text()
    assert "traductor" not in reader.get("/").content.decode()


TRANSLATIONS = [*library.in_spanish(), library.spanish_home()]


@pytest.mark.parametrize("article", TRANSLATIONS, ids=lambda article: article.path)
def test_the_sources_of_a_translation_stand_on_the_english_page_under_the_same_numbers(reader, article):
    original = library.by_path(article.original)
    [link] = parsed(reader.get(article.address)).query(f"a[href='{original.address}#rests']")
    sources = parsed(reader.get(original.address)).query("ol.rests > li .refs a")

    assert link.to_text() == "esta página (en inglés)"
    assert sources
    assert [(each.number, each.id) for each in library.rendered(article).grounds] == [
        (each.number, each.id) for each in library.rendered(original).grounds
    ]


def test_a_translation_that_was_checked_says_when_and_an_old_one_leads_to_the_newer_page(reader, monkeypatch):
    from dataclasses import replace
    from datetime import date

    found = library.by_path("es/symptoms/self-check")
    old = replace(found, translates=date(2026, 1, 1), translation_checked=date(2026, 11, 26))
    monkeypatch.setitem(library._library().translations, found.path, old)
    head = parsed(reader.get(found.address)).query_one("header.head")

    assert "Un traductor médico revisó esta traducción el 26 de noviembre de 2026." in head.to_text()
    assert "La página en inglés es más nueva" in head.to_text()
    assert head.query_one("aside a").attrs["href"] == "/symptoms/self-check/"


def test_without_a_home_page_in_spanish_nothing_is_offered_in_spanish(reader, monkeypatch):
    everything = library._library()
    monkeypatch.delitem(everything.translations, "es/pages/home")
    monkeypatch.setattr(everything, "spoken", type(everything).spoken.func(everything))

    assert reader.get("/es/").status_code == 404
    assert reader.get("/es/consultation/").status_code == 404
    assert parsed(reader.get("/")).query("a[hreflang]") == []
    assert [page.path for page in public_pages() if page.path.startswith("/es")] == []


def test_pages_in_spanish_have_a_home_page(tmp_path, settings):
    settings.CONTENT_DIR = tmp_path / "content"
    shutil.copytree(ROOT / "content", settings.CONTENT_DIR)
    (settings.CONTENT_DIR / "es/pages/home.md").unlink()

    [missing] = [problem for problem in library.problems() if problem.path == "es/pages/home.md"]

    assert missing.remedy == "Put it back: without it nothing is offered in Spanish."


def messages(words: str) -> list[str]:
    return [each for each in words.split("\n\n") if "msgid" in each]


def test_no_words_of_templates_and_forms_lack_a_spanish_text(tmp_path):
    if not shutil.which("xgettext"):
        pytest.skip("xgettext is not here: .ci/tools installs it")
    for folder in ("rlsinfo", "templates", "locale"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "manage.py").write_text((ROOT / "manage.py").read_text())
    command = "makemessages --locale es --no-obsolete --add-location never --no-wrap --extension html,txt,svg,py"
    subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command.split()], cwd=tmp_path, check=True, capture_output=True
    )

    assert set(messages((tmp_path / WORDS.relative_to(ROOT)).read_text())[1:]) == set(messages(WORDS.read_text())[1:])


def test_every_text_is_there_and_none_is_a_guess():
    _header, *others = messages(WORDS.read_text(encoding="utf-8"))

    assert "fuzzy" not in WORDS.read_text(encoding="utf-8")
    assert [each for each in others if re.search(r'^msgstr(\[\d\])? ""$', each, re.MULTILINE)] == []


def test_the_compiled_words_are_those_of_the_file(tmp_path):
    if not shutil.which("msgfmt"):
        pytest.skip("msgfmt is not here: .ci/tools installs it")
    fresh = tmp_path / "fresh.mo"
    subprocess.run(["msgfmt", "--check-format", f"--output-file={fresh}", str(WORDS)], check=True)

    def catalog(file: Path):
        with file.open("rb") as compiled:
            return gettext.GNUTranslations(compiled)._catalog

    assert catalog(fresh) == catalog(WORDS.with_suffix(".mo"))


def test_what_goes_wrong_is_told_in_the_language_of_the_address(monkeypatch):
    def fail():
        raise ValueError

    browser_of_a_reader = Client(raise_request_exception=False)
    monkeypatch.setattr(library, "spanish_glossary", fail)
    broken = browser_of_a_reader.get("/es/glossary/")
    too_big = browser_of_a_reader.post("/es/consultation/request/", {"note": "n" * 70_000})
    nonsense = browser_of_a_reader.get("/es/?%00")

    assert (broken.status_code, too_big.status_code, nonsense.status_code) == (500, 413, 400)
    assert "Algo salió mal de nuestro lado" in broken.content.decode()
    assert "Era más de lo que cabe en este formulario." in too_big.content.decode()
    assert "No pudimos leer eso" in nonsense.content.decode()


@given(st.text())
def test_whatever_follows_es_is_answered(typed):
    path = f"/es/{quote(typed)}"

    assert Client(headers={"host": "127.0.0.1:8000"}).get(path).status_code in {200, 301, 400, 404, 405}
