"""What a reader's browser gets for each thing an author may write."""

import re
from html import unescape

import pytest
from django.conf import settings
from hypothesis import example, given
from hypothesis import strategies as st
from justhtml import JustHTML

from rlsinfo.articles import outline, rendering
from rlsinfo.articles.evidence import Strength
from rlsinfo.articles.rendering import Heading, Rendered
from tests.articles.factories import BALANCED, BODY, DRAWING, make_article, make_glossary, make_register

REGISTER = make_register()
GLOSSARY = make_glossary()
IMAGES = {
    "leg.svg": DRAWING,
    "tall.svg": DRAWING.replace("0 0 360 316", "0,0,360,490"),
    "broken.svg": "<svg>",
    "sizeless.svg": DRAWING.replace("0 0 360 316", "0 0 360"),
}
TAG = re.compile(r"<[^>]*>")
STYLE = "".join((settings.BASE_DIR / f"static/css/{name}.css").read_text("utf-8") for name in ("site", "drawings"))


def render(body: str, path: str = "causes/iron-and-rls", **header: str) -> Rendered:
    return rendering.render(make_article(body, path, **header), REGISTER, GLOSSARY, IMAGES)[0]


def html(body: str, **header: str) -> str:
    """The page on one line, without the line ends between its elements."""
    return re.sub(r">\s+<", "><", render(body, **header).html.replace("</a> <a", "</a>_<a"))


def problems(body: str, path: str = "causes/iron-and-rls", **header: str) -> list[tuple[int, str]]:
    article = make_article(body, path, **header)
    found = rendering.render(article, REGISTER, GLOSSARY, IMAGES)[1]
    return [(problem.line - article.body_line + 1, problem.message) for problem in found]


def marker(*numbers: int) -> str:
    links = "_".join(f'<a aria-label="What this rests on, {each}" href="#r{each}">{each}</a>' for each in numbers)
    return f'<sup class="ev">{links}</sup>'


# Markers


def test_a_marker_becomes_a_numbered_link_right_behind_the_full_stop():
    assert html("Low iron is common.[@iron-01] It can be found.") == (
        f"<p>Low iron is common.{marker(1)} It can be found.</p>"
    )


def test_a_marker_with_several_claims_holds_a_link_for_each():
    assert html("Low iron is common.[@iron-01; @iron-02]") == f"<p>Low iron is common.{marker(1, 2)}</p>"


def test_numbers_follow_the_first_use_on_the_page_and_a_claim_keeps_its_number():
    page = render("One.[@iron-02]\n\n- Two.[@iron-01]\n- Three.[@iron-02]\n\n## Four[@flag:dvt]\n")

    assert re.findall(r'href="#r(\d)"', page.html) == ["1", "2", "1", "3"]
    assert [(ground.number, ground.id) for ground in page.grounds] == [(1, "iron-02"), (2, "iron-01"), (3, "flag:dvt")]
    assert page.grounds[0].strength is Strength.LIMITED


def test_what_leads_to_the_same_number_in_one_marker_is_one_link():
    assert html("Iron.[@iron-01; @iron-01]") == f"<p>Iron.{marker(1)}</p>"
    assert (
        html("Two.[@guideline:adult-levodopa; @guideline:adult-gabapentin; @iron-01]") == f"<p>Two.{marker(1, 2)}</p>"
    )
    assert len(render("Two.[@guideline:adult-levodopa; @guideline:adult-gabapentin]").grounds) == 1


def test_an_unknown_claim_is_left_out_and_told_with_its_line():
    body = "Iron.[@iron-01]\n\nOne line.\nAnother.[@iorn-02; @iron-02] More."

    assert html(body) == f"<p>Iron.{marker(1)}</p><p>One line.\nAnother.{marker(2)} More.</p>"
    assert problems(body) == [(4, "There is no claim “iorn-02”.")]
    [problem] = rendering.render(make_article(body), REGISTER, GLOSSARY, IMAGES)[1]
    assert "Did you mean “iron-02”?" in problem.remedy


def test_a_marker_with_nothing_known_leaves_the_text_around_it_whole():
    assert html("A.[@x] B **c**.[@y] D.") == "<p>A. B <strong>c</strong>. D.</p>"


