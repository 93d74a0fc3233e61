"""The look at what the site is made of can fail: on a changed file, an unread licence, a known hole."""

import json
import re
import subprocess
import sys
from base64 import urlsafe_b64encode
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PathDistribution
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread

import django
import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR

_spec = spec_from_file_location("supply", ROOT / ".ci" / "supply.py")
assert _spec
assert _spec.loader
supply = module_from_spec(_spec)
_spec.loader.exec_module(supply)

HOLE = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "modified": "2026-11-20T00:00:00Z",
    "summary": "Anybody may read anything",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "django"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.2.99"}]}],
        }
    ],
}


# --- what is pinned --------------------------------------------------------------------------------


def test_the_framework_is_the_long_term_release_that_is_pinned():
    pinned = supply.pins(supply.RUNTIME)["django"]

    assert re.fullmatch(r"5\.2\.\d+", pinned)
    if Path(sys.prefix).name != ".venv-next":
        assert django.__version__ == pinned


def test_what_is_installed_in_another_version_is_named():
    assert f"django: {django.__version__} is installed, 5.2.1 is pinned." in supply.installed_otherwise(
        {"django": "5.2.1"}
    )


def test_what_is_missing_or_nobody_pinned_is_named():
    said = supply.installed_otherwise({"no-such-package": "1.0"})

    assert "no-such-package: is pinned and not installed." in said
    assert "django: is installed and not pinned." in said


@pytest.fixture
def package(tmp_path):
    content = "COLOUR = 'green'\n"
    (tmp_path / "paint.py").write_text(content)
    info = tmp_path / "paint-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: paint\nVersion: 1.0\n")
    digest = urlsafe_b64encode(sha256(content.encode()).digest()).decode().rstrip("=")
    (info / "RECORD").write_text(f"paint.py,sha256={digest},17\npaint-1.0.dist-info/RECORD,,\n")
    return PathDistribution(info), tmp_path / "paint.py"


def test_a_file_as_it_was_installed_is_no_problem(package):
    assert list(supply.changed_files(package[0])) == []


def test_a_file_that_was_changed_or_removed_since_is_named(package):
    distribution, file = package
    file.write_text("COLOUR = 'greed'\n")
    changed = list(supply.changed_files(distribution))
    file.unlink()

    assert changed == list(supply.changed_files(distribution)) == ["paint: paint.py is not what was installed."]


# --- what is in the image --------------------------------------------------------------------------


def test_the_image_holds_no_test_no_tool_and_no_history():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {line.split()[-2] for line in lines if line.startswith("COPY") and "--from" not in line}

    assert copied == {"requirements.txt", "gunicorn.conf.py", "rlsinfo", "templates", "static", "content", "locale"}
    assert not any("requirements-dev" in line for line in lines)


