"""English at /x/ and Spanish at /es/x/: in which of the two the page is that is being written now."""

from django.urls import reverse
from django.utils import translation

ENGLISH = "en-us"
SPANISH = "es"
PREFIX = f"/{SPANISH}"


def is_spanish() -> bool:
    return translation.get_language() == SPANISH


def here() -> str:
    """What stands before an address in the language of this page."""
    return PREFIX if is_spanish() else ""


def address(name: str, *args: object) -> str:
    """The address of a page that there is in both languages, in the language of this one."""
    return here() + reverse(name, args=args)
