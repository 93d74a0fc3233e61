"""What a reader gets from the built pages: the same bytes as from the site itself, with every header, or Django."""

import gzip
import json
import os
import time
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import brotli
import pytest

from rlsinfo import build, pages
from rlsinfo.articles import figures, library
from rlsinfo.built_pages import BuiltPages, built_site


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def site(folder):
    return build.build_pages(folder)


@pytest.fixture
def ask(site):
    """Asks the built site, and returns status, headers and body; what falls through answers 299."""

    def django(environ, start_response):
        start_response("299 Django", [])
        return [b"Django"]

    application = BuiltPages(django, site, scheme="http", is_our_host=lambda host: host == "127.0.0.1:8000")

    def ask(path, method="GET", **environ):
        setup_testing_defaults(environ)
        environ |= {"PATH_INFO": path, "REQUEST_METHOD": method, "HTTP_HOST": environ.pop("host", "127.0.0.1:8000")}
        seen = {}
        body = b"".join(
            application(environ, lambda status, headers: seen.update(status=int(status[:3]), headers=dict(headers)))
        )
        return seen["status"], seen["headers"], body

    return ask


@pytest.mark.parametrize("path", pages.built_paths())
def test_a_built_page_is_what_the_site_answers(path, ask, client, settings):
    answer = client.get(path, headers={"host": "127.0.0.1:8000"})

    status, headers, body = ask(path)

    assert (status, body) == (200, answer.content)
    differing = {"Cache-Control", "ETag", "Vary", "Content-Length"}
    assert {name: value for name, value in headers.items() if name not in differing} == {
        name: value for name, value in answer.items() if name not in differing
    }


ARTICLES = (*library.all(), *library.in_spanish())
BUDGET = 14 * 1024
DIGESTS = 45
"""What the digests in the names of assets take, which are not there in tests; `make bench` weighs in a browser."""


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.path)
def test_an_article_with_all_it_is_drawn_with_fits_into_the_first_answers_of_a_server(article, ask):
    _, _, body = ask(article.address, HTTP_ACCEPT_ENCODING="br")

    assert b"<style>" in brotli.decompress(body)
    assert len(body) + DIGESTS <= BUDGET


def test_a_browser_gets_the_smallest_copy_it_understands(ask):
    _, plain_headers, plain = ask("/")
    _, headers, small = ask("/", HTTP_ACCEPT_ENCODING="gzip, deflate, br")
    _, gzip_headers, zipped = ask("/", HTTP_ACCEPT_ENCODING="gzip")

    assert (headers["Content-Encoding"], gzip_headers["Content-Encoding"]) == ("br", "gzip")
    assert brotli.decompress(small) == gzip.decompress(zipped) == plain
    assert "Content-Encoding" not in plain_headers
    assert len({headers["ETag"], gzip_headers["ETag"], plain_headers["ETag"]}) == 3
    assert headers["Vary"] == "Accept-Encoding"
    assert int(headers["Content-Length"]) == len(small)


def test_a_refused_encoding_is_not_sent(ask):
    _, headers, _ = ask("/", HTTP_ACCEPT_ENCODING="br;q=0, gzip;q=0")

    assert "Content-Encoding" not in headers


def test_a_page_the_browser_has_is_not_sent_again(ask):
    _, headers, _ = ask("/")

    status, unchanged, body = ask("/", HTTP_IF_NONE_MATCH=headers["ETag"])

    assert (status, body) == (304, b"")
    assert unchanged["Content-Security-Policy"] == headers["Content-Security-Policy"]
    assert "Content-Length" not in unchanged


def test_head_has_the_headers_of_get_and_no_body(ask):
    assert ask("/", method="HEAD")[:2] == ask("/")[:2]
    assert ask("/", method="HEAD")[2] == b""


@pytest.mark.parametrize(
    "asked",
    [
        {"path": "/", "method": "POST"},
        {"path": "/causes"},
        {"path": "/nowhere/"},
        {"path": "/consultation/request/"},
        {"path": "/headers.json"},
        {"path": "/", "host": "evil.example"},
        {"path": "/", "QUERY_STRING": "a=%00"},
        {"path": "/", "wsgi.url_scheme": "https"},
    ],
)
def test_everything_else_is_left_to_django(ask, asked):
    status, _, _ = ask(**asked)

    assert status == 299


def test_our_own_figures_count_what_each_page_shows():
    for article in library.all():
        assert figures.of_page(article, library.numbered(article)) == figures.of_page(
            article, library.rendered(article).grounds
        )


def test_building_twice_gives_the_same_bytes_in_the_same_place(folder, site):
    before = {file: file.read_bytes() for file in site.rglob("*") if file.is_file()}

    assert build.build_pages(folder) == site
    assert {file: file.read_bytes() for file in site.rglob("*") if file.is_file()} == before
    assert not list(folder.glob("draft-*"))


def build_of(words: str, folder: Path, monkeypatch) -> Path:
    """A site of one small page that says these words."""
    monkeypatch.setattr(build, "built_paths", lambda: ("/robots.txt",))
    monkeypatch.setattr(build, "_answer", lambda path: ({}, words.encode()))
    return build.build_pages(folder)


def test_what_is_served_outlives_a_release_that_is_prepared_again_and_again(tmp_path, monkeypatch):
    served = build_of("served", tmp_path, monkeypatch)
    long_ago = time.time() - 2 * build.KEPT
    os.utime(served, (long_ago, long_ago))

    for words in ("stopped half way", "stopped half way", "mended", "mended"):
        newest = build_of(words, tmp_path, monkeypatch)

    assert served.is_dir()
    assert built_site("http://127.0.0.1:8000", tmp_path) == newest


def test_pages_whose_place_was_taken_a_week_ago_are_removed(tmp_path, monkeypatch):
    first, second = (build_of(words, tmp_path, monkeypatch) for words in ("first", "second"))
    too_long_ago = time.time() - build.KEPT - 60
    os.utime(first, (too_long_ago, too_long_ago))

    third = build_of("third", tmp_path, monkeypatch)

    assert {file.parent for file in tmp_path.glob("*/headers.json")} == {second, third}


def test_a_site_built_for_another_address_is_not_used(folder, site):
    assert built_site("http://127.0.0.1:8000", folder) == site
    assert built_site("https://www.example.org", folder) is None


def test_a_page_that_is_not_the_same_for_everybody_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "built_paths", lambda: ("/consultation/request/",))

    with pytest.raises(build.CannotBuild, match="cookie"):
        build.build_pages(tmp_path)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["/", "/causes/what-causes-rls/"])
def test_a_page_that_cannot_be_made_stops_the_build_with_the_reason(tmp_path, monkeypatch, path):
    monkeypatch.setattr(build, "built_paths", lambda: ("/robots.txt", path))
    monkeypatch.setattr("rlsinfo.articles.library.grounds_of", lambda article: 1 / 0)

    with pytest.raises(build.CannotBuild, match=f"{path} cannot be made: division by zero"):
        build.build_pages(tmp_path)


def test_a_missing_page_stops_the_build_and_leaves_the_old_pages(folder, site, monkeypatch):
    monkeypatch.setattr(build, "built_paths", lambda: ("/", "/nowhere/"))

    with pytest.raises(build.CannotBuild, match="/nowhere/ answered 404"):
        build.build_pages(folder)

    assert json.loads((folder / "current.json").read_text())["site"] == site.name
    assert not list(folder.glob("draft-*"))
