"""Pages leave out the line breaks that no reader sees, and no other character."""

import pytest
from django.template import engines


def tight(html: str) -> str:
    page = engines["django"].from_string("{% load spacing %}{% tight %}{{ html|safe }}{% endtight %}")
    return page.render({"html": html})


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<ul>\n<li>One</li>\n\n<li>Two\n</li>\n</ul>", "<ul><li>One</li><li>Two</li></ul>"),
        ("<main>\n  <h1>Iron</h1>\n<p>It\nhelps.</p>\n</main>", "<main><h1>Iron</h1><p>It\nhelps.</p></main>"),
    ],
)
def test_a_break_before_what_begins_a_line_by_itself_is_left_out(written, sent):
    assert tight(written) == sent


@pytest.mark.parametrize(
    "written",
    [
        "<b>Call 911.</b>\n<a href='/'>More</a>",
        "1<sup>2</sup> <button>ferritin</button>\n<span>is</span>",
        "<label>\n<input> Yes</label>",
        "<textarea>\nHi\n  &lt;p&gt;\n&lt;li&gt;</textarea>",
        "<pre><code>a\n\n b</code></pre>",
        "<hr>\n<link>",
    ],
)
def test_a_break_that_is_seen_as_a_space_or_was_typed_stays(written):
    assert tight(written) == written
