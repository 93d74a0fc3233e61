"""Where lines break: breaks that no reader sees are left out, and none comes into a telephone number."""

import re

from django import template
from django.utils.safestring import SafeString, mark_safe

from rlsinfo.articles import rendering

register = template.Library()

# What begins or ends a line by itself. Between other elements a break is a space.
_UNSEEN = re.compile(
    r"\s+(?=</?(?:address|article|aside|caption|div|fieldset|figcaption|figure|footer|form|h[1-6]|header|li|main|nav|ol|p"
    r"|section|table|tbody|td|th|thead|tr|ul)\b)"
)


@register.simple_block_tag
def tight(content: str) -> SafeString:
    """`{% tight %}...{% endtight %}`: the same page in fewer bytes. What people typed stands there escaped, so it stays."""
    return mark_safe(_UNSEEN.sub("", content))  # noqa: S308 - only spaces were taken away


@register.filter
def held(text: str) -> rendering.Html:
    """`{{ sign.wording|held }}`: plain text with each telephone number on one line."""
    return rendering.held(text)
