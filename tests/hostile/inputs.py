"""What a hostile client may send: texts, fields, bodies, headers, cookies, queries and whole requests."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, quote_from_bytes, quote_plus

from hypothesis import strategies as st

from tests.hostile.pieces import (
    BYTES,
    COOKIES,
    DAYS,
    DISPOSITIONS,
    ENDS,
    HEADER_VALUES,
    HEADERS,
    KINDS,
    LONG,
    MAIL,
    MARKUP,
    METHODS,
    NAMES,
    NUMBERS,
    PART_HEADERS,
    PLACES,
    UNSEEN,
)

Pairs = Sequence[tuple[str, str]]
Form = Mapping[str, str | Sequence[str]]
"""Names and values as an honest person would send them."""

FRAGMENTS = UNSEEN + NUMBERS + DAYS + MAIL + PLACES + MARKUP + LONG + NAMES
FITTING = {
    **dict.fromkeys(("version", "before", "person", "skimmed", "code", "requests"), NUMBERS),
    **dict.fromkeys(("again_day", "again_time", "visit_date", "day", "first", "last"), DAYS),
    **dict.fromkeys(("email", "username", "again-username"), MAIL),
    **dict.fromkeys(("next", "path", "source", "page"), PLACES),
}
"""What is most likely to hurt in a field of this name."""

# Surrogates too: Python can hold them, and a body can spell them.
ANY_CHARACTER = st.characters(codec=None)

texts: st.SearchStrategy[str] = st.one_of(
    st.sampled_from(FRAGMENTS),
    st.text(ANY_CHARACTER, max_size=40),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(("Ana ", "5550100177", "")),
        st.sampled_from(FRAGMENTS),
        st.sampled_from((" Ortiz", "")),
    ),
    st.lists(st.sampled_from(UNSEEN + MARKUP), min_size=2, max_size=6).map("".join),
)

names = st.one_of(st.sampled_from(NAMES + UNSEEN), st.text(ANY_CHARACTER, max_size=12))


def encoded(text: str) -> bytes:
    """As a client writes it that does not mind: unpaired surrogates too (%ED%A0%80)."""
    return text.encode("utf-8", "surrogatepass")


def _pairs(form: Form) -> list[tuple[str, str]]:
    return [(name, each) for name, value in form.items() for each in ([value] if isinstance(value, str) else value)]


@st.composite
def fields(draw: st.DrawFn, honest: Form) -> Pairs:
    """The fields of a form, one or a few of them spoiled: wrong, repeated, missing, or never heard of."""
    pairs = _pairs(honest)
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 4)))):
        how = draw(st.sampled_from(("spoil", "spoil", "spoil", "spoil", "repeat", "leave out", "add", "rename")))
        if how == "add" or not pairs:
            pairs.append((draw(names), draw(texts)))
            continue
        at = draw(st.integers(0, len(pairs) - 1))
        name, value = pairs[at]
        if how == "spoil":
            fitting = FITTING.get(name)
            pairs[at] = (name, draw(st.sampled_from(fitting) if fitting and draw(st.booleans()) else texts))
        elif how == "repeat":
            pairs.insert(at, (name, draw(texts)))
        elif how == "rename":
            pairs[at] = (draw(names), value)
        else:
            del pairs[at]
    return pairs


@dataclass(frozen=True)
class Body:
    """What is posted, and what it claims to be."""

    content: bytes = b""
    content_type: str = "application/x-www-form-urlencoded"


def urlencoded(pairs: Pairs) -> Body:
    return Body(b"&".join(quote_plus(encoded(n)).encode() + b"=" + quote_plus(encoded(v)).encode() for n, v in pairs))


def multipart(
    pairs: Pairs, *, disposition: str = 'form-data; name="{}"', headers: str = "", end: str = "--x--\r\n"
) -> Body:
    parts = b"".join(
        b"--x\r\nContent-Disposition: %s\r\n%s\r\n%s\r\n"
        % (encoded(disposition.replace("{}", n.replace('"', "%22"))), headers.encode(), encoded(v))
        for n, v in pairs
    )
    return Body(parts + end.encode(), "multipart/form-data; boundary=x")


def bodies(pairs: st.SearchStrategy[Pairs]) -> st.SearchStrategy[Body]:
    """Mostly a form that a browser would send; at times one that lies about itself, or no form at all."""
    lying = st.builds(
        lambda fields, disposition, headers, end: multipart(fields, disposition=disposition, headers=headers, end=end),
        pairs,
        st.sampled_from(DISPOSITIONS),
        st.sampled_from(PART_HEADERS),
        st.sampled_from((*ENDS, "--x--\r\n")),
    )
    plain = pairs.map(urlencoded)
    as_json = pairs.map(lambda each: Body(json.dumps(dict(each)).encode(), "application/json"))
    return st.one_of(
        *(plain, plain, plain, plain, pairs.map(multipart), lying, as_json),
        st.builds(lambda body, kind: replace(body, content_type=kind), plain, st.sampled_from(KINDS)),
        st.builds(Body, st.sampled_from(BYTES), st.sampled_from((*KINDS, "application/x-www-form-urlencoded"))),
        st.builds(Body, st.binary(max_size=300), st.sampled_from((*KINDS, "application/x-www-form-urlencoded"))),
    )


def written(text: str) -> str:
    """As the value of a header reaches the site: bytes as Latin-1, without what every server refuses."""
    raw = encoded(text)[:4000].decode("latin-1")
    return "".join(each for each in raw if each == "\t" or (each >= " " and each != "\x7f"))


header_values = st.one_of(st.sampled_from(HEADER_VALUES), texts).map(written)
headers = st.dictionaries(st.sampled_from(HEADERS), header_values, min_size=1, max_size=3)

cookies = st.one_of(
    st.sampled_from(COOKIES),
    st.builds("{}={}".format, st.sampled_from(("session", "csrf", "device", "messages")), texts),
)

queries = st.one_of(
    st.lists(
        st.tuples(
            st.sampled_from(("q", "in", "from", "next", "page", "days", "state", "after", "p", "_popup", "e")), texts
        ),
        max_size=3,
    ).map(lambda pairs: "&".join(f"{name}={quote(encoded(value)[:3000])}" for name, value in pairs)),
    st.sampled_from(
        ("%", "%%%", "a=%ed%a0%80", "a=%c0%af", "%00", "=&=&", "a[]=1", "next=//evil.example", "&" * 3000, "a=1;b=2")
    ),
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=60),
)


@dataclass(frozen=True)
class Hostile:
    """One request."""

    method: str = "GET"
    path: str = "/"
    query: str = ""
    body: Body = field(default_factory=Body)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookie: str = ""
    """Sent after the cookies of the session."""
    proves_nothing: bool = False
    """Comes without the proof that one of our pages sent it."""


def spoiled(path: str, arguments: Sequence[str]) -> st.SearchStrategy[str]:
    """The path of an address with something else where its arguments stand, or around it."""
    pieces = texts.map(lambda text: quote_from_bytes(encoded(text)[:3000], safe=""))
    instead = [pieces.map(lambda new, old=each: path.replace(f"/{old}/", f"/{new}/", 1)) for each in arguments]
    return st.one_of(
        *instead, st.builds("{}{}{}".format, st.sampled_from(("", "/", "/.", "/%2e%2e")), st.just(path), pieces)
    )


@st.composite
def requests(draw: st.DrawFn, path: str, arguments: Sequence[str], forms: Sequence[Form], *, posts: bool) -> Hostile:
    """A request for one address that is hostile in one way, so that it comes far, or in every way at once."""
    method, form = "POST" if posts else "GET", draw(st.sampled_from(forms))
    honest = Hostile(method, path, body=urlencoded(_pairs(form)) if posts else Body())
    ways = ("fields", "fields", "fields", "body") if posts else ("query", "headers", "path")
    way = draw(st.sampled_from((*ways, *ways, "path", "query", "headers", "cookie", "method", "all")))
    changes: dict[str, Any] = {"proves_nothing": draw(st.sampled_from((False,) * 9 + (True,)))}
    if way == "fields":
        changes["body"] = urlencoded(draw(fields(form)))
    if way in {"body", "all"}:
        changes |= {"method": "POST", "body": draw(bodies(fields(form)))}
    if way in {"path", "all"}:
        changes["path"] = draw(spoiled(path, arguments))
    if way in {"query", "all"}:
        changes |= {"query": draw(queries), "method": draw(st.sampled_from((method, "GET")))}
    if way in {"headers", "all"}:
        changes["headers"] = draw(headers)
    if way in {"cookie", "all"}:
        changes["cookie"] = written(draw(cookies))
    if way == "method":
        changes["method"] = draw(st.sampled_from(("GET", "POST", *METHODS)))
    return replace(honest, **changes)
