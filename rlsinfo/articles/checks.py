"""The content check: `manage.py check --tag content` is the gate that stops a build."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register

from rlsinfo.articles import library
from rlsinfo.articles.problems import Level


@register("content")
def check_content(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every problem in content/: what must be put right stops a build, what should be is reported."""
    messages: list[CheckMessage] = []
    for problem in library.problems():
        said = f"content/{problem.place}: {problem.message}"
        if problem.level is Level.MUST:
            messages.append(Error(said, hint=problem.remedy, id="content.E001"))
        else:
            messages.append(Warning(said, hint=problem.remedy, id="content.W001"))
    return messages