def test_markers_in_an_emergency_card_are_counted_and_not_printed():
    page = render('!!! emergency "Call 911 now if:"\n    - your leg swells.[@flag:dvt]\n\nIron.[@iron-01]\n')

    assert [ground.id for ground in page.grounds] == ["flag:dvt", "iron-01"]
    assert "<li>your leg swells.</li>" in page.html
    assert marker(2) in page.html


# Cards


@pytest.mark.parametrize(
    ("name", "urgency"), [("emergency", "Emergency"), ("urgent", "Urgent, today"), ("help", "Not an emergency")]
)
def test_a_care_card_names_its_urgency_above_its_heading(name, urgency):
    assert html(f'!!! {name} "If you have:"\n    - a sign\n    - another\n\n    Do not drive.') == (
        f'<section class="care {name}"><h3><span>{urgency}:</span> If you have:</h3>'
        "<ul><li>a sign</li><li>another</li></ul><p>Do not drive.</p></section>"
    )


@pytest.mark.parametrize(("name", "tag"), [("do", "section"), ("dont", "section"), ("note", "aside")])
def test_a_box_has_a_heading_of_its_own(name, tag):
    assert html(f'!!! {name} "Heading"\n    Words.') == (f'<{tag} class="{name}"><h3>Heading</h3><p>Words.</p></{tag}>')


def test_a_card_without_a_heading_shows_what_stands_in_it():
    assert html('!!! note ""\n    Words.') == '<aside class="note"><p>Words.</p></aside>'


def test_a_card_under_a_subheading_has_the_next_level_and_does_not_count_for_the_card_after_it():
    page = html(
        '## A\n\n!!! do "B"\n    b\n\n!!! do "C"\n    c\n\n### D\n\n!!! do "E"\n    e\n\n## F\n\n!!! do "G"\n    g'
    )

    assert re.findall(r"<(h\d)[^>]*>(\w)<", page) == [
        ("h2", "A"),
        ("h3", "B"),
        ("h3", "C"),
        ("h3", "D"),
        ("h4", "E"),
        ("h2", "F"),
        ("h3", "G"),
    ]


# Lists


def test_a_list_of_boxes_to_tick_has_no_bullets_before_its_boxes():
    assert html("- ☐ Cramp\n- ☐\u00a0**Numb**") == (
        '<ul class="boxes"><li><label><input type="checkbox" autocomplete="off"><span>Cramp</span></label></li>'
        '<li><label><input type="checkbox" autocomplete="off"><span><strong>Numb</strong></span></label></li></ul>'
    )
    assert html("- ☐ Cramp\n- Numb") == "<ul><li>☐ Cramp</li><li>Numb</li></ul>"


# Tables


def test_a_table_has_a_caption_and_keeps_its_roles_and_labels():
    body = "Table: Pills or *vein*?[@iron-01]\n\n| What | Pills [[ferritin]] |\n|---|:--|\n| How **long** | Weeks.[@iron-02] |"

    assert html(body) == (
        f'<table role="table"><caption>Pills or <em>vein</em>?{marker(1)}</caption>'
        '<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">What</th>'
        '<th role="columnheader" scope="col">Pills <a class="term" href="/glossary/#ferritin">ferritin</a></th></tr></thead>'
        '<tbody role="rowgroup"><tr role="row"><th role="rowheader" scope="row">How <strong>long</strong></th>'
        f'<td data-label="Pills ferritin" role="cell">Weeks.{marker(2)}</td></tr></tbody></table>'
    )


def test_a_glossary_term_with_other_words_does_not_end_a_tables_cell():
    cell = '<td data-label="B" role="cell"><button class="term" popovertarget="w1" type="button">iron store</button>'

    assert cell in html("Table: x\n\n| A | B |\n|---|---|\n| a | [[ferritin|iron store]] |")


def test_a_table_in_a_card_takes_its_caption_too():
    assert '<table role="table"><caption>x</caption>' in html(
        '!!! note "N"\n    Table: x\n\n    | A | B |\n    |---|---|\n    | a | b |'
    )


def test_a_table_without_a_caption_still_is_a_table():
    assert html("Words.\n\n| A | B |\n|---|---|\n| a | b |").startswith('<p>Words.</p><table role="table"><thead')


# Figures


