"""Begins an article: a file with every field it needs, and what to write where."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from rlsinfo.articles import document, library
from rlsinfo.articles.document import BALANCE, PAGES
from rlsinfo.articles.wording import ENGLISH

BODY = f"""
Answer the main question of the page in two or three sentences.[@claim-id]

## What is it?

Write one thought to a sentence, and put what it rests on after the full stop.[@claim-id]

## When should I get help?

!!! help "Make an appointment if:"
    - say what to look for[@claim-id]

## {ENGLISH.ask}

- What would you like to ask?
"""
"""No claim is named claim-id, so that a page cannot be published while this still stands in it."""


class Command(BaseCommand):
    """Write the file of a new article."""

    help = "Begin a new article: new_article causes/my-page 'My page'. Never writes over a page."
    requires_system_checks = []  # a page may be begun while another one is being mended

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", help="section and name: causes/my-page")
        parser.add_argument("title", help="the name of the page, in quotation marks")

    def handle(self, *args: Any, path: str, title: str, **options: Any) -> None:
        text = skeleton(path, title, timezone.localdate())
        _, problems = document.read(text, path)
        if problems:
            raise CommandError("\n".join(f"{problem.message} {problem.remedy}" for problem in problems))
        file = settings.CONTENT_DIR / f"{path}.md"
        file.parent.mkdir(exist_ok=True)
        try:
            with file.open("x", encoding="utf-8") as new:
                new.write(text)
        except FileExistsError as error:
            raise CommandError(f"{file} is there already; nothing was written.") from error
        self.stdout.write(f"{file} is yours to write. `manage.py check --tag content` says what it still needs.")


def skeleton(path: str, title: str, today: date) -> str:
    """The text of an article that has everything but its content."""
    section, _, _ = path.partition("/")
    beside = library.by_section().get(section, ())
    others = [article.path for article in (*beside, *library.all()) if article.path != path]
    lines = [
        "---",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        "summary: Say the one main message of this page here, in one or two short sentences of plain words.",
    ]
    if section != PAGES:
        lines += [
            f"order: {max((article.order for article in beside), default=0) + 1}",
            "key_facts:",
            "  - Say in one short sentence what to remember.",
            "  - Say the second thing to remember.",
        ]
    lines += ["reviewed:", "reviewer:", "next_review:", f"updated: {today}", "changes:"]
    lines += [f"  - {today}: First version of this page."]
    if section != PAGES:
        related = dict.fromkeys([*others, "causes/one-page", "causes/another-page"])
        lines += ["related:", *(f"  - {other}" for other in list(related)[:2])]
    if section == "vascular":
        lines += [
            "interest: This clinic treats vein disease, so we have something to gain if you choose a vein procedure."
        ]
    if section == "treatments":
        lines += [f'{name}: "{ENGLISH.balance[name]}: say it here.[@claim-id]"' for name in BALANCE]
    return "\n".join([*lines, "---", BODY])
