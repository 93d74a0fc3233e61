"""How fast the site is built and its content read: our builder beside Pelican, doing the same job in the same run.

    python bench/build.py [--copies 10 100 1000] [--rounds 3]

Both make pages of like size from the same articles (copies of the real ones), and compress each with Brotli 10 and
gzip 9 on all cores. Ours is also timed with every rule checked first, as `make pages` does and Pelican cannot. Then the
content alone is read, without and with its rules. All are whole processes and take turns, so that a busy machine slows
them alike; the medians count.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import django
import table
from reads import ROOT

CONTENT = ROOT / "content"
VENV = ROOT / ".venv-bench"
BUILD = "import django, pathlib, sys; django.setup(); from rlsinfo import build; build.build_pages(pathlib.Path(sys.argv[1]))"
READ = "import django; django.setup(); from rlsinfo.articles import library; library.{}()"
READING = {"read": READ.format("all"), "with rules": READ.format("problems")}
READING_SIZES = (35, 350, 2000)
WATCH = """
import resource, subprocess, sys, time
started = time.perf_counter()
status = subprocess.run(sys.argv[1:]).returncode
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, file=sys.stderr)
sys.exit(status)
"""
"""Runs a command from a process so small that it does not count as the command's own memory."""
READING_GOAL = 1.0
GOAL, FROM_ARTICLES = 1.8, 1000
"""How many pages are made while Pelican makes one, and from how many articles on; below, as many."""
MOST_MEMORY = 120
STRAIGHT = 1.1
"""How much more a page may cost among many than among few."""
EDITED, EDITED_AMONG = 300, 1000
"""Milliseconds until an edited article is shown, among so many."""
EDIT = """
import time
import django
django.setup()
from django.conf import settings
from django.test import Client
from rlsinfo.articles import library
settings.DEBUG = True
client, article = Client(HTTP_HOST="127.0.0.1"), library.all()[3]
file = settings.CONTENT_DIR / article.file
client.get(article.address)
for _ in range(5):
    file.write_text(file.read_text().replace("title: ", "title: New ", 1))
    started = time.perf_counter()
    shown = client.get(article.address)
    print(1000 * (time.perf_counter() - started))
    assert library.by_path(article.path).title.encode() in shown.content
"""
"""Prints the milliseconds of each of five edits."""
PARTS = """
import time
import django
django.setup()
from rlsinfo import build, pages
taken = {"made": 0, **dict.fromkeys(build.COMPRESS, 0)}
paths = pages.built_paths()
build._answer(paths[0])
def timed(part, work, *given):
    started = time.process_time()
    done = work(*given)
    taken[part] += 1000 * (time.process_time() - started) / len(paths)
    return done
for path in paths:
    _, body = timed("made", build._answer, path)
    for name, compress in build.COMPRESS.items():
        timed(name, compress, body)
print(", ".join(f"{part} {each:.1f} ms" for part, each in taken.items()))
"""
"""Prints the milliseconds of the processor that each part of a page takes."""
HELD = """
import django, resource
def held(what):
    with open("/proc/self/statm") as told:
        print(what, round(int(told.read().split()[1]) * resource.getpagesize() / 2**20), "MiB", end="; ")
django.setup()
from rlsinfo.articles import library
held("the site loaded")
library.paths()
held("the articles read")
library.take_over((path, library.look_at(path)) for path in library.paths())
held("their rules checked")
"""
"""Prints how much the largest process of a build holds, step by step."""
Command = list[str | Path]


