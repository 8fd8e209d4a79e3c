"""Storing letters together: what arrives while one write is under way goes into the next, and shares its durable commit.

Every caller waits for its own letter's commit. A write that fails is reported to each of its callers;
nothing of it was acknowledged.
"""

import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connections

from intake.letterbox import KNOWN, Known, Row

MOST = 64
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
        self.error: DatabaseError | None = None
        self.done = threading.Lock()
        self.done.acquire()


class Writer:
    """The one thread of a process that writes letters."""

    def __init__(self) -> None:
        self._tickets: SimpleQueue[Ticket] = SimpleQueue()
        self._later: list[Ticket] = []
        threading.Thread(target=self._run, name="letters", daemon=True).start()

    def store(self, row: Row) -> Known | None:
        """Store a letter durably; what `letterbox.store` gives.

        Raises:
            DatabaseError: The write failed.
        """
        ticket = Ticket(row)
        self._tickets.put(ticket)
        ticket.done.acquire()
        if ticket.error:
            raise ticket.error
        return ticket.known

    def _run(self) -> None:
        while True:
            group = list(self._group())
            try:
                self._write(group)
            except DatabaseError as error:
                for ticket in group:
                    ticket.error = error
            finally:
                for ticket in group:
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
