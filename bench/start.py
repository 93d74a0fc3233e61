"""How soon the site answers and how much memory it takes: beside a new Django project under the same gunicorn.

    python bench/start.py [--rounds 7]

From the start of gunicorn to the first answer. Then the memory of the server with one worker, and what each further one
adds, once all have answered the form too: as the proportional set size, where what processes share counts once. Before
the table stands what each package that is loaded costs, of both.
"""

import argparse
import http.client
import json
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
NEW = "new Django project"
WORTH_A_LINE = 0.5
"""MiB."""
LOADED = """
import collections, importlib, importlib.machinery, json, resource, sys, time
def now():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * resource.getpagesize() / 2**20, 1000 * time.perf_counter()
taken, inner = collections.defaultdict(lambda: [0.0, 0.0]), [[0.0, 0.0]]
def counted(load):
    def exec_module(loader, module):
        before = now()
        inner.append([0.0, 0.0])
        try:
            return load(loader, module)
        finally:
            cost, others = [b - a for a, b in zip(before, now())], inner.pop()
            for at in (0, 1):
                taken[module.__name__.partition(".")[0]][at] += cost[at] - others[at]
                inner[-1][at] += cost[at]
    return exec_module
for loader in (importlib.machinery.SourceFileLoader, importlib.machinery.ExtensionFileLoader):
    loader.exec_module = counted(loader.exec_module)
started = now()
import gunicorn.app.wsgiapp
importlib.import_module(sys.argv[1]).application
print(json.dumps({"all": [b - a for a, b in zip(started, now())], **taken}))
"""
"""Prints the MiB and the milliseconds that loading an application costs, in all and by package, without what it loads."""


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


def loaded(application: str, folder: Path, environment: dict[str, str]) -> dict[str, list[float]]:
    """The MiB and the milliseconds that each package costs."""
    command = [sys.executable, "-c", LOADED, application]
    told = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(told.stdout))


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
        # Otherwise our own modules, unlike Django's, would be compiled again at every start.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        site = os.environ | own
        plain = site | {"PYTHONPATH": f"{name}{os.pathsep}{ROOT}"}
        (folder / "var").mkdir()
        for command in ("migrate", "build_pages"):
            subprocess.run(
                [sys.executable, "manage.py", command], cwd=ROOT, env=site, check=True, stdout=subprocess.DEVNULL
            )
        applications = {"ours": ("rlsinfo.wsgi", ROOT, site), NEW: ("plain.wsgi", folder, plain)}
        seconds: dict[str, list[float]] = {name: [] for name in applications}
        first: dict[str, list[float]] = {name: [] for name in applications}
        further: dict[str, list[float]] = {name: [] for name in applications}
        for _ in range(rounds):
            for name, application in applications.items():
                taken, one = start(*application, 1)
                _, three = start(*application, 3)
                seconds[name].append(taken)
                first[name].append(one)
                further[name].append((three - one) / 2)
                print(f"{name}: first answer {taken:.2f} s; {one:.0f} MiB, {further[name][-1]:.0f} more", flush=True)
        costs = {name: loaded(*application) for name, application in applications.items()}
    print(f"\n{'Loading':<16}{'ours':>19}{NEW:>24}")
    for package, (held, _) in sorted(costs["ours"].items(), key=lambda each: -each[1][0]):
        if held > WORTH_A_LINE:
            cost = [costs[name].get(package, (0, 0)) for name in applications]
            print(f"{package:<16}" + "     ".join(f"{held:6.1f} MiB{taken:5.0f} ms" for held, taken in cost))
    pairs = list(zip(seconds["ours"], seconds[NEW], strict=True))
    lines = [table.ratio("from the start to the first answer", pairs, " s", NEW, SOONER, at_most=True)]
    for what, held, goal in (("the server and one worker", first, FIRST), ("each further worker", further, FURTHER)):
        lines.append(table.figure(f"memory of {what}", held["ours"], " MiB", goal, beside=(NEW, held[NEW])))
    return table.report(lines)


if __name__ == "__main__":
    sys.exit(main())
