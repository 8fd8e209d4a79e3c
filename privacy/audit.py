"""The audit trail: every look at personal data, written before anything is opened.

Entries are numbered without a gap and chained by hash, so that a changed, deleted, inserted or reordered entry is found.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connections, transaction

from privacy.models import AuditEntry
from privacy.sealing import bound

START = bytes(32)


class Fault(NamedTuple):
    """A place where the trail does not hold."""

    number: int
    what: str


def record(  # noqa: PLR0913 (the entry has as many members)
    *, actor: str, act: str, subject: str = "", purpose: str = "", reason: str = "", at: datetime
) -> AuditEntry:
    """Append an entry, durably, before the act that it tells of.

    Args:
        actor: The account's name, or the process.
        act: What is done: `reveal`, `erase`, `sign-in`.
        subject: Whom or what it touches: an id, never a value.
        purpose: The purpose whose key is used.
        reason: From the list of reasons, with a ticket number at most.
        at: Now.
    """
    with transaction.atomic():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT lock_audit()")
        last = AuditEntry.objects.order_by("-number").values_list("number", "hash").first()
        number, previous = (last[0] + 1, bytes(last[1])) if last else (1, START)
        entry = AuditEntry(
            number=number, at=at, actor=actor, act=act, subject=subject, purpose=purpose, reason=reason, previous=previous
        )
        entry.hash = digest(entry)
        entry.save(force_insert=True)
    return entry


def digest(entry: AuditEntry) -> bytes:
    """An entry's hash: over every member and the hash before."""
    moment = f"{entry.at:%Y-%m-%dT%H:%M:%S.%f}"
    parts = (str(entry.number), moment, entry.actor, entry.act, entry.subject, entry.purpose, entry.reason)
    return hashlib.sha256(bound("regsvc audit 1", *parts, bytes(entry.previous))).digest()


def verify() -> tuple[int, list[Fault]]:
    """How many entries there are, and every place where the chain does not hold."""
    count, faults = 0, []
    for count, (entry, expected) in enumerate(_chain(), 1):
        if entry.number != count:
            faults.append(Fault(entry.number, "number"))
        if bytes(entry.previous) != expected:
            faults.append(Fault(entry.number, "previous"))
        if bytes(entry.hash) != digest(entry):
            faults.append(Fault(entry.number, "hash"))
    return count, faults


def _chain() -> Iterator[tuple[AuditEntry, bytes]]:
    expected = START
    for entry in AuditEntry.objects.order_by("number").iterator(chunk_size=2000):
        yield entry, expected
        expected = bytes(entry.hash)
