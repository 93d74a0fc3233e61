"""The database never holds what somebody typed, and its keys can be changed while the site goes on."""

import errno
import importlib
import re
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations import RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.models import F, Q, Value
from django.utils import timezone

from rlsinfo import encryption
from rlsinfo.consultations import sealing, work
from rlsinfo.consultations.models import (
    ConsultationRequest,
    ContactAttempt,
    Draft,
    Event,
    Outcome,
    SealingKey,
    SearchKey,
)
from rlsinfo.encryption import CannotOpen, Keys, new_key
from tests.factories import make_request, make_staff

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Marker Ortiz-Nuñez",
    "phone": "(555) 010-9931",
    "email": "marker@example.org",
    "note": "marker in the note",
    "help_needed": "marker interpreter",
}


@pytest.fixture
def keys(tmp_path, monkeypatch):
    """Keys in a file of their own."""
    file = tmp_path / "encryption-keys"
    file.write_text(new_key(), encoding="utf-8")
    monkeypatch.setattr(settings, "ENCRYPTION_KEYS", Keys(file))
    sealing.require_keys()
    return settings.ENCRYPTION_KEYS


def bring_in_a_key(keys: Keys) -> None:
    """A new key stands first, and nothing is under it yet."""
    key = new_key()
    keys.add(key)
    keys.put_first(key)


def everything_stored() -> str:
    """Every value of every table, as the database holds it."""
    values = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            values += [str(value) for row in cursor.fetchall() for value in row]
    return "\n".join(values)


def work_on(request: ConsultationRequest) -> None:
    """Staff type wherever they can type."""
    frida, now = make_staff("frida"), timezone.now()
    work.keep_draft(request, "marker draft", by=frida, now=now)
    work.correct(
        request, name="Marker Right", phone="5550109932", email="right@marker.org", by=frida, version=1, now=now
    )
    said = work.Press(Outcome.NO_ANSWER, token="t" * 16, version=2, why="marker why")
    work.press(request, said, by=frida, now=now)
    work.keep_draft(request, "marker draft again", by=frida, now=now)
    work.note(request, "marker words", by=make_staff("sam"), now=now)


def test_nothing_that_anybody_typed_stands_in_the_database():
    request = make_request(**TYPED)
    work_on(request)

    stored = everything_stored().lower()

    assert request.reference.lower() in stored
    assert not [word for word in ("marker", "ortiz", "nuñez", "5550109", "010-9931") if word in stored]
    # By itself: a fingerprint is a long number, in which any four digits may stand side by side.
    assert not re.search(r"(?<!\d)9931(?!\d)", stored)


def test_everything_typed_comes_back_as_it_was():
    request = make_request(**TYPED)
    work_on(request)

    request = ConsultationRequest.objects.get()
    assert {name: getattr(request, name) for name in TYPED} == TYPED
    assert request.corrected_name == "Marker Right"
    assert ContactAttempt.objects.get().why == "marker why"
    assert Draft.objects.get().words == "marker draft again"
    assert "marker words" in set(Event.objects.values_list("why", flat=True))


@pytest.mark.parametrize("lookup", ["name", "name__icontains", "phone__in", "email__startswith", "note__regex"])
def test_a_search_that_could_find_nobody_is_an_error(lookup):
    with pytest.raises(FieldError):
        ConsultationRequest.objects.filter(**{lookup: ["Ana"] if lookup.endswith("in") else "Ana"}).exists()


def test_whether_something_was_typed_can_be_asked():
    make_request(phone="", email="ana@example.com")

    assert ConsultationRequest.objects.filter(phone="").exists()
    assert not ConsultationRequest.objects.filter(~Q(phone="")).exists()


@pytest.mark.parametrize("expression", [Value("Ana"), F("phone")])
def test_an_expression_that_would_be_stored_unsealed_is_an_error(expression):
    make_request()

    with pytest.raises(FieldError):
        ConsultationRequest.objects.update(name=expression)


