"""Writes what nginx needs to answer readers exactly as the site does: files, and the part of its configuration that
follows from ours. What is the same for every site stands in deploy/nginx/nginx.conf."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from textwrap import indent

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from whitenoise.media_types import MediaTypes

from rlsinfo.built_pages import ENCODINGS, file_of, read_pages, stamp
from rlsinfo.middleware import security_headers

CONFIGURATION = "nginx"
ANSWERS = {
    "malformed": ("400.html", "400 405 408 414 494"),
    "too-big": ("400.html", "413"),
    "too-many": ("front/too-many.html", "429"),
    "away": ("front/away.html", "500 502 504 =503"),
}
"""What nginx answers by itself when it refuses a request or finds no replica that takes it: our page, for which status."""
RETRY_AFTER = {"too-many": "60", "away": "60"}
STRICT_TRANSPORT = "Strict-Transport-Security"


def write(folder: Path, site: Path) -> None:
    """Put assets, error pages and nginx's configuration for a built site into the folder that nginx serves from.

    Assets of earlier releases stay: pages that a reader has open, or that an older replica writes, still name them.
    """
    shutil.copytree(settings.STATIC_ROOT, folder / "static", dirs_exist_ok=True, copy_function=_copy)
    request = RequestFactory().get("/", secure=settings.HTTPS)
    for name, (template, statuses) in ANSWERS.items():
        page = render_to_string(template, {"too_big": "413" in statuses, "knows_no_language": True}, request)
        _replace(site / "answers" / f"{name}.html", page)
    # Asked for with the request that the answers were written for: the policy names what stands in them.
    with_answers, with_assets = _security(request), _security(RequestFactory().get("/"))
    maps, page_headers = _pages(site)
    for name, text in {
        "names": f"server_name {' '.join(dict.fromkeys(settings.ALLOWED_HOSTS))};\n",
        "maps": maps + _map("$reader_scheme", "strict_transport", {"https": with_answers.get(STRICT_TRANSPORT, "")}),
        "answers": _answers(site.name, with_answers | {STRICT_TRANSPORT: "$strict_transport"}),
        "page_headers": page_headers,
        "asset_headers": _add_headers(with_assets | {"Cache-Control": "$keep", STRICT_TRANSPORT: "$strict_transport"}),
    }.items():
        _replace(site / CONFIGURATION / f"{name}.conf", text)
    # Turned in one step; a running nginx goes on as it was until it is told to reload.
    link = folder / f"{CONFIGURATION}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(site.name, CONFIGURATION))
    link.rename(folder / CONFIGURATION)


def _security(request: HttpRequest) -> dict[str, str]:
    """The security headers that the site would send with an answer to this request."""
    headers = dict(security_headers(lambda _: HttpResponse())(request).items())
    del headers["Content-Type"]
    return headers


def _pages(site: Path) -> tuple[str, str]:
    """The tables by which nginx finds a page and what differs between pages; and the headers of all pages."""
    scheme = "https" if settings.HTTPS else "http"
    files: dict[str, str] = {}
    types: dict[str, str] = {}
    # Empty, so that nginx does not name a date of its own.
    headers: dict[str, dict[str, str]] = {"Last-Modified": {}}
    for path, variants in read_pages(site).items():
        file = files[path] = f"{site.name}/pages/{file_of(path)}"
        for encoding, suffix in (("", ""), *ENCODINGS):
            # nginx makes an ETag of a file's date and length: so the date says what is in the file.
            os.utime(site.parent / (file + suffix), 2 * (stamp(variants[encoding].body),))
        for name, value in variants[""].headers:
            if name == "Content-Type":
                types[f"200 {file}"] = value
            elif name not in {"ETag", "Content-Length"}:
                headers.setdefault(name, {})[file] = value
    lines: dict[str, str] = {}
    tables = [
        # From files alone what came over the right scheme, at an address that needs no judgement, to change nothing.
        _map(
            '"$odd$reader_scheme $request_method"',
            "files",
            {f"{scheme} GET": "pages", f"{scheme} HEAD": "pages"},
            "none",
        ),
        _map("$address", "page", files, "none"),
        # What has not changed is not told its type again.
        _map('"$status $page"', "page_type", types),
        _map('"$status $address"', "asset_type", _asset_types()),
    ]
    for name, of_page in headers.items():
        values = [of_page.get(file, "") for file in files.values()]
        lines[name] = values[0]
        if len(set(values)) > 1:
            variable = f"page_{name.lower().replace('-', '_')}"
            tables.append(_map("$page", variable, of_page))
            lines[name] = f"${variable}"
    return "".join(tables), _add_headers(lines)


def _asset_types() -> dict[str, str]:
    """Content types by the end of a name, as WhiteNoise knows them."""
    table = MediaTypes(extra_types=settings.WHITENOISE_MIMETYPES)
    ends = sorted({file.suffix for file in Path(settings.STATIC_ROOT).rglob("*.*")})
    types = {f"~^20.*\\{end}$": table.get_type(f"asset{end}") for end in ends} | {"~^20": table.get_type("asset")}
    return {end: f'{of}; charset="utf-8"' if of.startswith("text/") else of for end, of in types.items()}


def _answers(site: str, headers: Mapping[str, str]) -> str:
    """Our pages in the place of nginx's own, with every header."""
    blocks = []
    for name, (_, statuses) in ANSWERS.items():
        own = {"Last-Modified": "", "Retry-After": RETRY_AFTER.get(name, "")}
        blocks.append(
            f"error_page {statuses} /answers/{name}.html;\n"
            f"location = /answers/{name}.html {{\n"
            "    internal;\n"
            "    error_page 404 =400 /answers/malformed.html;\n"
            f"    root pages/{site};\n"
            "    types { }\n"
            '    default_type "text/html; charset=utf-8";\n'
            "    etag off;\n"
            "    max_ranges 0;\n"
            f"{indent(_add_headers({**own, **headers}, ' always'), '    ')}"
            "}\n"
        )
    return "".join(blocks)


def _map(source: str, variable: str, values: Mapping[str, str], default: str = "") -> str:
    lines = "".join(f"    {_quoted(key)} {_quoted(value)};\n" for key, value in values.items())
    return f"map {source} ${variable} {{\n    default {_quoted(default)};\n{lines}}}\n"


def _add_headers(headers: Mapping[str, str], when: str = "") -> str:
    # One that is empty is not sent.
    return "".join(f"add_header {name} {_quoted(value)}{when};\n" for name, value in headers.items())


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '\\"') + '"'


def _copy(source: str, target: str) -> None:
    """Copy an asset in one step, unless it is there already."""
    asset, copy = Path(source).stat(), Path(target)
    if copy.exists() and (copy.stat().st_size, copy.stat().st_mtime_ns) == (asset.st_size, asset.st_mtime_ns):
        return
    new = copy.with_name(f"{copy.name}.new")
    shutil.copy2(source, new)
    new.rename(copy)


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    new.write_text(text, encoding="utf-8")
    new.rename(file)
