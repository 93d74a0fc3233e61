"""The grown shape on this machine: the processes of compose.yaml, from the commands and settings that stand there."""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from email import message_from_bytes
from pathlib import Path

import yaml
from aiosmtpd.controller import Controller

from tests.cluster.database_server import DatabaseServer
from tests.cluster.front import Front
from tests.running_site import ROOT, free_port, wait_for

SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


class Mailbox(Controller):
    """A mail server that takes everything; `identifiers` are those of what it took."""

    def __init__(self) -> None:
        self.identifiers: list[str] = []
        super().__init__(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server, session, envelope):
        self.identifiers.append(message_from_bytes(envelope.content)["Message-ID"])
        return "250 kept"


class Process:
    """A web server or a mail worker, with everything it starts."""

    def __init__(self, service: str, code: Path, environment: dict[str, str], output: Path) -> None:
        self.port, self.output = int(environment["PORT"]), output
        self.process = subprocess.Popen(
            command(service, self.port),
            cwd=code,
            env=environment,
            stdout=output.open("a"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def is_well(self) -> bool:
        """What the health check of its container asks."""
        assert self.process.poll() is None, f"It ended by itself:\n{self.output.read_text(encoding='utf-8')}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self) -> None:
        """As Docker stops a container: asks, and waits."""
        self.process.terminate()
        self.process.wait(timeout=60)

    def kill(self) -> None:
        """As a power cut does, in the middle of whatever goes on."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Cluster:
    """Starts all of it on entering and ends all of it on leaving; `code` is where the release stands."""

    def __init__(self, folder: Path, *, replicas: int = 2, code: Path = ROOT, **environment: str) -> None:
        self.folder, self.code = folder, code
        self.mailbox = Mailbox()
        self.secrets = self._make_secrets()
        self.password = (self.secrets / "database-password").read_text().strip()
        self.database = DatabaseServer(self.password)
        self.pages = folder / "pages"
        self.pages.mkdir()
        ports = [free_port() for _ in range(replicas)]
        self.front = Front(folder / "nginx", self.pages, ports)
        self.port, self.address = self.front.port, self.front.address
        self.environment = self._environment() | environment
        self.web: dict[int, Process] = dict.fromkeys(ports)
        self.workers: list[Process] = []
        self.started = ExitStack()

    def __enter__(self) -> "Cluster":
        with self.started as started:
            self.mailbox.start()
            started.callback(self.mailbox.stop)
            started.enter_context(self.database)
            started.callback(self._end_processes)
            self.prepare()
            for port in self.web:
                self.start_web(port)
            self.start_worker()
            started.enter_context(self.front)
            for replica in self.web.values():
                wait_for(replica.is_well, seconds=120)
            self.started = started.pop_all()
        return self

    def __exit__(self, *unused: object) -> None:
        self.started.close()

    def prepare(self, code: Path | None = None) -> None:
        """What the one-shot container does before a release is served."""
        self.manage(*command("prepare", 0)[2:], code=code)

    def start_web(self, port: int, code: Path | None = None) -> Process:
        """Start a replica on a port; the caller waits until it is well."""
        self.web[port] = self._start("web-1", port, code)
        return self.web[port]

    def start_worker(self, code: Path | None = None) -> Process:
        self.workers.append(self._start("mail", 0, code))
        return self.workers[-1]

    def manage(self, *arguments: str, code: Path | None = None) -> str:
        """Run a command of the site as one of its containers would; returns what it printed."""
        ended = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=code or self.code,
            env=self._in_container("by-hand", 8000),
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def _start(self, service: str, port: int, code: Path | None) -> Process:
        name = f"{service}-{port or len(self.workers)}"
        return Process(service, code or self.code, self._in_container(name, port or 8000), self.folder / f"{name}.log")

    def _end_processes(self) -> None:
        for process in [*self.web.values(), *self.workers]:
            if process and process.process.poll() is None:
                process.kill()

    def _make_secrets(self) -> Path:
        """With the script that an operator runs."""
        (self.folder / "deploy").mkdir()
        script = shutil.copy(ROOT / "deploy/make-secrets", self.folder / "deploy")
        subprocess.run([script], check=True, capture_output=True)
        return self.folder / "secrets"

    def _environment(self) -> dict[str, str]:
        """That of the containers, with what differs on this machine."""
        stated = {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", of) for name, of in SERVICES["web-1"]["environment"].items()}
        files = {name: of.replace("/run/secrets", str(self.secrets)) for name, of in stated.items()}
        # The tests are one client, and ask more often in an hour than people do.
        plenty = {"REQUESTS_PER_CLIENT": "1000000", "REQUESTS_PER_HOUR": "1000000"}
        here = {
            "PATH": os.environ["PATH"],
            "SITE_URL": self.address,
            "DATABASE_URL": self.database.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mailbox.port}",
            "CLINIC_ALERT_EMAIL": "desk@example.org",
            "WEB_CONCURRENCY": "1",
        }
        return files | plenty | here

    def _in_container(self, name: str, port: int) -> dict[str, str]:
        """Settings of a process with a scratch folder of its own, in which it finds the pages of all."""
        var_dir = self.folder / "containers" / name
        var_dir.mkdir(parents=True, exist_ok=True)
        if not (var_dir / "pages").exists():
            (var_dir / "pages").symlink_to(self.pages)
        return self.environment | {"VAR_DIR": str(var_dir), "PORT": str(port)}


def command(service: str, port: int) -> list[str]:
    """What compose.yaml starts, with our interpreter and a port of this machine; assets are collected here."""
    program, *arguments = SERVICES[service]["command"]
    interpreter = {"python": [sys.executable], "gunicorn": [sys.executable, "-m", "gunicorn"]}[program]
    here = (each.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for each in arguments if each != "--prebuilt")
    return [*interpreter, *here]
