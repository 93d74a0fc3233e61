"""What a clinician without tools sees and tries on the content desk."""

import shutil
from dataclasses import replace
from datetime import date

import pytest
import time_machine
from justhtml import JustHTML

from rlsinfo.articles import library, rendering
from tests.factories import make_staff

pytestmark = pytest.mark.django_db

DESK = "/admin/desk/"
DRAFT = "/admin/desk/draft/"


@pytest.fixture
def staff(client):
    client.force_login(make_staff(username="clara"))
    return client


def page(answer):
    return JustHTML(answer.content.decode(), sanitize=False)


@pytest.mark.parametrize("address", [DESK, DRAFT, f"{DESK}evidence/"])
def test_the_desk_is_for_staff_alone(client, address):
    assert client.get(address).status_code == 302
    assert "/admin/login/" in client.get(address)["Location"]


@pytest.mark.parametrize("address", [DESK, f"{DESK}evidence/"])
def test_the_desk_has_the_head_of_the_staff_pages(staff, address):
    head = page(staff.get(address)).query("#header")[0]

    assert "Truffles Vein Specialists: requests" in head.to_text()
    assert "clara" in head.to_text()
    assert [link.attrs["href"] for link in head.query("a")].count(DESK) == 1


def test_every_page_stands_on_the_desk_with_its_grade_and_dates(staff):
    rows = page(staff.get(DESK)).query("table:first-of-type tbody tr")

    assert len(rows) == len(library.all()) + len(library.pages())
    iron = next(row.to_text() for row in rows if "Iron and restless legs" in row.to_text())
    assert "words" in iron
    assert "Nov 20, 2026" in iron
    assert "Not yet" in iron


def test_every_page_in_spanish_stands_on_the_desk_with_the_page_it_translates(staff, monkeypatch):
    found = library.by_path("es/symptoms/self-check")
    old = replace(found, translates=date(2026, 1, 1))
    monkeypatch.setitem(library._library().translations, found.path, old)

    rows = [row.to_text() for row in page(staff.get(DESK)).query("table:last-of-type tbody tr")]

    assert len(rows) == len(library.translations())
    checked = next(row for row in rows if "/es/symptoms/self-check/" in row)
    assert "The English page is of Nov 20, 2026" in checked
    assert "Not yet" in checked


def test_a_page_in_spanish_is_tried_like_any_other(staff):
    form = page(staff.get(f"{DRAFT}?page=es/symptoms/self-check"))
    text = form.query_one("textarea").to_text().replace("16 de cada 100", "61 de cada 100")

    answer = page(staff.post(DRAFT, {"path": "es/symptoms/self-check", "text": text}))

    assert "The numbers here are not those of the English page: 16, 61." in answer.to_text()
    assert "Ease of reading 8" in answer.to_text()


def test_a_claim_that_stands_on_no_page_is_named(staff, settings, tmp_path):
    settings.CONTENT_DIR = tmp_path / "content"
    shutil.copytree(settings.BASE_DIR / "content", settings.CONTENT_DIR)
    claims = settings.CONTENT_DIR / "evidence/claims.yaml"
    spare = "- id: spare-01\n  topic: spare\n  statement: A spare claim.\n  strength: limited\n"
    spare += "  references: [jama-2026]\n  wording: none\n  basis: none\n  checked: 2026-11-20\n"
    claims.write_text(claims.read_text(encoding="utf-8").rstrip() + "\n" + spare, encoding="utf-8")

    assert "<b>spare-01</b> A spare claim." in staff.get(DESK).content.decode()


@pytest.fixture
def reviewed(settings, tmp_path):
    """A copy of the content in which one page was reviewed, and is due again on 1 December 2026."""
    settings.CONTENT_DIR = tmp_path / "content"
    shutil.copytree(settings.BASE_DIR / "content", settings.CONTENT_DIR)
    file = settings.CONTENT_DIR / "causes/iron-and-rls.md"
    text = file.read_text(encoding="utf-8")
    text = text.replace(
        "reviewed:\nreviewer:\nnext_review:", "reviewed: 2025-12-01\nreviewer: Dr. A\nnext_review: 2026-12-01"
    )
    file.write_text(text, encoding="utf-8")


