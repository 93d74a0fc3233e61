"""What the site is made of: is it what was pinned, what are its licences, are known holes in it?

Writes the list of all parts of the running site to build/sbom.json (CycloneDX). Fails on a file that was changed after
it was installed, on a licence nobody has read, and on a known hole. Where no database of holes can be asked, it says
NOT AUDITED; with REQUIRE_AUDIT=1 that fails too. OSV_URL names another database than PyPI's, in the form of osv.dev.
"""

import csv
import json
import os
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
RUNTIME, ALL = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
SBOM = ROOT / "build" / "sbom.json"
# Brought by Python's own venv module.
BEFORE_THE_PINS = {"setuptools"}
# A licence that is not here is read by somebody before the package stays.
LICENCES = {
    *("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MIT-0", "PSF-2.0", "Unlicense", "BSD License"),
    # Of a library of pictures, and of letters, which may be handed on with the site but not sold alone.
    *("MIT-CMU", "SIL Open Font License 1.1 (OFL-1.1)"),
    # May be run by anybody; whoever hands the site on hands their source on too.
    *("LGPL-3.0-only", "GPL-3.0-or-later"),
}


def pins(file: Path) -> dict[str, str]:
    """The version of each package that this Python needs, by its normal name."""
    lines = re.findall(r"^([a-z].*?) \\$", file.read_text(encoding="utf-8"), re.MULTILINE)
    needed = [need for need in map(Requirement, lines) if need.marker is None or need.marker.evaluate()]
    return {normal(need.name): str(need.specifier).removeprefix("==") for need in needed}


def normal(name: str) -> str:
    """The name under which an index knows a package."""
    return re.sub(r"[-_.]+", "-", name).lower()


def changed_files(package: Distribution) -> Iterator[str]:
    """Files that are not as they were when the package was installed, or are gone."""
    for path, digest, _ in csv.reader((package.read_text("RECORD") or "").splitlines()):
        # Without a digest: the list itself, and what Python compiled.
        if not digest:
            continue
        algorithm, _, expected = digest.partition("=")
        file = Path(str(package.locate_file(path)))
        is_same = file.is_file() and urlsafe_b64encode(sha256(file.read_bytes()).digest()).decode() == f"{expected}="
        if algorithm != "sha256" or not is_same:
            yield f"{package.name}: {path} is not what was installed."


def installed_otherwise(pinned: dict[str, str]) -> list[str]:
    """Where what is installed is not what was pinned."""
    problems = []
    for name, version in pinned.items():
        try:
            package = distribution(name)
        except PackageNotFoundError:
            problems.append(f"{name}: is pinned and not installed.")
            continue
        if package.version != version:
            problems.append(f"{name}: {package.version} is installed, {version} is pinned.")
        problems += changed_files(package)
    strangers = {normal(each.name) for each in distributions()} - pinned.keys() - BEFORE_THE_PINS
    return problems + [f"{name}: is installed and not pinned." for name in sorted(strangers)]


def bill_of_materials() -> dict[str, Any]:
    """Every part of the running site with its licence, the same each time."""
    command = [BIN / "cyclonedx-py", "environment", "--output-reproducible", "--of", "JSON", sys.executable]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    bill: dict[str, Any] = json.loads(made.stdout)
    parts = [each for each in bill["components"] if normal(each["name"]) in pins(RUNTIME)]
    kept = {each["bom-ref"] for each in parts}
    return bill | {"components": parts, "dependencies": [each for each in bill["dependencies"] if each["ref"] in kept]}


def unread_licences(bill: dict[str, Any]) -> list[str]:
    """Parts whose licence is not known, or not among those that somebody has read."""
    problems = []
    for part in bill["components"]:
        said = [
            each.get("expression") or each["license"].get("id") or each["license"]["name"]
            for each in part.get("licenses", [])
        ]
        names = {name.rpartition(" :: ")[2] for line in said for name in re.split(r" (?:OR|AND) ", line)}
        if not names & LICENCES:
            problems.append(
                f"{part['name']}: its licence is not known ({', '.join(sorted(names)) or 'none is named'})."
            )
    return problems


def ask_for_holes() -> tuple[str, str]:
    """What pip-audit answers for everything that is pinned: JSON, or nothing and why."""
    where = ["--vulnerability-service", "osv", "--osv-url", url] if (url := os.environ.get("OSV_URL", "")) else []
    options = ["--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    # Not from the folder of the site, whose pyproject.toml it would read.
    asked = subprocess.run(
        [BIN / "pip-audit", "--requirement", ALL, *options, *where],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    return asked.stdout, (asked.stderr.strip().splitlines() or ["no answer"])[-1]


def judged(answer: str, why_not: str) -> tuple[list[str], str]:
    """The known holes, and what could not be asked; both empty when all is well."""
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        return [], f"NOT AUDITED: no database of known holes could be asked ({why_not})."
    holes = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}."
        for each in packages
        for hole in each.get("vulns", [])
    ]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    unasked = f"NOT AUDITED: {len(skipped)} of {len(packages)} packages ({skipped[0]} ...)." if skipped else ""
    return holes, unasked if packages else "NOT AUDITED: no package was asked about."


def main() -> int:
    """Everything in turn; the exit status."""
    problems = installed_otherwise(pins(ALL))
    bill = bill_of_materials()
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    problems += unread_licences(bill)
    holes, unasked = judged(*ask_for_holes())
    problems += holes
    if unasked and os.environ.get("REQUIRE_AUDIT") == "1":
        problems.append(unasked)
    elif unasked:
        print(unasked)
    print(
        f"{len(pins(ALL))} packages as pinned, {len(bill['components'])} of them in {SBOM.relative_to(ROOT)}."
        if not problems
        else "\n".join(problems)
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
