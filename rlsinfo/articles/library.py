"""Everything in content/, read once: the articles, what they rest on, how they render, what is wrong with them."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext, override

from rlsinfo import legal, legal_words
from rlsinfo.articles import (
    document,
    evidence,
    figures,
    questions,
    rendering,
    rules,
    search,
    search_words,
    wording,
)
from rlsinfo.articles.document import GUIDE, HOME, PAGES, SPANISH, Article
from rlsinfo.articles.evidence import Glossary, GlossaryTerm, Ground, RedFlag, Register
from rlsinfo.articles.figures import PageFigures
from rlsinfo.articles.outline import Kind
from rlsinfo.articles.pictures import Picture
from rlsinfo.articles.problems import Problem
from rlsinfo.articles.rendering import Rendered
from rlsinfo.articles.rules.context import Context
from rlsinfo.articles.sources import Entry, Source, entries, name_sources


@dataclass(frozen=True)
class Section:
    """One of the five parts of the guide."""

    slug: str
    title: str
    short_title: str
    lead: str

    @property
    def address(self) -> str:
        return f"/{self.slug}/"


SECTIONS = (
    Section("causes", "Causes", "Causes", "What is known about why restless legs happen, and what is not."),
    Section(
        "symptoms",
        "Symptoms and diagnosis",
        "Symptoms",
        "What restless legs feel like, how a clinician finds out, and when to get help.",
    ),
    Section(
        "vascular",
        "Veins and arteries",
        "Veins and arteries",
        "What blood vessels have to do with restless legs, and what has not been shown.",
    ),
    Section(
        "treatments",
        "Treatments",
        "Treatments",
        "What can help, how sure we are of it, what can go wrong, and what else there is.",
    ),
    Section(
        "living",
        "Living with RLS",
        "Living with RLS",
        "Getting through the evening, the night and the day with restless legs.",
    ),
)

OTHER_ADDRESSES = (
    "/",
    "/a-to-z/",
    "/changes.atom",
    "/glossary/",
    "/sources/",
    "/our-figures/",
    "/consultation/",
    *(section.address for section in SECTIONS),
)
"""The pages that are not made from an article, and that an article may link to."""
SENTENCES = f"{SPANISH}/sentences.yaml"
"""What the pages in Spanish rest on, and the medicines that they name: each English sentence or name with the Spanish."""
SPANISH_TOO = ("/", "/glossary/", "/consultation/")
"""Those of them that there are in Spanish as well."""


def section(slug: str) -> Section | None:
    return next((section for section in SECTIONS if section.slug == slug), None)


def all() -> tuple[Article, ...]:
    """The articles of the guide in reading order; the pages about the site are in pages()."""
    return tuple(article for articles in by_section().values() for article in articles)


def in_spanish() -> tuple[Article, ...]:
    """The articles that there are in Spanish, in reading order; like all()."""
    translations = _library().translations
    return tuple(found for each in all() if (found := translations.get(f"{SPANISH}/{each.path}")))


def translations() -> tuple[Article, ...]:
    """Everything that there is in Spanish."""
    return tuple(_library().translations.values())


def spanish_pages() -> tuple[Article, ...]:
    """The pages about the site itself that there are in Spanish; like pages()."""
    translations = _library().translations
    return tuple(found for each in pages() if (found := translations.get(f"{SPANISH}/{each.path}")))


def spanish_home() -> Article | None:
    """The words of the home page in Spanish; without them nothing is offered in Spanish."""
    return _library().translations.get(f"{SPANISH}/{HOME}")


def spoken() -> Collection[str]:
    """The English addresses of the pages that there are in Spanish too."""
    return _library().spoken


def by_section() -> Mapping[str, tuple[Article, ...]]:
    return _library().by_section


def questions_of(section: str) -> tuple[tuple[questions.Question, tuple[Article, ...]], ...]:
    """What people come with who look in this section, and the articles that answer it."""
    library = _library()
    asked = library.questions.get(section, ())
    return tuple((each, tuple(library.articles[path] for path in each.paths)) for each in asked)


def pages() -> tuple[Article, ...]:
    """The pages about the site itself."""
    return _library().pages


def get(section: str, slug: str) -> Article | None:
    return by_path(f"{section}/{slug}") if section in GUIDE else None


def page(slug: str) -> Article | None:
    """A page about the site itself; the home page is none of them."""
    path = f"{PAGES}/{slug}"
    return by_path(path) if path != HOME else None


def home() -> Article:
    """The words of the home page."""
    return _library().articles[HOME]


def by_path(path: str) -> Article | None:
    """The article or page whose place in content/ this is: "causes/iron-and-rls"."""
    library = _library()
    return library.articles.get(path) or library.translations.get(path)


def neighbours(article: Article) -> tuple[Article | None, Article | None]:
    """The articles before and after this one in its section."""
    return _library().neighbours.get(article.path, (None, None))


def rendered(article: Article) -> Rendered:
    return _library().rendered(article)


def register() -> Register:
    return _library().register


def glossary() -> Glossary:
    return _library().glossary


def spanish_glossary() -> Glossary:
    return _library().spanish.glossary


def sources() -> Mapping[str, Source]:
    """Every reference that may be printed, by key."""
    return _library().sources


def numbered(article: Article) -> tuple[Ground, ...]:
    """What the numbers of the article's page lead to, by its text alone: the same as on the page, in another order."""
    return tuple(dict.fromkeys(register().grounds(article.markers).values()))


