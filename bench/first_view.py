"""What Lighthouse's phone sees first: each kind of page beside a bare page of the same text, in the same run.

    python bench/first_view.py [--rounds 3] [--only home form]

The phone is slow (a quarter of this processor, 1.6 Mbit/s, 150 ms to the server), as Lighthouse reckons it. A bare page is
ours without style, script and picture, handed out as it is with the same compression. Both take turns; medians count.
Of the page that does worst it then prints what its largest paint would be with nothing but its styles and drawings.
bench/page_weight.py weighs what is fetched before. Needs Chromium, and Node.js 20 or later with npm, which installs
Lighthouse as it is pinned in bench/lighthouse/; three of its hints, which count for nothing, need Node.js 22. Nothing but
the site is asked for anything.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import brotli
import table
from reads import HEADERS, ROOT, free_port, gunicorn

PINS, INSTALLED = ROOT / "bench/lighthouse", ROOT / "build/lighthouse"
PAGES = {
    "home": "/",
    "section": "/causes/",
    "article, figure": "/causes/iron-and-rls/",
    "self-check": "/symptoms/self-check/",
    "treatments": "/treatments/treatment-overview/",
    "when to get help": "/symptoms/when-to-get-help/",
    "glossary": "/glossary/",
    "A to Z": "/a-to-z/",
    "search": "/search/?q=iron",
    "sources": "/sources/",
    "our figures": "/our-figures/",
    "privacy": "/privacy/",
    "before a request": "/consultation/",
    "form": "/consultation/request/",
    "article, Spanish": "/es/symptoms/what-rls-feels-like/",
    "form, Spanish": "/es/consultation/request/",
}
NOT_MEANT = {
    "is-crawlable": (
        {"search", "form", "form, Spanish"},
        "closed to search engines on purpose: what was searched and who asks is nobody's search result",
    )
}
"""Audits that pages are meant to fail: which pages, and why. For these they count the other way round."""
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FIRST, PAINT = "first-contentful-paint", "largest-contentful-paint"
"""On pages of text they are one moment. But Lighthouse reckons to the second whatever came before it on this machine, where
a small script that no paint waits for is there at once: keep-light.js costs the second 150 ms and more, a reader none."""
DRAWN = "/drawn"
MOVED, BLOCKED = "cumulative-layout-shift", "total-blocking-time"
GOAL = 1.15
TRIES = 3  # on a busy machine Chromium now and then loses the record of a load
COMPRESS = {"br": lambda body: brotli.compress(body, quality=10), "gzip": lambda body: gzip.compress(body, 6)}
# Whatever else Chromium would ask for has no address.
CHROMIUM = "--headless=new --no-sandbox --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'"


def install_lighthouse() -> Path:
    """Lighthouse's command, in a folder of its own that follows the pins."""
    if not (shutil.which("npm") and shutil.which("node")):
        sys.exit("Lighthouse needs Node.js 20 or later with npm: install both, and try again.")
    lock, done = PINS / "package-lock.json", INSTALLED / "installed"
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        print("Installing Lighthouse ...", file=sys.stderr)
        shutil.rmtree(INSTALLED, ignore_errors=True)
        shutil.copytree(PINS, INSTALLED)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=INSTALLED, check=True, stdout=2)
        shutil.copy(lock, done)
    return INSTALLED / "node_modules/.bin/lighthouse"


@contextmanager
def bare_pages(site: str):
    """A server of the same pages without style, script and picture, each compressed as the site compresses it.

    After DRAWN it has them with their styles and drawings, and without what they fetch.
    """
    pages = {}
    for path in PAGES.values():
        with urlopen(Request(f"{site}{path}", headers=HEADERS)) as answer:
            body, encoding = answer.read(), answer.headers["Content-Encoding"]
        text = (brotli if encoding == "br" else gzip).decompress(body).decode()
        for place, without in (("", "script|style|svg"), (DRAWN, "script")):
            left = re.sub(rf"<({without})\b.*?</\1>|<(link|img)\b[^>]*>", "", text, flags=re.DOTALL)
            # Otherwise a browser asks for a picture of its own accord.
            left = left.replace("</title>", '</title><link rel="icon" href="data:,">', 1)
            pages[place + path] = COMPRESS[encoding](left.encode()), encoding

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body, encoding = pages[self.path]
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def look(lighthouse: Path, address: str, categories: tuple[str, ...]) -> dict[str, Any]:
    """What Lighthouse reports of one page, opened by a browser that has never been there."""
    options = ["--quiet", "--no-enable-error-reporting", "--output=json", "--disable-full-page-screenshot"]
    options += [f"--only-categories={each}" for each in categories]
    chromium = shutil.which("chromium") or sys.exit("Chromium is not installed: run `make tools`.")
    command = [lighthouse, address, *options, f"--chrome-flags={CHROMIUM}"]
    for _ in range(TRIES):
        told = subprocess.run(command, env=os.environ | {"CHROME_PATH": chromium}, capture_output=True, text=True)
        if not told.returncode:
            return dict(json.loads(told.stdout))
    sys.exit(f"Lighthouse could not look at {address}:\n{told.stderr}")


