"""Rules on evidence: a page says no more than its claims, and its claims stand on sources that stand."""

import re
from collections.abc import Iterator

from rlsinfo.articles import outline
from rlsinfo.articles.document import GUIDE, Article
from rlsinfo.articles.evidence import GUIDELINE, Strength
from rlsinfo.articles.problems import Level, Problem
from rlsinfo.articles.rules.context import NEGATION, Context, Phrases, must, sentences, should

CLAIMS = "evidence/claims.yaml"

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
STRONGER = Phrases(
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

_DIRECTION = re.compile(r"\b(?:suggest|recommend|advise)", re.IGNORECASE)
_AGAINST = re.compile(r"\bagainst\b|\bnot\b|\bno longer\b|n['\u2019]t\b", re.IGNORECASE)


def rests_on_something(article: Article, context: Context) -> Iterator[Problem]:
    """A page of the guide shows what it rests on."""
    if article.section in GUIDE and not article.markers:
        remedy = "Put [@claim-id] after each sentence about health."
        yield must(article, article.body_line, "This page does not say what it rests on.", remedy)


def no_stronger_than_the_evidence(article: Article, context: Context) -> Iterator[Problem]:
    """A verb says no more than the claim behind its sentence; denied, doubted and asked are not said."""
    for sentence in sentences(article):
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
        if found := STRONGER.find(sentence.words):
            verb, gentler = found
            sure = max((strength for strength in strengths if strength), key=lambda strength: strength.mark)
            better = "“it has not been shown that ...”" if nothing_shown else f"“small studies suggest” or “{gentler}”"
            message = f"“{verb}” says more than is known: the evidence is “{sure.value}”."
            yield must(article, sentence.line, message, f"Write {better}.")


def goes_the_guidelines_way(article: Article, context: Context) -> Iterator[Problem]:
    """A sentence that rests on guideline rows advises in their direction."""
    for sentence in sentences(article):
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
            yield must(article, sentence.line, "This says the opposite of the guideline's row.", remedy)


def sources_stand(article: Article, context: Context) -> Iterator[Problem]:
    """What a page rests on can be shown to its reader, and was neither replaced nor taken back."""
    for marker, line in _first_uses(article).items():
        claim = context.register.claims.get(marker)
        ground = context.register.ground(marker)
        if ground and not ground.references:
            remedy = "Find a reference that was seen, or take the sentence out."
            yield must(article, line, f"“{marker}” has no reference that may be printed.", remedy)
        keys = claim.references if claim else ()
        for key in keys:
            reference = context.register.references.get(key)
            # Beside the newer one it is history, and not printed.
            if reference and reference.superseded_by and reference.superseded_by not in keys:
                message = f"“{marker}” rests on “{key}”, which “{reference.superseded_by}” has replaced."
                yield must(article, line, message, "Check the claim against the newer one, then name that.")
            if reference and not reference.verified:
                message = f"“{marker}” rests on “{key}”, which was never seen."
                yield must(article, line, message, "Find it in a public source, or take it from the claim.")
            if reference and reference.retracted:
                level = should if ground and ground.references else must
                message = f"“{marker}” rests on “{key}”, which was retracted."
                yield level(article, line, message, "Check the claim without it, then take it from the claim.")


def _first_uses(article: Article) -> dict[str, int]:
    """The line of the first marker for each id on a page."""
    uses: dict[str, int] = {}
    for block in article.blocks:
        for marker in outline.MARKER.finditer(block.text):
            for name in outline.marker_ids(marker[0]):
                uses.setdefault(name, block.line + block.text.count("\n", 0, marker.start()))
    return uses


def claims_are_used(context: Context) -> Iterator[Problem]:
    """What was found and weighed up reaches a reader, or its entry says why not."""
    used = {marker for article in context.articles for marker in article.markers}
    for claim in context.register.claims.values():
        if claim.id not in used and not claim.unused_because:
            remedy = "Put its marker behind the sentence that says it, or give the reason as “unused_because”."
            yield Problem(CLAIMS, claim.line, f"No page uses the claim “{claim.id}”.", remedy)
        if claim.id in used and claim.unused_because:
            remedy = "Delete “unused_because”."
            message = f"A page uses the claim “{claim.id}”, which is marked as unused."
            yield Problem(CLAIMS, claim.line, message, remedy, Level.SHOULD)
