"""What each line of a list says of its request: where its page and buttons are, moments in words, tries as dots.

The first two are like Django's own `url` and `date`, and several times as fast.
"""

from datetime import datetime
from functools import lru_cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from rlsinfo.consultations.desk.pages import address
from rlsinfo.consultations.desk.rows import in_words
from rlsinfo.consultations.hours import TRIES

register = template.Library()


# As many as a few people look at in a day; an address never changes while the site runs.
@register.filter(name="address")
@lru_cache(maxsize=10_000)
def address_of(pk: int, name: str) -> str:
    """`{{ each.pk|address:"change" }}`: the page of this request."""
    return address(name, pk)


@register.filter(expects_localtime=True)
def moment(local: datetime | None, form: str) -> str:
    """`{{ each.closed_at|moment:"D, N j, P" }}`: "Mon, Nov. 16, 9:30 a.m."; to the minute, and nothing for no moment."""
    return in_words(local, form) if local else ""


@register.filter
@lru_cache(maxsize=100)
def tries(made: int) -> SafeString:
    """`{{ each.tries|tries }}`: a dot for each try that is made before giving up, filled if it was made."""
    most = max(TRIES, made)
    dots = format_html_join("", '<i class="{}"></i>', (["made" if at < made else "left"] for at in range(most)))
    return format_html('<span class="tries" role="img" aria-label="{} of {} tries made">{}</span>', made, most, dots)