def test_a_text_moved_to_another_column_is_found_out():
    make_request(name="Ana", note="Bo")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE consultations_consultationrequest SET name = note")

    with pytest.raises(CannotOpen):
        ConsultationRequest.objects.get()


class TestANewKey:
    def test_is_put_first_and_seals_every_text(self, keys, capsys):
        request = make_request(**TYPED)
        work_on(request)
        (old,) = keys.ring.ids

        call_command("rotate_keys")

        newest, second = keys.ring.ids
        assert second == old
        assert f"{old}." not in everything_stored()
        assert everything_stored().count(f"{newest}.") > len(TYPED)
        assert ConsultationRequest.objects.get().name == TYPED["name"]
        assert "--no-new-key" in capsys.readouterr().out

    def test_finds_people_as_before(self, keys):
        request = make_request(**TYPED)
        work_on(request)
        numbers = set(SearchKey.objects.values_list("key", flat=True))

        call_command("rotate_keys")

        assert not numbers & set(SearchKey.objects.values_list("key", flat=True))
        for text in (TYPED["phone"], "9931", "ortiz", TYPED["email"], "marker right"):
            assert ConsultationRequest.objects.find(text) == [request], text

    def test_finds_people_who_are_not_sealed_anew_yet(self, keys):
        request = make_request(**TYPED)

        bring_in_a_key(keys)

        assert ConsultationRequest.objects.find(TYPED["phone"]) == [request]
        assert list(ConsultationRequest.objects.from_same_person(phone=TYPED["phone"], email="")) == [request]

    def test_does_not_undo_a_correction_made_meanwhile(self, keys, monkeypatch):
        request = make_request(**TYPED)
        unseal = type(keys.ring).unseal
        corrected = []

        def slowly(ring, sealed, place):
            if place.endswith(".corrected_name") and not corrected:
                corrected.append(True)
                ConsultationRequest.objects.filter(pk=request.pk).update(corrected_name="Later")
            return unseal(ring, sealed, place)

        ConsultationRequest.objects.filter(pk=request.pk).update(corrected_name="Earlier")
        bring_in_a_key(keys)
        monkeypatch.setattr(type(keys.ring), "unseal", slowly)

        sealing.seal_again()

        assert ConsultationRequest.objects.get().corrected_name == "Later"

    def test_makes_the_old_one_superfluous_once_nothing_is_left(self, keys, capsys):
        make_request(**TYPED)
        (old,) = keys.ring.ids

        call_command("rotate_keys")
        assert SealingKey.objects.filter(name=old).exists()
        call_command("rotate_keys", "--no-new-key")

        assert not SealingKey.objects.filter(name=old).exists()
        assert "older ones are needed only for backups" in capsys.readouterr().out

    def test_is_not_made_where_keys_are_kept_elsewhere(self, monkeypatch):
        monkeypatch.setattr(settings, "ENCRYPTION_KEYS", Keys(new_key()))

        with pytest.raises(CommandError, match="ENCRYPTION_KEYS"):
            call_command("rotate_keys")

    def test_is_not_made_where_the_file_cannot_be_changed_and_nothing_asks_for_it_later(self, keys, monkeypatch):
        def refuse(*_):
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(encryption, "write_secret", refuse)

        with pytest.raises(CommandError, match=r"Read-only file system(.|\n)*put a new one \(.*\) last, and"):
            call_command("rotate_keys")

        assert {each.name for each in SealingKey.objects.all()} == set(keys.ring.ids)

    def test_that_finds_no_more_room_for_the_last_step_says_so_and_everything_opens(self, keys, monkeypatch):
        make_request(**TYPED)

        def no_room(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Keys, "put_first", no_room)

        with pytest.raises(CommandError, match="No space left on device"):
            call_command("rotate_keys")

        monkeypatch.setattr(settings, "ENCRYPTION_KEYS", Keys(keys.file))
        sealing.require_keys()
        assert ConsultationRequest.objects.get().name == TYPED["name"]

    @pytest.mark.parametrize(("where", "step"), [(sealing, "note_key"), (Keys, "put_first"), (sealing, "seal_again")])
    def test_that_was_killed_half_way_locks_nobody_out(self, keys, monkeypatch, where, step):
        make_request(**TYPED)

        class Killed(BaseException):
            pass

        def die(*_):
            raise Killed

        with monkeypatch.context() as killed:
            killed.setattr(where, step, die)
            with pytest.raises(Killed):
                call_command("rotate_keys")

        monkeypatch.setattr(settings, "ENCRYPTION_KEYS", Keys(keys.file))
        sealing.require_keys()
        assert ConsultationRequest.objects.get().name == TYPED["name"]
        call_command("rotate_keys")
        assert ConsultationRequest.objects.get().name == TYPED["name"]

    def test_lets_others_write_in_between(self, keys, monkeypatch):
        for number in range(5):
            make_request(email=f"marker{number}@example.org")
        (old,) = keys.ring.ids
        left = []

        @contextmanager
        def turn(_):
            yield
            left.append(everything_stored().count(f"{old}."))

        monkeypatch.setattr(sealing, "SEALED", 2)
        monkeypatch.setattr(sealing.waiting_room, "turn_to_write", turn)
        monkeypatch.setattr(sealing.time, "sleep", lambda _: left.append(-1))

        call_command("rotate_keys")

        two, four, all_five = left[0], left[2], left[4]
        assert two > four > all_five == 0
        assert left[1::2] == [-1, -1, -1], "nobody else had the time to write"

    def test_that_meets_a_database_in_trouble_says_what_to_do(self, keys, monkeypatch):
        make_request(**TYPED)

        @contextmanager
        def turn(_):
            raise sealing.waiting_room.Full("Another process has been writing for some time.")
            yield

        monkeypatch.setattr(sealing.waiting_room, "turn_to_write", turn)

        with pytest.raises(CommandError, match="run this again with --no-new-key"):
            call_command("rotate_keys")
        assert ConsultationRequest.objects.get().name == TYPED["name"]


