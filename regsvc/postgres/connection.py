"""Connections that give up when the server is silent, and a breaker that spares others the wait.

libpq has no time-out for an answer, and `tcp_user_timeout` never fires while the server's kernel still acknowledges what is
sent, as with a stopped process or a disk that hangs. psycopg waits in one place, `Connection.wait`, which takes a time-out.
"""

import threading
import time
from typing import Any

import psycopg
from psycopg.abc import PQGen

PAUSE = 1.0  # seconds in which nobody asks a store that has just been silent


class Breaker:
    """Whether a store has just been silent. Then one caller a second tries it, and the others fail at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._closed_until: float | None = None

    def trip(self) -> None:
        """The store did not answer."""
        with self._lock:
            self._closed_until = time.monotonic() + PAUSE

    def reset(self) -> None:
        """The store answered."""
        self._closed_until = None

    def refuses(self, *, trying: float) -> bool:
        """Whether to fail at once. The caller that may try keeps the others out for *trying* seconds."""
        if self._closed_until is None:
            return False
        with self._lock:
            now = time.monotonic()
            if self._closed_until is None or now < self._closed_until:
                return self._closed_until is not None
            self._closed_until = now + trying
            return False


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server says nothing for `longest` seconds."""

    longest = 300.0
    breaker: Breaker | None = None

    def wait(self, gen: "PQGen[Any]", interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for an answer; `OperationalError` if none comes in time. Whether the server acted is not known then."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.longest)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 (psycopg's documented hook raises it)
            self.pgconn.finish()
            if self.breaker:
                self.breaker.trip()
            raise psycopg.OperationalError(f"the server was silent for {self.longest:g} seconds") from None


def bounded(longest: float) -> type[BoundedConnection]:
    """The class of connections that wait at most *longest* seconds for an answer."""
    return type("BoundedConnection", (BoundedConnection,), {"longest": longest})
