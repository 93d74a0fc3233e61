"""How fast an article is read, in both shapes: beside a bare function under the same gunicorn, and beside a bare nginx.

    python bench/reads.py [--seconds 1] [--rounds 15] [--connections 8]

The bare function returns the same answer, headers and body, from memory; the bare nginx serves the same compressed file
with its usual settings and log, and no header of ours. Each takes turns with the site, so that a busy machine slows both
alike. Needs `wrk` and `nginx` (Debian's packages of those names).
"""

import argparse
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tests.cluster.front import Front  # noqa: E402
from tests.running_site import free_port  # noqa: E402

ARTICLE = "/causes/iron-and-rls/"
HEADERS = {"Accept-Encoding": "gzip, deflate, br"}
GOAL = 0.95
ADDED_BY_GUNICORN = {"Server", "Date", "Connection"}
BARE_NGINX = """
worker_processes auto;
pid run/nginx.pid;
error_log stderr alert;
events {{ worker_connections 8192; }}
http {{
    sendfile on;
    tcp_nopush on;
    open_file_cache max=2000;
    access_log {folder}/log;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
        types {{ }}
        default_type "text/html; charset=utf-8";
        add_header Content-Encoding br;
    }}
}}
"""


@contextmanager
def gunicorn(application: str, port: int, environment: dict[str, str]):
    """One gunicorn with the site's own settings, serving an application until the block ends."""
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    # A log line a request would measure the terminal.
    process = subprocess.Popen([*command, application], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
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


def fetch(address: str) -> tuple[bytes, list[tuple[str, str]]]:
    """The body of an answer, as it came, and its headers."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.request("GET", parts.path, headers=HEADERS)
    answer = connection.getresponse()
    return answer.read(), answer.getheaders()


def rate(address: str, seconds: int, connections: int) -> float:
    """Requests per second with keep-alive, as `wrk` counts them; an answer other than 200 ends the run."""
    asked = [option for name, value in HEADERS.items() for option in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *asked, address]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        sys.exit(f"The run is worth nothing:\n{printed}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])


def options(about: str, *, seconds: int, rounds: int) -> argparse.Namespace:
    """How long, how often and over how many connections somebody wants to measure; ends the run without `wrk`."""
    known = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--seconds", type=int, default=seconds)
    known.add_argument("--rounds", type=int, default=rounds)
    known.add_argument("--connections", type=int, default=8)
    if not shutil.which("wrk"):
        sys.exit("`wrk` is not installed: run `make tools`.")
    return known.parse_args()


def compare(what: str, site: str, bare: str, beside: str, chosen: argparse.Namespace) -> table.Line:
    """The line of two addresses, of which the second is the limit."""
    rate(site, 1, chosen.connections), rate(bare, 1, chosen.connections)
    pairs = []
    for _ in range(chosen.rounds):
        pairs.append(tuple(rate(each, chosen.seconds, chosen.connections) for each in (site, bare)))
        print(f"{what}: site {pairs[-1][0]:9,.0f}/s   {beside} {pairs[-1][1]:9,.0f}/s", flush=True)
    return table.ratio(what, pairs, "/s", beside, GOAL)


def main() -> int:
    chosen = options(__doc__, seconds=1, rounds=15)
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        own = {"PORT": str(port), "VAR_DIR": name, "SITE_URL": "", "ALLOWED_HOSTS": "", "DEBUG": "0"}
        site = os.environ | own
        (folder / "bare/run").mkdir(parents=True)
        subprocess.run([sys.executable, "manage.py", "prepare_release"], cwd=ROOT, env=site, check=True, stdout=2)
        with gunicorn("rlsinfo.wsgi", port, site) as address:
            body, headers = fetch(address)
            same = [header for header in headers if header[0] not in ADDED_BY_GUNICORN]
            (folder / "answer").write_text(json.dumps({"headers": same, "body": body.decode("latin-1")}))
            bare = os.environ | {"BARE_ANSWER": str(folder / "answer"), "PYTHONPATH": str(ROOT / "bench")}
            with gunicorn("bare:application", free_port(), bare) as bare_address:
                assert fetch(bare_address)[0] == body
                one = compare("read, one machine", address, bare_address, "bare function", chosen)
        with nginx(folder / "bare", body) as bare_address, Front(folder / "front", folder / "pages", [port]) as front:
            address = front.address + ARTICLE
            assert fetch(address)[0] == fetch(bare_address)[0] == body
            grown = compare("read, grown", address, bare_address, "bare nginx", chosen)
    return table.report([one, grown])


@contextmanager
def nginx(folder: Path, body: bytes):
    """An nginx that serves one file."""
    port = free_port()
    (folder / "article").write_bytes(body)
    (folder / "nginx.conf").write_text(BARE_NGINX.format(folder=folder, port=port))
    user = "user root;" if os.geteuid() == 0 else ""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [program, "-p", str(folder), "-c", "nginx.conf", "-g", f"daemon off; {user}"]
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/article"
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
