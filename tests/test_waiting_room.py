"""Some wait for the database, the others are told at once when that is in vain, and no reader waits with them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

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


def test_sqlite_is_given_one_writer_at_a_time_and_a_server_as_many_as_come():
    inside, most = [], []

    def write(number, vendor):
        with waiting_room.turn_to_write(vendor):
            inside.append(number)
            time.sleep(0.002)
            most.append(len(inside))
            inside.remove(number)

    for vendor, expected in (("sqlite", 1), ("postgresql", 4)):
        most.clear()
        with ThreadPoolExecutor(4) as crowd:
            list(crowd.map(lambda number, vendor=vendor: write(number, vendor), range(20)))

        assert max(most) == expected
