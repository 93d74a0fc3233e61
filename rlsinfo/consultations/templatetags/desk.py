"""Where the pages and buttons of one request are, for lists: shorter than the url tag, and several times as fast."""

from functools import lru_cache

from django import template

from rlsinfo.consultations.desk.pages import address

register = template.Library()


# As many as a few people look at in a day; an address never changes while the site runs.
@register.filter(name="address")
@lru_cache(maxsize=10_000)
def address_of(pk: int, name: str) -> str:
    """`{{ each.pk|address:"change" }}`: the page of this request."""
    return address(name, pk)