def grounds_of(article: Article) -> tuple[Entry, ...]:
    """What the numbers of the article's page lead to."""
    return entries(rendered(article).grounds, sources(), wording.of(article))


def markers_of(article: Article) -> tuple[Ground, ...]:
    """Everything the article's markers name, each once, rows of the guideline one by one."""
    return tuple(ground for marker in article.markers if (ground := register().ground(marker)))


def index() -> search.Index:
    """Every page and every word explained, ready to be searched; made when it is first asked for."""
    return _library().index


def findable() -> Sequence[search.Entry]:
    """What the index holds."""
    return _library().findable


def explained(name: str) -> GlossaryTerm | None:
    """The word of the glossary that somebody asks for by one of its names."""
    return _library().glossary.find(name)


def urgent_signs(typed: str) -> tuple[RedFlag, ...]:
    """The signs somebody may have who types this into the search, in the order of the register."""
    library = _library()
    urgent, flags = library.search_words.urgent, library.register.red_flags
    return tuple(flag for id, flag in flags.items() if library.index.mentions(typed, urgent.get(id, ())))


def counted(article: Article) -> PageFigures:
    """What can be counted of the article's page."""
    library = _library()
    if article.path not in library.counted:
        library.counted[article.path] = figures.of_page(article, numbered(article))
    return library.counted[article.path]


def problems() -> tuple[Problem, ...]:
    """Everything that is wrong with the content, by file and line."""
    return _library().problems


def picture(of: Article | Section) -> Picture:
    """What other sites show beside a link to a page of the guide, or to the page of a section."""
    above = section(of.section) if isinstance(of, Article) and not of.is_spanish else None
    with override(SPANISH if isinstance(of, Article) and of.is_spanish else settings.LANGUAGE_CODE):
        guide = gettext("Restless legs guide")
    return Picture(guide, of.title, above.title if above else "", settings.CLINIC.name)


def pictures() -> tuple[Picture, ...]:
    """Those of all pages."""
    articles = (home(), *all(), *pages(), *_library().translations.values())
    return (*map(picture, articles), *map(picture, SECTIONS))


def paths() -> tuple[str, ...]:
    return tuple(article.path for article in _library().every)


def look_at(path: str) -> tuple[tuple[Problem, ...], PageFigures]:
    """What is wrong with one page and what can be counted of it: the costly part of problems(), page by page."""
    library = _library()
    article = replace(library.articles.get(path) or library.translations[path])  # so that its sentences are forgotten
    return tuple(library.look_at(article)), counted(article)


def take_over(looked_at: Iterable[tuple[str, tuple[tuple[Problem, ...], PageFigures]]]) -> None:
    """Keep what look_at() found for each path, in whatever process, and work out problems() from it."""
    library = _library()
    found: list[Problem] = []
    for path, (problems, counted) in looked_at:
        found += problems
        library.counted[path] = counted
    library.problems = library.with_those_of_the_set(found)


def source_text(article: Article) -> str:
    """The article's file as its author wrote it."""
    return (settings.CONTENT_DIR / article.file).read_text(encoding="utf-8", errors="replace")


def try_out(text: str, path: str) -> tuple[Article, Rendered, tuple[Problem, ...]]:
    """A draft in the place of the page at `path`: the page it would be and what is wrong with it. Nothing is kept."""
    library = _library()
    draft, unreadable = document.read(_filled(text, path), path)
    rendered, missing = library.render(draft), library.missing(draft)
    if draft.is_spanish:
        context = library.spanish_context({**library.translations, path: draft}.values())
    else:
        context = library.context_of({**library.articles, path: draft}.values())
    of_the_set = (problem for problem in rules.of_the_set(context) if problem.path == draft.file)
    found = dict.fromkeys([*unreadable, *missing, *rules.of_article(draft, context), *of_the_set])
    return draft, rendered, tuple(sorted(found, key=lambda problem: problem.line))


