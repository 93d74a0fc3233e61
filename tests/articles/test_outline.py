"""The blocks and sentences of a Markdown text: what rules and reading grade look at, beside what a reader sees."""

import re
from html import unescape

import pytest
from django.conf import settings

from rlsinfo.articles import document, outline, rendering
from rlsinfo.articles.evidence import Glossary, Register
from rlsinfo.articles.outline import Block, Kind
from tests.articles.factories import make_article

BODY = """Opening
over two lines.[@iron-01]

## Heading

- one
- two
  goes on

1. first

!!! urgent "Get care today:"
    - a sign

    Do not rub it.

Table: Signs

| A | B |
|---|---|
| [[TSAT|x]] | 2 |

![a leg](leg.svg "Title | Words.")

After.
"""


def blocks(text: str) -> tuple[Block, ...]:
    return outline.scan(text, "x.md")[0]


def said(text: str) -> list[str]:
    return [sentence.words for block in blocks(text) for sentence in block.sentences]


def test_every_block_is_found_with_its_kind_and_line():
    assert [(block.kind, block.words, block.line) for block in blocks(BODY)] == [
        (Kind.PARAGRAPH, "Opening over two lines.", 1),
        (Kind.HEADING, "Heading", 4),
        (Kind.ITEM, "one", 6),
        (Kind.ITEM, "two goes on", 7),
        (Kind.ITEM, "first", 10),
        (Kind.CARD, "Get care today:", 12),
        (Kind.ITEM, "a sign", 13),
        (Kind.PARAGRAPH, "Do not rub it.", 15),
        (Kind.CAPTION, "Signs", 17),
        (Kind.HEAD_CELL, "A", 19),
        (Kind.HEAD_CELL, "B", 19),
        (Kind.CELL, "x", 21),
        (Kind.CELL, "2", 21),
        (Kind.FIGURE, "Title", 23),
        (Kind.PARAGRAPH, "Words.", 23),
        (Kind.PARAGRAPH, "After.", 25),
    ]


def test_a_block_knows_the_card_it_stands_in():
    assert [block.words for block in blocks(BODY) if block.card == "urgent"] == [
        "Get care today:",
        "a sign",
        "Do not rub it.",
    ]


def test_lines_count_from_the_first_line_of_the_body():
    assert [block.line for block in outline.scan("One.\n\nTwo.", "x.md", first_line=20)[0]] == [20, 22]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("One.[@iron-01] Two.[@a; @b]\nThree.", ["One.", "Two.", "Three."]),
        ("Is it? Yes! It is.", ["Is it?", "Yes!", "It is."]),
        ("It is 3.5 or 4. The rest is low.", ["It is 3.5 or 4.", "The rest is low."]),
        ("Ask Dr. Ortiz, e.g. about U.S. labels. Then go.", ["Ask Dr. Ortiz, e.g. about U.S. labels.", "Then go."]),
        ("At 3 a.m. it is worse.", ["At 3 a.m. it is worse."]),
        ('He said "no." She said "yes."', ['He said "no."', 'She said "yes."']),
        ("**One.** Two.", ["One.", "Two."]),
        ("A name.\n[[primary-rls|Primary RLS]] is one.", ["A name.", "Primary RLS is one."]),
        ("Read on. [Iron pills](/x/) may help.", ["Read on.", "Iron pills may help."]),
        ("- no stop here\n- nor here", ["no stop here", "nor here"]),
        ("2 \\* 3 is *six* and snake_case &amp; co", ["2 * 3 is six and snake_case & co"]),
        ("see [the [[ferritin]] page](/x/ 'title')", ["see the ferritin page"]),
    ],
)
def test_sentences_are_what_a_reader_takes_for_sentences(text, words):
    assert said(text) == words


def test_a_sentence_knows_its_line_and_its_markers():
    [first, second] = blocks("\nOne\nsentence.[@iron-01; @flag:dvt]\nTwo.")[0].sentences

    assert (first.line, first.markers) == (2, ("iron-01", "flag:dvt"))
    assert (second.line, second.markers) == (4, ())


def test_an_articles_blocks_are_all_that_its_author_wrote():
    article = make_article("Opening.\n", interest="We gain.", benefits="It may ease RLS.")

    assert [(block.words, block.line) for block in article.blocks] == [
        ("Iron and restless legs", 2),
        (article.summary, 3),
        ("You can be low in iron without anemia.", 6),
        ("Ask for two tests.", 6),
        ("We gain.", 17),
        ("Opening.", 20),
        ("It may ease RLS.", 18),
    ]


OUR_OWN_WORDS = re.compile(
    r"<h[23] id=\"(?:weighing-it-up|what-may-get-better|what-can-go-wrong|without-treatment|what-nobody-knows-yet"
    r"|other-choices)\">[^<]*|<b>What we gain</b>|(?<!> )<span>[^<]*</span>|<sup.*?</sup>"
)


@pytest.mark.parametrize("path", sorted(settings.CONTENT_DIR.glob("*/*.md")), ids=lambda path: path.stem)
def test_what_is_judged_is_what_is_shown(path):
    """The outline reads Markdown beside Python-Markdown; on every real page the two must see the same words."""
    article, _ = document.read(path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.stem}")
    above_the_text = 2 + len(article.key_facts)

    page = rendering.render(article, Register(), Glossary(), {})[0].html
    shown = re.sub(r"</?(?:a|em|strong)\b[^>]*>", "", OUR_OWN_WORDS.sub(" ", page))

    assert words(unescape(re.sub(r"<[^>]*>", " ", shown))) == words(
        " ".join(block.words for block in article.blocks[above_the_text:])
    )


def words(text: str) -> list[str]:
    """In no order: what is weighed up stands elsewhere on the page than in the file."""
    return sorted(re.findall(r"\w+", text))
