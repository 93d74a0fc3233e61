"""The gate: what stops a build, and what is only reported."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from tests.articles.factories import make_content, make_text


@pytest.fixture
def content(tmp_path: Path, settings) -> Path:
    settings.CONTENT_DIR = make_content(tmp_path)
    return tmp_path


UNKNOWN_CLAIM = "Iron.[@iorn-01]\n\n## What to ask your clinician\n\n- A?\n- B?\n- C?\n"


def check(**options: str) -> str:
    told = StringIO()
    call_command("check", tags=["content"], stderr=told, stdout=told, **options)
    return told.getvalue()


def test_good_content_passes(content):
    assert "no issues" in check()


def test_what_must_be_put_right_stops_the_build_with_file_line_and_remedy(content):
    text = make_text(UNKNOWN_CLAIM)
    make_content(content, {"causes/iron-and-rls": text})
    line = text[: text.index("[@iorn-01]")].count("\n") + 1

    with pytest.raises(SystemCheckError) as stopped:
        check()

    assert f"content/causes/iron-and-rls.md:{line}: (content.E001) There is no claim “iorn-01”." in str(stopped.value)
    assert "HINT: Use an id of content/evidence/. Did you mean “iron-01”?" in str(stopped.value)


def test_in_development_the_server_starts_in_spite_of_it(content, settings):
    settings.DEBUG = True
    make_content(content, {"causes/iron-and-rls": make_text(UNKNOWN_CLAIM)})

    assert "content/causes/iron-and-rls.md:18: (content.W001)" in check()


def test_what_should_be_better_is_reported_and_stops_no_build_however_strict(content):
    make_content(
        content, {"causes/iron-and-rls": make_text("Iron.[@iron-01]\n\n## What to ask your clinician\n\n- A?\n")}
    )

    assert "content/causes/iron-and-rls.md:20: (content.I001)" in check(fail_level="WARNING")
