"""The line to a mail server: it ends in time, and it tells a message that was not taken from one that may have been."""

import io
import smtplib
import socket
from time import monotonic
from typing import Any

from django.core.mail.backends import smtp

LONGEST = 120.0
"""Seconds one connection may last, greeting and goodbye included; well under a lease of the outbox."""


class InDoubt(smtplib.SMTPServerDisconnected):
    """The whole message was handed over, and no answer came: nobody knows whether the server keeps it."""


class EmailBackend(smtp.EmailBackend):
    """Django's, over our line."""

    @property
    def connection_class(self) -> type["Line"]:
        return EncryptedLine if self.use_ssl else Line


class Line(smtplib.SMTP):
    """One connection. Each read has its timeout already; a server that says one byte a second needs a limit for all."""

    file: io.BufferedReader | None
    handed_over = False

    def connect(self, host: str = "localhost", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        self.ends_at = monotonic() + LONGEST
        return super().connect(host, port, source_address)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Limited(self.sock, self.ends_at))
        return super().getreply()

    def send(self, s: Any) -> None:
        super().send(s)
        # Only a message ends so, with a lone dot: without that line no server keeps it.
        self.handed_over = isinstance(s, bytes) and s.endswith(b"\r\n.\r\n")

    def data(self, msg: Any) -> tuple[int, bytes]:
        try:
            code, words = super().data(msg)
        except OSError as error:
            if self.handed_over:
                raise InDoubt(type(error).__name__) from error
            raise
        if code // 100 not in {2, 4, 5}:
            raise InDoubt("an answer that is none")
        return code, words


class EncryptedLine(Line, smtplib.SMTP_SSL):
    """The same over TLS from the first byte."""


class _Limited(io.RawIOBase):
    """Reads from a socket until a moment, however often a byte arrives."""

    def __init__(self, sock: socket.socket, ends_at: float) -> None:
        self.sock, self.ends_at = sock, ends_at
        self.patience = sock.gettimeout()
        self.raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self.ends_at - monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left if self.patience is None else min(self.patience, left))
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()