def install_pelican() -> Path:
    """Pelican's command, in a virtual environment of its own that follows the pins."""
    pins, installed = ROOT / "requirements-bench.txt", VENV / "requirements-bench.txt"
    if not installed.exists() or installed.read_bytes() != pins.read_bytes():
        print("Installing Pelican ...", file=sys.stderr)
        venv.create(VENV, clear=True, with_pip=True)
        install = [VENV / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--require-hashes", "-r", pins], check=True)
        shutil.copy(pins, installed)
    return VENV / "bin/pelican"


def copies(texts: Mapping[str, str], number: int) -> Iterator[tuple[str, str]]:
    """As many articles as asked for, by path. A copy has a slug and a title of its own, and links to its like."""
    link = re.compile(rf"\b({'|'.join(map(re.escape, texts))})(?=[/\s,\]])")
    for at in range(number):
        path = list(texts)[at % len(texts)]
        text, copy = texts[path], at // len(texts)
        if copy:
            if (copy + 1) * len(texts) <= number:  # what the last, unfinished round would link to may not be there
                text = link.sub(rf"\1-{copy}", text)
            text = re.sub(r'^([Tt]itle: *"?)(.{,58})[^"\n]*', rf"\g<1>{copy} \2", text, count=1, flags=re.MULTILINE)
            text = re.sub(r"^Slug: .*", rf"\g<0>-{copy}", text, count=1, flags=re.MULTILINE)
        yield f"{path}-{copy}" if copy else path, text


def write(folder: Path, articles: Iterable[tuple[str, str]]) -> None:
    for path, text in articles:
        file = folder / f"{path}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def write_ours(folder: Path, number: int) -> Path:
    """A folder of content with that many articles."""
    # Here and below, because it can be imported only when Django is set up.
    from rlsinfo.articles import library

    for part in ("evidence", "images", "pages"):
        shutil.copytree(CONTENT / part, folder / part)
    for file in CONTENT.glob("*.yaml"):
        shutil.copy(file, folder)
    write(folder, copies({article.path: library.source_text(article) for article in library.all()}, number))
    return folder


def write_pelicans(folder: Path, number: int) -> Path:
    """The same articles for Pelican, with its settings and its theme."""
    from articles_for_pelican import plain_markdown

    from rlsinfo.articles import library

    shutil.copytree(ROOT / "bench/pelican", folder)
    write(folder / "content/articles", copies({each.path: plain_markdown(each) for each in library.all()}, number))
    write(folder / "content/pages", ((page.slug, plain_markdown(page)) for page in library.pages()))
    return folder


def run(command: Command, content: Path) -> tuple[float, float, str]:
    """How many seconds a command takes as a whole process, how many MiB its largest process held, what it printed."""
    watched = [sys.executable, "-c", WATCH, *map(str, command)]
    done = subprocess.run(watched, env=os.environ | {"CONTENT_DIR": str(content)}, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    taken, held = done.stderr.split()[-2:]
    return float(taken), float(held), done.stdout


def sizes_of_pages(folder: Path) -> list[int]:
    """The sizes of the pages that were written; each must have both its compressed copies."""
    pages = list(folder.rglob("*.html"))
    for page in pages:
        if not all(page.with_name(page.name + suffix).exists() for suffix in (".br", ".gz")):
            sys.exit(f"{page} was not compressed.")
    return [page.stat().st_size for page in pages]


def compare_builds(pelican: Path, number: int, rounds: int, folder: Path) -> Iterator[table.Line]:
    """Prints a line for each builder; the lines of how many pages ours makes while Pelican makes one, and of memory."""
    source, content = write_pelicans(folder / "pelican", number), write_ours(folder / "ours", number)
    pages = folder / "pages"
    commands: dict[str, Command] = {
        "Pelican": [pelican, source / "content", "-s", source / "pelicanconf.py", "-o", pages, "--quiet"],
        "ours": [sys.executable, "-c", BUILD, pages],
        "ours, checked": [sys.executable, ROOT / "manage.py", "build_pages", "--into", pages],
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    pace: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            took, held, _ = run(command, content)
            sizes = sizes_of_pages(pages)
            shutil.rmtree(pages)
            taken[name].append((took, held))
            pace[name].append(len(sizes) / took)
            print(
                f"{number:>6,} articles  {name:<14}{took:7.2f} s{len(sizes):>6,} pages of"
                f" {statistics.mean(sizes) / 1024:.0f} KB   {1000 * took / len(sizes):5.1f} ms each, {held:.0f} MiB"
            )
    for name in ("ours", "ours, checked"):
        pairs = list(zip(pace[name], pace["Pelican"], strict=True))
        what = f"pages built of {number:,} articles{name.removeprefix('ours')}"
        yield table.ratio(what, pairs, "/s", "Pelican", GOAL if number >= FROM_ARTICLES else 1)
    if number >= FROM_ARTICLES:
        held = [held for _, held in taken["ours, checked"]]
        yield table.figure(f"memory of it, {number:,} articles, checked", held, " MiB", MOST_MEMORY)


def where_it_goes(number: int, folder: Path) -> None:
    """Print what of the time of one process a page costs goes into what, beside reading and rules."""
    _, _, said = run([sys.executable, "-c", PARTS], write_ours(folder / "ours", number))
    print(f"{number:>6,} articles, a page in one process: {said}", end="")


def what_is_held(number: int, folder: Path) -> None:
    """Print what the memory of a build goes into."""
    _, _, said = run([sys.executable, "-c", HELD], write_ours(folder / "ours", number))
    print(f"{number:>6,} articles, in memory: {said}")


def an_edit(number: int, folder: Path) -> table.Line:
    """The line of how long an author waits for the page of an article that was edited."""
    _, _, said = run([sys.executable, "-c", EDIT], write_ours(folder / "ours", number))
    return table.figure(f"an edited article of {number:,} shown", [float(each) for each in said.split()], " ms", EDITED)


def compare_reading(number: int, rounds: int, folder: Path) -> dict[str, float]:
    """Prints a line, and returns the seconds of each way to read the content."""
    content = write_ours(folder / "ours", number)
    taken: dict[str, list[float]] = {name: [] for name in READING}
    for _ in range(rounds):
        for name, code in READING.items():
            taken[name].append(run([sys.executable, "-c", code], content)[0])
    medians = {name: statistics.median(times) for name, times in taken.items()}
    print(f"{number:>6,} articles  " + "   ".join(f"{name} {median:6.2f} s" for name, median in medians.items()))
    return medians


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--copies", type=int, nargs="+", default=[10, 100, 1000])
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    pelican = install_pelican()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "build_settings",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'bench'}",
            "CONTENT_DIR": str(CONTENT),
            "VAR_DIR": str(folder / "var"),
            "SITE_URL": "",
            "ALLOWED_HOSTS": "",
            "DATABASE_URL": "",
            "EMAIL_URL": "",
            "DEBUG": "0",
        }
        # Otherwise our own modules, unlike Pelican's, would be compiled again by every process.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.path.insert(0, str(ROOT))
        django.setup()
        run([sys.executable, ROOT / "manage.py", "build_pages", "--into", folder / "assets"], CONTENT)
        lines = [
            line
            for number in chosen.copies
            for line in compare_builds(pelican, number, chosen.rounds, folder / f"build-{number}")
        ]
        where_it_goes(chosen.copies[0], folder / "parts")
        what_is_held(chosen.copies[-1], folder / "held")
        lines.append(an_edit(EDITED_AMONG, folder / "edited"))
        print("\nReading content/, from the start of the process")
        reading = {
            number: compare_reading(number, chosen.rounds, folder / f"read-{number}") for number in READING_SIZES
        }
    first, middle, last = READING_SIZES
    for name in READING:
        growth = [
            (reading[more][name] - reading[less][name]) / (more - less)
            for less, more in ((first, middle), (middle, last))
        ]
        print(
            f"{name}: {1000 * growth[0]:.1f} ms for each page up to {middle}, {1000 * growth[1]:.1f} ms up to {last:,}"
        )
        straight = growth[1] / growth[0]
        lines.append(
            table.figure(f"content, {name}: cost of a page, up to {last:,} / {middle}", [straight], "", STRAIGHT)
        )
    slowest = max(reading[first].values())
    lines.append(table.figure(f"{first} articles read, with rules", [slowest], " s", READING_GOAL))
    return table.report(lines)


if __name__ == "__main__":
    sys.exit(main())
