"""The letterbox: letters go in, and only the registrar's key opens them."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from django.db import DatabaseError, connections, transaction

from intake import letters
from privacy import letter_sealing


class LetterboxFull(Exception):
    """The letter could not be stored durably. Nothing was acknowledged."""


class ReceiptUsed(Exception):
    """The receipt came with another letter before."""


class Repeated(Exception):
    """The same request was stored before, under another digest.

    Args:
        digest: That one.
    """

    def __init__(self, digest: bytes) -> None:
        super().__init__("the same request was stored before")
        self.digest = digest


class IdempotencyMismatch(Exception):
    """The idempotency key came with another body before."""


class Marks(NamedTuple):
    """How a repeated letter is known again: MACs of the caller's idempotency key and of the body."""

    idempotency: bytes | None = None
    body: bytes | None = None


class Row(NamedTuple):
    """A letter as it is stored."""

    digest: bytes
    idempotency: bytes | None
    body: bytes | None
    origin: str
    epoch: str
    sealed: bytes
    arrived_at: datetime


Known = list[tuple[bytes, bytes | None, bytes | None]]  # digest, idempotency and body of letters stored before
Store = Callable[[Row], Known | None]

UNMARKED = Marks()
PROBE_BYTES = 2000  # about as long as a letter
INSERT = """
    INSERT INTO intake_letter (digest, idempotency, body, origin, epoch, sealed, arrived_at, status)
    VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting') ON CONFLICT DO NOTHING
"""
KNOWN = "SELECT digest, idempotency, body FROM intake_letter WHERE digest = %s OR idempotency = %s"


def store_one(row: Row) -> Known | None:
    """Insert a row: None if it is new, else what is stored under its digest or its key."""
    with connections["default"].cursor() as cursor:
        cursor.execute(INSERT, row)
        if cursor.rowcount:
            return None
        cursor.execute(KNOWN, [row.digest, row.idempotency])
        return list(cursor.fetchall())


def probe(*, at: datetime) -> None:
    """Write a letter that says nothing, and take it back.

    Raises:
        DatabaseError: Nothing can be written.
    """
    with transaction.atomic():
        epoch = at.strftime("%G-W%V")
        store_one(Row(secrets.token_bytes(32), None, None, letters.PUBLIC, epoch, bytes(PROBE_BYTES), at))
        transaction.set_rollback(True)


def post(  # noqa: PLR0913 (a letter, its marks, and how it is stored)
    letter: letters.Any,
    *,
    digest: bytes,
    at: datetime,
    origin: str = letters.PUBLIC,
    marks: Marks = UNMARKED,
    store: Store = store_one,
) -> bool:
    """Seal *letter* to the registrar and store it durably. Posting the same letter again changes nothing.

    Args:
        letter: What the person sent, already validated.
        digest: By which the submission is known; derived from the person's secret.
        at: The moment of arrival, with a time zone; forgotten when the letter is filed.
        origin: The role of the process that posts it.
        marks: How a repetition is told from a mismatch.
        store: How it is written; a busy process gives `grouping.Writer.store`.

    Returns:
        Whether it is new.

    Raises:
        LetterboxFull: The store did not confirm the write. Nothing was acknowledged.
        ReceiptUsed, IdempotencyMismatch: Something else was posted under this digest or key before.
        Repeated: The same was posted under this key, and another digest, before.

    Source: RFC 9180 (HPKE), base mode.
    """
    epoch, sealed = letter_sealing.to_registrar(letters.encode(letter), origin=origin, digest=digest, at=at)
    try:
        known = store(Row(digest, marks.idempotency, marks.body, origin, epoch, sealed, at))
    except DatabaseError as error:
        raise LetterboxFull from error
    if known is None:
        return True
    _compare(known, digest, marks)
    return False


def _compare(known: Known, digest: bytes, marks: Marks) -> None:
    """The stored letter is the same one, or this is a mismatch."""
    for other_digest, idempotency, body in known:
        if idempotency is not None and idempotency == marks.idempotency:
            if body != marks.body:
                raise IdempotencyMismatch
            if other_digest != digest:
                raise Repeated(other_digest)
        if other_digest == digest and body != marks.body:
            raise ReceiptUsed
