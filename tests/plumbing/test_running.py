"""Whatever serves a folder, alone or under `serve`, and whoever restores into it keep out of each other's way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlsinfo.plumbing import running
from rlsinfo.plumbing.jobs import Failure
from tests.running_site import ROOT, free_port, wait_for

SERVERS = {
    "the web server": ["-m", "gunicorn", "--config", "gunicorn.conf.py"],
    "the mail worker": ["manage.py", "send_mail"],
    "the recurring jobs": ["manage.py", "run_jobs"],
}
pytestmark = pytest.mark.parametrize("server", SERVERS)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def start(server, folder):
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder), "PORT": str(free_port())}
    bind = ["--bind", f"127.0.0.1:{environment['PORT']}"] if "gunicorn" in SERVERS[server] else []
    return subprocess.Popen(
        [sys.executable, *SERVERS[server], *bind],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def is_locked(folder):
    """Looks from aside: to try the lock could keep away who is just starting."""
    file = folder / "running"
    return file.exists() and f":{file.stat().st_ino} " in Path("/proc/locks").read_text(encoding="ascii")


def test_nobody_restores_while_it_runs(server, folder):
    with start(server, folder) as process:
        try:
            wait_for(lambda: is_locked(folder), seconds=60)
            with pytest.raises(Failure, match="somebody serves"), running.nothing_else("somebody serves"):
                pass
        finally:
            process.terminate()

    with running.nothing_else("somebody serves"):
        pass


def test_it_does_not_start_while_somebody_restores(server, folder):
    with running.nothing_else("somebody serves"), start(server, folder) as process:
        said, _ = process.communicate(timeout=60)

    assert process.returncode
    assert running.RESTORING in said
    assert "Traceback" not in said
