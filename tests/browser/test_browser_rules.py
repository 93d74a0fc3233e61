"""What a browser enforces for us: no page breaks its own policy, none stores anything personal, links from mail work."""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser import backstage, steps
from tests.browser.conftest import PASSWORD, PHONE
from tests.consultations.desk.test_roles import ADDRESSES, REQUEST
from tests.running_site import RunningSite

pytestmark = pytest.mark.browser

BOSS = ("boss", PASSWORD)
MADE = f"""
from django.contrib.auth.models import User
from django_otp.plugins.otp_totp.models import TOTPDevice
from rlsinfo.consultations.models import ConsultationRequest
from rlsinfo.staff import invitations
boss, made = User.objects.get_or_create(username="boss", defaults=dict(is_staff=True, is_superuser=True))
if made:
    boss.set_password({PASSWORD!r})
    boss.save()
    TOTPDevice.objects.create(user=boss, name="Phone", key={PHONE!r})
newcomer, _ = User.objects.get_or_create(username="olaf@example.com", defaults=dict(is_staff=True))
print(ConsultationRequest.objects.last().pk, newcomer.pk, invitations.link(newcomer))
"""


@pytest.fixture
def made(page: Page, site: RunningSite) -> tuple[int, int, str]:
    """A request, somebody who is invited, and the link of their invitation; and somebody who may see everything."""
    steps.send_the_request(page)
    request, person, link = backstage.run(site, MADE).split()[-3:]
    return int(request), int(person), link


@pytest.fixture
def reports(page: Page, site: RunningSite) -> list[str]:
    """Everything that the browser refuses or complains about, and what it asks of other sites, on whichever page."""
    said: list[str] = []
    page.on("request", lambda each: said.append(each.url) if not each.url.startswith(f"{site.address}/") else None)
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    page.expose_function("report", lambda each: said.append(each))
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (it) => report(`${location.pathname}: ${it.violatedDirective}`))"
    )
    return said


def test_the_watch_sees_what_the_policy_forbids_and_who_else_is_asked(page: Page, reports, webmail):
    page.goto("/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red><img src=data:,>')")
    steps.wait_until(page, lambda: {"/: style-src-attr", "/: img-src"} <= set(reports))
    page.goto(webmail)
    steps.wait_until(page, lambda: webmail in reports)


def test_no_page_for_staff_breaks_the_policy_or_asks_another_site(page: Page, site: RunningSite, made, reports):
    request, person, link = made
    about = {f"{REQUEST}change": [request], "person": [person], "app_list": ["consultations"]}
    about["accept_invitation"] = link.split("/")[-3:-1]
    steps.sign_in(page, BOSS)

    # What opens to nobody is no page, and jsi18n is a script; a new address that needs an argument stops here.
    pages = [name for name, line in ADDRESSES.items() if line.read and name.isidentifier() and name != "jsi18n"]
    for name in pages:
        answer = page.goto(site.address + reverse(f"admin:{name}", args=about.get(name, [])))
        assert answer
        assert answer.ok, name

    assert reports == []
    assert len(pages) > 20


def test_a_browser_stores_the_choice_of_light_and_nothing_of_a_request_or_a_person(page: Page, made):
    request, _, _ = made
    steps.sign_in(page, BOSS)
    page.goto(reverse(f"admin:{REQUEST}change", args=[request]))
    page.get_by_label("A few words for whoever looks next").press_sequentially("Words about a person")
    expect(page.locator(".draft-state")).to_have_text("Your words are kept.")
    page.goto("/admin/people/")

    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    databases = page.evaluate("indexedDB.databases().then((all) => all.length)")
    caches = page.evaluate("self.caches ? caches.keys().then((all) => all.length) : 0")

    assert kept == '[{"theme":"auto"},{}]'
    assert (databases, caches) == (0, 0)
    assert {cookie["name"] for cookie in page.context.cookies()} <= {"session", "csrf", "device"}


# --- links in mails ----------------------------------------------------------------------------------


@pytest.fixture
def webmail(site: RunningSite) -> Iterator[str]:
    """A page of another site that shows the link in ?, as a mail program in the browser does."""

    class Webmail(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<a href="{self.path.partition("?")[2]}">The link in the mail</a>'.encode())

        def log_message(self, *unused):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Webmail)
    Thread(target=server.serve_forever, daemon=True).start()
    # Another name is another site to a browser; another port is not.
    yield f"http://localhost:{server.server_port}/?"
    server.shutdown()
    server.server_close()


def test_a_link_in_an_alert_leads_to_the_request_without_signing_in_again(page: Page, site, made, webmail):
    request, _, _ = made
    steps.sign_in(page)
    path = reverse(f"admin:{REQUEST}change", args=[request])

    page.goto(f"{webmail}{site.address}{path}")
    page.get_by_role("link").click()

    expect(page).to_have_url(re.compile(re.escape(path)))
    expect(page.get_by_role("heading", name="So far")).to_be_visible()


def test_an_invitation_can_be_taken_up_from_a_mail_that_is_read_in_the_browser(page: Page, made, webmail):
    _, _, link = made

    page.goto(f"{webmail}{link}")
    page.get_by_role("link").click()

    expect(page.get_by_role("heading", name="Choose your password")).to_be_visible()