class TestTheStart:
    def test_is_stopped_on_a_machine_that_brings_a_key_of_its_own(self, keys, monkeypatch):
        monkeypatch.setattr(settings, "ENCRYPTION_KEYS", Keys(new_key()))

        with pytest.raises(ImproperlyConfigured, match=f"{keys.ring.ids[0]}.*ENCRYPTION_KEYS_FILE"):
            sealing.require_keys()

    def test_goes_on_with_a_new_key_above_the_old(self, keys):
        bring_in_a_key(keys)

        sealing.require_keys()

        assert set(SealingKey.objects.values_list("name", flat=True)) == set(keys.ring.ids)


def test_rows_from_before_are_sealed_by_the_migration_and_can_be_unsealed():
    """Written as they stood before it: plain, and found by nothing."""
    migration = importlib.import_module("rlsinfo.consultations.migrations.0006_sealed")
    request = make_request(**TYPED)
    work_on(request)
    as_it_was = ConsultationRequest.objects.get()

    apps = apps_between_the_halves()

    migration.unseal(apps, None)
    assert "marker draft again" in everything_stored()
    SearchKey.objects.all().delete()
    migration.seal(apps, None)

    assert "marker" not in everything_stored().lower()
    assert {name: getattr(ConsultationRequest.objects.get(), name) for name in TYPED} == TYPED
    assert ConsultationRequest.objects.find("9931") == [as_it_was]
    assert ConsultationRequest.objects.find("Marker Right") == [as_it_was]


def apps_between_the_halves():
    """The models as they stand inside the migration: their columns hold whatever is written."""
    loader = MigrationLoader(connection)
    state = loader.project_state(("consultations", "0005_figures"))
    for operation in loader.get_migration("consultations", "0006_sealed").operations:
        if isinstance(operation, RunPython):
            break
        operation.state_forwards("consultations", state)
    return state.apps
