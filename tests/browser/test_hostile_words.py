"""Words that try to run, to break a page or to pose as part of it: stored through the form, opened in a browser.

Marks that turn words around and towers of accents are not here, since the form refuses them: see test_plain_text.py.
"""

import json
from itertools import islice, product

import pytest
from playwright.sync_api import Page

from tests.browser import backstage
from tests.browser.steps import sign_in, wait_until
from tests.running_site import RunningSite

pytestmark = pytest.mark.browser

WANTED = 500
RUN = "window.ran=1"
DESK = "/admin/consultations/consultationrequest/"

TAGS = (
    "img src=x",
    "svg",
    "body",
    "input autofocus",
    "details open",
    "video src=x",
    "iframe src=x",
    "a href=#",
    "style",
    "select autofocus",
    "marquee",
    "math",
)
HANDLERS = (
    "onerror",
    "onload",
    "onfocus",
    "ontoggle",
    "onmouseover",
    "onanimationstart",
    "onpointerrawupdate",
    "onstart",
    "onwheel",
    "onbegin",
)
BREAKS = ('"', "'", '">', "'>", "</title>", "</textarea>", "</style>", "</script>", "-->", "]]>", "`", "&quot;", "\\")
SCRIPTS = (
    f"<script>{RUN}</script>",
    f"<SCRIPT>{RUN}</SCRIPT >",
    f"<scr<script>ipt>{RUN}</script>",
    f"<script/x>{RUN}</script>",
    f"<script\u2028>{RUN}//",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x></svg>",
    f"<math><mtext><style><img src=x onerror={RUN}></style></mtext></math>",
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f"<object data='data:text/html,<script>{RUN}</script>'>",
    f"<link rel=stylesheet href='data:text/css,*{{display:none}}'><b onclick={RUN}>",
    f'<meta http-equiv="refresh" content="0;url=javascript:{RUN}">',
    "<base href=//other.example/>",
    "<style>*{display:none !important}</style>",
    "<form action=//other.example><button>Sign in again</button></form>",
    '<input name="version" value="9">',
    "<marquee>x</marquee><plaintext>",
    "<!--<b>",
    "<b style=position:fixed;inset:0>x",
)
ADDRESSES = (
    f"javascript:{RUN}",
    f"JaVaScRiPt&colon;{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"vbscript:{RUN}",
)
TEMPLATES = (
    "{{ each.phone }}",
    "{% load static %}",
    "{% include 'admin/base.html' %}",
    "{# x #}",
    "{{ request.META }}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{{constructor.constructor('window.ran=1')()}}",
    "%(name)s %s %d {0} {name}",
    "{{ ''|safe }}",
    "{% csrf_token %}",
)
ENCODED = (
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"%3Cscript%3E{RUN}%3C/script%3E",
    f"\\u003cscript\\u003e{RUN}",
    f"\\x3cscript\\x3e{RUN}",
    f"＜script＞{RUN}＜/script＞",
    f"‹script›{RUN}",
    "&amp;amp;lt;",
    "&#x0000003c;b&#x3e;",
    "+ADw-script+AD4-",
)
TEXTS = (
    "A" * 140,
    "Donaudampfschifffahrtsgesellschaftskapitän" * 3,
    "https://example.org/" + "a/" * 55,
    "ab-" * 40,
    "👩🏽‍⚕️" * 12,
    "🦵🏿💤" * 30,
    "e" + "\u0316\u0317\u0318\u0319",
    "Z̸̢̛a̸̢l̸̢g̸̢o̸̢" * 6,
    "שלום, אני מחכה לטלפון שלכם",
    "أنا أنتظر مكالمتكم من فضلكم",
    "Ana (نا) Ortiz [שלום]",
    "zero\u200bwidth\u200djoiner\ufeff",
    "日本語の名前" * 15,
    "ﷺ﷽" * 20,
    "ᚠᚢᚦᚨᚱᚲ" * 20,
    "a\u00a0\u2007\u202fb\u3000c",
    "x\u00ad" * 60,
    "\U0001d4d0\U0001d4fe\U0001d4ef" * 20,
    '=HYPERLINK("http://example.org")',
    "'; DROP TABLE consultations_consultationrequest; --",
    "1 OR 1=1",
    "../../../../etc/passwd",
    "Ana\tOrtiz\twith\ttabs",
    "null undefined NaN true None",
    "Ana Ortiz" + " " * 100 + "end",
    ".-_~!*'();:@&=+$,/?%#[]a",
)


def hostile_texts() -> list[str]:
    """Five hundred different ones, each short enough for the shortest field, each with a letter."""
    handlers = (f"<{tag} {handler}={RUN}>" for tag, handler in product(TAGS, HANDLERS))
    breaks = (f"{start}{end}" for start, end in product(BREAKS, (*SCRIPTS, *ADDRESSES, f" autofocus onfocus={RUN} x=")))
    several = (*SCRIPTS, *ADDRESSES, *TEMPLATES, *ENCODED, *TEXTS, *handlers, *breaks)
    texts = list(islice(dict.fromkeys(text[:150] for text in several), WANTED))
    assert len(texts) == WANTED
    return texts


# Each text stands in one field of one form, and the form decides whether it takes it.
SEND = """
import json, time
from django.core import signing
from django.http import QueryDict
from django.utils import timezone
from rlsinfo.consultations.consent import CALL_VERSION
from rlsinfo.consultations.forms import STARTED_SALT, RequestForm
from rlsinfo.consultations.intake import receive
for number, (name, note, help_needed) in enumerate(json.loads({texts!r})):
    words = QueryDict(mutable=True)
    words.update(dict(
        urgent="no", name=name, phone=f"(555) 011-{{number:04}}", email='"<img/src=x/onerror=window.ran=1>"@example.com',
        may_leave_message="yes", topic="rls", note=note, help_needed=help_needed, consent=CALL_VERSION,
        started=signing.dumps(time.time() - 95, salt=STARTED_SALT), key=f"hostile-words-{{number:08}}",
        website="filled in by a machine" if number % 4 == 3 else "",
    ))
    form = RequestForm(words)
    assert form.is_valid(), (form.errors, name, note, help_needed)
    print(receive(form.answers(now=timezone.now()), now=timezone.now()).pk)
"""