def test_a_figure_holds_the_drawing_its_description_and_its_caption():
    page = html('![A leg & "its" veins](leg.svg "A leg | It has *veins*.[@iron-01]")')

    assert page == (
        '<figure class="fig"><svg viewBox="0 0 360 316" role="img" aria-label="A leg &amp; &quot;its&quot; veins">'
        '<path id="f1-arc" class="k" d="M0 0" /><text><textPath href="#f1-arc">Vein</textPath></text></svg>'
        f"<figcaption><b>A leg</b>It has <em>veins</em>.{marker(1)}</figcaption></figure>"
    )


def test_a_drawing_used_twice_has_ids_of_its_own_each_time():
    page = html("![a](leg.svg)\n\n![b](leg.svg)")

    assert re.findall(r'id="([^"]*)"', page) == ["f1-arc", "f2-arc"]
    assert re.findall(r'href="([^"]*)"', page) == ["#f1-arc", "#f2-arc"]


def test_a_tall_drawing_stands_above_its_caption():
    assert html("![a](tall.svg)").startswith('<figure class="fig tall"><svg')


@pytest.mark.parametrize("name", ["none.svg", "broken.svg", "sizeless.svg"])
def test_a_picture_that_is_not_there_is_told_and_the_rest_of_the_figure_shown(name):
    body = f'Words.\n\n![a leg]({name} "A leg")'

    assert html(body) == '<p>Words.</p><figure class="fig"><figcaption><b>A leg</b></figcaption></figure>'
    assert problems(body) == [(3, f"There is no picture “{name}”.")]


def test_every_part_of_our_drawings_has_a_style_on_the_page():
    drawings = "".join(file.read_text(encoding="utf-8") for file in (settings.CONTENT_DIR / "images").glob("*.svg"))
    parts = {name for names in re.findall('class="([^"]*)"', drawings) for name in names.split()}

    assert parts - set(re.findall(r"svg \.(\w+)", STYLE)) == set()


def test_a_drawing_is_printed_in_colors_of_its_own_whatever_the_light_it_was_read_in():
    colors = set(re.findall(r"(--fig-\w+):", STYLE))
    printed = STYLE.partition("@media print {")[2].partition("}")[0]

    on_paper = dict(re.findall(r"(--fig-\w+): (#\w+)", printed))
    assert colors
    assert colors - set(on_paper) == set()
    assert len(set(on_paper.values())) == len(on_paper)


def test_a_description_wrapped_over_lines_is_one_line():
    assert 'aria-label="a long description"' in html("![a long\ndescription](leg.svg)")


# Terms, links, headings


def test_a_glossary_term_opens_its_definition_where_it_stands():
    assert html("Ask for [[Ferritin]] and [[TSAT|iron saturation]].") == (
        '<p>Ask for <button class="term" popovertarget="w1" type="button">Ferritin</button>'
        '<span id="w1" popover=""><b>Ferritin</b> A blood test that shows how much iron the body has stored.</span>'
        ' and <span class="held">'
        '<button class="term" popovertarget="w2" type="button">iron saturation</button>'
        '<span id="w2" popover=""><b>Transferrin saturation (TSAT)</b>'
        " The percent of carriers that hold iron.</span>.</span></p>"
    )


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Some (the [[ferritin]]), and", ["ferritin),"]),
        ("Some ([[ferritin]]), and", ["(ferritin),"]),
        ("**Ask** ([[ferritin]]) first.", ["(ferritin)"]),
        ("[[ferritin]]. More.", ["ferritin."]),
        ("Ask for [[ferritin]].[@iron-01] More.", ["ferritin.1"]),
        ("Ask for [[ferritin]][@iron-01] now.", ["ferritin1"]),
        ("Ask for [[ferritin]]. More.[@iron-01]", ["ferritin."]),
        ("[[ferritin]], then [[ferritin]]; then [[ferritin]] again.", ["ferritin,", "ferritin;"]),
        ("Ask for [[ferritin]]", []),
    ],
)
def test_what_touches_a_glossary_term_stays_on_its_line(text, held):
    page = re.sub('<span id="w[0-9].*?</span>', "", render(text).html)

    assert [TAG.sub("", each) for each in re.findall('<span class="held">(.*?)</span>', page)] == held
    assert TAG.sub("", page) == re.sub(r"[\[\]*]", "", text.replace("[@iron-01]", "1"))


