"""The content check: `manage.py check --tag content` is the gate that stops a build."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register

from rlsinfo.articles import library
from rlsinfo.articles.problems import Level


@register("content")
def check_content(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Every problem in content/: what must be put right stops a build, what should be is reported.

    In development it only warns: the server has to start, to show the problem on its page. What should be better is
    below a warning, since it may come with the day (an overdue review), and no build fails because a day has passed.
    """
    messages: list[CheckMessage] = []
    for problem in library.problems():
        place = f"content/{problem.place}"
        if problem.level is Level.SHOULD:
            messages.append(Info(problem.message, hint=problem.remedy, obj=place, id="content.I001"))
        elif settings.DEBUG:
            messages.append(Warning(problem.message, hint=problem.remedy, obj=place, id="content.W001"))
        else:
            messages.append(Error(problem.message, hint=problem.remedy, obj=place, id="content.E001"))
    return messages
