"""A machine is lost: another one serves from the backup, by one command. And the running site tries itself."""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.running_site import ROOT, RunningSite
from tests.stack.test_first_light import PASSWORD, PHONE, sign_in, stored, wait_for
from tests.visitor import Visitor

pytestmark = pytest.mark.stack

KEYS = ("backup-key", "encryption-keys", "secret-key")
KILLS = int(os.environ.get("RESTORE_KILLS", "1"))
"""How often a restore is killed; many more when somebody asks for it."""


def make_restore(site: RunningSite, backup: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The one command, in the environment of a site that need not run; what the tests run on is set up already."""
    return subprocess.run(
        ["make", "--assume-old=.venv/runtime", "restore", f"FILE={backup}", *more],
        cwd=ROOT,
        env=site.environment,
        capture_output=True,
        text=True,
    )


def newest_backup(site: RunningSite) -> Path:
    return Path(site.manage("backup").strip().splitlines()[-1])


def test_a_bare_machine_serves_from_the_backup_within_five_minutes(tmp_path):
    lost, bare = tmp_path / "lost", tmp_path / "bare"
    lost.mkdir()
    bare.mkdir()
    with RunningSite(lost) as site:
        reference = Visitor(site.address).fill_in().send().reference
        site.make_staff("frida", PASSWORD, phone=PHONE)
        backup = newest_backup(site)
        rescued = Path(shutil.copy(backup, tmp_path))
        for key in KEYS:
            shutil.copy(lost / key, bare)
    shutil.rmtree(lost)

    started = time.monotonic()
    site = RunningSite(bare)
    restored = make_restore(site, rescued)
    assert restored.returncode == 0, restored.stderr
    with site:
        staff = sign_in(site, "frida")
        staff.open("/admin/")
        assert time.monotonic() - started < 5 * 60

        assert "Marigold T." in staff.text
        staff.open(staff.page.query(".desk tbody th a")[0].attrs["href"])
        assert "Marigold Testperson" in staff.text
        assert reference in staff.text
        assert re.search(r"^ +1  consultations_consultationrequest$", restored.stdout, re.MULTILINE)
        assert "One request was opened and its page shown." in restored.stdout
        assert Visitor(site.address).fill_in(name="Somebody Else").send().reference != reference

        refused = make_restore(site, rescued, "ARGS=--replace")
        assert refused.returncode != 0
        assert "the site is running on this folder: stop it first" in refused.stderr


def test_without_the_keys_of_the_names_a_restore_says_what_is_missing(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    site = RunningSite(first)
    site.manage("migrate", "--verbosity", "0")
    site.manage(
        "shell", "--no-imports", "--command", "from rlsinfo.consultations import sealing; sealing.require_keys()"
    )
    backup = newest_backup(site)
    shutil.copy(first / "backup-key", second)
    other = RunningSite(second)

    restored = make_restore(other, backup)

    assert restored.returncode != 0
    assert "SECRET_KEY is another one here" in restored.stdout
    assert "All of it was restored, but names cannot be read yet. The database is sealed with a key" in restored.stderr
    shutil.copy(first / "encryption-keys", second)
    assert "The empty list was shown." in other.manage("show_one_request")


def counted(site: RunningSite) -> int:
    """How many requests the database of a site holds."""
    question = "SELECT count(*) FROM consultations_consultationrequest"
    if address := site.environment.get("DATABASE_URL"):
        with psycopg.connect(address) as server:
            return server.execute(question).fetchone()[0]
    with closing(sqlite3.connect(site.var_dir / "rlsinfo.sqlite3", timeout=20)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return file.execute(question).fetchone()[0]


def test_a_restore_that_is_killed_leaves_the_old_or_the_new_and_nothing_between(tmp_path):
    site = RunningSite(tmp_path)
    site.manage("make_demo")
    backup, then = newest_backup(site), counted(site)
    one_more = "from tests.factories import make_request; make_request(name='Since Then')"
    chance, ends = random.Random(5), []
    for _ in range(KILLS):
        site.manage("shell", "--no-imports", "--command", one_more)
        now = counted(site)
        process = subprocess.Popen(
            [sys.executable, "manage.py", "restore", "--replace", str(backup)],
            cwd=ROOT,
            env=site.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(chance.uniform(1, 4))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        ends.append(counted(site))
        assert ends[-1] in (then, now)

    assert make_restore(site, backup, "ARGS=--replace").returncode == 0
    assert counted(site) == then
    print(
        f"{KILLS} restores were killed: {ends.count(then)} had ended, {KILLS - ends.count(then)} had not begun to count."
    )


@pytest.mark.parametrize("address", ["", "https://www.example.org"], ids=["plain", "as behind TLS"])
def test_a_test_request_goes_the_whole_way_and_nobody_hears_of_it(tmp_path, address):
    over_tls = {"SITE_URL": address, "ALLOWED_HOSTS": "www.example.org,127.0.0.1"} if address else {}
    with RunningSite(tmp_path, **over_tls) as site:
        said = site.manage("send_test_request").splitlines()[-1]

        assert re.fullmatch(r"Sent and stored in [0-9.]+ s, its mail handed on after \d+ s\.", said)
        assert stored(site) == "0"
        assert site.mails() == []
        if address:
            return
        # What stands in the schedule does it too, once it is known and due.
        known = "from rlsinfo.plumbing.models import Job; print(Job.objects.filter(name='backup').exists())"
        wait_for(lambda: site.manage("shell", "--no-imports", "--command", known).strip() == "True")
        due = "from rlsinfo.plumbing.models import Job; from django.utils import timezone;"
        due += "Job.objects.filter(name__in=('test_request', 'backup')).update(due_at=timezone.now(), finished_at=None)"
        site.manage("shell", "--no-imports", "--command", due)
        done = "from rlsinfo.plumbing.models import Job; print([j.ok for j in Job.objects.filter(finished_at__isnull=False,"
        done += "name__in=('test_request', 'backup'))])"
        wait_for(lambda: site.manage("shell", "--no-imports", "--command", done).strip() == "[True, True]", seconds=90)
        assert len(list((tmp_path / "backups").glob("*.backup"))) == 1
        assert stored(site) == "0"
        assert site.mails() == []
