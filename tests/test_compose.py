"""compose.yaml held against what the code reads, the image brings and nginx expects; no engine is needed for that."""

import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from rlsinfo import environment
from rlsinfo.encryption import Keys
from tests.test_repository import variables_read_by_the_code

ROOT: Path = settings.BASE_DIR
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
TLS = yaml.safe_load((ROOT / "deploy/compose.tls.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: of for name, of in SERVICES.items() if of["image"].startswith("rlsinfo")}
NGINX = ROOT / "deploy/nginx"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_shape_is_the_one_that_is_promised():
    assert set(SERVICES) == {"prepare", "web-1", "web-2", "mail", "nginx", "database", "jobs"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_one_that_the_code_reads(name):
    assert set(OURS[name]["environment"]) <= variables_read_by_the_code()


@pytest.mark.parametrize("name", OURS)
def test_no_process_makes_a_secret_of_its_own(name):
    """What is made once in VAR_DIR would be another one in each container."""
    given = OURS[name]["environment"]

    assert {"SECRET_KEY_FILE", "ENCRYPTION_KEYS_FILE"} <= set(given)
    assert ("run_jobs" in OURS[name]["command"]) == ("BACKUP_KEY_FILE" in given)


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_as_files_that_are_mounted(name):
    of = SERVICES[name]
    named = {value for key, value in of.get("environment", {}).items() if key.endswith("_FILE")}

    assert named == {f"/run/secrets/{secret}" for secret in of.get("secrets", [])}
    assert set(of.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert not re.search(r"://[^/@\s]+:[^/@\s]+@", str(of))


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_that_the_image_has(name):
    program, *arguments = OURS[name]["command"]

    if program == "gunicorn":
        assert arguments == ["--config", "gunicorn.conf.py", "--bind", f"0.0.0.0:{OURS[name]['environment']['PORT']}"]
        assert "COPY manage.py gunicorn.conf.py ./" in DOCKERFILE
    else:
        assert (program, arguments[0]) == ("python", "manage.py")
        assert arguments[1] in get_commands()


@pytest.mark.parametrize("name", OURS)
def test_our_processes_write_where_the_image_lets_them(name):
    user = re.search(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    var_dir = re.search(r"^ENV .*VAR_DIR=(\S+)", DOCKERFILE, re.MULTILINE)
    assert user
    assert var_dir

    assert OURS[name]["tmpfs"] == [f"{var_dir[1]}:uid={user[1]},gid={user[1]},mode=0700"]
    assert f"-m 0755 {var_dir[1]}/pages" in DOCKERFILE
    pages = [volume for volume in OURS[name].get("volumes", []) if volume.startswith("pages:")]
    expected = {"prepare": ["pages:{}/pages"], "web-1": ["pages:{}/pages:ro"], "web-2": ["pages:{}/pages:ro"]}
    assert pages == [mount.format(var_dir[1]) for mount in expected.get(name, [])]


def test_whoever_erases_and_whoever_erases_again_share_a_memory_that_outlives_them():
    remembering = {name: of for name, of in OURS.items() if {"gunicorn", "run_jobs"} & set(of["command"])}

    assert set(remembering) == {"web-1", "web-2", "jobs"}
    for of in remembering.values():
        place = of["environment"]["ERASED_DIR"]
        assert f"erased:{place}" in of["volumes"]
        assert f"install -d -o rlsinfo -g rlsinfo -m 0700 {place} " in DOCKERFILE
    assert "erased" in COMPOSE["volumes"]
    assert {name for name, of in OURS.items() if "ERASED_DIR" in of["environment"]} == set(remembering)


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_closed(name):
    of = SERVICES[name]

    assert of["read_only"] is True
    assert of["cap_drop"] == ["ALL"]
    assert of["security_opt"] == ["no-new-privileges:true"]
    assert not of.get("privileged")
    assert of.get("network_mode") is None
    # nginx and the database name a user of their own; the image does for us.
    assert name in OURS or of["user"] not in {"root", "0"}


def test_only_nginx_can_be_reached_from_outside_and_at_first_only_from_this_machine():
    assert [name for name, of in SERVICES.items() if "ports" in of] == ["nginx"]
    assert SERVICES["nginx"]["ports"] == ["${LISTEN:-127.0.0.1:8080}:8080"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    reach_out = {name for name, of in SERVICES.items() if "outside" in of["networks"]}
    assert reach_out == {"nginx", "mail"}


def test_whoever_serves_says_how_it_is_and_starts_again():
    for name in ("web-1", "web-2", "nginx", "database"):
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD", name
    for name in ("web-1", "web-2", "mail", "jobs", "nginx", "database"):
        assert SERVICES[name]["restart"] == "unless-stopped", name
    assert SERVICES["web-1"]["healthcheck"]["test"][1:] == ["python", "manage.py", "ask_health"]
    assert "ask_health" in get_commands()


def test_everything_that_one_machine_runs_runs_here_too():
    serving = (ROOT / "rlsinfo/serving.py").read_text(encoding="utf-8")
    beside_the_web_server = set(re.findall(r'command_line\("(\w+)"\)', serving))

    assert beside_the_web_server
    assert beside_the_web_server <= {of["command"][-1] for of in OURS.values()}


def test_a_release_brings_in_everything_that_goes_on_running():
    (brought,) = re.findall(r"for each in (.*); do", (ROOT / "deploy/release").read_text(encoding="utf-8"))

    assert set(brought.split()) == {name for name, of in OURS.items() if of["restart"] != "no"}


def test_nothing_serves_before_the_database_is_up_to_date():
    assert SERVICES["prepare"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("web-1", "web-2", "mail", "jobs", "nginx"):
        assert SERVICES[name]["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
    assert SERVICES["prepare"]["restart"] == "no"


def test_nginx_knows_where_the_replicas_are():
    text = (NGINX / "upstream.conf").read_text(encoding="utf-8")
    first = re.findall(r"^ +server (\S+) max_fails=[1-9].*;", text, re.MULTILINE)
    at_last = re.findall(r"^ +server (\S+) max_fails=0 backup;", text, re.MULTILINE)
    replicas = [of for name, of in SERVICES.items() if name.startswith("web-")]

    assert first == [f"{of['networks']['inside']['ipv4_address']}:{of['environment']['PORT']}" for of in replicas]
    assert at_last == first
    assert SERVICES["web-1"] | {"networks": 0} == SERVICES["web-2"] | {"networks": 0}


def test_nginx_finds_every_file_that_its_configuration_names():
    command = SERVICES["nginx"]["command"]
    folder, configuration = command[command.index("-p") + 1], command[command.index("-c") + 1]
    mounts = dict(volume.split(":")[:2] for volume in SERVICES["nginx"]["volumes"])
    text = (NGINX / "nginx.conf").read_text(encoding="utf-8")

    assert mounts == {"./deploy/nginx": f"{folder}/conf", "pages": f"{folder}/pages"}
    assert configuration == "conf/nginx.conf"
    for file in re.findall(r"include (\S+);", text):
        assert file.startswith("../pages/nginx/") or (NGINX / file).is_file()
    assert SERVICES["nginx"]["tmpfs"][0].startswith(f"{folder}/run:")
    written = re.findall(r"^ *(?:pid|\w+_temp_path) (\S+);", text, re.MULTILINE)
    assert len(written) == 6
    assert all(path.startswith("run/") for path in written)
    assert "listen 8080;" in (NGINX / "listen/listen.conf").read_text(encoding="utf-8")


def test_with_tls_the_other_folder_stands_in_the_place_of_the_first():
    nginx = TLS["services"]["nginx"]
    listen = (NGINX / "listen-tls/listen.conf").read_text(encoding="utf-8")

    assert nginx["volumes"] == ["./deploy/nginx/listen-tls:/srv/nginx/conf/listen:ro"]
    assert {port.partition(":")[2] for port in nginx["ports"]} == set(
        re.findall(r"^listen (\d+)", listen, re.MULTILINE)
    )
    assert set(re.findall(r"/run/secrets/([\w-]+)", listen)) == set(nginx["secrets"]) == set(TLS["secrets"])


def test_what_a_checkout_changes_is_there_when_nginx_reloads():
    """A file that is mounted alone goes on as it was when another takes its name; in a folder the new one is seen."""
    mounted = [*SERVICES["nginx"]["volumes"], *TLS["services"]["nginx"]["volumes"]]
    of_the_checkout = [volume.partition(":")[0] for volume in mounted if volume.startswith("./")]

    assert of_the_checkout
    assert [path for path in of_the_checkout if not (ROOT / path).is_dir()] == []


def test_nginx_starts_anew_after_a_renewal_since_its_certificate_is_a_file_that_is_mounted_alone():
    said = (ROOT / "deploy/compose.tls.yaml").read_text(encoding="utf-8").partition("services:")[0]

    assert all("file" in secret for secret in TLS["secrets"].values())
    assert "docker compose restart nginx" in said
    assert "HUP" not in said


def test_the_database_keeps_what_it_said_it_has():
    database = SERVICES["database"]

    assert "synchronous_commit=on" in database["command"]
    assert "--data-checksums" in database["environment"]["POSTGRES_INITDB_ARGS"]
    assert "database:/var/lib/postgresql/data" in database["volumes"]
    assert "database" in COMPOSE["volumes"]


def test_all_processes_use_one_database_with_its_password_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "password").write_text("hunter2")
    for name, value in OURS["web-1"]["environment"].items():
        if name.startswith("DATABASE_"):
            monkeypatch.setenv(name, value.replace("/run/secrets/database-password", str(tmp_path / "password")))

    database = environment.database(tmp_path / "unused")

    assert (database["HOST"], database["PASSWORD"]) == ("database", "hunter2")
    theirs = SERVICES["database"]["environment"]
    assert (database["NAME"], database["USER"]) == (theirs["POSTGRES_DB"], theirs["POSTGRES_USER"])


def test_a_release_touches_every_process_that_serves_one_after_another():
    script = (ROOT / "deploy/release").read_text(encoding="utf-8")
    order = ["docker compose build", "run --rm prepare", "for each in web-1 web-2 mail", "--signal HUP nginx"]

    assert [script.index(step) for step in order] == sorted(script.index(step) for step in order)
    assert "--wait" in script


def test_the_secrets_are_made_once_and_are_what_the_code_wants(tmp_path):
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy/make-secrets"
    script.write_text((ROOT / "deploy/make-secrets").read_text(encoding="utf-8"))

    first = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True)
    kept = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    second = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True)

    assert set(kept) == set(COMPOSE["secrets"])
    assert first.stdout.count("Made ") == len(kept)
    assert second.stdout == ""
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == kept
    assert len(kept["secret-key"].strip()) >= environment.SECRET_KEY_LENGTH
    assert len(kept["backup-key"].strip()) >= environment.SECRET_KEY_LENGTH
    Keys(tmp_path / "secrets/encryption-keys")
    # Closed by the folder, open to the user of each container.
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "secrets/secret-key").stat().st_mode) == 0o444
