"""Storing letters together: what arrives while one write is under way goes into the next, and shares its durable commit.

Every caller waits for its own letter's commit, but not for ever. A write that fails, or takes too long, is reported to each of
its callers; nothing of it was acknowledged. One that took too long may be stored all the same: the same letter again is one row.
After a failure one caller at a time tries, and the others fail at once: a store that hangs must not hold every thread.
"""

import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connections

from intake.letterbox import KNOWN, Known, Row

MOST = 64
PATIENCE = 6.0  # seconds that a caller waits for its commit
INSERT = """
    INSERT INTO intake_letter (digest, idempotency, body, origin, epoch, sealed, arrived_at, status)
    SELECT digest, idempotency, body, origin, epoch, sealed, arrived_at, 'waiting'
      FROM unnest(%b::bytea[], %b::bytea[], %b::bytea[], %b::varchar[], %b::varchar[], %b::bytea[], %b::timestamptz[])
        AS new (digest, idempotency, body, origin, epoch, sealed, arrived_at)
    ON CONFLICT DO NOTHING RETURNING digest
"""


class Ticket:
    """One caller, waiting for its row."""

    __slots__ = ("done", "error", "known", "row")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.known: Known | None = None
        self.error: DatabaseError | None = OperationalError("not written")  # until it is
        self.done = threading.Lock()
        self.done.acquire()


class Writer:
    """The one thread of a process that writes letters."""

    def __init__(self) -> None:
        self._tickets: SimpleQueue[Ticket] = SimpleQueue()
        self._later: list[Ticket] = []
        self._failed = False  # whether the last write did
        self._trial = threading.Lock()
        threading.Thread(target=self._run, name="letters", daemon=True).start()

    def store(self, row: Row) -> Known | None:
        """Store a letter durably; what `letterbox.store` gives.

        Raises:
            DatabaseError: The write failed, or was not confirmed in time.
        """
        if not self._failed:
            return self._store(row)
        if not self._trial.acquire(blocking=False):
            raise OperationalError("the last write failed, and another caller tries")
        try:
            return self._store(row)
        finally:
            self._trial.release()

    def _store(self, row: Row) -> Known | None:
        ticket = Ticket(row)
        self._tickets.put(ticket)
        if not ticket.done.acquire(timeout=PATIENCE):
            raise OperationalError("the write took too long")
        if ticket.error:
            raise ticket.error
        return ticket.known

    def _run(self) -> None:
        while True:
            group = list(self._group())
            error: DatabaseError | None = None
            try:
                self._write(group)
            except DatabaseError as failed:
                error = failed
            except Exception as mistake:  # noqa: BLE001 (the thread must live, and nobody is told that it was stored)
                error = DatabaseError(type(mistake).__name__)
            self._failed = error is not None
            for ticket in group:
                ticket.error = error
                ticket.done.release()

    def _group(self) -> Iterator[Ticket]:
        """What waits, at most MOST; of two with one digest or key the second waits for the next write, to be compared."""
        waiting, self._later = self._later or [self._tickets.get()], []
        try:
            while len(waiting) < MOST:
                waiting.append(self._tickets.get_nowait())
        except Empty:
            pass
        taken: set[bytes] = set()
        for ticket in waiting:
            marks = {mark for mark in ticket.row[:2] if mark}
            if marks & taken:
                self._later.append(ticket)
            else:
                taken |= marks
                yield ticket

    def _write(self, group: list[Ticket]) -> None:
        """Write once; over a new connection if the old one was lost. Writing again what is stored already changes nothing."""
        try:
            self._insert(group)
        except (OperationalError, InterfaceError):
            connections["default"].close()
            self._insert(group)

    def _insert(self, group: list[Ticket]) -> None:
        database = connections["default"]
        database.ensure_connection()
        with database.wrap_database_errors, psycopg.Cursor(database.connection) as cursor:
            cursor.execute(INSERT, [list(column) for column in zip(*(ticket.row for ticket in group), strict=True)], prepare=True)
            new = {bytes(digest) for (digest,) in cursor.fetchall()}
            for ticket in group:
                if ticket.row.digest not in new:
                    ticket.known = cursor.execute(KNOWN, [ticket.row.digest, ticket.row.idempotency]).fetchall()
