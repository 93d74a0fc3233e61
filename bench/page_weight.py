"""What a browser fetches for the first view of each kind of page: compressed bytes, by file.

    python bench/page_weight.py

Opens the built pages in headless Chromium and adds up what went over the wire. The budget is 14 KB (14,336 bytes)
for HTML and CSS together; a page over it makes the exit status 1.
"""

import os
import subprocess
import sys
import tempfile

from playwright.sync_api import sync_playwright
from reads import ROOT, free_port, gunicorn

BUDGET = 14 * 1024
KINDS = {
    "home": "/",
    "section": "/causes/",
    "article": "/causes/iron-and-rls/",
    "longest article": "/treatments/treatment-overview/",
    "urgent help": "/symptoms/when-to-get-help/",
    "A to Z": "/a-to-z/",
    "site page": "/how-we-write/",
    "before the form": "/consultation/",
    "form": "/consultation/request/",
}


def weigh(browser, address: str) -> dict[str, int]:
    """Encoded body bytes by resource type of everything fetched for one page, in a browser with an empty cache."""
    context = browser.new_context()
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    kinds: dict[str, str] = {}
    weights: dict[str, int] = {}
    protocol.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))

    def finished(event):
        kind = kinds.get(event["requestId"], "Other")
        weights[kind] = weights.get(kind, 0) + event["encodedDataLength"]

    protocol.on("Network.loadingFinished", finished)
    page.goto(address, wait_until="networkidle")
    context.close()
    return weights


def main() -> None:
    over = False
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        port = free_port()
        site = os.environ | {"PORT": str(port), "VAR_DIR": folder, "SITE_URL": "", "ALLOWED_HOSTS": "", "DEBUG": "0"}
        for command in ("migrate", "build_pages"):
            subprocess.run([sys.executable, "manage.py", command], cwd=ROOT, env=site, check=True, stdout=2)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with gunicorn("rlsinfo.wsgi", port, site):
            print(f"{'page':<16}{'HTML':>8}{'CSS':>8}{'script':>8}{'other':>8}{'HTML+CSS':>10}  (bytes with headers)")
            for kind, path in KINDS.items():
                weights = weigh(browser, f"http://127.0.0.1:{port}{path}")
                html, css, script = (weights.pop(name, 0) for name in ("Document", "Stylesheet", "Script"))
                over |= html + css > BUDGET
                print(f"{kind:<16}{html:>8,}{css:>8,}{script:>8,}{sum(weights.values()):>8,}{html + css:>10,}")
        browser.close()
    print(f"budget: {BUDGET:,} bytes for HTML and CSS together")
    sys.exit(over)


if __name__ == "__main__":
    main()
