"""Links on pages in two languages: to the same language where there is the page, and saying so where there is not."""

from django import template
from django.utils.html import format_html

from rlsinfo import languages
from rlsinfo.articles.wording import IN_ENGLISH

register = template.Library()


@register.simple_tag
def here() -> str:
    """`href="{% here %}{% url 'home' %}"`: to a page that there is in both languages."""
    return languages.here()


@register.simple_tag
def to_english() -> str:
    """`<a href="{% url 'articles:search' %}"{% to_english %}>`: to a page that there is in English alone."""
    return format_html(' hreflang="{}"', "en") if languages.is_spanish() else ""


@register.simple_tag
def in_english() -> str:
    """Behind the words of such a link."""
    return f" {IN_ENGLISH}" if languages.is_spanish() else ""