WAIT = """
from datetime import timedelta
from django.utils import timezone
from rlsinfo.consultations.models import ConsultationRequest
ConsultationRequest.objects.open().update(next_due_at=timezone.now() + timedelta(days=1))
"""


@pytest.fixture
def watched(page: Page) -> Page:
    """The page of somebody who is signed in; whatever runs or is stopped from running is kept in page.reports."""
    reports: list[str] = []
    page.on("dialog", lambda dialog: (reports.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: reports.append(f"error: {error}"))
    page.on("console", lambda message: reports.append(f"console: {message.text}"))
    page.expose_function("report", lambda said: reports.append(said))
    page.add_init_script(
        """addEventListener("securitypolicyviolation", (each) => report(`policy: ${each.violatedDirective}`));
        Object.defineProperty(window, "ran", { set: () => report(`ran: ${location.pathname}`) });"""
    )
    page.reports = reports  # type: ignore[attr-defined]
    sign_in(page)
    page.set_viewport_size({"width": 320, "height": 800})
    return page


def squeezed(text: str) -> str:
    return "".join(text.split())


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways on a phone; nothing if it does not."""
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= 320 ? [] : [...document.querySelectorAll("body *")]
            .filter(each => each.getBoundingClientRect().right > 320 && !each.children.length).map(each => each.outerHTML.slice(0, 160))"""
    )
    return found


def test_the_watch_sees_what_a_page_would_let_run(watched: Page):
    watched.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.ran=1>')")
    watched.evaluate("window.ran = 1")

    for said in ("policy: script-src", "ran: /admin/"):
        wait_until(watched, lambda said=said: said in " ".join(watched.reports))


def test_no_words_run_break_a_page_or_stretch_it(watched: Page, site: RunningSite):
    backstage.put_everything_away(site)
    texts = iter(hostile_texts())
    # The name, the note and the help that is needed, each with a text of its own.
    people = [(f"X {text}"[:150], next(texts, "-"), next(texts, "-")) for text in texts]
    printed = backstage.run(site, SEND.format(texts=json.dumps(people)))
    numbers = [int(line) for line in printed.split() if line.isdecimal()]
    assert len(numbers) == len(people) >= WANTED / 3
    names, notes, helps = (backstage.opened(site, column) for column in ("name", "note", "help_needed"))
    stored = {pk: (names[pk], notes[pk], helps[pk]) for pk in numbers}

    faults = []
    for pk in numbers:
        watched.goto(f"{DESK}{pk}/change/")
        name, note, help_needed = stored[pk]
        shown = watched.evaluate(
            """() => ["h1", ".callbox .said", ".typed b"].map(each => document.querySelector(`#content ${each}`))
                .map(each => each ? each.textContent.replace(/^Needs:/, "") : "")"""
        )
        if [squeezed(each) for each in shown] != [squeezed(each) for each in (name, note, help_needed)]:
            faults.append(f"{pk} reads {shown} for {stored[pk]}")
        faults += [f"{pk} is too wide at {each}" for each in too_wide(watched)]
    # The same people on each list: to call now, waiting for tomorrow, and closed.
    for place, before in (("", ""), ("spam/", ""), ("waiting/", WAIT), ("closed/", backstage.PUT_AWAY)):
        if before:
            backstage.run(site, before)
        watched.goto(f"{DESK}{place}")
        listed = watched.locator("tbody th a").count()
        faults += [] if listed > 40 else [f"only {listed} people on {place or 'the list'}"]
        faults += [f"{place or 'the list'} is too wide at {each}" for each in too_wide(watched)]
    for text in hostile_texts()[::25]:
        watched.goto(f"{DESK}find/")
        watched.get_by_label("Find a person").fill(text)
        watched.get_by_role("button", name="Find").click()
        watched.locator("[role=status], .said-of").first.wait_for()
        if watched.get_by_label("Find a person").input_value() != " ".join(text.split("\n")).strip():
            faults.append(f"the box lost {text!r}")
        faults += [f"what was found for {text!r} is too wide at {each}" for each in too_wide(watched)]

    assert faults == []
    assert watched.reports == []


def test_what_staff_type_runs_and_breaks_no_page_either(watched: Page, site: RunningSite):
    backstage.put_everything_away(site)
    (pk,) = [int(each) for each in backstage.run(site, SEND.format(texts='[["Ana Ortiz", "-", "-"]]')).split()[-1:]]

    for text in hostile_texts()[::20]:
        watched.goto(f"{DESK}{pk}/change/")
        watched.get_by_label("A few words for whoever looks next").fill(text)
        with watched.expect_navigation():
            watched.get_by_role("button", name="Keep the words only").click()
        # That its alert was sent may have come in between.
        assert squeezed(text) in map(squeezed, watched.locator(".line q").all_text_contents())
        watched.get_by_text("Correct what they mistyped").click()
        watched.get_by_label("Right name").fill(f"X {text}"[:150])
        watched.get_by_role("button", name="Keep the correction").click()
        watched.get_by_role("heading", level=1).filter(has_text="X ").wait_for()
        assert too_wide(watched) == [], text
        watched.goto(DESK)
        assert too_wide(watched) == [], text

    assert watched.reports == []
