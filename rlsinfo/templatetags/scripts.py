"""Script tags that name what the script is: a browser runs no other bytes, whoever handed them over."""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def script(name: str, *, defer: bool = False) -> SafeString:
    """`{% script "js/desk.js" %}`: the tag of one of our scripts, with the digest of its content."""
    file = _file(name)
    digest = _digest(file, file.stat().st_mtime_ns)
    when = mark_safe(" defer") if defer else ""
    return format_html('<script src="{}" integrity="sha256-{}"{}></script>', static(name), digest, when)


@lru_cache
def _digest(file: Path, changed: int) -> str:
    return b64encode(sha256(file.read_bytes()).digest()).decode()


def _file(name: str) -> Path:
    """What is handed out: the collected file where files are collected, otherwise the source."""
    if hasattr(staticfiles_storage, "stored_name"):
        return Path(staticfiles_storage.path(staticfiles_storage.stored_name(name)))
    return Path(str(finders.find(name)))