def test_a_term_that_stands_twice_is_explained_once_where_it_first_stands():
    page = html("A list:\n\n- **Ask** for [[ferritin]].\n\nThen [[ferritin]] again.")

    assert page.count('id="w1"') == 1
    assert page.index('id="w1"') < page.index("Then")
    assert page.count('popovertarget="w1"') == 2


def test_a_phone_number_in_a_key_fact_is_called_at_a_tap():
    facts = "\n  - Call 1-800-222-1222 <now> & wait.\n  - Ask about iron."

    assert render(BODY, key_facts=facts).key_facts == (
        'Call <a href="tel:+18002221222">1-800-222-1222</a> &lt;now&gt; &amp; wait.',
        "Ask about iron.",
    )


HELD = '<span class="held">1-800-222-1222</span>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Call 1-800-222-1222. Wait.", f"<p>Call {HELD}. Wait.</p>"),
        ("**Call 1-800-222-1222.**", f"<p><strong>Call {HELD}.</strong></p>"),
        ('!!! emergency "Call 1-800-222-1222 now"\n    - Wait.', f" Call {HELD} now</h3>"),
        ("Call (555) 010-0134 today.", '<p>Call <span class="held">(555) 010-0134</span> today.</p>'),
        ("[us](tel:+1-800-222-1222)", '<p><a href="tel:+1-800-222-1222">us</a></p>'),
        ("In 2010-2015, 12-15 of 100.", "<p>In 2010-2015, 12-15 of 100.</p>"),
    ],
)
def test_a_telephone_number_is_kept_on_one_line(text, said):
    assert said in html(text)


def test_a_telephone_number_in_plain_text_is_kept_on_one_line_too():
    assert rendering.held("<b> 1-800-222-1222") == f"&lt;b&gt; {HELD}"


def test_a_term_in_a_heading_leads_to_the_glossary():
    assert '<a class="term" href="/glossary/#ferritin">Ferritin</a>' in html("## [[Ferritin]] first")


def test_an_unknown_term_stays_a_word_and_is_told():
    assert html("Ask for [[feritin]].") == "<p>Ask for feritin.</p>"
    assert problems("Ask\nfor [[feritin]].") == [(2, "The glossary has no term “feritin”.")]


def test_a_term_that_would_be_printed_with_hyphens_is_told():
    assert problems("A [[dopamine-agonist]].") == [(1, "“dopamine-agonist” would be printed with its hyphens.")]
    assert problems("A [[dopamine agonist]] or [[dopamine-agonist|agonist]].") == []


def test_links_to_other_sites_do_not_hand_over_the_window_and_ours_are_plain():
    assert html("[us](/causes/iron-and-rls/#x) and [them](https://www.rls.org)") == (
        '<p><a href="/causes/iron-and-rls/#x">us</a> and <a href="https://www.rls.org" rel="noopener">them</a></p>'
    )


def test_headings_have_the_address_of_their_words_and_make_the_contents():
    page = render("## Is it *my* iron? It's [[ferritin]] & more[@iron-01]\n\n### Deeper\n\n## Last")

    assert '<h2 id="is-it-my-iron-its-ferritin-more">' in page.html
    assert '<h3 id="deeper">' in page.html
    assert page.contents == (
        Heading("is-it-my-iron-its-ferritin-more", "Is it my iron? It's ferritin & more"),
        Heading("last", "Last"),
    )


@pytest.mark.parametrize(
    "words",
    ["What is it?", "It's *my* [[ferritin|iron store]]", "A & B &amp; C", "1.5 \\* 2", "See [this](/x/)", "snake_case"],
)
def test_what_rules_take_for_the_address_of_a_heading_is_its_address_on_the_page(words):
    [heading] = render(f"## {words}").contents

    assert rendering.anchors(make_article(f"## {words}")) == {heading.id}
    assert heading.id == outline.anchor(words)


@pytest.mark.parametrize(
    ("body", "line"), [("## A b\n\n## C\n\n### a B", 5), ("## Contents", 1), ("## What this rests on\n\n## Rests", 3)]
)
def test_headings_that_share_an_address_are_told(body, line):
    assert problems(body) == [(line, "Two headings on this page are alike.")]


