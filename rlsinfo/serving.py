"""Runs the web server, the mail worker and the recurring jobs side by side; when one ends, all end."""

import ctypes
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

from django.conf import settings

PATIENCE = 35
"""Seconds a process has to finish what it is doing; gunicorn gives its own workers 30."""

PR_SET_PDEATHSIG = 1
"""From Linux's <sys/prctl.h>."""


class _Stop(Exception):
    """Somebody asked to stop."""


def check_port(host: str, port: int) -> None:
    """Raises OSError when nobody can listen there, before anything else is made ready."""
    family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(where)


def web_server(bind: str) -> list[str]:
    """The command that serves the site on `bind` (host:port)."""
    return [sys.executable, "-m", "gunicorn", "--config", str(settings.BASE_DIR / "gunicorn.conf.py"), "--bind", bind]


def command_line(*command: str) -> list[str]:
    """How a command of the site is run as a process."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *command]


def serve(bind: str) -> int:
    """Serve on `bind` (host:port) until SIGINT or SIGTERM, or until a process ends by itself.

    Returns the exit status: 0 when asked to stop, otherwise that of the process that ended.
    """
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _stop)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        # In sessions of their own: Ctrl-C reaches this process alone, which then ends them in order.
        processes += [
            subprocess.Popen(  # noqa: S603
                command, cwd=settings.BASE_DIR, start_new_session=True, preexec_fn=end_with_parent
            )
            for command in (web_server(bind), command_line("send_mail"), command_line("run_jobs"))
        ]
        while True:
            for process in processes:
                if process.poll() is not None:
                    return process.returncode or 1
            time.sleep(0.2)
    except _Stop:
        return 0
    finally:
        end(processes)


def end_with_parent() -> None:
    """Have the kernel ask this process to stop when `serve` is gone, so that even kill -9 leaves nothing behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(signum: int, frame: FrameType | None) -> None:
    # A second signal must not interrupt the ending.
    signal.signal(signum, signal.SIG_IGN)
    raise _Stop


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask every process to end, and wait; one that does not is killed."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
