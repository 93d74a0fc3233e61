"""Which pages there are in Spanish too, and the way from one language to the other.

The address alone decides, whatever a browser asks for: built pages are the same for everybody. Only what is wholly in
Spanish answers at /es/; views and patterns of addresses are those of the English pages.
"""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from rlsinfo.articles import library
from rlsinfo.languages import ENGLISH, PREFIX, SPANISH, is_spanish
from rlsinfo.middleware import Answer

FORMS = ("/consultation/", "/useful/")
"""Where the addresses begin that are in Spanish too, besides the pages that the library holds."""
NAMES = {"en": ("English", "Home in English"), SPANISH: ("Español", "Inicio en español")}
"""What leads to the same page in a language, and what to its home page where there is no such page."""


def is_spoken(path: str) -> bool:
    """Whether the page at an English address answers in Spanish too."""
    page = f"{path.rstrip('/')}/"
    return page in library.spoken() or (bool(library.spoken()) and page.startswith(FORMS))


def language_of_the_address(get_response: Answer) -> Answer:
    """Answers /es/x/ as x in Spanish, and every other address in English."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        in_spanish = path == PREFIX or path.startswith(f"{PREFIX}/")
        # What there is not in Spanish keeps its address, at which no page answers.
        if in_spanish and is_spoken(path.removeprefix(PREFIX)):
            request.path_info = path.removeprefix(PREFIX)
        with translation.override(SPANISH if in_spanish else ENGLISH):
            response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.setdefault("Content-Language", SPANISH if in_spanish else "en")
        return response

    return middleware


@dataclass(frozen=True)
class Way:
    """A link to the other language."""

    language: str
    address: str
    words: str


def way(request: HttpRequest) -> Way | None:
    """To this page in the other language, or else to its home page; none where what was typed would be lost."""
    if not library.spoken() or request.method == "POST":
        return None
    language, before = ("en", "") if is_spanish() else (SPANISH, PREFIX)
    same_page, home = NAMES[language]
    if is_spoken(request.path_info):
        return Way(language, before + request.path_info, same_page)
    return Way(language, f"{before}/", home)


def alternates(path: str) -> tuple[tuple[str, str], ...]:
    """Both languages of a page, each with its address, for search engines; nothing for a page in English alone."""
    english = path.removeprefix(PREFIX) if path.startswith(f"{PREFIX}/") else path
    return (("en", english), (SPANISH, PREFIX + english)) if english in library.spoken() else ()
