"""Finds the built pages that fit this site's address; settings reads it, so it imports nothing of Django."""

import json
from pathlib import Path

POINTER = "current.json"


def read_pointer(folder: Path) -> dict[str, str]:
    """What the last build left behind: the site's folder, the address it was built for; nothing if there was none."""
    try:
        return dict(json.loads((folder / POINTER).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def built_site(site_url: str, *folders: Path) -> Path | None:
    """The site built for this address in the first of the folders that holds one."""
    for folder in folders:
        pointer = read_pointer(folder)
        site = folder / pointer.get("site", "")
        if pointer.get("site_url") == site_url and pointer.get("site") and site.is_dir():
            return site
    return None
