"""What a patient or staff typed lies sealed in the database, and nowhere else: not in a log, a mail, a file, a process."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.running_site import RunningSite, wait_for
from tests.staff.signing_in import code_for
from tests.visitor import Visitor

pytestmark = pytest.mark.stack

PASSWORD = "eleven purple lanterns"
PHONE_SECRET = "3132333435363738393031323334353637383930"
DESK = "/admin/consultations/consultationrequest/"
MAILED_TO = "quokkamail@example.org"
TYPED = {
    "name": "Quokkaname Wombatson",
    "phone": "(555) 010-9937",
    "email": MAILED_TO,
    "note": "quokkanote about nights",
    "help_needed": "quokkahelp interpreter",
}
MARKERS = ("quokka", "wombatson", "555) 010-9937", "5550109937", "0109937")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with RunningSite(tmp_path_factory.mktemp("site")) as running:
        running.make_staff("frida", PASSWORD, name="Frida Kern", group="Lead", phone=PHONE_SECRET)
        yield running


def sign_in(site: RunningSite) -> Visitor:
    frida = Visitor(site.address).open("/admin/login/")
    frida.open("/admin/login/", frida.hidden() | {"username": "frida", "password": PASSWORD})
    frida.open(frida.url, frida.hidden() | {"code": code_for(PHONE_SECRET)})
    return frida.open(DESK)


def type_everywhere(site: RunningSite) -> str:
    """Markers through every way that the form ends and every box of the desk; the reference that was shown."""
    person = Visitor(site.address)
    sent = person.fill_in(**TYPED).send()
    assert "We have your request" in sent.text
    reference = sent.reference
    for answers, status in (
        ({"topic": "quokkatopic"}, 422),
        ({"urgent": "yes"}, 200),
        ({"website": "https://quokka.example/"}, 200),
        ({"note": "quokka " * 20_000}, 413),
    ):
        assert Visitor(site.address).fill_in(**TYPED | answers).status == status
    machine = (
        Visitor(site.address).fill_in(**TYPED | {"website": "quokka", "phone": "", "name": "Quokka Machine"}).send()
    )
    assert "We have your request" in machine.text
    expired = Visitor(site.address).open("/consultation/request/", TYPED | {"step": "send"})
    assert expired.status == 403
    Visitor(site.address).open("/search/?q=quokkasearch+wombatson")
    _while_the_database_is_broken(site, lambda: Visitor(site.address).fill_in(**TYPED).send())

    frida = sign_in(site)
    find = frida.open(f"{DESK}find/").hidden()
    assert reference in frida.open(f"{DESK}find/", find | {"text": TYPED["phone"]}).text
    frida.open(f"{DESK}find/", find | {"text": "quokkanobody"})
    (link,) = {
        each.attrs["href"] for each in frida.open(f"{DESK}find/", find | {"text": reference}).page.query("tbody th a")
    }
    page = frida.open(link)
    token = page.hidden()["csrfmiddlewaretoken"][:1]
    correct = {
        "csrfmiddlewaretoken": token,
        "version": "1",
        "name": "Quokkaright",
        "phone": "555 010 9937",
        "email": "",
    }
    assert "Quokkaright" in frida.open(link.replace("change", "correct"), correct).text
    note = {"csrfmiddlewaretoken": token, "version": "2", "why": "quokkawords for a colleague"}
    assert "quokkawords" in frida.open(link.replace("change", "note"), note).text
    return reference


def _while_the_database_is_broken(site: RunningSite, act: Callable[[], Visitor]) -> None:
    rename = "from django.db import connection; connection.cursor().execute('ALTER TABLE {} RENAME TO {}')"
    site.manage("shell", "--no-imports", "--command", rename.format("consultations_event", "gone"))
    try:
        assert act().status == 503
    finally:
        site.manage("shell", "--no-imports", "--command", rename.format("gone", "consultations_event"))


def with_markers(content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace").lower()
    return [marker for marker in MARKERS if marker in text]


def test_nothing_that_was_typed_lies_anywhere_in_clear(site):
    type_everywhere(site)
    wait_for(lambda: len(site.mails()) >= 2)

    processes = {
        path: with_markers(path.read_bytes())
        for process in Path("/proc").glob("[0-9]*")
        for path in (process / "cmdline", process / "environ")
        if str(site.var_dir).encode() in _read(process / "environ")
    }
    if address := site.environment.get("DATABASE_URL"):
        dump = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))[-1]
        assert not with_markers(subprocess.run([dump, address], capture_output=True, check=True).stdout)
    site.stop()

    assert processes
    assert not any(processes.values())
    # The one place: a mail to the person bears their address.
    mails = "\n".join(site.mails())
    assert f"To: {MAILED_TO}" in mails
    assert not with_markers(mails.replace(MAILED_TO, "").encode())
    files = [path for path in site.var_dir.rglob("*") if path.is_file() and path.parent.name != "mail"]
    assert {"output"} | ({"rlsinfo.sqlite3"} if not address else set()) <= {path.name for path in files}
    assert {path.name: found for path in files if (found := with_markers(path.read_bytes()))} == {}
    assert not [path for path in site.var_dir.rglob("*") if with_markers(path.name.encode())]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
