"""The web server, the mail worker and the recurring jobs, as `serve` runs them, each to be killed and started again alone."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from rlsinfo import serving
from tests.running_site import ROOT, RunningSite, wait_for

# What `serve` prepares, but of the pages only those that our readers ask for.
READ = ("/", "/consultation/", "/causes/iron-and-rls/")
PREPARE = f"""
from django.conf import settings
from django.core.management import call_command
from rlsinfo import build
call_command("migrate", interactive=False, verbosity=0)
build.built_paths = lambda: {READ!r}
build.collect_assets()
build.build_pages(settings.PAGES_DIRS[1])
"""


class Stack(RunningSite):
    """A site in its processes; with `disk`, on a small disk of its own (see SmallDisk)."""

    def __init__(self, var_dir: Path, *, disk: "SmallDisk | None" = None, **environment: str) -> None:
        super().__init__(var_dir, DJANGO_SETTINGS_MODULE="tests.faults.hurried_settings", **environment)
        self.kept = var_dir
        """Where the tests see what is kept in VAR_DIR."""
        if disk:
            self.inside, self.kept = disk.inside, disk.seen_from_outside
        self.web: subprocess.Popen[str] | None = None
        self.worker: subprocess.Popen[str] | None = None
        self.jobs: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Stack":
        self.manage("shell", "--no-imports", "--command", PREPARE)
        self.start_web()
        self.start_worker()
        self.jobs = self._start(serving.command_line("run_jobs"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        serving.end([process for process in self.processes if process])

    def start_web(self) -> None:
        """Start the web server, and wait until it answers."""
        self.web = self._start(serving.web_server(f"127.0.0.1:{self.port}"))
        wait_for(self.answers)

    def start_worker(self) -> None:
        self.worker = self._start(serving.command_line("send_mail"))

    @property
    def processes(self) -> list[subprocess.Popen[str] | None]:
        return [self.web, self.worker, self.jobs]

    def kill_web(self) -> None:
        """End every process of the web server at one instant, in the middle of whatever it does."""
        assert self.web
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        with (self.var_dir / "output").open("a") as output:
            return subprocess.Popen(
                [*self.inside, *command],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class SmallDisk:
    """A disk of a few megabytes at a folder, seen by no process but those started with `inside`; gone with them.

    Those processes are bound by file permissions even when root runs the tests.
    """

    def __init__(self, folder: Path, megabytes: int = 4) -> None:
        self.folder = folder
        mount = f"mount -t tmpfs -o size={megabytes}m tmpfs {folder} && echo mounted && exec sleep infinity"
        self.holder = subprocess.Popen(
            ["unshare", "--map-root-user", "--mount", "setpriv", "--pdeathsig", "KILL", "sh", "-c", mount],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.holder.stdout
        self.trouble = self.holder.stdout.readline().strip().removeprefix("mounted")
        """Why this machine lends no such disk; empty if it does."""
        enter = ["nsenter", "--target", str(self.holder.pid), "--user", "--mount", "--preserve-credentials"]
        bind = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner"]
        self.inside = [*enter, *bind, "env", f"--chdir={ROOT}"]
        self.seen_from_outside = Path(f"/proc/{self.holder.pid}/root{folder}")
        self.filling = self.seen_from_outside / "filling"

    def fill(self) -> None:
        """Take every last byte."""
        with suppress(OSError), self.filling.open("ab", buffering=0) as filling:
            while True:
                filling.write(b"." * 4096)

    def free(self) -> None:
        self.filling.unlink()

    def remove(self) -> None:
        self.holder.kill()
        self.holder.wait()