def judge(page: str, report: dict[str, Any]) -> tuple[list[int], list[str]]:
    """The score of each category, as this page is meant to be; and what was found amiss."""
    scores, amiss = [], []
    for category in CATEGORIES:
        got = weights = 0.0
        for audit in report["categories"][category]["auditRefs"]:
            result, weight = report["audits"][audit["id"]], audit["weight"]
            if not weight or result["scoreDisplayMode"] in {"notApplicable", "manual"}:
                continue
            if result["score"] is None:
                sys.exit(f"Lighthouse could not judge {audit['id']} of {page}: {result.get('errorMessage')}")
            is_meant = page not in NOT_MEANT.get(audit["id"], ((), ""))[0]
            score = result["score"] if is_meant else 1 - result["score"]
            if score < 0.9:
                amiss.append(f"{audit['id']}: {result['title']}")
            got, weights = got + weight * score, weights + weight
        scores.append(round(100 * got / weights))
    return scores, amiss


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", nargs="+", choices=PAGES, default=list(PAGES), metavar="PAGE")
    chosen = options.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    lighthouse = install_lighthouse()

    scores: dict[str, list[list[int]]] = {page: [] for page in chosen.only}
    firsts: dict[str, list[tuple[float, float]]] = {page: [] for page in chosen.only}
    paints: dict[str, list[tuple[float, float]]] = {page: [] for page in chosen.only}
    moved: dict[str, list[float]] = {page: [] for page in chosen.only}
    blocked: dict[str, list[float]] = {page: [] for page in chosen.only}
    amiss: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        site = os.environ | {"PORT": str(port), "VAR_DIR": folder, "SITE_URL": "", "ALLOWED_HOSTS": "", "DEBUG": "0"}
        for command in ("migrate", "build_pages"):
            subprocess.run([sys.executable, "manage.py", command], cwd=ROOT, env=site, check=True, stdout=2)
        with gunicorn("rlsinfo.wsgi", port, site), bare_pages(f"http://127.0.0.1:{port}") as bare:
            for _ in range(chosen.rounds):
                for page in chosen.only:
                    theirs = look(lighthouse, bare + PAGES[page], ("performance",))["audits"]
                    report = look(lighthouse, f"http://127.0.0.1:{port}{PAGES[page]}", CATEGORIES)
                    ours = report["audits"]
                    each, amiss[page] = judge(page, report)
                    scores[page].append(each)
                    for pairs, moment in ((firsts, FIRST), (paints, PAINT)):
                        pairs[page].append((ours[moment]["numericValue"], theirs[moment]["numericValue"]))
                    moved[page].append(ours[MOVED]["numericValue"])
                    blocked[page].append(ours[BLOCKED]["numericValue"])
            slowest = max(chosen.only, key=lambda page: statistics.median(ours / bare for ours, bare in paints[page]))
            drawn = [look(lighthouse, bare + DRAWN + PAGES[slowest], ("performance",)) for _ in range(chosen.rounds)]
    print(f"{'page':<20}{'scores':<18}{'paint':>8}{'bare':>8}{'ratio':>7}{'':<15}{'moved':>7}{'blocked':>10}")
    lines, first_lines = {}, {}
    beside = {"unit": " ms", "beside": "bare page of the same text", "goal": GOAL, "at_most": True}
    for page in chosen.only:
        score = " ".join(f"{round(statistics.median(of)):3}" for of in zip(*scores[page], strict=True))
        ours, theirs = (statistics.median(of) for of in zip(*paints[page], strict=True))
        lines[page] = table.ratio(f"largest paint, {page}", paints[page], **beside)
        first_lines[page] = table.ratio(f"first paint, {page}", firsts[page], **beside)
        least, most = lines[page].spread
        print(
            f"{page:<20}{score:<18}{ours:5.0f} ms{theirs:5.0f} ms{lines[page].value:7.2f}"
            f"{f' ({least:.2f} to {most:.2f})':<15}{max(moved[page]):7.3f}{statistics.median(blocked[page]):7.0f} ms"
        )
        for each in amiss[page]:
            print(f"    {each}")
    ours, theirs = (statistics.median(of) for of in zip(*paints[slowest], strict=True))
    alone = statistics.median(each["audits"][PAINT]["numericValue"] for each in drawn)
    print(
        f"Largest paint of {slowest}: its text {theirs:.0f} ms, with its styles and drawings {alone:.0f} ms, with its"
        f" headers, its icon and the script that no paint waits for {ours:.0f} ms"
    )
    for audit, (pages, why) in NOT_MEANT.items():
        print(f"{audit} is not meant for {', '.join(sorted(pages))}: {why}")
    lowest = [min(statistics.median(of) for of in zip(*scores[page], strict=True)) for page in chosen.only]
    many = f"of {len(chosen.only)} kinds of page"
    return table.report(
        [
            table.figure(f"Lighthouse, lowest of four scores {many}", lowest, "", 100, worst=True, at_most=False),
            *(max(each.values(), key=lambda line: line.value) for each in (first_lines, lines)),
            table.figure(f"layout shift, worst {many}", [max(each) for each in moved.values()], "", 0, worst=True),
            table.figure(
                f"blocked, worst {many}", [statistics.median(each) for each in blocked.values()], " ms", 0, worst=True
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
