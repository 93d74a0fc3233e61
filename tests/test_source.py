"""What the code of the site never does, read from its source; each exception stands in one table with its reason."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR

# By the name of what is called. A method of another class with the same name would have to be given another.
CALLS = {
    "mark_safe": "trusted markup",
    "SafeString": "trusted markup",
    "eval": "code from text",
    "exec": "code from text",
    "__import__": "code from text",
    "system": "a shell",
    "popen": "a shell",
    "raw": "SQL by hand",
    "extra": "SQL by hand",
    "RawSQL": "SQL by hand",
    "Template": "a template from text",
    "from_string": "a template from text",
}
IMPORTS = {
    **dict.fromkeys(("pickle", "marshal", "shelve", "dill"), "objects from bytes"),
    **dict.fromkeys(("socket", "urllib.request", "http.client", "smtplib", "ftplib", "requests"), "a connection"),
    **dict.fromkeys(("random", "uuid"), "numbers that can be guessed"),
}
IN_THE_QUERY = {"GET", "POST", "FILES", "COOKIES", "META"}

REASONS = {
    ("articles/search.py", "a pattern from text"): "words of the search, each of them escaped",
    ("articles/rules/context.py", "a pattern from text"): "patterns of our own rules",
    ("articles/rendering.py", "a pattern from text"): "how deep a list may be: a number of ours",
    ("articles/rules/medicines.py", "a pattern from text"): "names of medicines from content/evidence",
    ("articles/rules/translation.py", "a pattern from text"): "names of medicines, each of them escaped",
    ("articles/structured_data.py", "trusted markup"): "JSON whose < > and & are escaped on the line above",
    ("staff/second_factor.py", "trusted markup"): "a drawing of paths; nothing of the text is written out",
    ("templatetags/in_the_page.py", "trusted markup"): "style sheets and scripts of our own, which no page writes into",
    ("templatetags/scripts.py", "trusted markup"): "the one word `defer`",
    ("templatetags/spacing.py", "trusted markup"): "a page from which only spaces were taken away",
    ("views.py", "trusted markup"): "two halves of a page that was sanitised as a whole",
    ("management/commands/ask_health.py", "a connection"): "asks this machine alone",
    ("consultations/intake.py", "numbers that can be guessed"): "the identifier of a message is no secret",
    ("consultations/demo.py", "numbers that can be guessed"): "made-up people, the same each time",
    ("serving.py", "another program"): "gunicorn and the mail worker, by fixed arguments",
    ("staff/passwords.py", "a pattern from text"): "our own words, each of them escaped",
    ("serving.py", "a connection"): "asks whether the port is free",
    ("consultations/smtp.py", "a connection"): "the line to the one mail server that EMAIL_URL names",
    ("consultations/outbox.py", "a connection"): "names of errors; Django itself talks to the mail server",
    ("schedule.py", "another program"): "the site's own commands, by fixed arguments",
    ("consultations/visit.py", "a connection"): "asks the site itself, at an address from its settings",
    ("plumbing/commands.py", "another program"): "the site's own commands, by fixed arguments",
    ("plumbing/postgres.py", "another program"): "pg_dump and pg_restore, by fixed arguments",
    ("plumbing/postgres.py", "SQL by hand"): "names that psycopg puts in quotes",
    (
        "plumbing/moving.py",
        "SQL by hand",
    ): "names of our own models, which psycopg puts in quotes; what Django makes of a sequence",
    ("plumbing/sqlite.py", "SQL by hand"): "names of tables that the database itself has told",
    ("plumbing/backups.py", "SQL by hand"): "names of tables from our own models",
    ("consultations/sealing.py", "SQL by hand"): "names of columns that stand in the same file",
    ("durability.py", "SQL by hand"): "names of two settings that stand in the same line",
}


def risks(source: str) -> set[str]:
    """What in a piece of code would have to be looked at by somebody."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            found |= {IMPORTS[name] for name in names if name in IMPORTS}
        if isinstance(node, ast.Call):
            found |= _risks_of_call(node)
    return found