def test_whoever_breaks_into_the_site_cannot_rewrite_it():
    """Code and packages belong to root, and the site runs as somebody else who owns the folder of data alone."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    owned = [line for line in lines if "chown" in line or " -o rlsinfo" in line]

    assert users[-1] == "10001"
    assert owned
    assert all("/var/lib/rlsinfo" in line for line in owned)


def test_production_runs_nothing_that_developers_use():
    names = [each.split(".")[0] for each in (*settings.INSTALLED_APPS, *(each for each in settings.MIDDLEWARE))]
    tools = supply.pins(supply.ALL).keys() - supply.pins(supply.RUNTIME).keys()

    assert not {name.replace("_", "-") for name in names} & tools
    assert not settings.RELOADS
    assert "debug" not in " ".join(settings.TEMPLATES[0]["OPTIONS"]["context_processors"])


def test_no_secret_is_kept_with_the_code():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name and not name.startswith("requirements")]
    # A private key, a key of ours (43 letters of base64, and a digit and a capital among them), a password in an address.
    secret = re.compile(
        r"BEGIN [A-Z ]*PRIVATE KEY|(?<![\w/+.=-])(?=\w*\d)(?=\w*[A-Z])(?=\w*[a-z])[A-Za-z0-9_-]{43}(?![\w/+=-])"
        r"|(?:smtps?|postgres)://[\w.-]+:(?!password@|hunter2@|p%40ss)[^@\s<{\"']{6,}@"
    )

    found = {
        f"{file.relative_to(ROOT)}: {hit[0][:20]}"
        for file in files
        if file.is_file() and file.suffix not in {".png", ".ico", ".woff2"}
        for hit in secret.finditer(file.read_text(encoding="utf-8", errors="ignore"))
    }

    assert found == set()
    assert {"/.env", "/var/", "/secrets/", "/backups/"} <= set((ROOT / ".gitignore").read_text().split())


# --- the list of all parts -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bill():
    return supply.bill_of_materials()


def test_the_list_holds_every_part_of_the_running_site_and_no_tool(bill):
    listed = {supply.normal(part["name"]): part["version"] for part in bill["components"]}

    assert bill["bomFormat"] == "CycloneDX"
    # The newest Django is tried beside the pinned one: see .ci/test-next.
    assert listed == supply.pins(supply.RUNTIME) | {"django": django.__version__}
    assert "pytest" not in listed
    assert {each["ref"] for each in bill["dependencies"]} <= {part["bom-ref"] for part in bill["components"]}


def test_the_list_is_the_same_each_time(bill):
    assert supply.bill_of_materials() == bill
    assert not {"serialNumber", "timestamp"} & (bill.keys() | bill["metadata"].keys())


def test_somebody_has_read_every_licence(bill):
    assert supply.unread_licences(bill) == []


@pytest.mark.parametrize(
    ("licences", "said"),
    [
        ([], "none is named"),
        ([{"license": {"name": "Other/Proprietary License"}}], "Other/Proprietary License"),
        ([{"license": {"id": "AGPL-3.0-only"}}], "AGPL-3.0-only"),
    ],
)
def test_a_licence_that_nobody_has_read_is_named(licences, said):
    bill = {"components": [{"name": "paint", "licenses": licences}]}

    assert supply.unread_licences(bill) == [f"paint: its licence is not known ({said})."]


# --- known holes -----------------------------------------------------------------------------------


@pytest.fixture
def database(monkeypatch):
    """A database that knows one hole, and answers in the form of osv.dev."""

    class Database(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps({"vulns": [HOLE]} if asked["package"]["name"] == "django" else {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *unused):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Database)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(supply, "ALL", supply.RUNTIME)
    monkeypatch.setenv("OSV_URL", f"http://127.0.0.1:{server.server_port}/v1/query")
    yield server
    server.shutdown()
    server.server_close()


def test_a_known_hole_is_named_with_the_version_that_mends_it(database):
    holes, unasked = supply.judged(*supply.ask_for_holes())

    pinned = supply.pins(supply.RUNTIME)["django"]
    assert holes == [f"django {pinned}: GHSA-aaaa-bbbb-cccc, mended in 5.2.99."]
    assert unasked == ""


def test_a_database_that_is_away_is_no_audit(database):
    database.shutdown()
    database.server_close()

    holes, unasked = supply.judged(*supply.ask_for_holes())

    assert holes == []
    assert unasked.startswith("NOT AUDITED: no database of known holes could be asked")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"dependencies": [{"name": "django", "version": "5.2.19", "vulns": []}]}, ""),
        ({"dependencies": [{"name": "a", "skip_reason": "not found"}, {"name": "b", "vulns": []}]}, "1 of 2 packages"),
        ({"dependencies": []}, "no package was asked about"),
        ({}, "could be asked"),
    ],
)
def test_what_could_not_be_asked_is_said(answer, said):
    holes, unasked = supply.judged(json.dumps(answer), "no answer")

    assert holes == []
    assert said in unasked
    assert unasked.startswith("NOT AUDITED: ") == bool(said)


@pytest.mark.parametrize(
    ("found", "required", "status"),
    [
        (([], ""), "", 0),
        (([], "NOT AUDITED: all."), "", 0),
        (([], "NOT AUDITED: all."), "1", 1),
        ((["django 5.2.19: GHSA-x, mended in 5.2.20."], ""), "", 1),
    ],
)
def test_what_is_found_decides_how_the_check_ends(found, required, status, bill, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(supply, "ROOT", tmp_path)
    monkeypatch.setattr(supply, "SBOM", tmp_path / "build" / "sbom.json")
    monkeypatch.setattr(supply, "installed_otherwise", lambda pinned: [])
    monkeypatch.setattr(supply, "bill_of_materials", lambda: bill)
    monkeypatch.setattr(supply, "ask_for_holes", lambda: ("", ""))
    monkeypatch.setattr(supply, "judged", lambda answer, why_not: found)
    monkeypatch.setenv("REQUIRE_AUDIT", required)

    assert supply.main() == status

    said = capsys.readouterr().out
    assert all(each in said for each in (*found[0], found[1]))
    assert json.loads((tmp_path / "build" / "sbom.json").read_text()) == bill
