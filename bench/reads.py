"""How fast an article is read: the site beside a bare function that returns the same bytes, under the same gunicorn.

    python bench/reads.py [--seconds 5] [--rounds 5] [--connections 8]

Prints requests per second of both and their ratio; the two take turns, so that a busy machine slows both alike.
Needs `wrk` (Debian's package of that name).
"""

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ARTICLE = "/causes/iron-and-rls/"
HEADERS = {"Accept-Encoding": "gzip, deflate, br"}
GOAL = 0.7


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def gunicorn(application: str, port: int, environment: dict[str, str]):
    """One gunicorn with the site's own settings, serving an application until the block ends."""
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    # A log line a request would measure the terminal.
    command += ["--access-logfile", "/dev/null", application]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ARTICLE}").close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}{ARTICLE}"
    finally:
        process.terminate()
        process.wait()


def fetch(address: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(urllib.request.Request(address, headers=HEADERS)) as answer:
        return answer.read(), dict(answer.headers)


def rate(address: str, seconds: int, connections: int) -> float:
    """Requests per second with keep-alive, as `wrk` counts them; an answer other than 200 ends the run."""
    asked = [option for name, value in HEADERS.items() for option in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *asked, address]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        sys.exit(f"The run is worth nothing:\n{printed}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])


def options(about: str) -> argparse.Namespace:
    """How long, how often and over how many connections somebody wants to measure; ends the run without `wrk`."""
    known = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--seconds", type=int, default=5)
    known.add_argument("--rounds", type=int, default=5)
    known.add_argument("--connections", type=int, default=8)
    if not shutil.which("wrk"):
        sys.exit("`wrk` is not installed: run `make tools`.")
    return known.parse_args()


def main() -> None:
    chosen = options(__doc__)

    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        site = os.environ | {"PORT": str(port), "VAR_DIR": folder, "SITE_URL": "", "ALLOWED_HOSTS": "", "DEBUG": "0"}
        subprocess.run([sys.executable, "manage.py", "build_pages"], cwd=ROOT, env=site, check=True, stdout=2)
        with gunicorn("rlsinfo.wsgi", port, site) as address:
            body, headers = fetch(address)
            same_bytes = Path(folder, "body")
            same_bytes.write_bytes(body)
            bare = os.environ | {"BARE_BODY": str(same_bytes), "PYTHONPATH": str(ROOT / "bench")}
            with gunicorn("bare:application", free_port(), bare) as bare_address:
                assert fetch(bare_address)[0] == body
                print(
                    f"{ARTICLE}: {len(body):,} bytes, {headers['Content-Encoding']}; {chosen.connections} connections"
                )
                pairs = []
                for _ in range(chosen.rounds):
                    pairs.append([rate(each, chosen.seconds, chosen.connections) for each in (bare_address, address)])
                    print(
                        "bare {:8,.0f}/s   site {:8,.0f}/s   ratio {:.2f}".format(
                            *pairs[-1], pairs[-1][1] / pairs[-1][0]
                        )
                    )
    ratio = statistics.median(site / bare for bare, site in pairs)
    print(f"ratio (median of {chosen.rounds}): {ratio:.2f}; goal: at least {GOAL}")
    sys.exit(ratio < GOAL)


if __name__ == "__main__":
    main()
