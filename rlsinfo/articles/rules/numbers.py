"""Rules on numbers: people are counted in one way on a page, and in the units and words of US patients."""

import re
from collections.abc import Iterator

from rlsinfo.articles.document import GUIDE, HOME, Article
from rlsinfo.articles.outline import Kind
from rlsinfo.articles.problems import Problem
from rlsinfo.articles.rules.context import Context, Phrases, must, sentences

IN_A_TABLE = (Kind.CAPTION, Kind.HEAD_CELL, Kind.CELL)

_SPELLED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_WORDS = {word: number for number, word in enumerate(_SPELLED, 1)}
_NUMBER = rf"(?:[0-9][0-9,]*(?:\.[0-9]+)?|{'|'.join(_WORDS)})"
_PERCENT = re.compile(rf"\b{_NUMBER} ?(?:%|percent\b|per cent\b)", re.IGNORECASE)
_OF_IRON = re.compile(r"\bTSAT\b|\bsaturation\b", re.IGNORECASE)
_RATIO = re.compile(
    rf"\b(?P<few>{_NUMBER})(?: (?:people|adults|women|men|children|teens|patients|parts))? (?:in|out of) (?:every )?"
    rf"(?P<many>{_NUMBER})\b(?! (?:minute|hour|day|night|week|month|year)s?\b)",
    re.IGNORECASE,
)
_YEARS = range(1900, 2100)

FOREIGN = Phrases(
    (r"[m\u00b5\u03bcunp]mol", "the unit of a US lab report"),
    (r"kg|kilos?|kilograms?", "pounds"),
    (r"[ckm]m(?! ?hg)|(?:centi|milli|kilo)met(?:re|er)s?|metres?", "inches, feet or miles"),
    (r"(?:milli)?lit(?:re|er)s?", "ounces or cups"),
    (r"°c|celsius|centigrade", "°F"),
    (r"haem\w+|anaem\w+|\w*kaemia|oedema\w*|oestr\w+|paed\w+|gynaec\w+|diarrhoea", "the American spelling"),
    (
        r"(?:col|behavi|tum|fav)our\w*|(?:cent|fib)res?|programmes?|(?:organ|hospital|stabil)is\w+",
        "the American spelling",
    ),
    (r"paracetamol", "acetaminophen"),
    (r"gps?", "primary care clinician"),
    (r"a&e", "emergency room"),
    (r"(?<=call )(?:999|112)", "911"),
)
_AMERICAN = re.compile(r"\b(?:pounds?|inch(?:es)?|feet|foot|miles?|ounces?|cups?|quarts?)\b|°F", re.IGNORECASE)
_CONVERSION = re.compile(r"(?<!\w)(?:[µu]g|mcg)/L\b")


def no_bare_percentage(article: Article, context: Context) -> Iterator[Problem]:
    """People are counted as "about 30 in 100"; percent is for iron tests, and for tables with each study's limits."""
    if article.section not in GUIDE and article.path != HOME:
        return
    for block in article.blocks:
        for sentence in () if block.kind in IN_A_TABLE else block.sentences:
            if (found := _PERCENT.search(sentence.words)) and not _OF_IRON.search(sentence.words):
                remedy = "Write it as “about 30 in 100”, or put it into a table beside the limits of the study."
                yield must(article, sentence.line, f"“{found[0]}” is a bare percentage.", remedy)


def one_denominator(article: Article, context: Context) -> Iterator[Problem]:
    """ "1 in 20" beside "7 in 100" makes a reader calculate, and many take the first for the rarer."""
    first = ""
    for sentence in sentences(article):
        for ratio in _RATIO.finditer(sentence.words):
            few, many = _value(ratio["few"]), _value(ratio["many"])
            if few >= many or many in _YEARS:
                continue
            first = first or ratio["many"]
            if many != _value(first):
                message = f"“{ratio[0]}” counts in another way than the rest of the page, which counts in {first}."
                yield must(article, sentence.line, message, f"Write it as so many in {first}.")


def _value(number: str) -> float:
    return _WORDS.get(number.casefold()) or float(number.replace(",", ""))


def american_units_and_words(article: Article, context: Context) -> Iterator[Problem]:
    """A reader finds the units of a US lab report and the words of a US clinic."""
    converted = False
    for sentence in sentences(article):
        if (found := FOREIGN.find(sentence.words)) and not _AMERICAN.search(sentence.words):
            foreign, american = found
            yield must(article, sentence.line, f"“{foreign}” is not used in US care.", f"Write {american}.")
        if conversion := _CONVERSION.search(sentence.words):
            if converted or "ng/mL" not in sentence.words:
                remedy = "Give ferritin in ng/mL, and once on a page that 1 ng/mL is the same as 1 µg/L."
                yield must(article, sentence.line, f"“{conversion[0]}” is not the unit of US labs.", remedy)
            converted = True
