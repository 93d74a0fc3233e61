"""Rules on alarm: who has a sign that cannot wait sees at a glance where to go, and is never sent to us."""

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from rlsinfo.articles import outline
from rlsinfo.articles.document import Article
from rlsinfo.articles.evidence import FLAG
from rlsinfo.articles.outline import Block, Kind
from rlsinfo.articles.problems import Problem
from rlsinfo.articles.rules.context import NEGATION, Context, must, sentences

NOTES = 2
HELP = "symptoms/when-to-get-help"
"""The page that names every sign of the register."""

_WHOM = re.compile(r"\b911\b|\b988\b|\bPoison Help\b|1-800-222-1222|\bemergency (?:room|department)\b", re.IGNORECASE)
_WHERE = re.compile(r"\burgent care\b|\bemergency (?:room|department)\b", re.IGNORECASE)
_US = re.compile(
    r"\b(?:our|this) (?:\w+ )?(?:clinic|office|team|phone|form|calendar)\b"
    r"|\b(?:call|ask|phone|contact|see|tell|visit|write to|come to) us\b",
    re.IGNORECASE,
)
_RED = re.compile(r"\bred(?:ness|dish|dened)?\b(?! (?:blood|cells?|meat|wine|flags?|beans?|cross)\b)", re.IGNORECASE)
_DARKER = re.compile(r"\b(?:purple|dark\w*)\b", re.IGNORECASE)


def emergency_cards_hold_no_link(article: Article, context: Context) -> Iterator[Problem]:
    """Nobody in an emergency is sent to another page; nobody with an urgent sign is sent to our form."""
    for block in article.blocks:
        if block.card not in ("emergency", "urgent"):
            continue
        links = [link["target"] for link in outline.LINK.finditer(block.text)]
        if block.card == "emergency" and (links or outline.TERM.search(block.text) or "://" in block.text):
            yield must(article, block.line, "There is a link in an emergency card.", "Write plain words: call 911.")
        if block.card == "urgent" and any(target.startswith("/consultation/") for target in links):
            remedy = "Say where to go today: urgent care or an emergency room."
            yield must(article, block.line, "An urgent card leads to our form.", remedy)


def do_not_lines_say_so(article: Article, context: Context) -> Iterator[Problem]:
    for block in article.blocks:
        if block.card == "dont" and block.kind is Kind.ITEM and not block.words.lower().startswith("do not "):
            remedy = "Begin it with “do not”: a line may be read without its heading."
            yield must(article, block.line, "This line of a “do not” list does not say “do not”.", remedy)


def few_notes(article: Article, context: Context) -> Iterator[Problem]:
    notes = [block for block in article.blocks if block.kind is Kind.CARD and block.card == "note"]
    for block in notes[NOTES:]:
        remedy = "Keep the two that matter most; write the others as text."
        yield must(article, block.line, f"There are more than {NOTES} notes on this page.", remedy)


def emergency_cards_say_whom_to_call(article: Article, context: Context) -> Iterator[Problem]:
    for heading, _ in _cards(article, "emergency"):
        if not _WHOM.search(heading.words):
            remedy = "Name 911, 988, Poison Help or the emergency room in the heading: many read no further."
            yield must(article, heading.line, "This emergency card's heading does not say whom to call.", remedy)


def urgent_cards_say_where_to_go(article: Article, context: Context) -> Iterator[Problem]:
    """Care today has a place that is open today; "call someone" alone leaves a reader alone when nobody answers."""
    for heading, blocks in _cards(article, "urgent"):
        if not any(_WHERE.search(block.words) for block in (heading, *blocks)):
            remedy = "Name urgent care or an emergency room, also for those who reach nobody by phone."
            yield must(article, heading.line, "This urgent card names no place to go today.", remedy)


def cards_do_not_lead_to_us(article: Article, context: Context) -> Iterator[Problem]:
    """Nobody with a sign that cannot wait is sent to this clinic; that it cannot help may be said."""
    for block in article.blocks:
        for sentence in block.sentences if block.card in ("emergency", "urgent") else ():
            if (us := _US.search(sentence.words)) and not NEGATION.search(sentence.words):
                message = f"“{us[0]}” stands in a card on signs that cannot wait for us."
                yield must(article, sentence.line, message, "Send the reader to urgent care, an emergency room or 911.")


def a_heading_follows_a_card(article: Article, context: Context) -> Iterator[Problem]:
    """What stands loose under a card looks as if it belonged to the card."""
    for block, after in pairwise(article.body_blocks):
        if block.card and not after.card and after.kind is not Kind.HEADING:
            remedy = "Give it a heading of its own, or move it above the card."
            yield must(article, after.line, "This stands right after a card without a heading.", remedy)


def skin_is_of_every_color(article: Article, context: Context) -> Iterator[Problem]:
    """Red skin does not look red on everyone."""
    for sentence in sentences(article):
        if (red := _RED.search(sentence.words)) and not _DARKER.search(sentence.words):
            remedy = "Write “red, purple, or darker than usual”."
            yield must(article, sentence.line, f"“{red[0]}” is not how it looks on darker skin.", remedy)


def every_red_flag_is_named(context: Context) -> Iterator[Problem]:
    """Whoever looks up when to get help finds every sign that we know cannot wait."""
    for article in context.articles:
        if article.path == HELP:
            for flag in context.register.red_flags.values():
                if FLAG + flag.id not in article.markers:
                    remedy = f"Put it into the card it belongs to, with [@{FLAG}{flag.id}]."
                    yield must(article, article.body_line, f"The sign “{flag.name}” is missing here.", remedy)


def _cards(article: Article, name: str) -> Iterator[tuple[Block, tuple[Block, ...]]]:
    """The cards of one kind: the heading of each, and what stands in it."""
    heads = [at for at, block in enumerate(article.blocks) if block.kind is Kind.CARD and block.card == name]
    for at in heads:
        inside = takewhile(lambda block: block.card and block.kind is not Kind.CARD, article.blocks[at + 1 :])
        yield article.blocks[at], tuple(inside)
