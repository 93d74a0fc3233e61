"""Runs a command of the site as a process of its own, on another database if need be."""

import os
import subprocess
import sys

from django.conf import settings

from rlsinfo.plumbing.jobs import Failure


def run(*arguments: str, **environment: str) -> str:
    """The last line that the command printed, after those of its log; raises Failure with it when it fails."""
    ended = subprocess.run(  # noqa: S603
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [f"status {ended.returncode}"]
        raise Failure(f"`manage.py {arguments[0]}` failed ({lines[-1].removeprefix('CommandError: ').rstrip('.')})")
    return (ended.stdout.strip().splitlines() or [""])[-1]