def test_a_page_whose_review_is_overdue_is_named_on_top(staff, reviewed):
    dana = make_staff()
    with time_machine.travel(date(2026, 11, 30)):
        staff.force_login(dana)
        assert "Review overdue</h2>" not in staff.get(DESK).content.decode()
    with time_machine.travel(date(2026, 12, 2)):
        staff.force_login(dana)
        assert "due December 1, 2026" in staff.get(DESK).content.decode()


def test_one_sees_on_which_pages_a_source_stands(staff):
    rows = {row.query("th")[0].to_text(): row for row in page(staff.get(f"{DESK}evidence/")).query("tbody tr")}

    on_iron = {link.attrs["href"] for link in rows["iron-01 (well established)"].query("a")}
    assert "/causes/iron-and-rls/" in on_iron
    of_guideline = next(row for name, row in rows.items() if name.startswith("Winkelman and others 2025a"))
    assert len(of_guideline.query("a")) > 5


def test_a_page_is_opened_for_trying_with_the_text_of_its_file(staff):
    form = page(staff.get(f"{DRAFT}?page=causes/iron-and-rls"))

    article = library.get("causes", "iron-and-rls")
    assert form.query('input[name="path"]')[0].attrs["value"] == "causes/iron-and-rls"
    assert form.query("textarea")[0].to_text().strip() == library.source_text(article).strip()


def test_an_unknown_page_cannot_be_opened(staff):
    assert staff.get(f"{DRAFT}?page=causes/nothing").status_code == 404
    assert staff.get(f"{DRAFT}?page=../../etc/passwd").status_code == 404


def test_a_draft_shows_the_page_and_its_problems_and_keeps_nothing(staff):
    article = library.get("causes", "iron-and-rls")
    before = library.source_text(article)
    draft = before.replace("title: Iron and restless legs", "title: Iron, tried out").replace(
        "[@iron-01]", "[@iorn-01]", 1
    )

    answer = staff.post(DRAFT, {"path": "causes/iron-and-rls", "text": draft})

    seen = page(answer)
    assert "Iron, tried out" in seen.query(".seen h1")[0].to_text()
    assert "Did you mean “iron-01”?" in seen.query(".problem")[0].to_text()
    assert seen.query("textarea")[0].to_text().replace("\r\n", "\n").strip() == draft.strip()
    assert "no-store" in answer["Cache-Control"]
    assert library.source_text(article) == before
    assert library.get("causes", "iron-and-rls").title == "Iron and restless legs"


def test_a_draft_without_problems_says_so(staff):
    article = library.get("causes", "iron-and-rls")

    answer = staff.post(DRAFT, {"path": article.path, "text": library.source_text(article)})

    assert "Nothing to mend" in answer.content.decode()


@pytest.mark.parametrize(
    "text", ["", "---", "no header at all", "\x00", "<script>alert(1)</script>", "---\ntitle: [\n---\n"]
)
def test_any_draft_is_answered_with_its_problems(staff, text):
    answer = staff.post(DRAFT, {"path": "causes/new-page", "text": text})

    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 9000, "More than 20 “[” are open at once"),
        ("[a](" * 5000, "More than 20 “(” are open at once"),
        ("1. " * 5000, "A list stands within 20 others"),
        ("\r\n".join(f"{'    ' * depth}- a" for depth in range(90)), "A list stands within 20 others"),
        ("word " * 6001, "The text has 30005 characters: use 30000 or fewer"),
    ],
    ids=["brackets", "links", "one line of lists", "lists", "long"],
)
def test_a_draft_that_would_keep_the_site_busy_is_refused_with_every_word_kept(staff, text, why):
    answer = staff.post(DRAFT, {"path": "causes/new-page", "text": text})

    seen = page(answer)
    assert why in seen.query(".err")[0].to_text()
    assert (
        seen.query("textarea")[0].to_text(strip=False).replace("\r\n", "\n").strip()
        == text.replace("\r\n", "\n").strip()
    )
    assert not seen.query(".seen")


def test_no_page_of_ours_is_refused():
    assert not [
        each.path for each in (*library.all(), *library.pages()) if rendering.tangled(library.source_text(each))
    ]


def test_a_place_that_is_none_is_refused_with_every_word_kept(staff):
    answer = staff.post(DRAFT, {"path": "../settings", "text": "my words"})

    assert "Write a section, a slash and a name" in answer.content.decode()
    assert "my words" in answer.content.decode()
