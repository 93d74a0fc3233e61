"""Seals what people typed: AES-256-GCM under keys that stand outside the database, several for rotation; no Django."""

import hmac
import os
import secrets
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
ID_DIGITS = 8


class NotAKey(ValueError):
    """A line is no key; the message says what one looks like, and never repeats it."""


class CannotOpen(Exception):
    """A sealed text cannot be opened: its key is missing, or it was changed or moved. The message holds no text."""


def new_key() -> str:
    """A new key as it is kept: 32 random bytes in 43 letters."""
    return urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")


class KeyRing:
    """The keys of one moment, the newest first: it seals, and every one opens what it has sealed.

    Each purpose has a key of its own, derived from these (HKDF, RFC 5869), so that one never tells about another.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        whole = [_bytes(key) for key in keys]
        if not whole:
            raise NotAKey("there is no key: each line holds one, 32 random bytes in base64")
        self.ids = [sha256(b"id" + key).hexdigest()[:ID_DIGITS] for key in whole]
        """By which a key is named in public: nothing can be learned of a key from it."""
        self._ciphers = {name: AESGCM(_derived(key, b"text")) for name, key in zip(self.ids, whole, strict=True)}
        self._finders = [_derived(key, b"find") for key in whole]

    def seal(self, text: str, place: str) -> str:
        """The text under the newest key; it opens only at its place, such as "table.column"."""
        nonce, name = secrets.token_bytes(NONCE_BYTES), self.ids[0]
        sealed = self._ciphers[name].encrypt(nonce, text.encode(), f"{name}|{place}".encode())
        return f"{name}.{b64encode(nonce + sealed).decode()}"

    def unseal(self, sealed: str, place: str) -> str:
        """The text that was sealed; raises CannotOpen."""
        name, _, body = sealed.partition(".")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CannotOpen(f"No key {name[:ID_DIGITS]!r} is at hand for {place}")
        try:
            whole = b64decode(body, validate=True)
            return cipher.decrypt(whole[:NONCE_BYTES], whole[NONCE_BYTES:], f"{name}|{place}".encode()).decode()
        except (InvalidTag, NotBase64, ValueError) as error:
            raise CannotOpen(f"What stands in {place} is not what was written there") from error

    def fingerprint(self, text: str) -> int:
        """By which the text is found again without being kept; 63 bits, so that every database keeps it as a number."""
        return _fingerprint(self._finders[0], text)

    def fingerprints(self, text: str) -> list[int]:
        """The same under every key, to ask for what was stored before a rotation too."""
        return [_fingerprint(finder, text) for finder in self._finders]


class Keys:
    """Where the keys come from: a file, read anew whenever it has changed, or a fixed text."""

    def __init__(self, source: Path | str) -> None:
        self.file = source if isinstance(source, Path) else None
        self._state: tuple[int, int] | None = None
        self._ring = KeyRing(read_keys(self.file.read_text(encoding="utf-8") if self.file else str(source)))

    @property
    def ring(self) -> KeyRing:
        """The keys as they are now. A file that has gone or is broken changes nothing: what was read last goes on."""
        if self.file:
            try:
                status = self.file.stat()
                state = (status.st_mtime_ns, status.st_ino)
                if state != self._state:
                    self._ring = KeyRing(read_keys(self.file.read_text(encoding="utf-8")))
                    self._state = state
            except (OSError, ValueError):
                pass
        return self._ring

    def add(self, key: str) -> None:
        """Put a new key last in the file: it opens, and seals nothing yet."""
        self._write([*self._written(), key])

    def put_first(self, key: str) -> None:
        """Put a key of the file first: it seals from now on."""
        self._write(sorted(self._written(), key=key.__ne__))

    def _written(self) -> Sequence[str]:
        if self.file is None:
            raise NotAKey("they come from ENCRYPTION_KEYS, not from a file")
        return read_keys(self.file.read_text(encoding="utf-8"))

    def _write(self, keys: Sequence[str]) -> None:
        # In one step, so that no reader ever sees half of it.
        assert self.file is not None  # noqa: S101 - it was read a moment ago
        draft = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        write_secret(draft, "".join(f"{key}\n" for key in keys))
        draft.replace(self.file)
        flush_folder(self.file.parent)


def read_keys(text: str) -> Sequence[str]:
    """The keys of a file or a variable, one a line or with commas between."""
    return [key for line in text.splitlines() for part in line.split(",") if (key := part.strip())]


def write_secret(path: Path, secret: str) -> None:
    """Write a file that only we may read, and wait until it is on the disk: a key lost is every text lost."""
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _bytes(key: str) -> bytes:
    try:
        whole = urlsafe_b64decode(f"{key}=")
    except ValueError:
        whole = b""
    if len(whole) != KEY_BYTES:
        raise NotAKey("a line is no key: each holds 32 random bytes in base64, 43 letters")
    return whole


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"rlsinfo " + purpose).derive(key)


def _fingerprint(key: bytes, text: str) -> int:
    return int.from_bytes(hmac.digest(key, text.encode(), "sha256")[:8]) >> 1


if __name__ == "__main__":
    print(new_key())
