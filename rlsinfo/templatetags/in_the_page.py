"""Style sheets and scripts that stand in the page itself, so that nothing else is fetched before it can be read."""

import re
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.utils.safestring import SafeString, mark_safe

from rlsinfo import content_policy
from rlsinfo.assets import smaller

register = template.Library()

COMMENT_OR_MARGIN = re.compile(r"^ *(//.*\n)?", re.MULTILINE)


@register.simple_tag(takes_context=True)
def in_the_page(context: template.Context, name: str) -> SafeString:
    """`{% in_the_page "css/site.css" %}`: its element, which the policy of the answer then names by its digest."""
    file = Path(str(finders.find(name)))
    text = _text(file, file.stat().st_mtime_ns)
    element, directive = ("style", "style-src") if file.suffix == ".css" else ("script", "script-src")
    content_policy.allow(context["request"], directive, text)
    return mark_safe(f"<{element}>{text}</{element}>")  # noqa: S308 - a file of our own


@lru_cache
def _text(file: Path, changed: int) -> str:
    text = file.read_text(encoding="utf-8")
    return smaller(text) if file.suffix == ".css" else COMMENT_OR_MARGIN.sub("", text)
