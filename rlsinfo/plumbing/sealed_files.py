"""A sealed file: compressed, encrypted and checksummed, written and read in parts, so that memory stays flat; no Django.

    magic, key id, salt | length, AES-GCM of a part | ... | length, AES-GCM of the last part | SHA-256 of it all, end mark

Each file has a key of its own (HKDF of the key and the salt). The nonce counts the parts and marks the last one, so
that parts can neither be swapped, nor dropped, nor cut off at the end.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NAME, FORMAT = b"rlsinfo backup ", b"1\n"
END = b"rlsinfo end\n"
PART = 1024 * 1024
"""Bytes encrypted at once."""
ID_LENGTH, SALT_LENGTH, TAG_LENGTH = 8, 16, 16
HEADER_LENGTH = len(NAME + FORMAT) + ID_LENGTH + SALT_LENGTH
TRAILER_LENGTH = hashlib.sha256().digest_size + len(END)


class Unreadable(Exception):
    """The file is not what was sealed, or this key does not open it; the message says which."""


def seal(parts: Iterable[bytes], key: str, into: BinaryIO) -> None:
    """Write everything that `parts` yields, however much it is."""
    checksum = hashlib.sha256()

    def write(data: bytes) -> None:
        checksum.update(data)
        into.write(data)

    salt = os.urandom(SALT_LENGTH)
    header = NAME + FORMAT + _key_id(key) + salt
    cipher = AESGCM(_derived(key, salt, b"contents", 32))
    write(header)
    for number, (part, is_last) in enumerate(_in_equal_parts(_compressed(parts))):
        sealed = cipher.encrypt(_nonce(number, last=is_last), part, header)
        write(struct.pack(">I", len(sealed)) + sealed)
    into.write(checksum.digest() + END)


def check(file: BinaryIO) -> None:
    """Read the whole file once and raise Unreadable unless it is, byte for byte, what was sealed. Needs no key."""
    header = _header(file)
    size = file.seek(0, os.SEEK_END)
    file.seek(max(size - TRAILER_LENGTH, 0))
    trailer = file.read()
    if len(header) < HEADER_LENGTH or size < HEADER_LENGTH + TRAILER_LENGTH or not trailer.endswith(END):
        raise Unreadable("the file is cut short, its end is missing")
    checksum, left = hashlib.sha256(), size - TRAILER_LENGTH
    file.seek(0)
    while left and (data := file.read(min(PART, left))):
        checksum.update(data)
        left -= len(data)
    if checksum.digest() != trailer[: -len(END)]:
        raise Unreadable("the file is damaged, its checksum does not fit")


def opened(file: BinaryIO, key: str) -> Iterator[bytes]:
    """What was sealed, in parts of at most a megabyte; raises Unreadable at the first that is not as it was written."""
    header = _header(file)
    name_length = len(NAME + FORMAT)
    if header[name_length : name_length + ID_LENGTH] != _key_id(key):
        raise Unreadable("the file was made with another backup key")
    cipher = AESGCM(_derived(key, header[-SALT_LENGTH:], b"contents", 32))
    decompressor, number, is_last = zlib.decompressobj(), 0, False
    while not is_last:
        data = _read_part(file)
        # The last part is the one behind which the trailer stands.
        position = file.tell()
        is_last = len(file.read(TRAILER_LENGTH + 1)) <= TRAILER_LENGTH
        file.seek(position)
        try:
            compressed = cipher.decrypt(_nonce(number, last=is_last), data, header)
        except InvalidTag as error:
            raise Unreadable("the file is damaged, or somebody has changed it") from error
        while compressed:
            if part := decompressor.decompress(compressed, PART):
                yield part
            compressed = decompressor.unconsumed_tail
        number += 1
    if part := decompressor.flush():
        yield part


def _header(file: BinaryIO) -> bytes:
    file.seek(0)
    header = file.read(HEADER_LENGTH)
    if not header.startswith(NAME):
        raise Unreadable("the file is no backup of this site")
    if not header.startswith(NAME + FORMAT):
        raise Unreadable("a version of the site made the file that seals its backups in another way")
    return header


def _compressed(parts: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(6)
    for part in parts:
        yield compressor.compress(part)
    yield compressor.flush()


def _in_equal_parts(parts: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in parts of one length, and whether each is the last one; that one may be shorter, even empty."""
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > PART:
            yield bytes(waiting[:PART]), False
            del waiting[:PART]
    yield bytes(waiting), True


def _read_part(file: BinaryIO) -> bytes:
    prefix = file.read(4)
    length = struct.unpack(">I", prefix)[0] if len(prefix) == 4 else 0
    data = file.read(length) if length <= PART + TAG_LENGTH else b""
    if not data or len(data) < length:
        raise Unreadable("the file is damaged, or somebody has changed it")
    return data


def _nonce(number: int, *, last: bool = False) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _key_id(key: str) -> bytes:
    """Tells one key from another, and nothing else about it."""
    return _derived(key, None, b"id", ID_LENGTH)


def _derived(key: str, salt: bytes | None, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, b"rlsinfo.plumbing.sealed_files " + purpose).derive(key.encode())
