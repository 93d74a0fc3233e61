"""The commands an operator types."""

import re
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError

from rlsinfo import build
from rlsinfo.articles import library
from rlsinfo.management.commands import make_staff

PASSWORD = "eleven purple lanterns"


@pytest.fixture
def type_password(monkeypatch):
    def type_password(*typed):
        words = iter(typed)
        monkeypatch.setattr(make_staff.getpass, "getpass", lambda prompt: next(words))

    return type_password


class TestMakeStaff:
    def test_makes_a_person_who_works_requests_and_nothing_else(self, db, type_password, client):
        type_password(PASSWORD, PASSWORD)

        call_command("make_staff", username="frida")

        frida = User.objects.get(username="frida")
        assert frida.is_staff
        assert not frida.is_superuser
        assert [group.name for group in frida.groups.all()] == ["Front desk"]
        assert client.login(username="frida", password=PASSWORD)
        assert not frida.has_perm("auth.view_user")

    def test_makes_a_manager_when_asked(self, db, type_password):
        type_password(PASSWORD, PASSWORD)

        call_command("make_staff", username="frida", manager=True)

        frida = User.objects.get(username="frida")
        assert not frida.is_superuser
        assert frida.has_perms(["auth.add_user", "auth.change_user", "staff.view_accessentry"])

    @pytest.mark.parametrize(
        ("username", "typed", "said"),
        [
            ("frida", ("fourteen chars", "fourteen chars"), "at least 15"),
            ("frida", (PASSWORD, PASSWORD + "!"), "differ"),
            ("fridafridafrida", ("fridafridafrida", "fridafridafrida"), "too similar"),
            ("two words", (PASSWORD, PASSWORD), "valid username"),
            ("taken", (PASSWORD, PASSWORD), "already exists"),
        ],
    )
    def test_says_what_is_wrong_and_makes_nothing(self, db, type_password, username, typed, said):
        User.objects.create_user("taken")
        type_password(*typed)

        with pytest.raises(CommandError, match=said):
            call_command("make_staff", username=username)

        assert User.objects.count() == 1

    def test_leaving_makes_nothing(self, db, monkeypatch):
        def leave(prompt):
            raise KeyboardInterrupt

        monkeypatch.setattr("builtins.input", leave)

        with pytest.raises(CommandError, match="Nothing was made"):
            call_command("make_staff")


class TestAskHealth:
    @pytest.fixture
    def answer(self, settings):
        servers = []

        def answer(status):
            class Site(BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(status if self.headers["Host"] == "www.example.org" else 400)
                    self.end_headers()

                def log_message(self, *unused):
                    pass

            servers.append(HTTPServer(("127.0.0.1", 0), Site))
            Thread(target=servers[0].serve_forever, daemon=True).start()
            settings.PORT = servers[0].server_port
            settings.ALLOWED_HOSTS = ["www.example.org"]

        yield answer
        for server in servers:
            server.shutdown()
            server.server_close()

    def test_a_site_that_is_well(self, answer, capsys):
        answer(200)

        call_command("ask_health")

        assert "well" in capsys.readouterr().out

    def test_a_site_that_cannot_store_requests(self, answer):
        answer(503)

        with pytest.raises(CommandError, match="503"):
            call_command("ask_health")

    def test_a_site_that_is_gone(self, settings):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            settings.PORT = taken.getsockname()[1]

            with pytest.raises(CommandError, match="does not answer"):
                call_command("ask_health")


class TestAssets:
    @pytest.fixture(autouse=True)
    def elsewhere(self, settings, tmp_path):
        settings.BUILD_DIR = tmp_path
        settings.STATIC_ROOT = tmp_path / "static"

    def test_are_collected_once_and_again_when_one_changes(self, settings, tmp_path):
        own = tmp_path / "own"
        own.mkdir()
        (own / "rule.css").write_text("a { color: red }")
        settings.STATICFILES_DIRS = [own]

        assert build.collect_assets()
        assert not build.collect_assets()
        (own / "rule.css").write_text("a { color: green }")
        assert build.collect_assets()

        assert (settings.STATIC_ROOT / "rule.css").read_text() == "a { color: green }"

    def test_hold_nothing_of_the_admin_that_no_page_here_uses(self, settings):
        build.collect_assets()

        assert (settings.STATIC_ROOT / "admin/css/base.css").exists()
        assert not list(settings.STATIC_ROOT.rglob("*select2*"))

    def test_style_sheets_are_collected_without_spaces(self, settings, tmp_path):
        own = tmp_path / "own"
        own.mkdir()
        (own / "rule.css").write_text(
            "/* why */\na { color: red }\n@media (width > 40rem) { a { margin: 0 1px } }\n.foot :is(ul, ol) { margin: 0 }\n"
        )
        settings.STATICFILES_DIRS = [own]
        settings.STORAGES = settings.STORAGES | {
            "staticfiles": {"BACKEND": "rlsinfo.assets.MinifiedStaticFilesStorage"}
        }

        build.collect_assets()

        collected = (settings.STATIC_ROOT / "rule.css").read_text()
        assert collected == "a{color:red}@media (width>40rem){a{margin:0 1px}}.foot *:is(ul,ol){margin:0}"
        assert list(settings.STATIC_ROOT.glob("rule.*.css"))


def test_pages_are_built_where_asked(tmp_path, capsys, settings):
    settings.BUILD_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"

    call_command("build_pages", into=tmp_path / "pages")

    site = next(path for path in (tmp_path / "pages").iterdir() if path.is_dir())
    assert str(site) in capsys.readouterr().out
    assert (site / "pages" / "index.html.br").exists()
    assert (site / "pages" / "causes" / "iron-and-rls" / "index.html").exists()


def test_every_page_names_a_picture_that_is_drawn_once(tmp_path, settings):
    settings.BUILD_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    call_command("build_pages", into=tmp_path / "pages")
    drawn = {file: file.stat().st_mtime_ns for file in settings.STATIC_ROOT.glob("social/*")}
    named = [
        re.search(r'<meta property="og:image" content="([^"]*)">', page.read_text(encoding="utf-8"))
        for page in (tmp_path / "pages").rglob("index.html")
    ]

    call_command("build_pages", into=tmp_path / "pages")

    assert {file: file.stat().st_mtime_ns for file in settings.STATIC_ROOT.glob("social/*")} == drawn
    assert len([each for each in named if each]) == len(library.pictures())
    assert {each[1] for each in named if each} == {f"{settings.SITE_URL}/static/social/{file.name}" for file in drawn}


def test_a_page_that_cannot_be_built_is_named(tmp_path, settings, monkeypatch):
    settings.BUILD_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.setattr(build, "built_paths", lambda: ("/nowhere/",))

    with pytest.raises(CommandError, match="/nowhere/ answered 404"):
        call_command("build_pages", into=tmp_path / "pages")
