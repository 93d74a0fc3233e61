"""A mail server with moods, which remembers every message that it kept."""

import random
import socket
import ssl
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

GOOD = "takes everything"
HANGS = "hangs at the banner"
SLOW = "says one byte a second"
BUSY = "says 421 and hangs up"
NO_TLS = "fails at TLS"
PICKY = "refuses one recipient"
DROPS_BEFORE_MESSAGE = "hangs up before the message"
DROPS_MESSAGE = "hangs up on the message, and forgets it"
KEEPS_SILENT = "keeps the message, and dies before it says so"
DROPS_AFTER = "hangs up after it said so"
NOT_NOW = "says not now"
MOODS = (HANGS, BUSY, NO_TLS, PICKY, DROPS_BEFORE_MESSAGE, DROPS_MESSAGE, KEEPS_SILENT, DROPS_AFTER, NOT_NOW, SLOW)


class MailServer:
    """Listens on 127.0.0.1; `mood` is asked anew for each connection. With `folder`, it offers TLS."""

    def __init__(self, folder: Path | None = None, pace: float = 1.0) -> None:
        self.mood: str | Callable[[], str] = GOOD
        self.pace = pace
        """Seconds between two bytes of a slow server."""
        self.refused = ""
        """The recipient it refuses while picky."""
        self.thanks = "250 kept"
        """What it says when it has taken a message."""
        self.tls_at_once = False
        self.after_answer: Callable[[], None] = lambda: None
        self.before_answer: Callable[[], None] = lambda: None
        """What else happens just before and after it says that it has taken a message."""
        self.kept: list[tuple[str, str]] = []
        """Recipient and identifier of every message it kept, in order."""
        self.in_doubt: set[str] = set()
        """Identifiers of the messages after which it fell silent."""
        self.met: Counter[str] = Counter()
        """How many connections came in each mood."""
        self.certificate = self.tls = None
        if folder:
            self.certificate = _certificate(folder)
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(self.certificate)
        self.listening: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        """Listen, on the same port as before, unless it does."""
        if self.listening:
            return
        self.listening = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listening,), daemon=True).start()

    def refuse(self) -> None:
        """Nobody listens any more."""
        if self.listening:
            with suppress(OSError):
                self.listening.shutdown(socket.SHUT_RDWR)
            self.listening.close()
            self.listening = None

    @property
    def identifiers(self) -> Counter[str]:
        """How often each message was kept."""
        return Counter(identifier for _, identifier in self.kept)

    def _accept(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                line, _ = listening.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        mood = self.mood if isinstance(self.mood, str) else self.mood()
        self.met[mood] += 1
        # A client that was killed is no concern of ours.
        with suppress(OSError), line:
            line.settimeout(300)
            _Conversation(self, line, mood).hold()


class _HangUp(Exception):
    """Enough."""


class _Conversation:
    def __init__(self, server: MailServer, line: socket.socket, mood: str) -> None:
        self.server, self.line, self.mood = server, line, mood
        self.heard = line.makefile("rb")
        self.recipient = ""

    def hold(self) -> None:
        if self.server.tls_at_once:
            self.encrypt()
        if self.mood == HANGS:
            self.heard.read()
            return
        if self.mood == BUSY:
            self.say("421 too many of you")
            return
        self.say("220 mail.example.org")
        with suppress(_HangUp):
            while words := self.heard.readline():
                self.answer(words.decode("ascii", "replace").strip())

    def answer(self, words: str) -> None:
        command = words[:4].upper()
        if command == "EHLO":
            offers = "250-mail.example.org\r\n250 STARTTLS" if self.server.tls else "250 mail.example.org"
            self.say(offers)
        elif command == "STAR" and self.server.tls:
            self.say("220 go on")
            if self.mood == NO_TLS:
                self.say("this is no handshake")
                raise _HangUp
            self.encrypt()
        elif command == "RCPT":
            self.recipient = words.partition("<")[2].partition(">")[0]
            refused = self.mood == PICKY and self.recipient == self.server.refused
            self.say("550 nobody here" if refused else "450 not now" if self.mood == NOT_NOW else "250 yes")
        elif command == "DATA":
            self.take()
        elif command == "QUIT":
            self.say("221 bye")
            raise _HangUp
        else:
            self.say("250 yes")

    def encrypt(self) -> None:
        assert self.server.tls
        self.line = self.server.tls.wrap_socket(self.line, server_side=True)
        self.heard = self.line.makefile("rb")

    def take(self) -> None:
        if self.mood == DROPS_BEFORE_MESSAGE:
            raise _HangUp
        self.say("354 go on")
        message = b""
        while (words := self.heard.readline()) != b".\r\n":
            if not words:
                raise _HangUp
            message += words
        identifier = str(message_from_bytes(message)["Message-ID"])
        if self.mood == DROPS_MESSAGE:
            self.server.in_doubt.add(identifier)
            raise _HangUp
        self.server.kept.append((self.recipient, identifier))
        if self.mood == KEEPS_SILENT:
            self.server.in_doubt.add(identifier)
            # Dies: the client is told with a reset, not with a polite end.
            self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raise _HangUp
        self.server.before_answer()
        self.say(self.server.thanks)
        self.server.after_answer()
        if self.mood == DROPS_AFTER:
            raise _HangUp

    def say(self, words: str) -> None:
        said = words.encode() + b"\r\n"
        if self.mood != SLOW:
            self.line.sendall(said)
            return
        for byte in said:
            self.line.sendall(bytes([byte]))
            time.sleep(self.server.pace)


def at_random(moods: tuple[str, ...], share: float, seed: int = 1) -> Callable[[], str]:
    """In one of these moods that share of the time, good-natured otherwise; the same sequence for the same seed."""
    dice = random.Random(seed)
    return lambda: dice.choice(moods) if dice.random() < share else GOOD


@contextmanager
def mail_server(folder: Path | None = None, pace: float = 1.0) -> Iterator[MailServer]:
    """One that listens as long as the block lasts."""
    server = MailServer(folder, pace)
    try:
        yield server
    finally:
        server.refuse()


def _certificate(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1 in one file, for a client that is told to trust them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Good for as long as any clock of a test is wrong.
        .not_valid_before(now - timedelta(days=1000))
        .not_valid_after(now + timedelta(days=1000))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail-server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
