"""Debian's nginx with the project's own configuration, before web servers on this machine."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

from tests.running_site import ROOT, free_port

CONFIGURATION = ROOT / "deploy" / "nginx"


class Front:
    """Starts nginx on entering and stops it on leaving; `servers` are the ports of the web servers behind it."""

    def __init__(self, folder: Path, pages: Path, servers: Iterable[int], *, certificate: Path | None = None) -> None:
        self.folder = folder
        self.port, self.tls_port = free_port(), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        (folder / "run").mkdir(parents=True)
        (folder / "conf/listen").mkdir(parents=True)
        (folder / "conf/nginx.conf").symlink_to(CONFIGURATION / "nginx.conf")
        (folder / "pages").symlink_to(pages)
        # What differs from machine to machine: ports, certificates, and where the replicas are.
        how = "listen-tls" if certificate else "listen"
        listen = (CONFIGURATION / how / "listen.conf").read_text(encoding="utf-8")
        listen = listen.replace("listen 8080", f"listen 127.0.0.1:{self.port}")
        listen = listen.replace("listen 8443", f"listen 127.0.0.1:{self.tls_port}")
        listen = re.sub(r"/run/secrets/tls-\w+", str(certificate), listen)
        (folder / "conf/listen/listen.conf").write_text(listen, encoding="utf-8")
        self.point_to(servers)
        self.process: subprocess.Popen[bytes] | None = None

    def point_to(self, servers: Iterable[int]) -> None:
        """Name the web servers, as an operator does who adds one or takes one away."""
        text = (CONFIGURATION / "upstream.conf").read_text(encoding="utf-8")
        for lines in re.findall(r"(?: +server .*\n)+", text):
            first = lines.splitlines(keepends=True)[0]
            ours = (re.sub(r"server \S+", f"server 127.0.0.1:{port}", first) for port in servers)
            text = text.replace(lines, "".join(ours))
        (self.folder / "conf/upstream.conf").write_text(text, encoding="utf-8")

    def reload(self) -> None:
        """Have nginx read its configuration again, and wait until only workers with the new one take connections."""
        assert self.process
        before = self._workers()
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while before & self._workers() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _workers(self) -> set[str]:
        """The workers that are not shutting down."""
        assert self.process
        found = subprocess.run(
            ["pgrep", "--parent", str(self.process.pid), "--full", "nginx: worker process$"],
            capture_output=True,
            text=True,
        )
        return set(found.stdout.split())

    def __enter__(self) -> "Front":
        # Where Debian puts it, which not every account has on its path.
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        # Started by root, its workers would be nobody, who may not look into the folders of a test.
        user = "user root;" if os.geteuid() == 0 else ""
        command = [nginx, "-p", str(self.folder), "-c", "conf/nginx.conf", "-g", f"daemon off; {user}"]
        self.process = subprocess.Popen(command, stdout=(self.folder / "output").open("w"), stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 20
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"nginx did not start:\n{self.output}")
            time.sleep(0.05)
        return self

    def __exit__(self, *unused: object) -> None:
        assert self.process
        self.process.terminate()
        self.process.wait(timeout=20)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    @property
    def output(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8")
