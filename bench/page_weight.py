"""What a browser fetches for the first view of each page: compressed bytes, by kind of file, and how many files first.

    python bench/page_weight.py

Opens the built pages in headless Chromium and adds up what went over the wire. The budget is 14 KB (14,336 bytes)
for HTML and CSS of an article together, which is what a server may send before it hears from the reader again. What stands in the page counts as HTML. First come
the page and whatever the browser waits for before it draws a word: at most 3 files.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import table
from playwright.sync_api import sync_playwright
from reads import ROOT, free_port, gunicorn

BUDGET = 14 * 1024
MOST_FIRST = 3
# One entry of the browser's own timings for each file it fetched: its kind, its bytes as they came over the wire, and
# whether the text waited for it.
FETCHED = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .map(entry => [entry.initiatorType, new URL(entry.name).pathname, entry.encodedBodySize, entry.renderBlockingStatus])"""
FORM = "/consultation/request/"
ARTICLE = re.compile("/(?:es/)?(causes|symptoms|vascular|treatments|living)/.")


def weigh(browser, address: str) -> tuple[dict[str, int], int]:
    """Compressed bytes by kind of file, of all a browser with an empty cache fetches for one page; and its files first."""
    page = browser.new_context().new_page()
    page.goto(address, wait_until="networkidle")
    weights = dict.fromkeys(("HTML", "CSS", "script", "other"), 0)
    first = 0
    for initiator, path, size, blocks in page.evaluate(FETCHED):
        first += initiator == "navigation" or blocks == "blocking"
        kind = "HTML" if initiator == "navigation" else {".css": "CSS", ".js": "script"}.get(Path(path).suffix, "other")
        weights[kind] += size
    page.context.close()
    return weights, first


def pages(address: str) -> list[str]:
    """Every page the sitemap names, and the form, which it does not name."""
    with urlopen(f"{address}/sitemap.xml") as sitemap:
        return [*(urlsplit(page).path for page in re.findall("<loc>(.*?)</loc>", sitemap.read().decode())), FORM]


def main() -> int:
    articles: dict[str, int] = {}
    files_first: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port = free_port()
        site = os.environ | {"PORT": str(port), "VAR_DIR": folder, "SITE_URL": "", "ALLOWED_HOSTS": "", "DEBUG": "0"}
        for command in ("migrate", "build_pages"):
            subprocess.run([sys.executable, "manage.py", command], cwd=ROOT, env=site, check=True, stdout=2)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with gunicorn("rlsinfo.wsgi", port, site):
            print(f"{'page':<50}{'HTML':>8}{'CSS':>8}{'script':>8}{'other':>8}{'HTML+CSS':>10}{'first':>7}")
            for path in pages(f"http://127.0.0.1:{port}"):
                weights, files_first[path] = weigh(browser, f"http://127.0.0.1:{port}{path}")
                together = weights["HTML"] + weights["CSS"]
                if ARTICLE.match(path):
                    articles[path] = together
                sizes = "".join(f"{size:>8,}" for size in weights.values())
                print(f"{path:<50}{sizes}{together:>10,}{files_first[path]:>7}")
        browser.close()
    heaviest = max(articles, key=articles.__getitem__)
    many = [*files_first.values()]
    return table.report(
        [
            table.figure(f"HTML and CSS of {heaviest}", [*articles.values()], " bytes", BUDGET, worst=True),
            table.figure(f"files before the text, worst of {len(many)} pages", many, "", MOST_FIRST, worst=True),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
