"""What is in a letter, and which letters can be handled together."""

from collections.abc import Iterable, Iterator

import msgspec

from intake import letters
from intake.queue import Waiting
from privacy import keyring, letter_sealing, sealing
from privacy.letter_sealing import Opener
from privacy.receipts import Receipt
from registration.outcome import Outcome

Arrived = tuple[bytes, letters.Any]


def opened(row: Waiting, *, opener: Opener | None = None) -> letters.Any | Outcome:
    """The letter; or that it is set aside: then it blocks nobody, and is kept as it is."""
    try:
        plain = letter_sealing.from_letter(row.sealed, origin=row.origin, epoch=row.epoch, digest=row.digest, opener=opener)
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
