"""A PostgreSQL server that belongs to one test, to be stopped, started, stunned and made read-only."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.running_site import ROOT


class OwnPostgres:
    """Runs as long as the block lasts."""

    def __enter__(self) -> "OwnPostgres":
        self.around = subprocess.Popen(
            [ROOT / ".ci" / "with-postgres", "sh", "-c", 'echo "$DATABASE_URL"; cat'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.around.stdout
        self.address = self.around.stdout.readline().strip()
        with psycopg.connect(self.address) as connection:
            self.data = Path(str(connection.execute("SHOW data_directory").fetchone()[0]))
        self.program, *self.options = shlex.split((self.data / "postmaster.opts").read_text())
        return self

    def __exit__(self, *unused: object) -> None:
        self.around.communicate()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The power is cut, and comes back: no goodbye, and a recovery at the start."""
        self._control("--mode", "immediate", "stop")
        try:
            yield
        finally:
            self._control("--wait", "--log", f"{self.data}.log", "--options", shlex.join(self.options), "start")

    @contextmanager
    def stunned(self) -> Iterator[None]:
        """The server holds every line and answers nothing."""
        master = (self.data / "postmaster.pid").read_text().split()[0]
        servants = subprocess.run(["pgrep", "--parent", master], capture_output=True, text=True).stdout.split()
        processes = [master, *servants]
        subprocess.run(["kill", f"-{signal.SIGSTOP}", *processes], check=True)
        try:
            yield
        finally:
            subprocess.run(["kill", f"-{signal.SIGCONT}", *processes], check=True)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """As after a move to a second server that does not yet write."""
        self._set("ALTER SYSTEM SET default_transaction_read_only = on")
        try:
            yield
        finally:
            self._set("ALTER SYSTEM RESET default_transaction_read_only")

    @contextmanager
    def forgetful(self) -> Iterator[None]:
        """As somebody set it up who wanted it fast."""
        self._set("ALTER SYSTEM SET fsync = off")
        try:
            yield
        finally:
            self._set("ALTER SYSTEM RESET fsync")

    def _set(self, command: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(command)
            connection.execute("SELECT pg_reload_conf()")

    def _control(self, *arguments: str) -> None:
        # The server refuses to run as root; its folder belongs to whom it runs as.
        as_owner = ["runuser", "-u", self.data.owner(), "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [*as_owner, str(Path(self.program).with_name("pg_ctl")), "--pgdata", str(self.data), *arguments],
            check=True,
            capture_output=True,
            cwd=self.data.parent,
        )
