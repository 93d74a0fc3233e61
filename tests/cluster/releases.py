"""Releases that never were: copies of the code with one migration, one changed style sheet and one new number."""

import shutil
from pathlib import Path

from tests.running_site import ROOT

IN_AN_IMAGE = ("manage.py", "gunicorn.conf.py", "rlsinfo", "templates", "static", "content", "locale")
MIGRATION = '''
"""Release {number} of a test."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consultations", "{before}")]
    operations = [
        migrations.AddField("consultationrequest", "{name}", models.CharField(max_length=20, db_default="before")),
        migrations.AddField("event", "{name}_at", models.DateTimeField(null=True)),
        migrations.AddIndex("consultationrequest", models.Index(fields=["{name}"], name="{name}")),
        migrations.CreateModel("{model}", [("id", models.BigAutoField(primary_key=True)), ("words", models.TextField())]),
    ]
'''


def make_release(folder: Path, number: int, before: Path = ROOT) -> Path:
    """The code of a release on top of another: its requests say in a new column which release stored them."""
    code = folder / f"release-{number}"
    code.mkdir()
    for part in IN_AN_IMAGE:
        copy = shutil.copytree if (before / part).is_dir() else shutil.copy2
        copy(before / part, code / part)
    migrations = code / "rlsinfo/consultations/migrations"
    newest = sorted(file.stem for file in migrations.glob("0*.py"))[-1]
    name = f"release_{number}"
    text = MIGRATION.format(number=number, before=newest, name=name, model=f"Release{number}")
    (migrations / f"{int(newest[:4]) + 1:04}_{name}.py").write_text(text.lstrip())
    _change(
        code / "rlsinfo/consultations/models/requests.py",
        "    version = models.PositiveIntegerField(default=1)\n",
        f"    version = models.PositiveIntegerField(default=1)\n"
        f'    {name} = models.CharField(max_length=20, db_default="before", default="{name}")\n',
    )
    _change(code / "static/css/site.css", "@layer", f"/* {name} */\n@layer")
    _change(code / "templates/base.html", "<!DOCTYPE html>", f"<!DOCTYPE html><!-- {name} -->")
    return code


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} has changed: this test names a line of it"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
