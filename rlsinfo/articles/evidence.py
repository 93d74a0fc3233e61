"""What the pages rest on: claims, references, guideline rows, red flags, medicines and the glossary, typed and linked."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from functools import cached_property
from typing import TypeVar

from rlsinfo.articles import fields, outline
from rlsinfo.articles.fields import Kind, Value
from rlsinfo.articles.problems import Problem, did_you_mean

FLAG = "flag:"
GUIDELINE = "guideline:"
GUIDELINE_IN_WORDS = 'Advice of experts who weighed all the studies. "Recommended" fits almost everyone; "suggested" depends on the person.'


class Strength(Enum):
    """How sure we are, in the five steps that are explained on the page “how we write”."""

    WELL_ESTABLISHED = "well established"
    GOOD_EVIDENCE = "good evidence"
    LIMITED = "limited"
    STUDIES_DISAGREE = "studies disagree"
    NOT_ESTABLISHED = "not established"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def mark(self) -> str:
        """The CSS class of the bars: s4 for the surest, s0 for what nobody has shown."""
        return f"s{4 - list(Strength).index(self)}"

    @property
    def is_weak(self) -> bool:
        return self in (Strength.LIMITED, Strength.STUDIES_DISAGREE, Strength.NOT_ESTABLISHED)


@dataclass(frozen=True)
class Reference:
    """A source: a paper, a guideline, an official page."""

    key: str
    authors: str
    title: str
    source: str
    year: str
    volume: str
    pages: str
    doi: str
    pmid: str
    url: str
    kind: str
    verified: bool
    """Found in a public source by whoever wrote it down; a reference known from memory alone is never printed."""
    superseded_by: str
    retracted: bool = False

    @property
    def is_printable(self) -> bool:
        """A reader may see it: found in a public source, neither replaced by a newer one nor taken back."""
        return self.verified and not self.superseded_by and not self.retracted

    @property
    def by(self) -> str:
        """The authors, at most three by name: "Allen RP and others"."""
        whole = re.sub(r"\s*\(.*\)", "", self.authors)
        names = [name for name in whole.split(", ") if name != "et al."]
        return f"{names[0]} and others" if "et al." in whole or len(names) > 3 else ", ".join(names)

    @property
    def link(self) -> str:
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return self.url or (f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/" if self.pmid else "")

    @property
    def link_words(self) -> str:
        """What is printed for the link: "doi 10.1016/...", the host of a page, or the PubMed number."""
        if self.doi:
            return f"doi\u00a0{self.doi}"
        if self.url:
            return self.url.split("/")[2].removeprefix("www.")
        return f"PubMed\u00a0{self.pmid}" if self.pmid else ""


@dataclass(frozen=True)
class Claim:
    """One thing the pages may say, how sure we are of it, and on which references."""

    id: str
    topic: str
    statement: str
    strength: Strength
    references: tuple[str, ...]
    wording: str
    basis: str
    checked: date
    unused_because: str
    """Why no page says it, for the few that none should."""
    line: int


@dataclass(frozen=True)
class GuidelineRow:
    """One row of the guideline: a recommendation for or against something, or a rule of good practice."""

    id: str
    population: str
    intervention: str
    direction: str
    strength: str
    certainty: str | None
    verified: bool
    plain_words: str
    reference: str

    @property
    def is_good_practice(self) -> bool:
        return not self.direction

    @property
    def sure(self) -> Strength | None:
        """How sure the guideline's authors were; unknown where the row was not seen in a public source."""
        if not self.verified or not self.certainty:
            return None
        return {"high": Strength.WELL_ESTABLISHED, "moderate": Strength.GOOD_EVIDENCE}.get(
            self.certainty, Strength.LIMITED
        )


@dataclass(frozen=True)
class RedFlag:
    """A sign that needs urgent care, not a form."""

    id: str
    name: str
    wording: str
    urgency: str
    why: str
    references: tuple[str, ...]


