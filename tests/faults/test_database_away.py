"""The database is locked, full, read-only, gone, stopped or stunned: readers read on, nobody loses a word, and requests
get through again by themselves.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from rlsinfo.waiting_room import THREADS
from tests.faults.crowd import Ledger, Reading, readers, send
from tests.faults.own_postgres import OwnPostgres
from tests.faults.records import judge, locked
from tests.faults.size import JAM_LASTS, LOCK_WAIT, REFUSAL_LASTS
from tests.faults.stack import SmallDisk, Stack
from tests.faults.where import ON_SQLITE, in_full_or_on_sqlite, on_postgresql, on_sqlite, only_in_full
from tests.running_site import ROOT, free_port
from tests.visitor import Visitor

NOT_STORED = "We could not take your request just now, and nothing has been sent."
TYPED = {"name": "Zebediah Wordkeeper", "note": "A walrus of a word, and a second one."}
AWAY = "Our records do not answer just now"
CROWD = 2 * THREADS + 8
"""More people than the web server has threads."""


@pytest.fixture(scope="module")
def disk(tmp_path_factory) -> Iterator[SmallDisk | None]:
    """What the SQLite file of this site lies on."""
    if not ON_SQLITE:
        yield None
        return
    disk = SmallDisk(tmp_path_factory.mktemp("small-disk"))
    if disk.trouble:
        pytest.skip(f"no small disk can be had here: {disk.trouble}")
    yield disk
    disk.remove()


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres | None]:
    """What keeps the PostgreSQL database of this site."""
    if ON_SQLITE:
        yield None
        return
    with OwnPostgres() as own, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", own.address)
        yield own


@pytest.fixture(scope="module")
def site(tmp_path_factory, mail, disk, server) -> Iterator[Stack]:
    folder = disk.folder if disk else tmp_path_factory.mktemp("site")
    with Stack(folder, disk=disk, **mail) as running:
        yield running


def live_through(
    site: Stack,
    fault: AbstractContextManager[None],
    lasts: float = REFUSAL_LASTS,
    *,
    people: int = 6,
    told: bool = True,
) -> Reading:
    """What everybody sees before, during and after; returns how readers fared meanwhile.

    Whether somebody is `told` or has to wait is a matter of chance while a server says nothing at all.
    """
    ledger, processes = Ledger(), site.processes
    patient, staff = Visitor(site.address).fill_in(**TYPED), Visitor(site.address).open("/admin/login/")

    with readers(site) as reading:
        with fault:
            crowd = threading.Thread(target=send, args=(site, people, ledger, people, lasts / 2))
            crowd.start()
            time.sleep(lasts)
            assert "Check your answers" in Visitor(site.address).fill_in(**TYPED).text
            if told:
                the_patient_is_told(patient)
                staff_are_told(staff)
            assert ledger.acknowledged == {}
        crowd.join()
        assert len(ledger.acknowledged) == people
        assert patient.send().reference

    assert not reading.refused
    assert reading.longest < LOCK_WAIT * 2 / 3, "a reader had to wait with those who wait for the database"
    assert [process.poll() for process in processes] == [None, None, None]
    assert judge(site, ledger)
    assert not [word for word in ("Traceback", "Zebediah", "walrus", "example.org") if word in site.output]
    return reading


def the_patient_is_told(patient: Visitor) -> None:
    words = patient.hidden()
    patient.send()
    assert (patient.status, patient.headers["Retry-After"]) == (503, "60")
    assert NOT_STORED in patient.text
    assert without_token(patient.hidden()) == without_token(words)


def staff_are_told(staff: Visitor) -> None:
    staff.open("/admin/login/", {**staff.hidden(), "username": "zebediah@example.org", "password": "walrus"})
    assert (staff.status, staff.headers["Retry-After"]) == (503, "60")
    assert AWAY in staff.text
    assert "zebediah@example.org" in staff.text
    assert "walrus" not in staff.text


def without_token(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """Each page gives the token in another spelling."""
    return {name: values for name, values in fields.items() if name != "csrfmiddlewaretoken"}


@in_full_or_on_sqlite
def test_locked(site, say):
    reading = live_through(site, locked(site), JAM_LASTS, people=CROWD)

    say(f"locked for {JAM_LASTS:.0f} s: {len(reading.answers)} pages read, the longest in {reading.longest:.2f} s")


@on_sqlite
def test_disk_full(site, disk, say):
    @contextmanager
    def full():
        disk.fill()
        yield
        disk.free()

    reading = live_through(site, full())

    say(f"disk full: {len(reading.answers)} pages read, the longest in {reading.longest:.2f} s")


@on_sqlite
def test_read_only(site, disk, say):
    @contextmanager
    def read_only():
        file = site.kept / "rlsinfo.sqlite3"
        file.chmod(0o444)
        site.kept.chmod(0o555)
        yield
        site.kept.chmod(0o755)
        file.chmod(0o644)

    reading = live_through(site, read_only())

    say(f"file and folder read-only: {len(reading.answers)} pages read, the longest in {reading.longest:.2f} s")


@on_sqlite
def test_gone(site, say):
    @contextmanager
    def gone():
        file = site.kept / "rlsinfo.sqlite3"
        elsewhere = file.with_name("elsewhere")
        file.rename(elsewhere)
        yield
        elsewhere.rename(file)

    reading = live_through(site, gone())

    say(f"file gone: {len(reading.answers)} pages read, the longest in {reading.longest:.2f} s")


@on_postgresql
def test_server_stopped(site, server, say):
    reading = live_through(site, server.stopped())

    say(f"server stopped and started: {len(reading.answers)} pages read, the longest in {reading.longest:.2f} s")


@on_postgresql
@only_in_full
def test_server_stunned(site, server, say):
    reading = live_through(site, server.stunned(), JAM_LASTS, people=CROWD, told=False)

    say(f"server silent: {len(reading.answers)} pages read, the longest in {reading.longest:.2f} s")


@on_postgresql
@only_in_full
def test_server_read_only(site, server, say):
    reading = live_through(site, server.read_only())

    say(f"server read-only: {len(reading.answers)} pages read, the longest in {reading.longest:.2f} s")


@on_postgresql
@only_in_full
def test_server_that_forgets(site, server, say):
    with server.forgetful():
        start = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=site.environment | {"PORT": str(free_port())},
            capture_output=True,
            text=True,
        )

    assert start.returncode != 0
    assert "fsync is off" in start.stderr
    assert len(start.stderr.strip().splitlines()) == 1
    say(f"server with fsync off: {start.stderr.strip()}")
