"""Markdown to the HTML of a page: markers numbered, cards, tables and figures built, nothing else let through."""

import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as etree

import nh3
from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor
from markdown.extensions import Extension
from markdown.extensions.admonition import AdmonitionExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from rlsinfo.articles import outline, sheets, wording
from rlsinfo.articles.document import BALANCE, SPANISH, Article
from rlsinfo.articles.evidence import Glossary, Ground, Register
from rlsinfo.articles.problems import Problem, did_you_mean

WORDS_A_MINUTE = 200
DEEPEST = 20
"""Brackets within brackets, or lists within lists: with each the renderer takes longer, until it takes hours or fails."""
DEEP_LIST = re.compile(
    rf"^(?:[ \t]*(?:[-*+>]|\d{{1,9}}[.)])[ \t]){{{DEEPEST}}}|^[ \t]{{{4 * DEEPEST}}}[ \t]*\S", re.MULTILINE
)

TAGS = {
    *("p", "h2", "h3", "h4", "ul", "ol", "li", "a", "sup", "strong", "em", "code", "pre", "br", "hr", "blockquote"),
    *(
        "section",
        "aside",
        "span",
        "b",
        "button",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "figure",
        "figcaption",
    ),
}
ATTRIBUTES = {
    "a": {"href", "rel", "class", "aria-label", "hreflang"},
    "sup": {"class"},
    "button": {"class", "type", "popovertarget"},
    "span": {"id", "popover", "class"},
    "section": {"class"},
    "aside": {"class"},
    "figure": {"class", "data-figure"},
    "h2": {"id"},
    "h3": {"id"},
    "ol": {"start"},
    "ul": {"class"},
    "table": {"role"},
    "thead": {"role"},
    "tbody": {"role"},
    "tr": {"role"},
    "th": {"role", "scope"},
    "td": {"role", "data-label"},
}
RESERVED = ("main", "contents", "rests", "changes", "related", "problems")
"""The ids that the page's own frame takes."""
STYLES = {
    "css/drawings.css": "<figure",
    "css/sheet.css": 'class="write"',
    "css/paper.css": 'class="sheet ',
    "css/choices.css": 'class="marks"',
}
"""Style sheets by what they are for."""
TALL = 1.3
SVG = "http://www.w3.org/2000/svg"

_BAR = "\ue000"
"""Stands for the | of a glossary term, which would end a table's cell."""
_PHONE = re.compile(r"\b1-[0-9]{3}-[0-9]{3}-[0-9]{4}\b")
_NUMBER = re.compile(r"(?<![\w-])(?:1-)?(?:\([0-9]{3}\) |[0-9]{3}-)[0-9]{3}-[0-9]{4}(?![\w-])(?![^<>]*>)")
"""A telephone number, with its area code; not within a tag."""
_MARKS = re.compile(r"[\[`*_\\<]|  \n")
_OF_IMAGES = ("image_link", "image_reference", "short_image_ref")
_OF_REFERENCES = ("reference", "short_reference")
_TERM = rf"\[\[([^\[\]{_BAR}]+)(?:{_BAR}([^\[\]]+))?\]\]"


class Html(str):
    """HTML that is safe to print; templates ask for __html__ and leave it as it is."""

    def __html__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Heading:
    """A heading of the second level, for the list of contents."""

    id: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """A page's own part: its HTML, its headings, what its markers lead to, how long it takes to read."""

    key_facts: tuple[Html, ...]
    html: Html
    contents: tuple[Heading, ...]
    grounds: tuple[Ground, ...]
    minutes: int
    styles: tuple[str, ...]
    """The style sheets for what not every page has."""


def tangled(text: str) -> str:
    """Why a text should not be rendered, in a sentence for its author; empty for every text that people read."""
    if DEEP_LIST.search(text):
        return f"A list stands within {DEEPEST} others, or a line begins with as many marks: take some away."
    for opening, closing in ("[]", "()"):
        for block in text.split("\n\n"):
            depth = 0
            for mark in re.findall(rf"[\{opening}\{closing}]", block):
                depth = depth + 1 if mark == opening else max(depth - 1, 0)
                if depth > DEEPEST:
                    return f"More than {DEEPEST} “{opening}” are open at once: close them with “{closing}”."
    return ""


