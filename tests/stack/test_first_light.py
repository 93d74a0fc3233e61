"""The whole way: a newcomer reads, asks for a call, and the front desk has it."""

import email
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.running_site import RunningSite, wait_for
from tests.staff.signing_in import code_for
from tests.visitor import Visitor

PASSWORD = "eleven purple lanterns"
PHONE = "3132333435363738393031323334353637383930"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with RunningSite(tmp_path_factory.mktemp("site")) as running:
        yield running


def stored(site, what="count()"):
    code = f"from rlsinfo.consultations.models import *; print(ConsultationRequest.objects.{what})"
    return site.manage("shell", "--no-imports", "--command", code).strip()


def test_a_reader_becomes_a_request_the_front_desk_sees(site):
    visitor = Visitor(site.address)
    assert "Legs that will not rest" in visitor.open("/").text
    assert "What this rests on" in visitor.open("/causes/iron-and-rls/").text
    assert "911" in visitor.open("/consultation/").text

    visitor.fill_in()
    assert "Check your answers" in visitor.text
    assert "(555) 010-0177" in visitor.text
    visitor.send()

    assert visitor.status == 200
    assert re.fullmatch(r"[A-Z0-9]{4} [A-Z0-9]{4}", visitor.reference)
    assert "no-store" in visitor.headers["Cache-Control"]
    reference = visitor.reference

    mails = wait_for(lambda: len(site.mails()) >= 2 and site.mails())
    messages = [email.message_from_string(mail) for mail in mails]
    assert {message["To"] for message in messages} == {"front-desk@localhost", "marigold@example.org"}
    for message in messages:
        words = str(message["Subject"]) + message.get_payload(decode=True).decode()
        assert reference in words or reference.replace(" ", "") in words
        assert not re.search(r"Testperson|010-0177|5550100177|ten are best|restless|RLS", words, re.IGNORECASE)

    site.make_staff("frida", PASSWORD, phone=PHONE)
    staff = sign_in(site, "frida")
    staff.open("/admin/")
    assert "Marigold T." in staff.text
    staff.open(staff.page.query(".desk tbody th a")[0].attrs["href"])
    assert "Marigold Testperson" in staff.text
    assert reference in staff.text
    assert "Mornings after ten are best." in staff.text


def sign_in(site, username):
    staff = Visitor(site.address)
    staff.open("/admin/login/")
    staff.open("/admin/login/", token(staff) | {"username": username, "password": PASSWORD, "next": "/admin/"})
    return staff.open("/admin/login/code/", token(staff) | {"code": code_for(PHONE)})


def token(staff):
    return {"csrfmiddlewaretoken": staff.page.query('input[name="csrfmiddlewaretoken"]')[0].attrs["value"]}


def test_fifty_sendings_of_one_form_are_one_request_with_one_reference(site):
    visitor = Visitor(site.address).fill_in(name="Fifty Times", email="")
    fields = {**visitor.hidden(), "step": "send"}
    cookies = visitor.browser

    def send(_):
        again = Visitor(site.address)
        again.browser = cookies
        return again.open("/consultation/request/", fields).reference

    before = int(stored(site))
    with ThreadPoolExecutor(50) as crowd:
        references = list(crowd.map(send, range(50)))

    assert int(stored(site)) == before + 1
    assert len(references) == 50
    assert len(set(references)) == 1


def test_articles_are_answered_from_the_built_pages(site):
    visitor = Visitor(site.address).open("/causes/iron-and-rls/")

    assert visitor.headers["ETag"]
    assert "max-age" in visitor.headers["Cache-Control"]
    assert not visitor.headers["Set-Cookie"]
    icon = visitor.page.query('link[rel="icon"]')[0].attrs["href"]
    assert re.fullmatch(r"/static/icon\.[0-9a-f]{12}\.svg", icon)
    assert "immutable" in visitor.open(icon).headers["Cache-Control"]


def test_the_start_says_what_one_needs_to_know(site):
    assert site.address in site.output
    assert "make staff" in site.output
    assert "Ctrl-C" in site.output
    assert "Traceback" not in site.output


def test_nothing_typed_and_nobody_s_address_is_in_the_log(site):
    Visitor(site.address).fill_in(name="Zanzibar Logless", note="a walrus of a word").send()
    Visitor(site.address).open("/a-to-z/?q=walrus")

    wait_for(lambda: "/consultation/sent/" in site.output)
    assert not re.search(r"Zanzibar|walrus|marigold|010-0177|5550100177|127\.0\.0\.1 ", site.output.split("Ctrl-C")[1])


def test_ctrl_c_stops_every_process(tmp_path):
    with RunningSite(tmp_path) as site:
        group = str(site.process.pid)
        children = subprocess.run(["pgrep", "--parent", group], capture_output=True, text=True).stdout.split()
        assert len(children) == 3

        assert site.stop() == 0

        assert not [child for child in children if Path(f"/proc/{child}").exists()]
        assert not site.answers()


def test_kill_9_leaves_no_process_behind(tmp_path):
    with RunningSite(tmp_path) as site:
        site.process.kill()
        site.process.wait()

        wait_for(lambda: not site.answers())
        wait_for(lambda: not subprocess.run(["pgrep", "--full", str(site.port)], capture_output=True).stdout)


def test_when_the_worker_dies_the_site_ends_so_that_somebody_notices(tmp_path):
    with RunningSite(tmp_path) as site:
        worker = subprocess.run(
            ["pgrep", "--parent", str(site.process.pid), "--full", "send_mail"], capture_output=True, text=True
        ).stdout.strip()
        assert worker

        subprocess.run(["kill", f"-{signal.SIGKILL}", worker], check=True)

        assert site.process.wait(timeout=60) != 0
        assert not site.answers()
