"""Rules on pages in Spanish: each says what its English page says, on the same grounds, and is no older than that."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache

from rlsinfo.articles import outline, spanish
from rlsinfo.articles.document import PAGES, Article
from rlsinfo.articles.evidence import GUIDELINE, GUIDELINE_IN_WORDS, Medicine
from rlsinfo.articles.outline import Block, Kind
from rlsinfo.articles.problems import Level, Problem
from rlsinfo.articles.rules.context import Context, must, should

LONGEST_SENTENCE = 30
"""Words; Spanish takes about a fourth more of them than English, which may have 25."""
MUST_READ = 60.0
SHOULD_READ = 65.0
"""On the scale of Szigriszt Pazos, where 65 begins what is rather easy to read."""

PRIVACY = f"{PAGES}/privacy"
"""What people consent to who send the form."""

_NUMBER = re.compile(r"[0-9][0-9,.:-]*[0-9]|[0-9]")
_WHOM = re.compile(r"\b911\b|\b988\b|1-800-222-1222|\bsala de emergencias\b", re.IGNORECASE)
_LONG_WORD = re.compile(r"[^\W\d_]{6,}")


def translates_a_page(article: Article, context: Context) -> Iterator[Problem]:
    if _original(article, context) is None:
        remedy = "Give it the place of the English page that it says, or write that first."
        yield must(article, 1, f"There is no English page {article.original}.", remedy)


def is_not_older_than_its_page(article: Article, context: Context) -> Iterator[Problem]:
    """What is out of date about red flags, medicines or what people consent to is not published; elsewhere the page
    says so itself.
    """
    original = _original(article, context)
    if original is None or article.translates is None or article.translates == original.updated:
        return
    line = article.lines.get("translates", 1)
    if article.translates > original.updated:
        remedy = f"Write {original.updated}, the date of the page that it was made from."
        yield must(article, line, "This translates a page that there is not yet.", remedy)
        return
    remedy = f"Bring it up to the English page of {original.updated}, and write that date here."
    message = f"The English page has changed since {article.translates}."
    is_grave = (
        article.original == PRIVACY
        or any(block.card in ("emergency", "urgent") for block in original.blocks)
        or any(_medicines_in(original, context, spoken={}))
    )
    yield (must if is_grave else should)(article, line, message, remedy)


def was_checked_as_it_is(article: Article, context: Context) -> Iterator[Problem]:
    if article.translation_checked and article.translation_checked < article.updated:
        remedy = "Empty it until a medical translator has read the page as it is now."
        message = "This page has changed since a translator checked it."
        yield must(article, article.lines.get("translation_checked", 1), message, remedy)


def is_built_like_its_page(article: Article, context: Context) -> Iterator[Problem]:
    """The same headings, cards, lists and tables in the same order: nothing is left out, nothing slips in."""
    original = _original(article, context)
    if original is None:
        return
    parts, others = _shape(article), _shape(original)
    for (kind, block), (other_kind, other) in zip(parts, others, strict=False):
        if kind != other_kind:
            message = f"Here stands {kind}, but {other_kind} in the English page (line {other.line})."
            yield must(article, block.line, message, "Build the page like the English one.")
            return
    if len(parts) != len(others):
        message = f"The page has {len(parts)} parts, and the English one has {len(others)}."
        yield must(article, article.body_line, message, "Translate everything, and add nothing.")
    if article.related != original.related:
        message = "The related pages are not those of the English page."
        yield must(article, article.lines.get("related", 1), message, "Name the same, in the same order.")
    if _sheet(article) != _sheet(original):
        message = "What prints alone is not what the English page prints."
        yield must(article, article.lines.get("sheet", 1), message, "Name the same headings under `sheet`.")


def rests_on_the_same(article: Article, context: Context) -> Iterator[Problem]:
    """From heading to heading, the same claims in the same order: every sentence keeps its ground."""
    for line, own, others in _sections(article, context):
        mine, theirs = (
            [marker for block in part for marker in outline.marker_ids(block.text)] for part in (own, others)
        )
        if mine != theirs:
            differ = sorted((Counter(mine) - Counter(theirs)) + (Counter(theirs) - Counter(mine))) or ["their order"]
            message = f"The claims here are not those of the English page: {', '.join(differ)}."
            yield must(article, line, message, "Put each [@claim] behind the sentence that says it.")


def names_the_same_medicines(article: Article, context: Context) -> Iterator[Problem]:
    """The medicines of the page are those of the English one, by their Spanish names or their brands."""
    original = _original(article, context)
    if original is None:
        return
    own = _medicines_in(article, context, context.register.spoken)
    others = _medicines_in(original, context, spoken={})
    for name in sorted(others.keys() - own.keys()):
        remedy = "Name it, and write its Spanish name into content/es/sentences.yaml."
        yield must(article, article.body_line, f"The English page names {name}, and this one does not.", remedy)
    for name in sorted(own.keys() - others.keys()):
        yield must(article, own[name], f"The English page does not name {name}.", "Leave it out.")
    names = _names(context.register.medicines, tuple(context.register.spoken.items()))
    known = sorted({word for name in names for word in name.split()})
    for block in article.blocks:
        for word in _LONG_WORD.findall(block.words.casefold()):
            close = [] if word in known or f"{word}s" in known else get_close_matches(word, known, n=1, cutoff=0.86)
            if close and word.removesuffix("s") not in known:
                remedy = f"Write “{close[0]}”."
                yield must(article, block.line, f"“{word}” is nearly the name of a medicine.", remedy)


def has_the_same_numbers(article: Article, context: Context) -> Iterator[Problem]:
    """Doses, days, people in 100, telephone numbers: a slip in any of them may do harm."""
    for line, own, others in _sections(article, context):
        mine, theirs = (Counter(found for block in part for found in _numbers(block)) for part in (own, others))
        if mine != theirs:
            differ = sorted((mine - theirs) + (theirs - mine))
            message = f"The numbers here are not those of the English page: {', '.join(differ)}."
            yield must(
                article, line, message, "Write in figures what is in figures there, and in words what is in words."
            )


def leads_to_the_same_pages(article: Article, context: Context) -> Iterator[Problem]:
    """Links are written with the English address: the page leads to the Spanish version where there is one."""
    for line, own, others in _sections(article, context):
        mine, theirs = (
            [_address(link["target"]) for block in part for link in outline.LINK.finditer(block.text)]
            for part in (own, others)
        )
        if Counter(mine) != Counter(theirs):
            differ = sorted((Counter(mine) - Counter(theirs)) + (Counter(theirs) - Counter(mine)))
            message = f"The links here are not those of the English page: {', '.join(differ)}."
            yield must(article, line, message, "Link to the same pages, by their English addresses.")


def has_spanish_words_for_all(article: Article, context: Context) -> Iterator[Problem]:
    """What the numbers lead to, and what is written in the drawings, is Spanish too."""
    assert context.english  # noqa: S101 - beside every page in Spanish
    unspoken: dict[str, int] = {}
    english, spoken = context.english.register.known, context.register.spoken
    for block in article.blocks:
        for marker in outline.marker_ids(block.text):
            if marker in english:
                said = GUIDELINE_IN_WORDS if marker.startswith(GUIDELINE) else english[marker].statement
                unspoken.setdefault(said, block.line)
        drawing = context.pictures.get(block.file, "")
        if "<text" in drawing and drawing == context.english.pictures.get(block.file):
            remedy = "Put one of the same name, with Spanish words in it, into content/es/images/."
            yield must(article, block.line, f"The drawing {block.file} has English words.", remedy)
    for said, line in unspoken.items():
        if said in spoken:
            continue
        remedy = "Put it into content/es/sentences.yaml with its Spanish words."
        yield must(article, line, f"“{said}” is not said in Spanish.", remedy)


def reads_easily(article: Article, context: Context) -> Iterator[Problem]:
    reading = spanish.measure(article.blocks)
    if reading.longest and (length := len(spanish.words(reading.longest.words))) > LONGEST_SENTENCE:
        message = f"This sentence has {length} words: {reading.longest.words[:60]}..."
        yield must(article, reading.longest.line, message, f"Use {LONGEST_SENTENCE} or fewer: make two of it.")
    if reading.words and reading.ease < SHOULD_READ:
        message = f"The page reads at {reading.ease} on the scale of Szigriszt Pazos."
        remedy = f"Reach {SHOULD_READ:.0f} with shorter words and sentences."
        level = Level.MUST if reading.ease < MUST_READ else Level.SHOULD
        yield Problem(article.file, article.body_line, message, remedy, level)


def emergency_cards_say_whom_to_call(article: Article, context: Context) -> Iterator[Problem]:
    for block in article.blocks:
        if block.kind is Kind.CARD and block.card == "emergency" and not _WHOM.search(block.words):
            remedy = "Name 911, 988, 1-800-222-1222 or the sala de emergencias in the heading: many read no further."
            yield must(article, block.line, "This emergency card's heading does not say whom to call.", remedy)


def do_not_lines_say_so(article: Article, context: Context) -> Iterator[Problem]:
    for block in article.blocks:
        if block.card == "dont" and block.kind is Kind.ITEM and not block.words.casefold().startswith("no "):
            remedy = "Begin it with “no”: a line may be read without its heading."
            yield must(article, block.line, "This line of a “do not” list does not say “no”.", remedy)


def sentences_are_used(context: Context) -> Iterator[Problem]:
    """A sentence of the evidence that has changed leaves its old translation behind."""
    assert context.english  # noqa: S101 - beside every page in Spanish
    register = context.english.register
    english = {ground.statement for ground in register.known.values()} | {GUIDELINE_IN_WORDS}
    english |= {name for medicine in register.medicines for name in (medicine.name, *medicine.brands)}
    for sentence in context.register.spoken:
        if sentence not in english:
            message = f"Nothing says “{sentence[:80]}” in English any more."
            yield Problem("es/sentences.yaml", 1, message, "Translate the sentence as it is now, or delete this one.")


def _original(article: Article, context: Context) -> Article | None:
    assert context.english  # noqa: S101 - beside every page in Spanish
    return context.english.by_path.get(article.original)


def _sheet(article: Article) -> list[int]:
    """Which of the headings begin and end what prints alone."""
    heads = [block.words for block in article.body_blocks if block.kind is Kind.HEADING]
    return [heads.index(head) for head in article.sheet if head in heads]


def _shape(article: Article) -> list[tuple[str, Block]]:
    """What stands on a page, part by part; paragraphs may be cut differently."""
    return [
        (
            f"{block.kind.name.lower().replace('_', ' ')}{f' of {block.card}' if block.card else ''}{block.level or ''}",
            block,
        )
        for block in article.blocks
        if block.kind is not Kind.PARAGRAPH
    ]


def _sections(article: Article, context: Context) -> Iterator[tuple[int, list[Block], list[Block]]]:
    """From heading to heading: the line, what stands there, and what stands there in the English page."""
    original = _original(article, context)
    if original is None:
        return
    own, others = _by_heading(article), _by_heading(original)
    if len(own) == len(others):  # otherwise is_built_like_its_page has said it
        yield from ((part[0].line, part, other) for part, other in zip(own, others, strict=True))


def _by_heading(article: Article) -> list[list[Block]]:
    parts: list[list[Block]] = []
    for block in article.blocks:
        if block.kind in (Kind.HEADING, Kind.CARD) or not parts:
            parts.append([])
        parts[-1].append(block)
    return parts


def _numbers(block: Block) -> Iterator[str]:
    """Figures in a text, as they would be written in both languages."""
    text = f"{block.words} {block.alt}"
    return (found.strip(",.:") for found in _NUMBER.findall(text))


def _address(target: str) -> str:
    """An address without its language and without the heading, whose words differ."""
    return target.removeprefix("/es").partition("#")[0] if target.startswith("/") else target.partition("#")[0]


def _medicines_in(article: Article, context: Context, spoken: Mapping[str, str]) -> dict[str, int]:
    """The medicines that a page names, each with the line where it first does."""
    names = _names(context.register.medicines, tuple(spoken.items()))
    if not names:
        return {}
    pattern = _pattern(tuple(names))
    found: dict[str, int] = {}
    for block in article.blocks:
        for each in pattern.finditer(block.words.casefold()):
            found.setdefault(names[each[1]], block.line)
    return found


@lru_cache(maxsize=8)
def _names(medicines: tuple[Medicine, ...], spoken: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """How each medicine is called, with the name that it has in the register."""
    other = dict(spoken)
    return {other.get(name, name).casefold(): medicine.name for medicine in medicines for name in medicine.names}


@lru_cache(maxsize=8)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    one_of = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(rf"\b({one_of})s?\b")
