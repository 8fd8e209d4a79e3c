"""The letters that wait, as the registrar takes and settles them, and as their senders ask about them."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from django.db import connections

from privacy.rows import array

WAITING = """
    SELECT digest, origin, epoch, sealed FROM intake_letter
     WHERE status = 'waiting' AND NOT digest = ANY (%s::bytea[]) ORDER BY arrived_at LIMIT %s
"""
SETTLE = """
    UPDATE intake_letter AS letter
       SET status = done.status, reason = done.reason, statement = done.statement, fault = done.fault,
           sealed = CASE WHEN done.status IN ('aside', 'waiting') THEN letter.sealed END,
           arrived_at = CASE WHEN done.status IN ('aside', 'waiting') THEN letter.arrived_at END
      FROM unnest(%s::bytea[], %s::varchar[], %s::varchar[], %s::text[], %s::varchar[])
           AS done (digest, status, reason, statement, fault)
     WHERE letter.digest = done.digest AND (letter.status <> done.status OR letter.fault IS DISTINCT FROM done.fault)
"""


class Waiting(NamedTuple):
    """A letter as it waits."""

    digest: bytes
    origin: str
    epoch: str
    sealed: bytes


class Settled(NamedTuple):
    """What became of a letter.

    Args:
        status: Of `Letter.Status`.
        reason: Of a refusal; or the key that is missing.
        statement: What was signed about it, where that is due.
        fault: The type and place of the error that stopped it, never the error's text.
    """

    status: str
    reason: str | None = None
    statement: str | None = None
    fault: str | None = None


def oldest(*, without: Collection[bytes], most: int) -> list[Waiting]:
    """The letters that have waited longest, without some of them."""
    with connections["default"].cursor() as cursor:
        cursor.execute(WAITING, [array(without), most])
        return [Waiting(bytes(digest), origin, epoch, bytes(sealed)) for digest, origin, epoch, sealed in cursor.fetchall()]


def settle(settled: Mapping[bytes, Settled]) -> None:
    """Write what became of letters, and blank those that are done with. Of one that still waits only the fault is written."""
    if not settled:
        return
    statuses, *others = zip(*settled.values(), strict=True)
    with connections["default"].cursor() as cursor:
        cursor.execute(SETTLE, [array(settled), array(map(str, statuses)), *map(array, others)])


def stored(digests: Collection[bytes]) -> set[bytes]:
    """Which of these were ever posted, and are not forgotten."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT digest FROM intake_letter WHERE digest = ANY (%s)", [list(digests)])
        return {bytes(digest) for (digest,) in cursor.fetchall()}


def count_waiting(digests: Collection[bytes]) -> int:
    """How many of these wait."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM intake_letter WHERE digest = ANY (%s) AND status = 'waiting'", [list(digests)])
        return int(cursor.fetchone()[0])