@dataclass(frozen=True)
class Medicine:
    """A medicine the pages may name, and the one warning that belongs to it."""

    name: str
    brands: tuple[str, ...]
    kind: str
    groups: tuple[str, ...]
    may_worsen_rls: bool
    warning: str
    claims: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.brands)

    @property
    def classes(self) -> tuple[str, ...]:
        """What it may be called."""
        return (self.kind, *self.groups)


@dataclass(frozen=True)
class Ground:
    """What one numbered marker of a page leads to."""

    number: int
    id: str
    statement: str
    strength: Strength | None
    references: tuple[Reference, ...]


@dataclass(frozen=True)
class GlossaryTerm:
    """A word we explain, in our own words."""

    id: str
    name: str
    definition: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Glossary:
    """The words we explain, in alphabetical order."""

    terms: tuple[GlossaryTerm, ...] = ()
    by_name: Mapping[str, GlossaryTerm] = field(default_factory=dict, repr=False)
    """By id, by name, by name without the part in brackets, and by every other name; all in lower case."""

    def __iter__(self) -> Iterator[GlossaryTerm]:
        return iter(self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    def find(self, name: str) -> GlossaryTerm | None:
        return self.by_name.get(" ".join(name.split()).casefold())


@dataclass(frozen=True)
class Register:
    """Everything the pages may rest on."""

    references: Mapping[str, Reference] = field(default_factory=dict)
    claims: Mapping[str, Claim] = field(default_factory=dict)
    guideline: Mapping[str, GuidelineRow] = field(default_factory=dict)
    red_flags: Mapping[str, RedFlag] = field(default_factory=dict)
    medicines: tuple[Medicine, ...] = ()
    spoken: Mapping[str, str] = field(default_factory=dict)
    """Statements in another language, by the English ones."""

    @cached_property
    def known(self) -> Mapping[str, Ground]:
        """Everything that may stand in a marker, such as "iron-01", "flag:dvt" or "guideline:adult-pramipexole"."""
        grounds = (
            *((claim.id, claim.statement, claim.strength, claim.references) for claim in self.claims.values()),
            *((GUIDELINE + row.id, self.in_words(row), row.sure, (row.reference,)) for row in self.guideline.values()),
            *((FLAG + flag.id, f"{flag.name}. {flag.why}", None, flag.references) for flag in self.red_flags.values()),
        )
        return {
            id: Ground(1, id, self.spoken.get(said, said), sure, self.printable(keys))
            for id, said, sure, keys in grounds
        }

    def ground(self, marker: str, number: int = 1) -> Ground | None:
        """What a marker rests on."""
        ground = self.known.get(marker)
        return replace(ground, number=number) if ground and number != 1 else ground

    def grounds(self, markers: Iterable[str]) -> dict[str, Ground]:
        """What each of several markers leads to, numbered from 1 in the order given; what is unknown is left out.

        All advice of the guideline shares one number: it is one source, and a table of 27 rows needs no 27 notes on it.
        """
        found: dict[str, Ground] = {}
        of_guideline: Ground | None = None
        number = 1
        for marker in dict.fromkeys(markers):
            if marker.startswith(GUIDELINE) and of_guideline:
                found[marker] = of_guideline
            elif ground := self.ground(marker, number):
                if marker.startswith(GUIDELINE):
                    said = self.spoken.get(GUIDELINE_IN_WORDS, GUIDELINE_IN_WORDS)
                    ground = of_guideline = replace(ground, statement=said, strength=None)
                found[marker] = ground
                number += 1
        return found

    def printable(self, keys: Iterable[str]) -> tuple[Reference, ...]:
        """Of these references those that a reader may see."""
        known = (self.references[key] for key in keys if key in self.references)
        return tuple(reference for reference in known if reference.is_printable)

    def in_words(self, row: GuidelineRow) -> str:
        """ "The 2025 guideline suggests against the standard use of pramipexole for adults with RLS." """
        if row.is_good_practice:
            return row.plain_words
        reference = self.references.get(row.reference)
        guideline = f"The {reference.year} guideline" if reference else "The guideline"
        verb = "recommends" if row.strength == "strong" else "suggests"
        against = " against" if row.direction == "against" else ""
        return f"{guideline} {verb}{against} {row.intervention} for {row.population}."


def read_register(files: Mapping[str, str]) -> tuple[Register, tuple[Problem, ...]]:
    """The register from the texts of content/evidence/, by file name, and what is wrong with them."""
    problems: list[Problem] = []

    def table(file: str, keyed: str, required: str, optional: str = "", inside: str = "") -> "_Table":
        if file not in files:
            problems.append(
                Problem(f"evidence/{file}", 1, "This file is missing.", "Put it back: the pages rest on it.")
            )
        value, unreadable = fields.parse(files.get(file, ""), f"evidence/{file}")
        problems.extend(unreadable)
        rows = value.fields.get(inside, Value(1, Kind.LIST)) if inside else value
        return _Table(f"evidence/{file}", keyed, required.split(), optional.split(), rows, problems)

    references = table(
        "references.yaml",
        "key",
        "authors title source year kind verified",
        "volume pages doi pmid pmcid url superseded_by retracted",
    ).read(_reference)
    claims = table(
        "claims.yaml", "id", "topic statement strength references wording basis checked", "unused_because"
    ).read(_claim)
    good_practice = table("guideline.yaml", "id", "text verified reference", inside="good_practice").read(
        _good_practice
    )
    rows = table(
        "guideline.yaml",
        "id",
        "population intervention direction strength verified plain_words reference",
        "certainty",
        inside="recommendations",
    ).read(_row)
    red_flags = table("red-flags.yaml", "id", "name wording urgency why references", "show_on").read(_red_flag)
    medicines = table("medicines.yaml", "name", "class warning claims", "brands groups may_worsen_rls").read(_medicine)

    register = Register(references, claims, good_practice | rows, red_flags, tuple(medicines.values()))
    problems += _broken_links(register, files)
    return register, tuple(dict.fromkeys(problems))


def read_glossary(text: str, path: str = "glossary.yaml") -> tuple[Glossary, tuple[Problem, ...]]:
    """The glossary from the text of a file in content/, and what is wrong with it."""
    problems: list[Problem] = []
    value, unreadable = fields.parse(text, path)
    problems.extend(unreadable)
    found = _Table(path, "term", ["definition"], ["id", "also"], value, problems).read(_term)
    terms = tuple(sorted(found.values(), key=lambda term: term.name.casefold()))
    names: dict[str, GlossaryTerm] = {}
    for term in terms:
        for name in (*term.also, _without_brackets(term.name), term.name, term.id):
            names[name.casefold()] = term
    return Glossary(terms, names), tuple(problems)


def read_translations(text: str, path: str) -> tuple[Mapping[str, str], tuple[Problem, ...]]:
    """English sentences and words with their translations, from the text of a file in content/."""
    problems: list[Problem] = []
    value, unreadable = fields.parse(text, path)
    problems.extend(unreadable)
    found = _Table(path, "english", ["spanish"], [], value, problems).read(lambda entry: entry.text("spanish"))
    return found, tuple(problems)


def _without_brackets(name: str) -> str:
    return re.sub(r"\s*\(.*?\)", "", name).strip()


Entry = TypeVar("Entry")


class _Table:
    """A list of entries in a file: checks each entry's fields, then builds the entries that are whole."""

    def __init__(
        self, path: str, key: str, required: list[str], optional: list[str], rows: Value, problems: list[Problem]
    ) -> None:
        self.path = path
        self.key = key
        self.required = [key, *required]
        self.known = [key, *required, *optional]
        self.rows = rows
        self.problems = problems

    def read(self, build: "Callable[[_Entry], Entry | None]") -> dict[str, Entry]:
        if self.rows.kind is not Kind.LIST and (self.rows.text or self.rows.fields):
            self.fault(self.rows.line, "This is not a list of entries.", f"Begin each entry with “- {self.key}:”.")
        found: dict[str, Entry] = {}
        for row in self.rows.items:
            entry = _Entry(self, row)
            if not entry.is_whole():
                continue
            name = entry.text(self.key)
            if name in found:
                self.fault(row.line, f"“{name}” stands here twice.", "Delete or rename one of the two.")
            elif (built := build(entry)) is not None:
                found[name] = built
        return found

    def fault(self, line: int, message: str, remedy: str) -> None:
        self.problems.append(Problem(self.path, line, message, remedy))


class _Entry:
    """One entry of a table."""

    def __init__(self, table: _Table, row: Value) -> None:
        self.table = table
        self.row = row

    def is_whole(self) -> bool:
        name = self.text(self.table.key) or "this entry"
        whole = True
        for field_name, value in self.row.fields.items():
            if field_name not in self.table.known:
                remedy = f"Fields are {', '.join(self.table.known)}.{did_you_mean(field_name, self.table.known)}"
                self.table.fault(value.line, f"There is no field named “{field_name}” (in {name}).", remedy)
        for required in self.table.required:
            value = self.row.fields.get(required, Value(self.row.line))
            if not value.text and not value.items:
                self.table.fault(value.line, f"“{required}” is missing (in {name}).", f"Fill in “{required}”.")
                whole = False
        return whole

    def text(self, name: str) -> str:
        return self.row.fields[name].text if name in self.row.fields else ""

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(item.text for item in self.row.fields[name].items) if name in self.row.fields else ()

    def one_of(self, name: str, allowed: Iterable[str]) -> str | None:
        """The value of a field that knows only a few values; a fault and nothing for any other value."""
        if self.text(name) in allowed:
            return self.text(name)
        remedy = f"Write one of: {', '.join(allowed)}."
        self.table.fault(self.row.fields[name].line, f"“{self.text(name)}” is no value of “{name}”.", remedy)
        return None


def _reference(entry: _Entry) -> Reference | None:
    verified = entry.one_of("verified", ("seen", "recalled"))
    year = entry.text("year")
    if not re.fullmatch(r"(19|20)[0-9]{2}|n\.d\.", year):
        entry.table.fault(
            entry.row.line, f"“{year}” is not a year.", "Write four digits, or n.d. for a page without a date."
        )
    if (doi := entry.text("doi")) and not re.fullmatch(r"10\.[0-9]{4,9}/[^\s<>\"]+", doi):
        entry.table.fault(
            entry.row.line, f"“{doi}” is not a DOI.", "Write it without an address: 10.1016/j.sleep.2014.03.025."
        )
    if (url := entry.text("url")) and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        entry.table.fault(entry.row.line, f"“{url}” is not an address.", "Write it in full, with https://.")
        url = ""
    return Reference(
        key=entry.text("key"),
        authors=entry.text("authors"),
        title=entry.text("title"),
        source=entry.text("source"),
        year="no date" if year == "n.d." else year,
        volume=entry.text("volume"),
        pages=entry.text("pages"),
        doi=doi,
        pmid=entry.text("pmid"),
        url=url,
        kind=entry.text("kind"),
        verified=verified == "seen",
        superseded_by=entry.text("superseded_by"),
        retracted=bool(entry.text("retracted")) and entry.one_of("retracted", ("yes", "no")) == "yes",
    )


def _claim(entry: _Entry) -> Claim | None:
    strength = entry.one_of("strength", [step.value for step in Strength])
    try:
        checked = date.fromisoformat(entry.text("checked"))
    except ValueError:
        line = entry.row.fields["checked"].line
        entry.table.fault(line, f"“{entry.text('checked')}” is not a date.", "Write year, month and day: 2026-11-20.")
        return None
    if strength is None:
        return None
    return Claim(
        id=entry.text("id"),
        topic=entry.text("topic"),
        statement=entry.text("statement"),
        strength=Strength(strength),
        references=entry.texts("references"),
        wording=entry.text("wording"),
        basis=entry.text("basis"),
        checked=checked,
        unused_because=entry.text("unused_because"),
        line=entry.row.line,
    )


def _good_practice(entry: _Entry) -> GuidelineRow | None:
    verified = entry.one_of("verified", ("seen", "recalled"))
    text, reference = entry.text("text"), entry.text("reference")
    return GuidelineRow(entry.text("id"), "", "", "", "", None, verified == "seen", text, reference)


def _row(entry: _Entry) -> GuidelineRow | None:
    direction = entry.one_of("direction", ("for", "against"))
    strength = entry.one_of("strength", ("strong", "conditional"))
    verified = entry.one_of("verified", ("seen", "recalled"))
    certainty = entry.text("certainty") and entry.one_of("certainty", ("high", "moderate", "low", "very low"))
    if direction is None or strength is None or verified is None:
        return None
    return GuidelineRow(
        id=entry.text("id"),
        population=entry.text("population"),
        intervention=entry.text("intervention"),
        direction=direction,
        strength=strength,
        certainty=certainty or None,
        verified=verified == "seen",
        plain_words=entry.text("plain_words"),
        reference=entry.text("reference"),
    )


def _red_flag(entry: _Entry) -> RedFlag | None:
    urgency = entry.text("urgency")
    if not urgency.startswith(("call 911 now", "same day", "this week")):
        remedy = "Begin with “call 911 now”, “same day” or “this week”."
        entry.table.fault(entry.row.fields["urgency"].line, f"“{urgency}” does not say how soon.", remedy)
    name, wording, why = entry.text("name"), entry.text("wording"), entry.text("why")
    return RedFlag(entry.text("id"), name, wording, urgency, why, entry.texts("references"))


def _medicine(entry: _Entry) -> Medicine | None:
    return Medicine(
        name=entry.text("name"),
        brands=entry.texts("brands"),
        kind=entry.text("class"),
        groups=entry.texts("groups"),
        may_worsen_rls=entry.text("may_worsen_rls") == "yes",
        warning=entry.text("warning"),
        claims=entry.texts("claims"),
    )


def _term(entry: _Entry) -> GlossaryTerm | None:
    name = entry.text("term")
    # In Spanish a term has the id that it has in English, by which the texts name it.
    id = entry.text("id") or outline.anchor(_without_brackets(name))
    return GlossaryTerm(id, name, entry.text("definition"), entry.texts("also"))


def _broken_links(register: Register, files: Mapping[str, str]) -> Iterator[Problem]:
    """References and claims that are named in an entry but stand nowhere."""

    def broken(file: str, entry: str, named: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
        for name in named:
            if name not in known:
                line = _line_of(files.get(file, ""), entry)
                remedy = f"Add it to the register, or correct the name.{did_you_mean(name, known)}"
                yield Problem(f"evidence/{file}", line, f"“{entry}” rests on “{name}”, which is unknown.", remedy)

    for claim in register.claims.values():
        yield from broken("claims.yaml", claim.id, claim.references, register.references)
    for row in register.guideline.values():
        yield from broken("guideline.yaml", row.id, [row.reference], register.references)
    for flag in register.red_flags.values():
        yield from broken("red-flags.yaml", flag.id, flag.references, register.references)
    for medicine in register.medicines:
        yield from broken("medicines.yaml", medicine.name, medicine.claims, register.known)
    for reference in register.references.values():
        newer = [reference.superseded_by] if reference.superseded_by else []
        yield from broken("references.yaml", reference.key, newer, register.references)


def _line_of(text: str, entry: str) -> int:
    """The line on which an entry begins."""
    begin = re.search(rf"^\s*- *\w+: *[\"']?{re.escape(entry)}[\"']? *$", text, re.MULTILINE)
    return text.count("\n", 0, begin.end()) + 1 if begin else 1
