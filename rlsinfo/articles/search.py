"""Search of the guide: forgiving of spelling, fond of titles, in everyday words; no Django."""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate

import tantivy

from rlsinfo.articles.spelling import Vocabulary, words

MOST_WORDS = 12
MOST_HITS = 40
FEW_HITS = 3
FEWEST_SPACES = 4
"""In a sentence worth showing; what has fewer is a cell or a name."""
WEIGHTS = {"title": 8.0, "also": 6.0, "heads": 3.0, "summary": 3.0, "body": 1.0}
"""How much a word counts where it stands: a title above a heading above the text."""
SMALL_WORDS = frozenset(
    [
        "a",
        "about",
        "am",
        "an",
        "and",
        "are",
        "at",
        "be",
        "by",
        "can",
        "could",
        "do",
        "does",
        "for",
        "from",
        "get",
        "give",
        "had",
        "has",
        "have",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "its",
        "long",
        "me",
        "my",
        "of",
        "on",
        "or",
        "should",
        "so",
        "take",
        "tell",
        "that",
        "the",
        "their",
        "them",
        "there",
        "they",
        "this",
        "to",
        "too",
        "was",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "you",
        "your",
    ]
)


@dataclass(frozen=True)
class Entry:
    """Something that can be found: a page, or a word explained."""

    address: str
    title: str
    summary: str
    part: str = ""
    """The section it stands in; nothing for a word."""
    also: str = ""
    """Other names for it."""
    heads: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()

    @cached_property
    def text(self) -> str:
        """The summary and every sentence, a line each."""
        return "\n".join((self.summary, *self.sentences))

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where each line of the text begins."""
        return [0, *accumulate(len(line) + 1 for line in (self.summary, *self.sentences))]


@dataclass(frozen=True)
class Hit:
    """An entry that was found."""

    entry: Entry
    wanted: re.Pattern[str]

    @property
    def sentence(self) -> tuple[tuple[str, bool], ...]:
        """The sentence that answers best, in pieces: text, and whether it was looked for."""
        return _marked(_best_sentence(self.entry, self.wanted), self.wanted)


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    hits: tuple[Hit, ...]
    looked_for: str
    """The words in place of those typed; empty if they are the same."""
    unknown: tuple[str, ...]
    """Words that nothing in the guide is like."""


class Index:
    """All entries, ready to be searched."""

    def __init__(self, entries: Sequence[Entry], everyday: Mapping[str, str]) -> None:
        self.entries = entries
        # The longest first: "iron pill" before "pill".
        self.everyday = sorted(
            ((words(phrase), words(ours)) for phrase, ours in everyday.items()), key=lambda each: -len(each[0])
        )
        self._stems = _stemmer()
        self._searcher = self._filled()
        counts = Counter(word for entry in entries for text in _texts(entry) for word in words(text))
        counts.update(word for phrase, ours in self.everyday for word in (*phrase, *ours))
        self.vocabulary = Vocabulary(counts)
        self._known_stems = {self.stem(word) for word in counts}

    def stem(self, word: str) -> str:
        """What is common to the forms of a word: "bleeding" -> "bleed"."""
        return next(iter(self._stems.analyze(word)), word)

    def search(self, typed: str, *, exactly: bool = False) -> Found:
        """The entries that fit best. Unless `exactly`, a word that nobody knows stands for the nearest that is known."""
        asked = words(typed)[:MOST_WORDS]
        meant, unknown = [], []
        for word in asked:
            if exactly or word in self.vocabulary or self.stem(word) in self._known_stems:
                meant.append(word)
            elif others := self.vocabulary.meant(word):
                meant += others
            else:
                unknown.append(word)
        groups = list(self._groups(meant))
        wanted = _words_wanted(stem for group in groups for stem in group)
        hits = tuple(Hit(entry, wanted) for entry in self._ranked(groups))
        changed = not exactly and bool(meant) and meant != [word for word in asked if word not in unknown]
        return Found(hits, " ".join(meant) if changed else "", tuple(unknown))

    def mentions(self, typed: str, phrases: Iterable[str]) -> bool:
        """Whether what was typed holds every word of one of the phrases, in any order, form or spelling."""
        typed_words = words(typed)[:MOST_WORDS]
        others = (each for word in typed_words if word not in self.vocabulary for each in self.vocabulary.meant(word))
        asked = {self.stem(word) for word in (*typed_words, *others)}
        return any(asked.issuperset(map(self.stem, words(phrase))) for phrase in phrases)

    def _groups(self, meant: Sequence[str]) -> Iterator[tuple[str, ...]]:
        """The stems to look for; those of one group stand for one word of the searcher."""
        at = 0
        telling = [word for word in meant if word not in SMALL_WORDS]
        while at < len(meant):
            for phrase, ours in self.everyday:
                if list(meant[at : at + len(phrase)]) == phrase:
                    # A phrase stands for ours; a single word, such as a brand, may stand on a page as well.
                    kept = phrase if len(phrase) == 1 else ()
                    yield tuple(dict.fromkeys(self.stem(word) for word in (*ours, *kept)))
                    at += len(phrase)
                    break
            else:
                if meant[at] not in SMALL_WORDS or not telling:
                    yield (self.stem(meant[at]),)
                at += 1

    def _ranked(self, groups: Sequence[tuple[str, ...]]) -> Iterator[Entry]:
        if not groups:
            return
        query, occur = tantivy.Query, tantivy.Occur
        parts = []
        for group in groups:
            fields = [
                query.boost_query(query.term_query(self._schema, name, stem), weight)
                for stem in group
                for name, weight in WEIGHTS.items()
            ]
            parts.append((occur.Should, query.boolean_query([(occur.Should, field) for field in fields])))
        # Every word; where that finds too little, half of them will do.
        for least in dict.fromkeys((len(parts), max(1, len(parts) // 2))):
            whole = query.boolean_query(parts, minimum_number_should_match=least)
            found = self._searcher.search(whole, MOST_HITS).hits
            if len(found) >= FEW_HITS:
                break
        for _, place in found:
            yield self.entries[self._searcher.doc(place)["at"][0]]

    def _filled(self) -> tantivy.Searcher:
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("at", stored=True)
        for name in WEIGHTS:
            builder.add_text_field(name, tokenizer_name="stems")
        self._schema = builder.build()
        index = tantivy.Index(self._schema)
        index.register_tokenizer("stems", self._stems)
        writer = index.writer(num_threads=1)
        for at, entry in enumerate(self.entries):
            fields = dict(zip(WEIGHTS, _texts(entry), strict=True))
            writer.add_document(tantivy.Document(at=at, **fields))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        return index.searcher()


def by_title(entries: Iterable[Entry], typed: str) -> Found:
    """The entries whose titles hold one of the words: what is left when there is no index."""
    asked = {word for word in words(typed) if word not in SMALL_WORDS}
    return Found(tuple(Hit(each, _words_wanted(asked)) for each in entries if asked & set(words(each.title))), "", ())


def _texts(entry: Entry) -> Iterator[str]:
    """What is indexed of an entry, in the order of WEIGHTS."""
    yield from (entry.title, entry.also, " ".join(entry.heads), entry.summary, " ".join(entry.sentences))


def _stemmer() -> tantivy.TextAnalyzer:
    filters = (tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold(), tantivy.Filter.stemmer("english"))
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    return reduce(lambda chain, each: chain.filter(each), filters, builder).build()


def _words_wanted(stems: Iterable[str]) -> re.Pattern[str]:
    """Any form of the words, in a text as it is shown."""
    # "therapi" is how a stem of "therapy" is written.
    starts = {re.escape(stem.removesuffix("i") if len(stem) > 3 else stem) for stem in stems}
    longest_first = sorted(starts, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(longest_first)})\w*" if starts else "(?!)", re.IGNORECASE)


def _best_sentence(entry: Entry, wanted: re.Pattern[str]) -> str:
    """The first sentence with the most of the words, no bare name if others have as many; or else the summary."""
    met: dict[int, set[str]] = {}
    for match in wanted.finditer(entry.text):
        met.setdefault(bisect(entry.starts, match.start()) - 1, set()).add(match[0][:4].casefold())
    texts = (entry.summary, *entry.sentences)
    best = max(met, key=lambda at: (len(met[at]), texts[at].count(" ") >= FEWEST_SPACES, -at), default=0)
    return texts[best]


def _marked(text: str, wanted: re.Pattern[str]) -> tuple[tuple[str, bool], ...]:
    """The text in pieces, each with whether it was looked for."""
    pieces, at = [], 0
    for match in wanted.finditer(text):
        pieces += [(text[at : match.start()], False), (match[0], True)]
        at = match.end()
    return tuple(piece for piece in [*pieces, (text[at:], False)] if piece[0])
