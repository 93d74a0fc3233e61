"""Writes every public page and its compressed copies to a folder that a web server hands out as it is."""

import fcntl
import gc
import gzip
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.http import HttpResponse

from rlsinfo.articles import library
from rlsinfo.articles.pictures import Picture
from rlsinfo.built_pages import ENCODINGS, HEADERS, POINTER, file_of, read_pointer
from rlsinfo.languages import PREFIX
from rlsinfo.pages import built_paths

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    # 11 takes three times as long for 2 % fewer bytes: over half of a build.
    "br": partial(brotli.compress, quality=10),
    "gzip": partial(gzip.compress, compresslevel=9, mtime=0),
}
IN_SPANISH = COMPRESS | {"br": partial(brotli.compress, quality=11)}
"""These pages are few, and longer."""
KEPT = 7 * 24 * 60 * 60
"""Seconds for which pages stay after newer ones have taken their place. nginx goes on with them until it reloads, and a
release that stopped half way is prepared again, or mended and prepared, before that."""


class CannotBuild(Exception):
    """A page did not answer as a page that is the same for everybody; the sentence says which and why."""


def check_content() -> None:
    """`manage.py check --tag content`, the pages shared out among all cores."""
    paths = library.paths()
    with _processes() as processes:
        library.take_over(zip(paths, processes.map(library.look_at, paths), strict=True))
    call_command("check", tags=["content"], verbosity=0)


@contextmanager
def _processes() -> Iterator[ProcessPoolExecutor]:
    """One process for each core, which knows all that was read so far.

    None of that is searched for garbage again: it stays until the end, a search of it would take as long as building
    ten pages, and what is searched becomes a copy in each process.
    """
    gc.freeze()
    with ProcessPoolExecutor(mp_context=get_context("fork")) as processes:
        yield processes


def build_pages(folder: Path) -> Path:
    """Build all pages under `folder` and point to them; returns the new site's folder.

    The folder of a site is named by its content, so a build never touches files that a running server hands out,
    and building the same content twice gives the same bytes in the same place. What was pointed to stays for a week.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder))
    try:
        headers: dict[str, dict[str, str]] = {}
        digest = hashlib.sha256()
        build_page = partial(_build_page, draft / "pages")
        _site.cache_clear()
        first, *others = built_paths()
        # Backwards: the lists of everything stand last and take longest, and nothing waits for them at the end.
        others.reverse()
        answers = [build_page(first)]
        # After the first page, so that no process sets up the site again.
        with _processes() as processes:
            answers += processes.map(build_page, others)
        for path, (sent, content) in zip([first, *others], answers, strict=True):
            headers[path] = sent
            digest.update(path.encode() + content)
        all_headers = json.dumps(headers, indent=1, sort_keys=True)
        (draft / HEADERS).write_text(all_headers, encoding="utf-8")
        digest.update(all_headers.encode())
        site = folder / digest.hexdigest()[:16]
        if not site.exists():
            draft.chmod(0o755)
            draft.rename(site)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _point_to(site)
    return site


def _point_to(site: Path) -> None:
    """Let whoever starts from now on serve this site; what was served before goes when its time is over."""
    folder = site.parent
    before = folder / read_pointer(folder).get("site", site.name)
    if before != site and before.is_dir():
        os.utime(before)  # its time begins
    new = folder / f"{POINTER}.new"
    new.write_text(json.dumps({"site": site.name, "site_url": settings.SITE_URL}), encoding="utf-8")
    new.rename(folder / POINTER)
    for old in {headers.parent for headers in folder.glob(f"*/{HEADERS}")} - {site}:
        if time.time() - old.stat().st_mtime > KEPT:
            shutil.rmtree(old)


def _build_page(pages: Path, path: str) -> tuple[dict[str, str], bytes]:
    """Write one page and its compressed copies; returns its headers and the digest of its body."""
    headers, body = _answer(path)
    file = pages / file_of(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    for name, suffix in ENCODINGS:
        compress = IN_SPANISH if path.startswith(PREFIX) else COMPRESS
        file.with_name(file.name + suffix).write_bytes(compress[name](body))
    return headers, hashlib.sha256(body).digest()


def _answer(path: str) -> tuple[dict[str, str], bytes]:
    """What the site itself answers, through everything a reader's request goes through: headers and body."""
    address = urlsplit(settings.SITE_URL)
    request = {"PATH_INFO": path, "HTTP_HOST": address.netloc, "wsgi.url_scheme": address.scheme}
    setup_testing_defaults(request)
    errors: list[BaseException | None] = []

    def notice(**signal: object) -> None:
        errors.append(sys.exception())

    got_request_exception.connect(notice)
    answer = cast(HttpResponse, _site().get_response(WSGIRequest(request)))
    got_request_exception.disconnect(notice)
    if errors:
        raise CannotBuild(f"{path} cannot be made: {errors[0]}") from errors[0]
    if answer.status_code != 200:
        raise CannotBuild(f"{path} answered {answer.status_code}, but a built page must answer 200.")
    if answer.cookies or "cookie" in answer.headers.get("Vary", "").casefold():
        raise CannotBuild(f"{path} depends on a cookie, but a built page must be the same for everybody.")
    sent = {name: value for name, value in answer.items() if name not in {"Content-Length", "Vary"}}
    return sent | {"Cache-Control": settings.PAGES_CACHE_CONTROL}, answer.content


@cache
def _site() -> WSGIHandler:
    """Kept for a whole build: setting up the site takes longer than a page."""
    return WSGIHandler()


def draw_pictures() -> None:
    """Draw what other sites show beside a link, for each page with new words; the other pictures are kept."""
    folder = Path(settings.STATIC_ROOT, "social")
    folder.mkdir(parents=True, exist_ok=True)
    new = list({each.name: each for each in library.pictures() if not (folder / each.name).exists()}.values())
    if not new:
        return
    with _processes() as processes:
        for picture, drawn in zip(new, processes.map(Picture.draw, new), strict=True):
            draft = folder / f"{picture.name}.{os.getpid()}"
            draft.write_bytes(drawn)
            draft.rename(folder / picture.name)


def collect_assets() -> bool:
    """Collect and compress the assets unless the collected ones are fresh; returns whether it had to.

    Names carry their content's hash and old ones stay, so a running server goes on handing out what its pages name.
    """
    assets = {name: Path(storage.path(name)) for finder in finders.get_finders() for name, storage in finder.list([])}
    fingerprint = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for name, asset in assets.items():
        status = asset.stat()
        fingerprint.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    settings.BUILD_DIR.mkdir(exist_ok=True)
    mark = settings.BUILD_DIR / "assets-collected-from"
    with (settings.BUILD_DIR / "assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.exists() and mark.read_text(encoding="utf-8") == fingerprint.hexdigest():
            return False
        for name in assets:
            # Otherwise a file that changed within a second, or back to an older one, would be taken for fresh.
            Path(settings.STATIC_ROOT, name).unlink(missing_ok=True)
        call_command("collectstatic", "--noinput", verbosity=0)
        mark.write_text(fingerprint.hexdigest(), encoding="utf-8")
    return True