def problems_of(article: Article) -> tuple[Problem, ...]:
    """What is wrong with one page; the others are looked at only for what can be wrong with all of them together."""
    library = _library()
    found = library.with_those_of_the_set(library.look_at(article))
    return tuple(problem for problem in found if problem.path == article.file)


@dataclass(frozen=True)
class _Means:
    """What the pages of one language are made with."""

    register: Register
    glossary: Glossary
    images: Mapping[str, str]


class _Library:
    """One reading of the folder. What is costly is worked out when it is first asked for.

    An article whose text is the same as in the reading `before` is taken over from there, with all that is known of it.
    """

    def __init__(self, folder: Path, before: "_Library | None" = None) -> None:
        known = before.read if before else {}
        self.read: dict[tuple[str, int], tuple[Article, tuple[Problem, ...]]] = {}
        self.found: list[Problem] = []
        self.renderings: dict[str, Rendered] = {}
        self.counted: dict[str, PageFigures] = {}
        self.articles: dict[str, Article] = {}
        self.translations: dict[str, Article] = {}
        for file in sorted(folder.glob("**/*.md")):
            path = file.relative_to(folder).with_suffix("").as_posix()
            text = _filled(self.text(file, folder), path)
            key = path, hash(text)
            article, problems = self.read[key] = known.get(key) or document.read(text, path)
            (self.translations if article.is_spanish else self.articles)[path] = article
            self.found += problems
        if HOME not in self.articles:
            self.articles[HOME], _ = document.read("", HOME)
            remedy = "Put it back: it holds the words of the home page."
            self.found.append(Problem(f"{HOME}.md", 1, "This file is missing.", remedy))
        if self.translations and f"{SPANISH}/{HOME}" not in self.translations:
            remedy = "Put it back: without it nothing is offered in Spanish."
            self.found.append(Problem(f"{SPANISH}/{HOME}.md", 1, "This file is missing.", remedy))
        files = {file.name: self.text(file, folder) for file in sorted((folder / "evidence").glob("*.yaml"))}
        self.register, problems = evidence.read_register(files)
        self.found += problems
        glossary = folder / "glossary.yaml"
        self.glossary, problems = evidence.read_glossary(self.text(glossary, folder) if glossary.exists() else "")
        self.found += problems
        self.images = {file.name: self.text(file, folder) for file in sorted((folder / "images").glob("*.svg"))}
        typed = folder / search_words.FILE
        flags = self.register.red_flags
        self.search_words, problems = search_words.read(self.text(typed, folder) if typed.exists() else "", flags)
        self.found += problems
        asked = folder / questions.FILE
        guide = [path for path, article in self.articles.items() if article.section in GUIDE]
        self.questions, problems = questions.read(self.text(asked, folder) if asked.exists() else "", guide)
        self.found += problems
        self.spanish = self.read_spanish(folder)

    def read_spanish(self, folder: Path) -> _Means:
        """The evidence and the drawings with Spanish words in them, and the words that are explained in Spanish."""
        read = {}
        for name in (SENTENCES, f"{SPANISH}/glossary.yaml"):
            read[name] = self.text(folder / name, folder) if (folder / name).exists() else ""
        glossary, problems = evidence.read_glossary(read[f"{SPANISH}/glossary.yaml"], f"{SPANISH}/glossary.yaml")
        self.found += problems
        spoken, problems = evidence.read_translations(read[SENTENCES], SENTENCES)
        self.found += problems
        drawn = {file.name: self.text(file, folder) for file in sorted((folder / SPANISH / "images").glob("*.svg"))}
        return _Means(replace(self.register, spoken=spoken), glossary, self.images | drawn)

    def text(self, file: Path, folder: Path) -> str:
        """A file's text. What is not UTF-8 is a problem, and shown with marks in the place of what is lost."""
        raw = file.read_bytes()
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            path, line = file.relative_to(folder).as_posix(), raw.count(b"\n", 0, error.start) + 1
            self.found.append(Problem(path, line, "This is not UTF-8 text.", "Save the file again as UTF-8."))
            return raw.decode(errors="replace")

    @cached_property
    def by_section(self) -> Mapping[str, tuple[Article, ...]]:
        ordered = sorted(self.articles.values(), key=lambda article: (article.order, article.title))
        return {slug: tuple(article for article in ordered if article.section == slug) for slug in GUIDE}

    @cached_property
    def neighbours(self) -> Mapping[str, tuple[Article | None, Article | None]]:
        rows = ((None, *row, None) for row in self.by_section.values())
        return {
            article.path: (before, after)
            for row in rows
            for before, article, after in zip(row, row[1:], row[2:], strict=False)
            if article
        }

    @cached_property
    def pages(self) -> tuple[Article, ...]:
        return tuple(sorted(self._pages(), key=lambda page: (page.order, page.title)))

    def _pages(self) -> Iterator[Article]:
        return (article for article in self.articles.values() if article.section == PAGES and article.path != HOME)

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        return name_sources(self.register.references.values())

    @property
    def every(self) -> Iterator[Article]:
        return chain(self.articles.values(), self.translations.values())

    @cached_property
    def spoken(self) -> frozenset[str]:
        if f"{SPANISH}/{HOME}" not in self.translations:
            return frozenset()
        translated = {each.address.removeprefix(f"/{SPANISH}") for each in self.translations.values()}
        return frozenset({*SPANISH_TOO, *translated})

    def means(self, article: Article) -> _Means:
        return self.spanish if article.is_spanish else _Means(self.register, self.glossary, self.images)

    def rendered(self, article: Article) -> Rendered:
        """One page alone: reading the content, and building a page, need not wait for the others."""
        if article.path not in self.renderings:
            self.renderings[article.path] = self.render(article)
        return self.renderings[article.path]

    def render(self, article: Article) -> Rendered:
        means = self.means(article)
        original = self.articles.get(article.original) if article.is_spanish else None
        return rendering.page_of(article, means.register, means.glossary, means.images, self.spoken, original)

    def missing(self, article: Article) -> Iterator[Problem]:
        means = self.means(article)
        return rendering.missing(article, means.register, means.glossary, means.images)

    def context_of(self, articles: Iterable[Article]) -> Context:
        return rules.context_of(
            articles, self.register, self.glossary, self.images, OTHER_ADDRESSES, timezone.localdate()
        )

    @cached_property
    def context(self) -> Context:
        return self.context_of(self.articles.values())

    def spanish_context(self, translations: Iterable[Article]) -> Context:
        means = self.spanish
        return rules.spanish_context_of(translations, self.context, means.register, means.glossary, means.images)

    @cached_property
    def in_spanish(self) -> Context:
        return self.spanish_context(self.translations.values())

    def look_at(self, article: Article) -> Iterator[Problem]:
        yield from self.missing(article)
        yield from rules.of_article(article, self.in_spanish if article.is_spanish else self.context)

    @cached_property
    def findable(self) -> Sequence[search.Entry]:
        pages = (_as_entry(article) for section in GUIDE for article in self.by_section[section])
        words = (
            search.Entry(f"/glossary/#{term.id}", term.name, term.definition, also=" ".join(term.also))
            for term in self.glossary.terms
        )
        return (*pages, *(_as_entry(page) for page in self.pages), *words)

    @cached_property
    def index(self) -> search.Index:
        brands = {brand: medicine.name for medicine in self.register.medicines for brand in medicine.brands}
        return search.Index(self.findable, brands | dict(self.search_words.everyday))

    @cached_property
    def of_the_sets(self) -> tuple[Problem, ...]:
        return (*rules.of_the_set(self.context), *rules.of_the_set(self.in_spanish))

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        return self.with_those_of_the_set(chain.from_iterable(map(self.look_at, self.every)))

    def with_those_of_the_set(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        found = dict.fromkeys([*self.found, *problems, *self.of_the_sets])
        return tuple(sorted(found, key=lambda problem: (problem.path, problem.line)))


def _filled(text: str, path: str) -> str:
    """A text with what is known of the clinic, in the language of its place."""
    words = legal_words.SPANISH if path.startswith(f"{SPANISH}/") else legal_words.ENGLISH
    return legal.filled(text, settings.CLINIC, words)


def _as_entry(article: Article) -> search.Entry:
    """A page as the search knows it: the balance of a treatment page is read as part of its text."""
    heads = tuple(block.words for block in article.blocks if block.kind is Kind.HEADING and block.level > 1)
    text = (block for block in article.blocks if block.kind is not Kind.HEADING)
    sentences = tuple(sentence.words for block in text for sentence in block.sentences)
    return search.Entry(
        article.address,
        article.title,
        article.summary,
        article.section,
        also=article.slug.replace("-", " "),
        heads=heads,
        sentences=sentences,
    )


def _library() -> _Library:
    """In development the folder is read again when a file in it has changed; otherwise once in a process."""
    return _read(settings.CONTENT_DIR, _state(settings.CONTENT_DIR) if settings.DEBUG else None)


_latest: list[_Library] = []
"""The last reading of development."""


@lru_cache(maxsize=2)
def _read(folder: Path, state: frozenset[tuple[str, int]] | None) -> _Library:
    if state is None:
        return _Library(folder)
    _latest[:] = [_Library(folder, *_latest)]
    return _latest[0]


def _state(folder: Path) -> frozenset[tuple[str, int]]:
    """Every file under a folder, and when it was changed last."""
    return frozenset(_dates(str(folder)))


def _dates(folder: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _dates(entry.path)
            else:
                yield entry.path, entry.stat().st_mtime_ns