def render(
    article: Article, register: Register, glossary: Glossary, images: Mapping[str, str]
) -> tuple[Rendered, tuple[Problem, ...]]:
    """The article as HTML, and what it names that does not exist; that is left out, and nothing is raised."""
    return page_of(article, register, glossary, images), tuple(missing(article, register, glossary, images))


def page_of(
    article: Article,
    register: Register,
    glossary: Glossary,
    images: Mapping[str, str],
    spoken: Collection[str] = (),
    original: Article | None = None,
) -> Rendered:
    """The article as HTML. `spoken` are the English addresses whose pages there are in Spanish too.

    A page in Spanish has the ids of `original`, its English page: an address with # works in both languages.
    """
    page = _Page(register, glossary, wording.of(article), spoken if article.is_spanish else None)
    page.ids = _ids(article, original) if original else {}
    markdown = Markdown(extensions=[SaneListExtension(), TableExtension(), AdmonitionExtension(), page])
    text = outline.TERM.sub(lambda term: term[0].replace("|", _BAR), _whole_text(article))
    clean = nh3.clean(
        markdown.convert(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        link_rel=None,
        url_schemes={"https", "http", "mailto", "tel"},
    )
    html = sheets.to_fill_in(_with_numbers_held(clean), page.wording.answers)
    if article.sheet:
        html = sheets.set_apart(html, page.anchor(article.sheet[0]), page.anchor(article.sheet[-1]))
    return Rendered(
        key_facts=tuple(_with_calls(fact) for fact in article.key_facts),
        html=Html(_with_pictures(html, page.figures, images)),
        contents=tuple(page.contents),
        grounds=page.grounds,
        minutes=max(1, round(page.words / WORDS_A_MINUTE)),
        styles=tuple(style for style, mark in STYLES.items() if mark in html),
    )


def anchors(article: Article) -> frozenset[str]:
    """The ids of the page's headings: what a link with # may lead to."""
    return frozenset(anchor for anchor, _ in _headings(article))


def _ids(article: Article, original: Article) -> Mapping[str, str]:
    """The ids of one page by those that another one, built like it, would have; nothing if it is not built like it."""
    own, theirs = list(_headings(article)), list(_headings(original))
    if len(own) != len(theirs):
        return {}
    return {anchor: other for (anchor, _), (other, _) in zip(own, theirs, strict=True)}


def _headings(article: Article) -> Iterator[tuple[str, int]]:
    """The id and the line of every heading in the text, our own ones included."""
    words = wording.of(article)
    if weighs := [name for name in BALANCE if getattr(article, name)]:
        yield outline.anchor(words.weighing), article.lines.get(weighs[0], 1)
        for name in weighs:
            yield outline.anchor(words.balance[name]), article.lines.get(name, 1)
    for block in article.body_blocks:
        if block.kind is outline.Kind.HEADING:
            yield outline.anchor(block.text), block.line


def _whole_text(article: Article) -> str:
    """The body with the clinic's interest before its first heading and the balance before its last questions."""
    lines, words = article.body.split("\n"), wording.of(article)
    asks = [
        at
        for at, line in enumerate(lines)
        if line.startswith("## ") and outline.anchor(line[3:]) == outline.anchor(words.ask)
    ]
    weighed = [f"### {words.balance[name]}\n\n{text}\n" for name in BALANCE if (text := getattr(article, name))]
    if weighed:
        at = asks[-1] if asks else len(lines)
        lines[at:at] = ["", f"## {words.weighing}", "", *weighed, ""]
    if article.interest:
        at = next((at for at, line in enumerate(lines) if line.startswith("##")), len(lines))
        text = article.interest.replace("\n", "\n    ")
        lines[at:at] = ["", f'!!! interest "{words.gain}"', f"    {text}", ""]
    return "\n".join(lines)


def missing(article: Article, register: Register, glossary: Glossary, images: Mapping[str, str]) -> Iterator[Problem]:
    """What the text names that does not exist, and headings that would share an address."""

    def problem(line: int, message: str, remedy: str) -> Problem:
        return Problem(article.file, line, message, remedy)

    for block in article.blocks:
        for match in outline.MARKER.finditer(block.text):
            line = block.line + block.text.count("\n", 0, match.start())
            for marker in outline.marker_ids(match[0]):
                if marker not in register.known:
                    remedy = f"Use an id of content/evidence/.{did_you_mean(marker, register.known)}"
                    yield problem(line, f"There is no claim “{marker}”.", remedy)
        for match in outline.TERM.finditer(block.text):
            line = block.line + block.text.count("\n", 0, match.start())
            term = glossary.find(match[1])
            if term is None:
                remedy = f"Use a term of content/glossary.yaml.{did_you_mean(match[1], glossary.by_name)}"
                yield problem(line, f"The glossary has no term “{match[1]}”.", remedy)
            elif not match[2] and match[1] == term.id != term.name.casefold() and "-" in term.id:
                remedy = f"Write [[{term.id}|the words to show]]."
                yield problem(line, f"“{match[1]}” would be printed with its hyphens.", remedy)
        if block.kind is outline.Kind.FIGURE and not _is_picture(images.get(block.file, "")):
            remedy = f"Put a drawing of that name into content/images/.{did_you_mean(block.file, images)}"
            yield problem(block.line, f"There is no picture “{block.file}”.", remedy)
    seen = set(RESERVED)
    for anchor, line in _headings(article):
        if anchor in seen:
            remedy = "Word it in another way: each heading is an address of its own, and some are kept for the page."
            yield problem(line, "Two headings on this page are alike.", remedy)
        seen.add(anchor)


class _Page(Extension):
    """Our additions to Markdown for one page, and what is learned about the page on the way."""

    def __init__(
        self, register: Register, glossary: Glossary, words: wording.Wording, spoken: Collection[str] | None
    ) -> None:
        super().__init__()
        self.wording = words
        self.spoken = spoken
        """None on a page in English."""
        self.ids: Mapping[str, str] = {}
        self.register = register
        self.glossary = glossary
        self.figures: list[re.Match[str]] = []
        self.contents: list[Heading] = []
        self.grounds: tuple[Ground, ...] = ()
        self.words = 0

    def anchor(self, text: str) -> str:
        """The id of a heading."""
        anchor = outline.anchor(text)
        return self.ids.get(anchor, anchor)

    def extendMarkdown(self, md: Markdown) -> None:
        # HTML is shown as it was typed; what Markdown would make of indented lines and of "[a]: b" nobody asked for.
        md.preprocessors.deregister("html_block")
        for name in ("html", "entity", *_OF_IMAGES, *_OF_REFERENCES):
            md.inlinePatterns.deregister(name)
        for name in ("code", "reference"):
            md.parser.blockprocessors.deregister(name)
        md.parser.blockprocessors.register(_Figures(md.parser, self), "figure", 75)
        md.inlinePatterns.register(_Markers(outline.MARKER.pattern, md), "marker", 175)
        md.inlinePatterns.register(_Terms(_TERM, md, self.glossary), "term", 174)
        md.treeprocessors.register(_Plain(md), "plain", 21)  # just before what is marked in the text is looked for
        md.treeprocessors.register(_Finish(md, self), "finish", -1)  # after everything of Markdown's own


class _Plain(Treeprocessor):
    """Spares text without any mark, which is half of a page, the search for each of them."""

    def run(self, root: etree.Element) -> None:
        for element in root.iter():
            if element.text and not _MARKS.search(element.text):
                element.text = AtomicString(element.text)


class _Figures(BlockProcessor):
    """A picture in a paragraph of its own; the drawing itself is put in after the sanitiser."""

    def __init__(self, parser: BlockParser, page: _Page) -> None:
        super().__init__(parser)
        self.page = page

    def test(self, parent: etree.Element, block: str) -> bool:
        return bool(outline.FIGURE.fullmatch(block.strip()))

    def run(self, parent: etree.Element, blocks: list[str]) -> None:
        match = outline.FIGURE.fullmatch(blocks.pop(0).strip())
        assert match  # noqa: S101 - test() has just said so
        figure = etree.SubElement(parent, "figure", {"class": "fig", "data-figure": str(len(self.page.figures))})
        self.page.figures.append(match)
        title, _, rest = (match["caption"] or "").partition("|")
        if title.strip():
            caption = etree.SubElement(figure, "figcaption")
            etree.SubElement(caption, "b").text = title.strip()
            caption[0].tail = rest.strip()


class _Markers(InlineProcessor):
    """[@iron-01; @iron-02] becomes a place for numbers, which are given once the whole page is known."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[etree.Element, int, int]:  # type: ignore[override]
        return etree.Element("sup", {"class": "ev", "ids": " ".join(outline.marker_ids(m[0]))}), m.start(0), m.end(0)


class _Terms(InlineProcessor):
    """[[ferritin]] becomes a link to the glossary, see _Finish.terms; a word that is not in it stays a word."""

    def __init__(self, pattern: str, md: Markdown, glossary: Glossary) -> None:
        super().__init__(pattern, md)
        self.glossary = glossary

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[etree.Element | str, int, int]:  # type: ignore[override]
        words = m[2] or m[1]
        term = self.glossary.find(m[1])
        if term is None:
            return words, m.start(0), m.end(0)
        link = etree.Element("a", {"class": "term", "href": f"/glossary/#{term.id}", "word": term.id})
        link.text = words
        return link, m.start(0), m.end(0)


class _Finish(Treeprocessor):
    """Works on the whole page: cards, tables, headings, numbers, links."""

    def __init__(self, md: Markdown, page: _Page) -> None:
        super().__init__(md)
        self.page = page

    def run(self, root: etree.Element) -> None:
        self.cards(root)
        for parent in root.findall(".//table/.."):
            self.tables(parent)
        self.boxes(root)
        self.headings(root)
        self.page.words = len(" ".join(root.itertext()).split())
        self.numbers(root)
        for link in root.iter("a"):
            if link.get("href", "").startswith(("http:", "https:")):
                link.set("rel", "noopener")
            elif self.page.spoken is not None:
                _in_spanish(link, self.page.spoken)
        self.terms(root)

    def cards(self, root: etree.Element) -> None:
        under = "h2"
        for element, tag in [(element, element.tag) for element in root.iter()]:  # a card's own heading does not count
            if tag in ("h2", "h3"):
                under = tag
            if tag != "div" or not element.get("class", "").startswith("admonition "):
                continue
            name = element.get("class", "").removeprefix("admonition ")
            title = element.find("p[@class='admonition-title']")
            element.tag = "aside" if name in ("note", "interest") else "section"
            element.set("class", f"care {name}" if name in self.page.wording.urgency else name)
            if title is None:
                continue
            del title.attrib["class"]
            title.tag = "b" if name == "interest" else "h4" if under == "h3" else "h3"
            if name in self.page.wording.urgency:
                urgency = etree.Element("span")
                urgency.text, urgency.tail = f"{self.page.wording.urgency[name]}:", f" {title.text}"
                title.text = None
                title.insert(0, urgency)

    def tables(self, parent: etree.Element) -> None:
        """Captions, headings of rows and columns, and what keeps a table a table when CSS shows it as cards."""
        children = list(parent)
        for before, table in zip([None, *children], children, strict=False):
            if table.tag != "table":
                continue
            if before is not None and before.tag == "p" and (before.text or "").startswith("Table:"):
                parent.remove(before)
                before.tag, before.tail = "caption", None
                before.text = (before.text or "").removeprefix("Table:").lstrip()
                table.insert(0, before)
            table.set("role", "table")
            labels = [_text(cell) for cell in table.iter("th")]
            for group in (*table.iter("thead"), *table.iter("tbody")):
                group.set("role", "rowgroup")
            for row in table.iter("tr"):
                row.set("role", "row")
                for number, cell in enumerate(row):
                    if cell.tag == "th":
                        cell.attrib.update({"role": "columnheader", "scope": "col"})
                    elif number == 0:
                        cell.tag = "th"
                        cell.attrib.update({"role": "rowheader", "scope": "row"})
                    else:
                        cell.attrib.update({"role": "cell", "data-label": labels[number]})

    def boxes(self, root: etree.Element) -> None:
        """A list of boxes to tick has these instead of bullets, not behind them."""
        for group in root.iter("ul"):
            if all((item.text or "").startswith(sheets.BOX) for item in group):
                group.set("class", "boxes")
                for item in group:
                    item.text = (item.text or "").removeprefix(sheets.BOX).lstrip()

    def headings(self, root: etree.Element) -> None:
        for heading in root:
            if heading.tag in ("h2", "h3") and (anchor := self.page.anchor(_text(heading))):
                heading.set("id", anchor)
                if heading.tag == "h2":
                    self.page.contents.append(Heading(anchor, _text(heading)))

    def terms(self, root: etree.Element) -> None:
        """Explains a term where it first stands: a button opens the definition, without script and without leaving.

        In headings, which are read out as a list of their own, a term stays a link.
        """
        parents = {child: parent for parent in root.iter() for child in parent}
        in_headings = {
            link for tag in ("h2", "h3", "h4", "th", "caption") for each in root.iter(tag) for link in each.iter("a")
        }
        explained: dict[str, str] = {}
        for link in [link for link in root.iter("a") if "word" in link.attrib]:
            word = link.attrib.pop("word")
            if link in in_headings:
                continue
            link.tag = "button"
            link.attrib.clear()
            is_new = word not in explained
            place = explained.setdefault(word, f"w{len(explained) + 1}")
            link.attrib.update({"class": "term", "type": "button", "popovertarget": place})
            parent, last = parents[link], link
            if is_new:
                last = self.explanation(word, place, link)
                parent.insert(list(parent).index(link) + 1, last)
            _hold(parent, link, last)

    def explanation(self, word: str, id: str, button: etree.Element) -> etree.Element:
        term = self.page.glossary.find(word)
        assert term  # noqa: S101 - _Terms found it by this id
        place = etree.Element("span", {"popover": "", "id": id})
        name = etree.SubElement(place, "b")
        name.text, name.tail = term.name, f" {term.definition}"
        place.tail, button.tail = button.tail, None
        return place

    def numbers(self, root: etree.Element) -> None:
        """Numbers what the markers lead to by first use; an emergency card counts, but holds no link."""
        markers = [marker for place in root.iter("sup") for marker in place.get("ids", "").split()]
        grounds = self.page.register.grounds(markers)
        self.page.grounds = tuple(dict.fromkeys(grounds.values()))
        silent = {
            place
            for card in root.iter("section")
            if card.get("class") == "care emergency"
            for place in card.iter("sup")
        }
        for parent in root.findall(".//sup/.."):
            for place in parent.findall("sup"):
                here = place.attrib.pop("ids", "").split()
                found = dict.fromkeys(grounds[marker].number for marker in here if marker in grounds)
                if not found or place in silent:
                    _remove(parent, place)
                for number in found:
                    link = etree.SubElement(
                        place, "a", {"href": f"#r{number}", "aria-label": self.page.wording.rests.format(number)}
                    )
                    link.text, link.tail = str(number), " "
                if found:
                    place[-1].tail = None


def held(text: str) -> Html:
    """Plain text whose telephone numbers each stay on one line: read in two pieces, they are dialled wrongly."""
    return Html(_with_numbers_held(html.escape(text)))


def _with_numbers_held(page: str) -> str:
    return _NUMBER.sub(r'<span class="held">\g<0></span>', page)


def _with_calls(text: str) -> Html:
    """Plain text with its phone numbers as links: called at a tap, and never broken over two lines."""
    call = '<a href="tel:+{}">{}</a>'
    return Html(_PHONE.sub(lambda number: call.format(number[0].replace("-", ""), number[0]), html.escape(text)))


def _text(element: etree.Element) -> str:
    """The words of an element, as a reader sees them."""
    return " ".join(html.unescape("".join(element.itertext())).split())


def _in_spanish(link: etree.Element, spoken: Collection[str]) -> None:
    """Leads to the page in Spanish; where there is none, it says that the page is in English."""
    href = link.get("href", "").removeprefix(f"/{SPANISH}")
    if not href.startswith("/"):
        return
    if href.partition("#")[0] in spoken:
        link.set("href", f"/{SPANISH}{href}")
        return
    link.set("hreflang", "en")
    last = link[-1] if len(link) else None
    if last is None:
        link.text = f"{link.text} {wording.IN_ENGLISH}"
    else:
        last.tail = f"{last.tail or ''} {wording.IN_ENGLISH}"


def _hold(parent: etree.Element, first: etree.Element, last: etree.Element) -> None:
    """Keeps a button on one line with what touches it: beside a button, unlike a word, a line may break anywhere."""
    children = list(parent)
    start, end = children.index(first), children.index(last) + 1
    before, behind = (children[start - 1].tail if start else parent.text) or "", last.tail or ""
    opening = re.sub(r".*\s", "", before, flags=re.DOTALL)
    closing = re.sub(r"\s.*", "", behind, flags=re.DOTALL)
    if closing == behind and end < len(children) and children[end].tag == "sup":
        end += 1
    final = children[end - 1]
    if not opening and not closing and final is last:
        return
    held = etree.Element("span", {"class": "held"})
    held.text = opening
    kept = closing if final is last else ""
    held.tail, final.tail = (final.tail or "").removeprefix(kept), kept
    held.extend(children[start:end])
    parent[start:end] = [held]
    if start:
        children[start - 1].tail = before.removesuffix(opening)
    else:
        parent.text = before.removesuffix(opening)


def _remove(parent: etree.Element, child: etree.Element) -> None:
    """Takes an element out and leaves the text that stands behind it."""
    at = list(parent).index(child)
    if at:
        parent[at - 1].tail = (parent[at - 1].tail or "") + (child.tail or "")
    else:
        parent.text = (parent.text or "") + (child.tail or "")
    parent.remove(child)


def _with_pictures(page: str, figures: list[re.Match[str]], images: Mapping[str, str]) -> str:
    """Puts the drawings into their figures. They are ours, and the sanitiser knows no SVG."""

    def figure(place: re.Match[str]) -> str:
        number = int(place[1])
        named = figures[number]
        drawing = images.get(named["file"], "")
        if not _is_picture(drawing):
            return '<figure class="fig">'
        svg = _picture(drawing, " ".join(named["alt"].split()), f"f{number + 1}-")
        width, height = _size(svg)
        shape = "fig tall" if height > TALL * width else "fig"
        return f'<figure class="{shape}">{etree.tostring(svg, encoding="unicode")}'

    return re.sub(r'<figure class="fig" data-figure="([0-9]+)">', figure, page)


def _is_picture(drawing: str) -> bool:
    """Whether it is an SVG that says how large it is."""
    try:
        svg = etree.fromstring(drawing)  # noqa: S314 - our own file
        return svg.tag == f"{{{SVG}}}svg" and min(_size(svg)) > 0
    except (etree.ParseError, ValueError):
        return False


def _size(svg: etree.Element) -> tuple[float, float]:
    """Width and height from the viewBox, whose four numbers may have spaces or commas between them."""
    _, _, width, height = map(float, svg.get("viewBox", "").replace(",", " ").split())
    return width, height


def _picture(drawing: str, alt: str, prefix: str) -> etree.Element:
    """A drawing to stand inside a page: its own style and words left out, its ids made the page's only ones."""
    svg = etree.fromstring(drawing)  # noqa: S314 - our own file
    for parent in list(svg.iter()):
        for child in list(parent):
            if child.tag in {f"{{{SVG}}}{name}" for name in ("style", "title", "desc")}:
                parent.remove(child)
    for element in svg.iter():
        element.tag = element.tag.rpartition("}")[2]
        for name, value in list(element.attrib.items()):
            del element.attrib[name]
            value = f"{prefix}{value}" if name == "id" else re.sub(r"(^|url\()#", rf"\1#{prefix}", value)
            element.set(name.rpartition("}")[2], value)
    for name in ("width", "height", "aria-labelledby", "aria-describedby"):
        svg.attrib.pop(name, None)
    svg.attrib.update({"role": "img", "aria-label": alt})
    return svg
