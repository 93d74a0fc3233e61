"""What keeps the project's own texts true."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin

from rlsinfo.articles import library, rendering
from rlsinfo.articles.evidence import Strength

ROOT: Path = settings.BASE_DIR


def variables_read_by_the_code() -> set[str]:
    call = re.compile(r"(?:text|boolean|whole_number|directory|address|_split)\(\s*\"([A-Z_]+)\"")
    return {
        name
        for module in ("settings.py", "environment.py")
        for name in call.findall((ROOT / "rlsinfo" / module).read_text(encoding="utf-8"))
    }


def test_code_example_and_readme_name_the_same_variables():
    in_code = variables_read_by_the_code()
    in_example = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    in_readme = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))

    assert in_example == in_code
    assert in_readme == in_code


def test_a_copy_of_the_example_sets_nothing_until_somebody_chooses():
    """Set to the defaults of a checkout, it would send a container to a folder that it cannot write."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()

    assert all(line.startswith("#") for line in lines if line)


def test_every_make_target_the_readme_names_exists():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")))

    assert named
    assert named <= targets


@pytest.mark.parametrize("pins", ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"])
def test_every_pin_carries_hashes(pins):
    blocks = re.split(r"\n(?=[a-z])", (ROOT / pins).read_text(encoding="utf-8"))

    assert all("--hash=sha256:" in block for block in blocks if "==" in block.splitlines()[0])


@pytest.mark.parametrize("chosen", ["requirements.in", "requirements-bench.in"])
def test_every_package_that_was_chosen_has_its_reason(chosen):
    lines = (ROOT / chosen).read_text(encoding="utf-8").splitlines()

    assert all("  # " in line for line in lines if line and not line.startswith("#"))


def test_the_dark_colours_of_the_device_and_of_the_choice_are_the_same():
    css = (ROOT / "static/css/site.css").read_text(encoding="utf-8")
    by_device = re.search(r"prefers-color-scheme: dark\) \{\s*:root[^{]*\{([^}]*)\}", css)
    by_choice = re.search(r":has\(\[value=dark\]:checked\)\) \{([^}]*)\}", css)

    assert by_device
    assert by_choice
    assert by_device[1].split() == by_choice[1].split()


@pytest.mark.parametrize(
    "page", sorted((ROOT / "templates").rglob("*.html")), ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_no_template_carries_style_or_script_of_its_own(page):
    source = page.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", source)
    assert all("src=" in tag or "ld+json" in tag for tag in re.findall(r"<script[^>]*>", source))


@pytest.fixture(scope="module")
def style_sheets() -> str:
    sheets = "".join(sheet.read_text(encoding="utf-8") for sheet in (ROOT / "static/css").glob("*.css"))
    return re.sub(r"/\*.*?\*/", "", sheets, flags=re.DOTALL)


def test_every_class_and_id_of_a_style_sheet_is_one_that_some_page_has(style_sheets):
    styled = set(re.findall(r"[.#]([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "", style_sheets)))
    django_admin = Path(admin.__file__).parent / "templates"
    sources = [*(ROOT / "templates").rglob("*.*"), *(ROOT / "rlsinfo").rglob("*.py"), *django_admin.rglob("*.html")]
    written = set(re.findall(r"[\w-]+", " ".join(source.read_text(encoding="utf-8") for source in sources)))
    # Made by the code: ids of headings and of the form's hints, and the marks of evidence.
    made = {anchor for article in library.all() for anchor in rendering.anchors(article)} | {"id_urgent_helptext"}
    made |= {strength.mark for strength in Strength}

    assert styled - written - made == set()


def test_every_variable_of_a_style_sheet_has_a_value(style_sheets):
    assert set(re.findall(r"var\((--[\w-]+)", style_sheets)) <= set(re.findall(r"(--[\w-]+) ?:", style_sheets))