def test_a_heading_like_one_of_our_own_is_told():
    assert problems("## Weighing it up", path="treatments/x", **BALANCED) == [
        (1, "Two headings on this page are alike.")
    ]


# What the header adds


def test_the_clinics_interest_stands_before_the_first_heading():
    assert html("Opening.\n\n## First", interest="We treat veins. We gain.") == (
        '<p>Opening.</p><aside class="interest"><b>What we gain</b><p>We treat veins. We gain.</p></aside>'
        '<h2 id="first">First</h2>'
    )


def test_the_clinics_interest_is_shown_on_a_page_without_headings():
    assert html("Opening.", interest="We gain.").endswith("<p>We gain.</p></aside>")


def test_what_is_weighed_up_stands_before_the_last_questions_in_the_pages_numbering():
    page = render(BODY, path="treatments/iron-treatment", **BALANCED)

    assert [heading.text for heading in page.contents] == [
        "What is it?",
        "Weighing it up",
        "What to ask your clinician",
    ]
    assert re.findall(r'<h3 id="[^"]*">([^<]*)</h3>\s*<p>', page.html) == [
        "What may get better",
        "What can go wrong",
        "Without treatment",
        "What nobody knows yet",
        "Other choices",
    ]
    assert [ground.id for ground in page.grounds] == ["iron-01", "iron-02", "vein-01", "guideline:adult-gabapentin"]


def test_what_is_weighed_up_ends_a_page_that_asks_nothing():
    page = render("## What is it?\n\n- iron", path="treatments/iron-treatment", **BALANCED)

    assert [heading.text for heading in page.contents] == ["What is it?", "Weighing it up"]


def test_an_unknown_claim_in_the_header_is_told_at_its_field():
    article = make_article(interest="We gain.[@nothing]")

    [problem] = rendering.render(article, REGISTER, GLOSSARY, IMAGES)[1]

    assert problem.line == article.lines["interest"]


def test_a_page_takes_a_minute_for_two_hundred_words():
    assert render("word " * 20).minutes == 1
    assert render("word " * 700).minutes in (3, 4)
    assert render("word " * 1000).minutes == 5


# Safety


def test_templates_print_the_html_as_it_is():
    assert render("**Iron**").html.__html__() == "<p><strong>Iron</strong></p>"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*iron*", "<em>iron</em>"),
        ("__iron__", "<strong>iron</strong>"),
        ("`iron`", "<code>iron</code>"),
        (r"No\. 3", "No. 3"),
        ("[iron](/iron/)", '<a href="/iron/">iron</a>'),
        ("<https://iron.example>", '<a href="https://iron.example" rel="noopener">https://iron.example</a>'),
        ("iron  \nor not", "iron<br>\nor not"),
        ("iron [and][1] more\n\n[1]: /iron/", "iron [and][1] more</p><p>[1]: /iron/"),
        ("iron & more", "iron &amp; more"),
    ],
)
def test_a_mark_alone_in_a_paragraph_does_what_it_does_in_markdown(typed, shown):
    assert html(typed) == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<b>bold</b>",
        "<!-- hidden -->",
        "<div>\n\nblock\n\n</div>",
        "<style>p{color:red}</style>",
    ],
)
def test_html_that_an_author_types_is_shown_and_not_obeyed(typed):
    page = render(f"Before.\n\n{typed}\n\nAfter.").html

    assert set(re.findall(r"<(\w+)", page)) == {"p"}
    assert "".join(typed.split()) in "".join(unescape(TAG.sub("", page)).split())


