"""Rules on medicines: nobody is led to stop one alone, each is in the register, and is called what it is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from rlsinfo.articles import readability
from rlsinfo.articles.document import Article
from rlsinfo.articles.evidence import Medicine
from rlsinfo.articles.outline import Kind
from rlsinfo.articles.problems import Problem
from rlsinfo.articles.rules.context import Context, must, sentences

_DO_NOT_STOP = re.compile(r"\b(?:do not|don['\u2019]t|never) (?:stop|change)\b[^.]*\bmedicines?\b", re.IGNORECASE)
_LONG_WORD = re.compile(r"[a-z]{6,}")
_STEMS = re.compile(
    r"[a-z]+(?:azepam|azolam|barbital|cillin|mycin|floxacin|cycline|oxetine|triptyline|ipramine|pramine|peridol|apine"
    r"|piprazole|peridone|prazole|setron|sartan|olol|dipine|statin|gliptin|gliflozin|glutide|formin|coxib|profen|codone"
    r"|morphone|adol|gabalin|dopa|pexole|nirole|tigotine|giline|thiazide|semide|eparin|aparin|xaban|gatran|conazole"
    r"|tadine|rizine|hydramine|melteon|orexant|pidem|piclone|triptan|zodone|faxine|opram|traline|thazine|racetam"
    r"|trigine|bazine|citam|lukast)"
)
"""How names of medicines end all over the world, so far as no other English word does."""
_EXCEPTION = tuple(re.compile(sign, re.IGNORECASE) for sign in (r"trouble breathing", r"\bsw[eo]ll", r"\bsuicide"))


def medicines_are_not_stopped(article: Article, context: Context) -> Iterator[Problem]:
    """A page that names a medicine says not to stop one alone, and beside it when to get help at once."""
    words = _words(context.register.medicines)
    if words is None:
        return
    first = next(((block, name) for block in article.blocks for name in words.named_in(block.words)), None)
    if first is None:
        return
    block, name = first
    warned = [part for part in _parts(article) if _DO_NOT_STOP.search(part)]
    if not warned:
        message = f"A medicine is named ({name}), but not that nobody should stop one alone."
        yield must(article, block.line, message, "Write: “Do not stop or change a medicine on your own.”")
    elif not any(all(sign.search(part) for sign in _EXCEPTION) for part in warned):
        message = "“Do not stop a medicine” stands without its exception."
        remedy = (
            "Write beside it: “Trouble breathing, swelling of the face or throat, or thoughts of suicide need emergency"
            " help at once.”"
        )
        yield must(article, block.line, message, remedy)


def _parts(article: Article) -> tuple[str, ...]:
    """The text of a page from heading to heading."""
    parts = [""]
    for block in article.blocks:
        parts += [block.words] if block.kind is Kind.HEADING else []
        parts[-1] += f" {block.words}"
    return tuple(parts)


def medicines_are_called_what_they_are(article: Article, context: Context) -> Iterator[Problem]:
    """A medicine that is named with a class, as in "gabapentin, an opioid", has that class in the register."""
    words = _words(context.register.medicines)
    if words is None:
        return
    for sentence in sentences(article):
        if sentence.words.endswith("?") or not any(words.named_in(sentence.words)):
            continue
        for said in (said for way in words.classed for said in way.finditer(sentence.words)):
            called = said["kind"].casefold()
            for name in words.named_in(said["names"]):
                medicine = words.by_name[name.casefold()]
                if called not in medicine.classes:
                    message = f"“{name}” is called “{called}”, and it is none."
                    remedy = f"Write “{medicine.kind}”, or put a word between the two if they are two things."
                    yield must(article, sentence.line, message, remedy)


def medicines_are_in_the_register(article: Article, context: Context) -> Iterator[Problem]:
    """What is named like a medicine, or nearly like one of ours, is one of ours: with its class and its warning."""
    words = _words(context.register.medicines)
    if words is None:
        return
    told = set()
    for block in article.blocks:
        for word in _LONG_WORD.findall(block.words.lower()):
            if word in words.harmless or word in told:
                continue
            near = [] if readability.is_spoken(word) else get_close_matches(word, words.known, n=1, cutoff=0.84)
            if word in words.known or not (near or _STEMS.fullmatch(word)):
                words.harmless.add(word)
            elif not context.glossary.find(word) and not context.glossary.find(word.removesuffix("s")):
                told.add(word)
                meant = f" Did you mean “{near[0]}”?" if near else ""
                remedy = "Correct it, or put it into content/evidence/medicines.yaml with its class and its warning."
                yield must(article, block.line, f"“{word}” is no medicine of the register.", f"{remedy}{meant}")


@dataclass(frozen=True)
class _Words:
    """The names and classes of all medicines as patterns."""

    by_name: Mapping[str, Medicine]
    named: re.Pattern[str]
    """In small letters: a search without regard to case takes four times as long."""
    classed: tuple[re.Pattern[str], ...]
    """The ways to say what a medicine is; each finds its "names" and its "kind"."""
    known: frozenset[str]
    """Every word of the names and classes."""
    harmless: set[str] = field(default_factory=set)
    """Words that were found to be no names of medicines; most stand on many pages."""

    def named_in(self, text: str) -> Iterator[str]:
        """The names of medicines in a text, as they are written there."""
        return (text[slice(*found.span())] for found in self.named.finditer(text.lower()))


@lru_cache(maxsize=4)
def _words(medicines: tuple[Medicine, ...]) -> _Words | None:
    """None when there are no medicines: then there is nothing to find."""
    if not medicines:
        return None
    by_name = {name.casefold(): medicine for medicine in medicines for name in medicine.names}
    name = _one_of(by_name)
    names = rf"(?:[\w-]+-release )?{name}(?:(?:,? and |,? or |, ){name})*"
    kinds = {each for medicine in medicines for each in medicine.classes}
    kind = rf"(?:[\w-]+ )?(?P<kind>{_one_of(kinds)})"
    end = r"(?=$|[.,;:!)]| (?:and|or|that|which|for|used|with|in|on|to|may|can|too|also|but|when|if)\b)"
    ways = (
        rf"\b(?P<names>{names}) (?:is|are) (?:both |all )?(?:an? |the )?{kind}s?{end}",
        rf"\b(?P<names>{name})(?:, | \()(?:an?|the) {kind}{end}",
        rf"\b{kind}s?,? (?:such as|like|called|named|including) (?P<names>{names})\b",
        rf"\b(?:an?|the) {kind} (?P<names>{name})\b",
    )
    return _Words(
        by_name=by_name,
        named=re.compile(rf"\b{name}\b"),
        classed=tuple(re.compile(way, re.IGNORECASE) for way in ways),
        known=frozenset(part for each in (*by_name, *kinds) for part in f"{each} {each}s".split()),
    )


def _one_of(words: Iterable[str]) -> str:
    """A pattern for any of some words, the longest first."""
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"
