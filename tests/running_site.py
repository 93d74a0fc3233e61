"""The site as it really runs: `manage.py serve` with its processes, in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def new_database(server: str, name: str) -> str:
    """The address of an empty database beside the one named, so that two sites do not share their requests."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def wait_for(what, seconds=30.0):
    """Wait until a function returns something; fail when it does not."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


class RunningSite:
    """Starts the site on entering and stops it, as Ctrl-C does, on leaving."""

    def __init__(self, var_dir: Path, **environment: str) -> None:
        self.var_dir = var_dir
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        # The tests are one client, and ask more often in an hour than people do.
        plenty = {"REQUESTS_PER_CLIENT": "1000000", "REQUESTS_PER_HOUR": "1000000"}
        own = {"PATH": os.environ["PATH"], "VAR_DIR": str(var_dir), "PORT": str(self.port)}
        self.environment = own | plenty | environment
        if server := os.environ.get("DATABASE_URL", ""):
            self.environment["DATABASE_URL"] = new_database(server, f"site_{self.port}")
        self.process: subprocess.Popen[str] | None = None
        self.inside: list[str] = []
        """What stands before a command to run it where this site's disk is."""

    def __enter__(self) -> "RunningSite":
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=self.environment,
            stdout=(self.var_dir / "output").open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"The site did not start:\n{self.output}")
            time.sleep(0.1)
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop()

    def stop(self) -> int:
        """Ask it to stop, and wait; returns the exit status."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health/", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def manage(self, *arguments: str, typed: str = "") -> str:
        """Run a command of the site in its environment; returns what it printed."""
        ended = subprocess.run(
            [*self.inside, sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def make_staff(
        self, username: str, password: str, *, name: str = "", group: str = "Front desk", phone: str = ""
    ) -> None:
        """An account in a group; with a phone if its secret is given."""
        first_name, _, last_name = name.partition(" ")
        self.manage(
            "shell",
            "--no-imports",
            "--command",
            "from django.contrib.auth.models import Group, User;"
            "from django_otp.plugins.otp_totp.models import TOTPDevice;"
            f"user = User.objects.create_user({username!r}, password={password!r}, is_staff=True,"
            f"first_name={first_name!r}, last_name={last_name!r});"
            f"user.groups.add(Group.objects.get(name={group!r}));"
            f"{phone!r} and TOTPDevice.objects.create(user=user, name='Phone', key={phone!r})",
        )

    @property
    def output(self) -> str:
        return (self.var_dir / "output").read_text(encoding="utf-8")

    def mails(self) -> list[str]:
        """Every message written so far, the oldest first; two of one second may share a file."""
        files = sorted((self.var_dir / "mail").glob("*"), key=lambda file: file.stat().st_mtime_ns)
        written = "".join(file.read_text(encoding="utf-8") for file in files)
        return [message.lstrip() for message in written.split("-" * 79 + "\n") if message.strip()]
