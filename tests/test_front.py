"""What is written for nginx; that nginx then does the right thing is tried in tests/cluster."""

import os
from dataclasses import replace

import pytest

from rlsinfo import build, front


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Two pages with different headers, in a folder for nginx."""
    monkeypatch.setattr(build, "built_paths", lambda: ("/about/", "/sitemap.xml"))
    return build.build_pages(tmp_path / "served")


@pytest.fixture(autouse=True)
def assets(settings, tmp_path):
    """Collected assets of our own."""
    folder = settings.STATIC_ROOT = tmp_path / "collected"
    (folder / "css").mkdir(parents=True)
    (folder / "css/site.0123456789ab.css").write_text("old")
    return folder


def test_assets_of_the_release_before_stay(site, assets):
    front.write(site.parent, site)
    (assets / "css/site.0123456789ab.css").unlink()
    (assets / "css/site.ba9876543210.css").write_text("new")

    front.write(site.parent, site)

    static = site.parent / "static/css"
    assert [(static / f"site.{name}.css").read_text() for name in ("0123456789ab", "ba9876543210")] == ["old", "new"]


def test_an_asset_that_is_there_is_left_alone_and_one_that_changed_is_replaced(site, assets):
    (assets / "icon.svg").write_text("old")
    front.write(site.parent, site)
    served = site.parent / "static/icon.svg"
    before = served.stat().st_ino

    front.write(site.parent, site)
    assert served.stat().st_ino == before

    (assets / "icon.svg").write_text("new")
    os.utime(assets / "icon.svg", (1, 1))
    front.write(site.parent, site)
    assert (served.read_text(), served.stat().st_mtime) == ("new", 1)


def test_a_build_leaves_what_nginx_reads(site):
    front.write(site.parent, site)

    build.build_pages(site.parent)

    assert (site.parent / "nginx/maps.conf").is_file()
    assert (site.parent / "static/css").is_dir()


def test_the_configuration_turns_to_the_new_site_in_one_step(site, tmp_path, monkeypatch):
    front.write(site.parent, site)
    monkeypatch.setattr(build, "built_paths", lambda: ("/about/",))
    new = build.build_pages(site.parent)
    assert (site.parent / "nginx").resolve() == site / "nginx"

    front.write(site.parent, new)

    assert (site.parent / "nginx").resolve() == new / "nginx"
    # nginx goes on with the old one until it is told to reload.
    assert (site / "nginx/maps.conf").is_file()


def test_whoever_is_put_off_is_told_the_clinics_number_if_it_is_known(site, settings):
    front.write(site.parent, site)
    away = site / "answers/away.html"
    assert "call us" not in away.read_text()

    settings.CLINIC = replace(settings.CLINIC, phone="(555) 010-0100")
    front.write(site.parent, site)

    assert '<a href="tel:5550100100">(555) 010-0100</a>' in away.read_text()
    assert '<a href="tel:5550100100">(555) 010-0100</a>' in (site / "answers/too-many.html").read_text()


def test_what_nginx_refuses_is_said_in_both_languages_and_leads_home_in_each(site):
    front.write(site.parent, site)

    refused = (site / "answers/malformed.html").read_text()

    assert "We could not read that" in refused
    assert "No pudimos leer eso" in refused
    assert '<a href="/">' in refused
    assert '<a href="/es/">' in refused


def test_every_host_name_is_known_once(site, settings):
    settings.ALLOWED_HOSTS = ["clinic.example", ".clinic.example", "clinic.example"]

    front.write(site.parent, site)

    assert (site / "nginx/names.conf").read_text() == "server_name clinic.example .clinic.example;\n"
