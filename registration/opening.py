"""Opening letters: a thread of its own opens the next ones while the stores file those before, and the order stays."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec
from django.db import connections

from intake import letters
from privacy import keyring, sealing
from privacy.receipts import Receipt
from privacy.rows import array
from registration.outcome import Outcome

PART = 500
SLICE = 25  # letters that the thread opens at a time
WAITING = """
    SELECT digest, origin, epoch, sealed FROM intake_letter
     WHERE status = 'waiting' AND NOT digest = ANY (%s::bytea[]) ORDER BY arrived_at LIMIT %s
"""


class Row(NamedTuple):
    """A letter as it waits."""

    digest: bytes
    origin: str
    epoch: str
    sealed: bytes


Arrived = tuple[bytes, letters.Any | Outcome]


def waiting(*, without: Collection[bytes], most: int) -> list[Row]:
    """The oldest letters that wait, without some of them."""
    with connections["default"].cursor() as cursor:
        cursor.execute(WAITING, [array(without), most])
        return [Row(bytes(digest), origin, epoch, bytes(sealed)) for digest, origin, epoch, sealed in cursor.fetchall()]


def opened(rows: Sequence[Row]) -> Iterator[Arrived]:
    """Each letter in its order; or that it is set aside: then it blocks nobody, and is kept as it is."""
    slices = [rows[first : first + SLICE] for first in range(0, len(rows), SLICE)]
    with ThreadPoolExecutor(1) as thread:
        for found in thread.map(_open_all, slices):
            yield from found


def _open_all(rows: Sequence[Row]) -> list[Arrived]:
    return [(row.digest, _open(row)) for row in rows]


def _open(row: Row) -> letters.Any | Outcome:
    try:
        letter: letters.Any = letters.decode(
            sealing.from_letter(row.sealed, origin=row.origin, epoch=row.epoch, digest=row.digest)
        )
    except sealing.SealBroken:
        return Outcome.aside("does-not-open")
    except keyring.KeyMissing:
        return Outcome.aside("epoch-gone")
    except msgspec.MsgspecError:
        return Outcome.aside("unreadable")
    if row.origin not in letters.ORIGINS[type(letter)]:
        return Outcome.aside("wrong-origin")
    if isinstance(letter, letters.Register) and Receipt(letter.receipt).digest != row.digest:
        return Outcome.aside("wrong-digest")
    return letter


def parts(arrived: Iterable[Arrived]) -> Iterator[list[Arrived]]:
    """The letters in parts, each with a lowering letter at its end at most: it holds for what came before it, and not after."""
    part: list[Arrived] = []
    for digest, letter in arrived:
        part.append((digest, letter))
        if len(part) == PART or _lowers(letter):
            yield part
            part = []
    yield part


def _lowers(letter: letters.Any | Outcome) -> bool:
    if isinstance(letter, letters.Amend):
        return not all(choice.granted for choice in letter.choices)
    return isinstance(letter, letters.Unsubscribe)
