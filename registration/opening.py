"""Letters that wait, and what is in them."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import msgspec
from django.db import connections

from intake import letters
from privacy import keyring, sealing
from privacy.receipts import Receipt
from privacy.rows import array
from registration.outcome import Outcome

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


Arrived = tuple[bytes, letters.Any]


def waiting(*, without: Collection[bytes], most: int) -> list[Row]:
    """The oldest letters that wait, without some of them."""
    with connections["default"].cursor() as cursor:
        cursor.execute(WAITING, [array(without), most])
        return [Row(bytes(digest), origin, epoch, bytes(sealed)) for digest, origin, epoch, sealed in cursor.fetchall()]


def opened(row: Row) -> letters.Any | Outcome:
    """The letter; or that it is set aside: then it blocks nobody, and is kept as it is."""
    try:
        plain = sealing.from_letter(row.sealed, origin=row.origin, epoch=row.epoch, digest=row.digest)
        letter: letters.Any = letters.decode(plain)
    except sealing.SealBroken as error:
        return Outcome.aside("does-not-open", error)
    except keyring.KeyMissing as error:
        return Outcome.aside("epoch-gone", error)
    except msgspec.MsgspecError as error:
        return Outcome.aside("unreadable", error)
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
        if _lowers(letter):
            yield part
            part = []
    yield part


def _lowers(letter: letters.Any) -> bool:
    if isinstance(letter, letters.Amend):
        return bool(letter.lowered())
    return isinstance(letter, letters.Unsubscribe)
