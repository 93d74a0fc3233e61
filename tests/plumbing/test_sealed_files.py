"""A sealed file gives back what went in, and nothing else opens or passes for it."""

import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlsinfo.plumbing.sealed_files import END, HEADER_LENGTH, PART, TRAILER_LENGTH, Unreadable, check, opened, seal

KEY = "k" * 50


def sealed(*parts: bytes, key: str = KEY) -> bytes:
    file = io.BytesIO()
    seal(parts, key, file)
    return file.getvalue()


def read(data: bytes, key: str = KEY) -> bytes:
    check(io.BytesIO(data))
    return b"".join(opened(io.BytesIO(data), key))


def noise(length: int) -> bytes:
    """Bytes that do not compress."""
    return Random(7).randbytes(length)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_what_went_in_comes_out(parts):
    assert read(sealed(*parts)) == b"".join(parts)


@given(st.integers(PART - 5, PART + 5), st.integers(0, 3))
def test_what_shrinks_comes_out_to_the_last_byte(length, more):
    data = bytes(length) + noise(more)

    assert read(sealed(data)) == data


@pytest.mark.parametrize("length", [0, 1, PART - 100, PART, PART + 1, 3 * PART + 17])
def test_any_length_comes_out(length):
    data = noise(length)

    assert read(sealed(data)) == data


def test_nothing_of_what_went_in_can_be_read_in_the_file():
    assert b"Ortiz" not in sealed(b"Ana Ortiz " * 1000)


def test_the_same_contents_never_give_the_same_file():
    assert sealed(b"Ana")[HEADER_LENGTH:] != sealed(b"Ana")[HEADER_LENGTH:]


def test_another_key_opens_nothing_and_says_so():
    with pytest.raises(Unreadable, match="another backup key"):
        read(sealed(b"Ana"), key="x" * 50)


def test_every_flipped_bit_is_found():
    whole = sealed(b"Ana Ortiz")
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1

        with pytest.raises(Unreadable):
            check(io.BytesIO(damaged))


def test_every_missing_end_is_found():
    whole = sealed(b"Ana Ortiz")
    for length in range(len(whole)):
        with pytest.raises(Unreadable):
            check(io.BytesIO(whole[:length]))


def test_what_is_wrong_is_said():
    whole = sealed(b"Ana Ortiz")
    flipped = bytearray(whole)
    flipped[HEADER_LENGTH + 10] ^= 1
    for data, said in (
        (b"PK\x03\x04 something else", "no backup of this site"),
        (b"", "no backup of this site"),
        (whole.replace(b"backup 1\n", b"backup 9\n", 1), "in another way"),
        (whole[:-1], "cut short"),
        (whole[:HEADER_LENGTH], "cut short"),
        (bytes(flipped), "damaged"),
    ):
        with pytest.raises(Unreadable, match=said):
            check(io.BytesIO(data))


def forged(parts: list[bytes], header: bytes) -> bytes:
    """The parts in this order, with a checksum that fits: what somebody could do who holds no key."""
    body = header + b"".join(parts)
    return body + hashlib.sha256(body).digest() + END


@pytest.fixture(scope="module")
def pieces() -> tuple[bytes, list[bytes]]:
    """The header and the three encrypted parts of a file."""
    whole = sealed(noise(2 * PART + 17))
    body, parts = whole[HEADER_LENGTH:-TRAILER_LENGTH], []
    while body:
        length = 4 + int.from_bytes(body[:4], "big")
        parts.append(body[:length])
        body = body[length:]
    assert len(parts) == 3
    return whole[:HEADER_LENGTH], parts


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2), (0, 1), (0, 1, 2, 2), (0, 0, 2), ()])
def test_parts_that_were_swapped_dropped_or_repeated_are_found_without_the_checksum(pieces, order):
    header, parts = pieces
    data = forged([parts[at] for at in order], header)
    check(io.BytesIO(data))

    with pytest.raises(Unreadable, match="damaged"):
        list(opened(io.BytesIO(data), KEY))


def test_a_part_of_another_file_is_found(pieces):
    header, parts = pieces
    other = sealed(noise(2 * PART + 17))[HEADER_LENGTH:-TRAILER_LENGTH][: len(parts[0])]
    data = forged([other, *parts[1:]], header)

    with pytest.raises(Unreadable, match="damaged"):
        list(opened(io.BytesIO(data), KEY))


def test_memory_stays_flat_however_much_is_sealed_and_opened(tmp_path):
    def a_lot() -> Iterator[bytes]:
        # Zeros, which a careless reader would blow up again all at once.
        for _ in range(64):
            yield bytes(PART)

    tracemalloc.start()
    with (tmp_path / "sealed").open("w+b") as file:
        seal(a_lot(), KEY, file)
        check(file)
        assert sum(len(part) for part in opened(file, KEY)) == 64 * PART
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 12 * PART
