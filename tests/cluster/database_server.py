"""A PostgreSQL server of its own, to be stopped and started again."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.running_site import free_port


class DatabaseServer:
    """Starts on entering, is gone with all its data on leaving; `url` names one empty database."""

    def __init__(self, password: str) -> None:
        *_, self.tools = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        self.port = free_port()
        # Not in a folder of pytest's: the server runs as another user, who may not look into those.
        self.folder = Path(tempfile.mkdtemp())
        self.as_user: list[str] = []
        (self.folder / "password").write_text(password)
        if os.geteuid() == 0:
            self.as_user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(self.folder, "postgres")
            shutil.chown(self.folder / "password", "postgres")
        self.url = f"postgres://rlsinfo@127.0.0.1:{self.port}/rlsinfo"

    def __enter__(self) -> "DatabaseServer":
        self._run(
            "initdb", "--pgdata", "data", "--username", "rlsinfo", "--encoding", "UTF8", "--data-checksums",
            "--auth-host", "scram-sha-256", "--auth-local", "trust", "--pwfile", "password",
        )  # fmt: skip
        self.start()
        self._run("createdb", "--host", str(self.folder), "--port", str(self.port), "--username", "rlsinfo", "rlsinfo")
        return self

    def __exit__(self, *unused: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def start(self) -> None:
        listen = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c max_connections=300"
        self._run("pg_ctl", "--pgdata", "data", "--wait", "--log", "log", "--options", listen, "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast` is what an operator does; `immediate` is a power cut."""
        self._run("pg_ctl", "--pgdata", "data", "--wait", "--mode", mode, "stop")

    def _run(self, tool: str, *arguments: str) -> None:
        # Its output goes to a file: the server would keep a pipe open for as long as it runs.
        with (self.folder / "output").open("a") as output:
            subprocess.run(
                [*self.as_user, str(self.tools / tool), *arguments],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                check=True,
            )
