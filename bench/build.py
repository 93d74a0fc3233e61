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
import time
import venv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import django
from reads import ROOT

CONTENT = ROOT / "content"
VENV = ROOT / ".venv-bench"
BUILD = "import django, pathlib, sys; django.setup(); from rlsinfo import build; build.build_pages(pathlib.Path(sys.argv[1]))"
READ = "import django; django.setup(); from rlsinfo.articles import library; library.{}()"
READING = {"read": READ.format("all"), "with rules": READ.format("problems")}
READING_SIZES = (35, 350, 2000)
READING_GOAL = 1.0
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


def seconds(command: Command, content: Path) -> float:
    """How long a command takes as a whole process."""
    started = time.perf_counter()
    done = subprocess.run(command, env=os.environ | {"CONTENT_DIR": str(content)}, capture_output=True, text=True)
    taken = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return taken


def sizes_of_pages(folder: Path) -> list[int]:
    """The sizes of the pages that were written; each must have both its compressed copies."""
    pages = list(folder.rglob("*.html"))
    for page in pages:
        if not all(page.with_name(page.name + suffix).exists() for suffix in (".br", ".gz")):
            sys.exit(f"{page} was not compressed.")
    return [page.stat().st_size for page in pages]


def compare_builds(pelican: Path, number: int, rounds: int, folder: Path) -> float:
    """Prints a line for each builder, and returns how many pages ours makes while Pelican makes one."""
    source, content = write_pelicans(folder / "pelican", number), write_ours(folder / "ours", number)
    pages = folder / "pages"
    commands: dict[str, Command] = {
        "Pelican": [pelican, source / "content", "-s", source / "pelicanconf.py", "-o", pages, "--quiet"],
        "ours": [sys.executable, "-c", BUILD, pages],
        "ours, checked": [sys.executable, ROOT / "manage.py", "build_pages", "--into", pages],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    sizes = {}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(seconds(command, content))
            sizes[name] = sizes_of_pages(pages)
            shutil.rmtree(pages)
    per_page = {name: statistics.median(taken[name]) / len(sizes[name]) for name in commands}
    for name, times in taken.items():
        print(
            f"{number:>6,} articles  {name:<14}{statistics.median(times):7.2f} s ({min(times):.2f} to {max(times):.2f})"
            f"{len(sizes[name]):>6,} pages of {statistics.mean(sizes[name]) / 1024:.0f} KB"
            f"{1000 * per_page[name]:7.1f} ms each   {per_page['Pelican'] / per_page[name]:.2f} of Pelican's pace"
        )
    return per_page["Pelican"] / per_page["ours"]


def compare_reading(number: int, rounds: int, folder: Path) -> dict[str, float]:
    """Prints a line, and returns the seconds of each way to read the content."""
    content = write_ours(folder / "ours", number)
    taken: dict[str, list[float]] = {name: [] for name in READING}
    for _ in range(rounds):
        for name, code in READING.items():
            taken[name].append(seconds([sys.executable, "-c", code], content))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    print(f"{number:>6,} articles  " + "   ".join(f"{name} {median:6.2f} s" for name, median in medians.items()))
    return medians


def main() -> None:
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
        seconds([sys.executable, ROOT / "manage.py", "build_pages", "--into", folder / "assets"], CONTENT)
        ratios = [
            compare_builds(pelican, number, chosen.rounds, folder / f"build-{number}") for number in chosen.copies
        ]
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
    slowest = max(reading[first].values())
    print(
        f"\nleast pace {min(ratios):.2f}, goal: over 1; {first} articles read in {slowest:.2f} s, goal: under {READING_GOAL:.0f} s"
    )
    sys.exit(min(ratios) <= 1 or slowest >= READING_GOAL)


if __name__ == "__main__":
    main()
