"""SMTP connections on which a reply has a deadline and a size.

A socket's own time-out begins anew with each byte that comes, and smtplib keeps every line of a reply: a server that sends a
byte now and then, or lines without end, would hold the sender up for good, or fill its memory.
"""

import io
import smtplib
import time
from typing import Any

LONGEST_REPLY = 64 * 1024  # bytes; a line has 512 at most (RFC 5321, 4.5.3.1.5)


class _Replies(io.RawIOBase):
    """What the server says, until the deadline of its connection."""

    def __init__(self, server: "Patient") -> None:
        self._server = server

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        server = self._server
        left = server.ends - time.monotonic()
        if server.sock is None or left <= 0 or server.room <= 0:
            raise TimeoutError("the reply has no end")
        server.sock.settimeout(left)
        read = server.sock.recv_into(buffer)
        server.room -= read
        return read


class Patient(smtplib.SMTP):
    """A connection; `within` begins what has a deadline. A reply that does not end in time breaks it, as a close would."""

    ends = float("inf")
    room = LONGEST_REPLY

    def within(self, seconds: float) -> None:
        """Everything from now on, and what is said to it, has so many seconds."""
        self.ends, self.room = time.monotonic() + seconds, LONGEST_REPLY
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self))
        return super().getreply()


class PatientTLS(Patient, smtplib.SMTP_SSL):
    """The same, encrypted from its beginning."""
