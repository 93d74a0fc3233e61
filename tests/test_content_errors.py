"""What an author's slip does: told with file, line and remedy; shown on the page in development; no build until mended."""

import shutil

import pytest
from django.core.management import call_command, load_command_class
from django.core.management.base import CommandError, SystemCheckError

ARTICLE = "causes/iron-and-rls"

SLIPS = {
    "unknown claim": ("[@iron-01]", "[@iorn-01]", "Did you mean “iron-01”?"),
    "missing header field": ("order: 2\n", "", "“order” is missing"),
    "misspelt header field": ("updated:", "updatd:", "updated"),
    "bad date": ("updated: 2026-11-20", "updated: 20 November", "2026-11-20"),
    "skipped heading": ("\n## What to ask your clinician", "\n#### What to ask your clinician", "heading"),
    "raw HTML": ("\n## What to ask your clinician", "\n<b>Ask</b>\n\n## What to ask your clinician", "HTML"),
    "dead internal link": (
        "(/treatments/iron-treatment/)",
        "(/treatments/iron-treatmant/)",
        "/treatments/iron-treatmant/",
    ),
}


@pytest.fixture
def content(tmp_path, settings):
    """A copy of the real content, for spoiling."""
    folder = tmp_path / "content"
    shutil.copytree(settings.CONTENT_DIR, folder)
    settings.CONTENT_DIR = folder
    return folder


@pytest.mark.parametrize("slip", SLIPS)
class TestASlip:
    @pytest.fixture(autouse=True)
    def spoiled(self, content, slip):
        file = content / f"{ARTICLE}.md"
        text = file.read_text(encoding="utf-8")
        before, after, self.said = SLIPS[slip]
        assert before in text
        file.write_text(text.replace(before, after, 1), encoding="utf-8")

    def test_is_told_with_file_line_and_remedy_and_stops_the_build(self, tmp_path):
        with pytest.raises(SystemCheckError) as stopped:
            call_command("build_pages", into=tmp_path / "pages")

        told = str(stopped.value)
        assert f"content/{ARTICLE}.md:" in told
        assert self.said in told
        assert "HINT: " in told
        assert not (tmp_path / "pages").exists()

    def test_is_shown_on_the_page_in_development(self, client, settings):
        settings.DEBUG = True

        answer = client.get(f"/{ARTICLE}/")

        assert answer.status_code == 200
        page = answer.content.decode()
        assert "This page cannot be published yet" in page
        assert "What this rests on" in page

    def test_is_never_shown_to_a_reader(self, client):
        answer = client.get(f"/{ARTICLE}/")

        assert answer.status_code == 200
        assert "This page cannot be published yet" not in answer.content.decode()


def test_without_a_slip_the_page_says_nothing_of_problems(content, client, settings):
    settings.DEBUG = True

    assert "cannot be published" not in client.get(f"/{ARTICLE}/").content.decode()


@pytest.mark.parametrize(
    ("app", "command", "arguments"),
    [
        ("rlsinfo", "ask_health", []),
        ("rlsinfo", "make_staff", ["--username", "frida"]),
        ("rlsinfo.consultations", "send_mail", ["--once"]),
    ],
)
def test_a_slip_keeps_no_operator_from_working(content, db, monkeypatch, app, command, arguments):
    (content / f"{ARTICLE}.md").write_text("---\ntitle: half a page\n", encoding="utf-8")
    monkeypatch.setattr("getpass.getpass", lambda prompt: "eleven purple lanterns")
    asked = load_command_class(app, command)
    said = ""

    try:
        asked.execute(**vars(asked.create_parser("manage.py", command).parse_args(arguments)))
    except CommandError as error:
        said = str(error)

    assert "content/" not in said
