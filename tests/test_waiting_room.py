"""Some wait for the database, the others are told at once when that is in vain, and no reader waits with them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import DatabaseError

from rlsinfo import waiting_room
from rlsinfo.waiting_room import Full, WaitingRoom

LONG = 60.0


def fill(room, leave):
    """Have every place taken by somebody who stays until `leave` is set."""
    inside = threading.Barrier(room.places + 1)

    def stay():
        with room.place():
            inside.wait()
            leave.wait(LONG)

    people = [threading.Thread(target=stay) for _ in range(room.places)]
    for person in people:
        person.start()
    inside.wait()
    return people


@pytest.fixture
def leave():
    left = threading.Event()
    yield left
    left.set()


def test_nobody_waits_while_there_is_a_place():
    room = WaitingRoom(places=2, patience=0)

    with room.place(), room.place():
        pass
    with room.place():
        pass


def test_whoever_comes_while_nothing_moves_is_told_at_once(leave):
    room = WaitingRoom(places=2, patience=0)
    fill(room, leave)

    with pytest.raises(Full), room.place():
        pytest.fail("let in where there was no place")


def test_whoever_waits_while_nothing_moves_is_told_in_the_end(leave):
    room = WaitingRoom(places=2, patience=0.05)
    fill(room, leave)

    with pytest.raises(Full), room.place():
        pytest.fail("let in where there was no place")


def test_whoever_waits_gets_the_place_of_whoever_leaves(leave):
    room = WaitingRoom(places=1, patience=LONG)
    fill(room, leave)
    threading.Timer(0.05, leave.set).start()

    with room.place():
        assert leave.is_set()


def test_a_crowd_gets_through_as_long_as_the_room_moves():
    room = WaitingRoom(places=2, patience=LONG)
    busy, most = [], []

    def enter(number):
        with room.place():
            busy.append(number)
            most.append(len(busy))
            busy.remove(number)

    with ThreadPoolExecutor(20) as crowd:
        list(crowd.map(enter, range(200)))

    assert len(most) == 200
    assert max(most) <= 2


def test_a_place_is_free_again_after_an_error():
    room = WaitingRoom(places=1, patience=0)

    for _ in range(3):
        with pytest.raises(DatabaseError), room.place():
            raise DatabaseError


def test_threads_are_left_for_readers_when_every_place_is_taken():
    assert waiting_room.PLACES < waiting_room.THREADS


@pytest.fixture
def sqlite(tmp_path):
    """A database of the kind that takes one writer at a time."""
    (tmp_path / "site.sqlite3").touch()
    return SimpleNamespace(vendor="sqlite", settings_dict={"NAME": str(tmp_path / "site.sqlite3")})


@pytest.mark.parametrize(("vendor", "expected"), [("sqlite", 1), ("postgresql", 4)])
def test_sqlite_is_given_one_writer_at_a_time_and_a_server_as_many_as_come(sqlite, vendor, expected):
    sqlite.vendor = vendor
    all_here, inside, most = threading.Barrier(4), [], []

    def write(number):
        all_here.wait()
        with waiting_room.turn_to_write(sqlite):
            inside.append(number)
            time.sleep(0.05)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(write, range(4)))

    assert max(most) == expected


def test_a_writer_of_another_process_has_its_turn_too(sqlite):
    theirs, ours = threading.Event(), threading.Event()

    def write():
        theirs.set()
        with waiting_room.turn_to_write(sqlite):
            ours.set()

    with Path(f"{sqlite.settings_dict['NAME']}.turn").open("a") as other, ThreadPoolExecutor(1) as us:
        flock(other, LOCK_EX)
        us.submit(write)
        theirs.wait(LONG)
        assert not ours.wait(0.1)
        flock(other, LOCK_UN)
        assert ours.wait(LONG)


def test_nobody_waits_for_ever_for_a_process_that_was_stopped_in_the_middle(sqlite, monkeypatch):
    monkeypatch.setattr(waiting_room, "WRITERS_PATIENCE", 0.05)

    with Path(f"{sqlite.settings_dict['NAME']}.turn").open("a") as stopped:
        flock(stopped, LOCK_EX)
        with pytest.raises(Full), waiting_room.turn_to_write(sqlite):
            pytest.fail("let in while another writes")

    with waiting_room.turn_to_write(sqlite):
        pass


def test_where_no_file_can_be_kept_sqlite_says_who_is_next(sqlite):
    sqlite.settings_dict["NAME"] = "/proc/nowhere/site.sqlite3"

    with waiting_room.turn_to_write(sqlite):
        assert not Path("/proc/nowhere").exists()