def _risks_of_call(call: ast.Call) -> set[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    of = getattr(getattr(call.func, "value", None), "id", "")
    first = call.args[0] if call.args else None
    is_fixed = isinstance(first, ast.Constant | ast.Name)
    found = {CALLS[name]} if name in CALLS and of not in {"asyncio", "call"} else set()
    if of == "subprocess":
        found.add("another program")
    if any(each.arg == "shell" for each in call.keywords):
        found.add("a shell")
    if name in {"execute", "executemany"} and not is_fixed:
        found.add("SQL by hand")
    if of == "re" and not is_fixed and not _is_escaped(first):
        found.add("a pattern from text")
    if of == "yaml" and "load" in name and "BaseLoader" not in ast.unparse(call):
        found.add("objects from YAML")
    for each in call.keywords:
        if each.arg is None and IN_THE_QUERY & {getattr(part, "attr", "") for part in ast.walk(each.value)}:
            found.add("names of arguments from a request")
    return found


def _is_escaped(pattern: ast.expr | None) -> bool:
    """Whether whatever is filled into a pattern is escaped, or is itself a pattern of ours."""
    if not isinstance(pattern, ast.JoinedStr):
        return False
    filled = [part.value for part in pattern.values if isinstance(part, ast.FormattedValue)]
    return all("re.escape(" in (text := ast.unparse(each)) or text.isupper() for each in filled)


def test_the_code_does_nothing_dangerous_but_what_has_a_reason():
    found = {
        (path.relative_to(ROOT / "rlsinfo").as_posix(), risk)
        for path in (ROOT / "rlsinfo").rglob("*.py")
        for risk in risks(path.read_text(encoding="utf-8"))
    }

    assert found == REASONS.keys()


@pytest.mark.parametrize(
    ("line", "risk"),
    [
        ("mark_safe(text)", "trusted markup"),
        ("eval(text)", "code from text"),
        ("os.system(text)", "a shell"),
        ("subprocess.run(text, shell=True)", "a shell"),
        ("Request.objects.raw(text)", "SQL by hand"),
        ("cursor.execute(f'SELECT {name}')", "SQL by hand"),
        ("cursor.execute('SELECT ' + name)", "SQL by hand"),
        ("cursor.execute('SELECT %s' % name)", "SQL by hand"),
        ("Request.objects.filter(**request.GET.dict())", "names of arguments from a request"),
        (
            "Request.objects.order_by().filter(**{k: v for k, v in request.POST.items()})",
            "names of arguments from a request",
        ),
        ("re.search(request.GET['q'], text)", "a pattern from text"),
        ("re.search(rf'^{name}$', text)", "a pattern from text"),
        ("yaml.load(text, Loader=yaml.SafeLoader)", "objects from YAML"),
        ("import pickle", "objects from bytes"),
        ("from urllib.request import urlopen", "a connection"),
        ("import random", "numbers that can be guessed"),
        ("Template(text).render()", "a template from text"),
        ("engines['django'].from_string(text)", "a template from text"),
    ],
)
def test_the_search_finds_what_is_dangerous(line, risk):
    assert risk in risks(line)


@pytest.mark.parametrize("line", ["cursor.execute('SELECT 1 WHERE a = %s', [a])", "re.sub(rf'^{re.escape(a)}', '', b)"])
def test_the_search_passes_what_is_not(line):
    assert risks(line) == set()


def test_only_texts_of_mails_are_written_without_escaping():
    unescaped = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*.*")
        if re.search(r"\|\s*safe|autoescape off|safeseq", path.read_text(encoding="utf-8"))
    }

    assert unescaped
    assert all(path.endswith(".txt") for path in unescaped)


def test_no_script_of_ours_turns_text_into_markup_or_code():
    scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "static/js").glob("*.js"))

    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\(['\"]|postMessage",
        scripts,
    )
    # The one way in which markup gets onto a page: what our own server has answered, taken over as nodes.
    assert scripts.count("parseFromString") == 1
