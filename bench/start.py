"""How soon the site answers and how much memory it takes: beside a new Django project under the same gunicorn.

    python bench/start.py [--rounds 7]

From the start of gunicorn to the first answer. Then the memory of the server with one worker, and what each further one
adds, once all have answered the form too: as the proportional set size, where what processes share counts once.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import table
from page_weight import FORM
from reads import ARTICLE, ROOT, free_port

SOONER, FIRST, FURTHER = 1.2, 60.0, 20.0
"""Times as long as a new project, and MiB."""


def start(application: str, folder: Path, environment: dict[str, str], workers: int) -> tuple[float, float]:
    """The seconds to the first answer, and the MiB of all processes once each worker has answered."""
    port = int(environment["PORT"])
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py")]
    command += ["--workers", str(workers), "--bind", f"127.0.0.1:{port}", application]
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not answers(port):
            if process.poll() is not None:
                sys.exit(f"{application} did not start.")
            time.sleep(0.002)
        taken = time.perf_counter() - started
        # So that every worker has answered some, as Django too.
        for _ in range(50 * workers):
            answers(port, FORM)
        time.sleep(0.5)
        return taken, memory(process.pid)
    finally:
        process.terminate()
        process.wait()


def answers(port: int, path: str = ARTICLE) -> bool:
    """Whether anybody answers, whatever it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with suppress(OSError):
        connection.request("GET", path)
        connection.getresponse().read()
        return True
    return False


def memory(process: int) -> float:
    """MiB of a process and all that it has started."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))
    return own + sum(memory(int(child)) for child in children)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=7)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "django", "startproject", "plain", name], check=True)
        own = {
            "PORT": str(free_port()),
            "VAR_DIR": str(folder / "var"),
            "SITE_URL": "",
            "ALLOWED_HOSTS": "",
            "DEBUG": "0",
        }
        site = os.environ | own
        plain = site | {"PYTHONPATH": f"{name}{os.pathsep}{ROOT}"}
        (folder / "var").mkdir()
        for command in ("migrate", "build_pages"):
            subprocess.run(
                [sys.executable, "manage.py", command], cwd=ROOT, env=site, check=True, stdout=subprocess.DEVNULL
            )
        pairs, first, further = [], [], []
        for _ in range(rounds):
            ours, one = start("rlsinfo.wsgi", ROOT, site, 1)
            _, three = start("rlsinfo.wsgi", ROOT, site, 3)
            pairs.append((ours, start("plain.wsgi", folder, plain, 1)[0]))
            first.append(one)
            further.append((three - one) / 2)
            print(
                f"first answer: {ours:.2f} s, a new project {pairs[-1][1]:.2f} s; {one:.0f} MiB, {further[-1]:.0f} more"
            )
    return table.report(
        [
            table.ratio("from the start to the first answer", pairs, " s", "new Django project", SOONER, at_most=True),
            table.figure("memory of the server and one worker", first, " MiB", FIRST),
            table.figure("memory of each further worker", further, " MiB", FURTHER),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
