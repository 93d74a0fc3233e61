"""What we ask of one article and of the set, beyond what a single field or line can show; today is an argument."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rlsinfo.articles import outline, readability
from rlsinfo.articles.document import GUIDE, Article
from rlsinfo.articles.evidence import GUIDELINE, Glossary, Register, Strength
from rlsinfo.articles.outline import Block, Kind, Sentence
from rlsinfo.articles.problems import Level, Problem, did_you_mean
from rlsinfo.articles.rendering import ASK, anchors

GRADE_MUST, GRADE_SHOULD = 7.0, 6.0
SENTENCE_MUST, SENTENCE_SHOULD = 25, 20
PARAGRAPH = 3
NOTES = 2
QUESTIONS = range(3, 7)

NEGATION = re.compile(
    r"\b(?:no|not|never|nobody|none|nothing|neither|nor|cannot|without|against|hardly|unknown|unproven|untested|unclear"
    r"|whether|too (?:little|few|small))\b|n['\u2019]t\b",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"\b(?:may|might|could|seem(?:s|ed)?|appear(?:s|ed)?|suggest(?:s|ed)?|perhaps|possibl[ey]|likely|disagree|mixed"
    r"|some|small|few|early|one (?:\w+ )?(?:study|trial|review|clinic)|(?:a|the) (?:small|single) \w+"
    r"|think|thought|believed?)\b",
    re.IGNORECASE,
)
ABOUT_RLS = re.compile(r"\b(?:RLS|restless)\b", re.IGNORECASE)
HEARSAY = re.compile(r"\b(?:say|said|says|told|claims?|claimed|believed?)\b", re.IGNORECASE)

_SUBJECTLESS = (  # before these words, "cause" or "ease" is a noun
    r"(?<!\ba )(?<!\ban )(?<!\bthe )(?<!\bone )(?<!\bno )(?<!\bany )(?<!\bits )(?<!\byour )(?<!\bthis )(?<!\bthat )"
    r"(?<!\bmain )(?<!\broot )(?<!\bother )(?<!\banother )(?<!\bpossible )(?<!\bcommon )(?<!\bknown )(?<!\bhidden )"
    r"(?<!\bestablished )(?<!\breal )(?<!\bthe only )"
)
_MODAL = r"(?:(?<=may )|(?<=might )|(?<=can )|(?<=could )|(?<=will ))"  # and after these, "help" or "work" is a verb
STRONGER = (
    (rf"causes|caused|causing|{_SUBJECTLESS}cause(?! of)", "may be linked with"),
    (r"leads? to|led to|brings? on|triggers|triggered", "may be linked with"),
    (r"improves?|improved|improving", "may improve"),
    (r"(?<!with )(?<!at )eases?|eased|relieves?|relieved|reduces?|reduced|lessens?|calms", "may ease"),
    (rf"works|worked|{_MODAL}work", "may work for some people"),
    (r"prevents?|prevented|protects?|wards? off", "may prevent"),
    (rf"treats|{_MODAL}treat|heals?|healed|fixes|fixed", "is being studied for"),
    (rf"helps|helped|{_MODAL}help", "may help"),
    (r"proves?|proved|shows? that|showed that|demonstrates?", "suggests"),
)
_STRONGER = tuple((re.compile(rf"\b(?:{verb})\b", re.IGNORECASE), gentler) for verb, gentler in STRONGER)

BANNED = (
    (r"cures?|cured|curing", "Say what may get better, for whom, and how sure we are."),
    (r"root causes?|hidden causes?", "Say what is known about the cause, and what is not."),
    (r"breakthroughs?|miracles?", "Say what the study found, and in how many people."),
    (r"guarantees?|guaranteed", "Nobody can promise a result: say what studies found."),
    (r"HIPAA[- ]compliant", "Say in plain words what is kept, where, and who sees it."),
)
_BANNED = tuple((re.compile(rf"\b(?:{words})\b", re.IGNORECASE), remedy) for words, remedy in BANNED)

_DO_NOT_STOP = re.compile(r"\b(?:do not|don['\u2019]t|never) (?:stop|change)\b[^.]*\bmedicines?\b", re.IGNORECASE)
_EXCEPTION = tuple(re.compile(sign, re.IGNORECASE) for sign in (r"trouble breathing", r"\bsw[eo]ll", r"\bsuicide"))
_DIRECTION = re.compile(r"\b(?:suggest|recommend|advise)", re.IGNORECASE)
_AGAINST = re.compile(r"\bagainst\b|\bnot\b|\bno longer\b|n['\u2019]t\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Context:
    """What a rule may look at besides the article itself."""

    register: Register
    targets: Mapping[str, frozenset[str]]
    """Every address a link may lead to, with the ids on that page."""
    paths: frozenset[str]
    today: date


def review(
    articles: Iterable[Article], register: Register, glossary: Glossary, addresses: Iterable[str], today: date
) -> tuple[Problem, ...]:
    """Every rule on every article, then the rules on the set. `addresses` are the pages that are not articles."""
    articles = tuple(articles)
    targets = dict.fromkeys(addresses, frozenset[str]()) | {article.address: anchors(article) for article in articles}
    targets["/glossary/"] = frozenset(term.id for term in glossary)
    context = _Context(register, targets, frozenset(article.path for article in articles), today)
    problems = [problem for article in articles for rule in RULES for problem in rule(article, context)]
    return (*problems, *_same_titles(articles))


def _must(article: Article, line: int, message: str, remedy: str) -> Problem:
    return Problem(article.file, line, message, remedy)


def _should(article: Article, line: int, message: str, remedy: str) -> Problem:
    return Problem(article.file, line, message, remedy, Level.SHOULD)


def _sentences(article: Article) -> Iterator[tuple[Block, Sentence]]:
    return ((block, sentence) for block in article.blocks for sentence in outline.sentences(block))


def _rests_on_something(article: Article, context: _Context) -> Iterator[Problem]:
    """A page of the guide shows what it rests on."""
    if article.section in GUIDE and not any(outline.marker_ids(block.text) for block in article.blocks):
        remedy = "Put [@claim-id] after each sentence about health."
        yield _must(article, article.body_line, "This page does not say what it rests on.", remedy)


def _no_stronger_than_the_evidence(article: Article, context: _Context) -> Iterator[Problem]:
    """A verb says no more than the claim behind its sentence; denied, doubted and asked are not said."""
    for _, sentence in _sentences(article):
        grounds = [context.register.ground(marker) for marker in sentence.markers]
        strengths = [ground.strength for ground in grounds if ground]
        if not strengths or not all(strength and strength.is_weak for strength in strengths):
            continue
        nothing_shown = all(strength is Strength.NOT_ESTABLISHED for strength in strengths)
        # What nobody has shown of RLS is not even hinted at: "may ease RLS" is too much.
        hinted = nothing_shown and ABOUT_RLS.search(sentence.words)
        passes = (NEGATION, HEARSAY) if hinted else (NEGATION, HEARSAY, HEDGE)
        if sentence.words.endswith("?") or any(pattern.search(sentence.words) for pattern in passes):
            continue
        for verb, gentler in _STRONGER:
            if found := verb.search(sentence.words):
                sure = max((strength for strength in strengths if strength), key=lambda strength: strength.mark)
                better = (
                    "“it has not been shown that ...”" if nothing_shown else f"“small studies suggest” or “{gentler}”"
                )
                message = f"“{found[0]}” says more than is known: the evidence is “{sure.value}”."
                yield _must(article, sentence.line, message, f"Write {better}.")
                break


def _goes_the_guidelines_way(article: Article, context: _Context) -> Iterator[Problem]:
    """A sentence that rests on guideline rows advises in their direction."""
    for _, sentence in _sentences(article):
        rows = [
            context.register.guideline.get(marker.removeprefix(GUIDELINE))
            for marker in sentence.markers
            if marker.startswith(GUIDELINE)
        ]
        directions = {row.direction for row in rows if row and not row.is_good_practice}
        if len(directions) != 1 or not _DIRECTION.search(sentence.words) or sentence.words.endswith("?"):
            continue
        [direction] = directions
        if (direction == "against") is not bool(_AGAINST.search(sentence.words)):
            remedy = f"The row is {direction} it: say so, or take another row."
            yield _must(article, sentence.line, "This says the opposite of the guideline's row.", remedy)


def _sources_stand(article: Article, context: _Context) -> Iterator[Problem]:
    """What a page rests on can be shown to its reader, and has not been replaced."""
    for marker, line in _first_uses(article).items():
        claim = context.register.claims.get(marker)
        ground = context.register.ground(marker)
        if ground and not ground.references:
            remedy = "Find a reference that was seen, or take the sentence out."
            yield _must(article, line, f"“{marker}” has no reference that may be printed.", remedy)
        keys = claim.references if claim else ()
        for key in keys:
            reference = context.register.references.get(key)
            # Beside the newer one it is history, and not printed.
            if reference and reference.superseded_by and reference.superseded_by not in keys:
                message = f"“{marker}” rests on “{key}”, which “{reference.superseded_by}” has replaced."
                yield _must(article, line, message, "Check the claim against the newer one, then name that.")
            if reference and not reference.verified:
                message = f"“{marker}” rests on “{key}”, which was never seen."
                yield _must(article, line, message, "Find it in a public source, or take it from the claim.")


def _first_uses(article: Article) -> dict[str, int]:
    """The line of the first marker for each id on a page."""
    uses: dict[str, int] = {}
    for block in article.blocks:
        for marker in outline.MARKER.finditer(block.text):
            for name in outline.marker_ids(marker[0]):
                uses.setdefault(name, block.line + block.text.count("\n", 0, marker.start()))
    return uses


def _medicines_are_not_stopped(article: Article, context: _Context) -> Iterator[Problem]:
    """A page that names a medicine says not to stop one alone, and beside it when to get help at once."""
    names = sorted((name for medicine in context.register.medicines for name in medicine.names), key=len, reverse=True)
    if not names:
        return
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b", re.IGNORECASE)
    first = next(((block, found) for block in article.blocks if (found := named.search(block.words))), None)
    if first is None:
        return
    block, found = first
    warned = [part for part in _parts(article) if _DO_NOT_STOP.search(part)]
    if not warned:
        message = f"A medicine is named ({found[0]}), but not that nobody should stop one alone."
        yield _must(article, block.line, message, "Write: “Do not stop or change a medicine on your own.”")
    elif not any(all(sign.search(part) for sign in _EXCEPTION) for part in warned):
        message = "“Do not stop a medicine” stands without its exception."
        remedy = (
            "Write beside it: “Trouble breathing, swelling of the face or throat, or thoughts of suicide need emergency"
            " help at once.”"
        )
        yield _must(article, block.line, message, remedy)


def _parts(article: Article) -> tuple[str, ...]:
    """The text of a page from heading to heading."""
    parts = [""]
    for block in article.blocks:
        parts += [block.words] if block.kind is Kind.HEADING else []
        parts[-1] += f" {block.words}"
    return tuple(parts)


def _links_lead_somewhere(article: Article, context: _Context) -> Iterator[Problem]:
    for block in article.blocks:
        for link in outline.LINK.finditer(block.text):
            target = link["target"]
            line = block.line + block.text.count("\n", 0, link.start())
            address, _, part = target.partition("#")
            address = address or article.address
            if re.match(r"https://|mailto:|tel:", target):
                continue
            if not re.match(r"[/#]", target):
                remedy = "Write /section/page/ for a page of ours, and https:// for any other."
                yield _must(article, line, f"The link to “{target}” cannot be followed.", remedy)
            elif address not in context.targets:
                remedy = f"Link to a page that exists.{did_you_mean(address, context.targets)}"
                yield _must(article, line, f"There is no page {address}", remedy)
            elif part and part not in context.targets[address]:
                remedy = f"Use the heading's words with hyphens.{did_you_mean(part, context.targets[address])}"
                yield _must(article, line, f"There is no heading #{part} on {address}", remedy)


def _emergency_cards_hold_no_link(article: Article, context: _Context) -> Iterator[Problem]:
    """Nobody in an emergency is sent to another page; nobody with an urgent sign is sent to our form."""
    for block in article.blocks:
        links = [link["target"] for link in outline.LINK.finditer(block.text)]
        if block.card == "emergency" and (links or outline.TERM.search(block.text) or "://" in block.text):
            yield _must(article, block.line, "There is a link in an emergency card.", "Write plain words: call 911.")
        if block.card == "urgent" and any(target.startswith("/consultation/") for target in links):
            remedy = "Say where to go today: urgent care or an emergency room."
            yield _must(article, block.line, "An urgent card leads to our form.", remedy)


def _do_not_lines_say_so(article: Article, context: _Context) -> Iterator[Problem]:
    for block in article.blocks:
        if block.card == "dont" and block.kind is Kind.ITEM and not block.words.lower().startswith("do not "):
            remedy = "Begin it with “do not”: a line may be read without its heading."
            yield _must(article, block.line, "This line of a “do not” list does not say “do not”.", remedy)


def _few_notes(article: Article, context: _Context) -> Iterator[Problem]:
    notes = [block for block in article.blocks if block.kind is Kind.CARD and block.card == "note"]
    for block in notes[NOTES:]:
        remedy = "Keep the two that matter most; write the others as text."
        yield _must(article, block.line, f"There are more than {NOTES} notes on this page.", remedy)


def _ends_with_questions(article: Article, context: _Context) -> Iterator[Problem]:
    """Every page of the guide ends with what to ask a clinician."""
    if article.section not in GUIDE:
        return
    headings = [block for block in article.body_blocks if block.kind is Kind.HEADING and block.level == 2]
    if not headings or headings[-1].words != ASK:
        remedy = f"End the page with “## {ASK}” and a list of questions."
        yield _must(
            article, headings[-1].line if headings else article.body_line, "The last section is missing.", remedy
        )
        return
    asked = [block for block in article.body_blocks if block.line > headings[-1].line and block.kind is Kind.ITEM]
    if len(asked) not in QUESTIONS:
        remedy = f"Give {QUESTIONS.start} to {QUESTIONS.stop - 1}."
        yield _should(article, headings[-1].line, f"There are {len(asked)} questions to ask.", remedy)


def _reads_easily(article: Article, context: _Context) -> Iterator[Problem]:
    grade = readability.measure(article.blocks).grade
    if grade > GRADE_SHOULD:
        level = _must if grade > GRADE_MUST else _should
        remedy = (
            f"Aim for {GRADE_SHOULD:.0f}; above {GRADE_MUST:.0f} is not published. Use shorter sentences and words."
        )
        yield level(article, article.body_line, f"The reading grade is {grade}.", remedy)
    for block in article.blocks:
        said = outline.sentences(block)
        for sentence in said:
            length = len(readability.words(sentence.words))
            if length > SENTENCE_SHOULD:
                level = _must if length > SENTENCE_MUST else _should
                remedy = f"Make two of it: {SENTENCE_SHOULD} words are enough, {SENTENCE_MUST} the most."
                yield level(article, sentence.line, f"This sentence has {length} words.", remedy)
        if block.kind is Kind.PARAGRAPH and len(said) > PARAGRAPH:
            remedy = f"Begin a new paragraph after {PARAGRAPH} at most."
            yield _must(article, block.line, f"This paragraph has {len(said)} sentences.", remedy)


def _promises_nothing(article: Article, context: _Context) -> Iterator[Problem]:
    """Words that promise too much may be denied or asked about, never said."""
    for _, sentence in _sentences(article):
        for words, remedy in _BANNED:
            found = words.search(sentence.words)
            if found and not sentence.words.endswith("?") and not NEGATION.search(sentence.words):
                yield _must(article, sentence.line, f"“{found[0]}” promises too much.", remedy)


def _terms_once(article: Article, context: _Context) -> Iterator[Problem]:
    """A word is linked to the glossary where a reader first meets it."""
    seen = set()
    for block in article.blocks:
        for term in outline.TERM.finditer(block.text):
            if term[1].casefold() in seen:
                remedy = "Link its first use only; write the others as plain words."
                yield _should(article, block.line, f"“{term[1]}” is linked to the glossary twice.", remedy)
            seen.add(term[1].casefold())


def _related_pages_exist(article: Article, context: _Context) -> Iterator[Problem]:
    for path in article.related:
        if path == article.path or path not in context.paths:
            remedy = f"Name another page that exists.{did_you_mean(path, context.paths - {article.path})}"
            yield _must(article, article.lines.get("related", 1), f"“{path}” is no related page.", remedy)


def _review_is_not_overdue(article: Article, context: _Context) -> Iterator[Problem]:
    """Only reported: what depends on today must not stop a build that passed yesterday."""
    if article.next_review and article.next_review < context.today:
        message = f"The review of this page was due on {article.next_review}."
        yield _should(article, article.lines.get("next_review", 1), message, "Ask a clinician to review it.")


def _same_titles(articles: Iterable[Article]) -> Iterator[Problem]:
    articles = tuple(articles)
    titles = Counter(article.title.casefold() for article in articles)
    for article in articles:
        if titles[article.title.casefold()] > 1:
            line = article.lines.get("title", 1)
            yield _must(article, line, f"Two pages are called “{article.title}”.", "Give this one a title of its own.")


RULES = (
    _rests_on_something,
    _no_stronger_than_the_evidence,
    _goes_the_guidelines_way,
    _sources_stand,
    _medicines_are_not_stopped,
    _links_lead_somewhere,
    _emergency_cards_hold_no_link,
    _do_not_lines_say_so,
    _few_notes,
    _ends_with_questions,
    _reads_easily,
    _promises_nothing,
    _terms_once,
    _related_pages_exist,
    _review_is_not_overdue,
)