@pytest.mark.parametrize("target", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_link_that_would_run_a_script_leads_nowhere(target):
    assert "href" not in render(f"[words]({target})").html


def test_indented_text_is_not_shown_as_code():
    assert html("Words.\n\n    indented words") == "<p>Words.</p><p>indented words</p>"


OURS = frozenset(rendering.TAGS) | {"svg", "path", "text", "textPath"}
typed_pieces = st.sampled_from(
    [
        *(
            "<script>",
            "</script>",
            "<img src=x onerror=y>",
            "<svg/onload=x>",
            "<a href='javascript:x'>",
            "<b",
            "<!--",
            "-->",
        ),
        *(
            "[@iron-01]",
            "[[ferritin]]",
            "[[TSAT|x]]",
            "![a](leg.svg)",
            "[x](javascript:y)",
            "[x](/y/)",
            "<https://x.y>",
            "<a@b.c>",
        ),
        *(
            "\n",
            "\n\n",
            "    ",
            "## ",
            "- ",
            "1. ",
            "> ",
            "| a | b |\n|---|---|\n",
            "Table: x\n\n",
            '!!! do "x"\n',
            "`",
            "**",
            "&lt;",
            "&",
        ),
        *("\x02", "\x03", "\ue000", "klzzwxh:0001", "\x02amp\x03", "\\", '"', "[x]: javascript:y"),
    ]
)


@example("| a | b |\n|---|---|\n<img src=x onerror=y>", "")
@given(st.lists(st.one_of(typed_pieces, st.text(max_size=5)), max_size=40).map("".join), st.text(max_size=20))
def test_whatever_is_typed_no_tag_and_no_attribute_gets_through(body, interest):
    page = render(body, interest=f"'{interest}'").html

    for tag in re.finditer(r"<(/?)(\w+)((?:\s+[\w-]+=\"[^\"]*\"|\s*/)*)>", page):
        assert tag[2] in OURS
        for name, value in re.findall(r"([\w-]+)=\"([^\"]*)\"", tag[3]):
            assert not re.match(r"on|style$", name, re.IGNORECASE)
            assert not re.match(r"\s*(?:javascript|data|vbscript):", value, re.IGNORECASE)
    rest = re.sub(r"<(/?)(\w+)((?:\s+[\w-]+=\"[^\"]*\"|\s*/)*)>", "", page)
    assert "<" not in rest


def test_a_whole_page_is_well_formed():
    page = render(
        BODY.replace(
            "## What to ask", "Table: x\n\n| A | B |\n|---|---|\n| a | b |\n\n![a](leg.svg)\n\n## What to ask"
        ),
        path="treatments/iron-treatment",
        **BALANCED,
    )

    assert JustHTML(f"<!DOCTYPE html><title>x</title><body>{page.html}", collect_errors=True).errors == []


# In Spanish


def in_spanish(body: str, english: str = "", **header: str) -> str:
    article = make_article(body, "es/causes/iron-and-rls", **header)
    original = make_article(english) if english else None
    return rendering.page_of(article, REGISTER, GLOSSARY, IMAGES, {"/", "/symptoms/self-check/"}, original).html


def test_a_link_leads_to_the_page_in_spanish_or_says_that_there_is_none():
    assert 'href="/es/symptoms/self-check/#step-1"' in in_spanish("[Aquí](/symptoms/self-check/#step-1)")
    assert 'href="/es/symptoms/self-check/"' in in_spanish("[Aquí](/es/symptoms/self-check/)")
    assert '<a href="/sources/" hreflang="en">Fuentes (en inglés)</a>' in in_spanish("[Fuentes](/sources/)")
    assert "<strong>Fuentes</strong> (en inglés)</a>" in in_spanish("[**Fuentes**](/sources/)")
    assert '<a href="#abajo">' in in_spanish("[Abajo](#abajo)")
    assert "(en inglés)" not in in_spanish("[Ellos](https://example.org/)")


def test_headings_have_the_ids_of_the_page_in_english():
    english = "## What helps?\n\nIron.\n\n## What to ask your clinician\n\nThis."
    spanish = "## ¿Qué ayuda?\n\nHierro.\n\n## Qué preguntar a su profesional de salud\n\nEsto."

    assert re.findall('id="([a-z-]+)"', in_spanish(spanish, english)) == ["what-helps", "what-to-ask-your-clinician"]
    assert 'id="que-ayuda"' in in_spanish(spanish, english="## What helps?\n\nIron.")


def test_what_the_site_itself_says_on_a_page_is_spanish():
    page = in_spanish(f'{BODY}\n\n!!! urgent "Hoy"\n    Vaya hoy.\n', **BALANCED)

    assert '<h2 id="ventajas-y-desventajas">Ventajas y desventajas</h2>' in page
    assert "Qué puede salir mal" in page
    assert "<span>Urgente, hoy mismo:</span>" in page
    assert 'aria-label="En qué se basa esto, 1"' in page
