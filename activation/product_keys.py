"""Product keys: 25 Crockford symbols that carry a version, a batch, 95 secret bits and two checks.

The checks are the code RS[25, 23] over GF(32): they find every one or two wrong symbols and every swap, and locate a single
wrong symbol. It is named to the person who types, and never corrected for them: with two wrong symbols the correction would be
wrong in three cases of four. A character that is no symbol at all is located without them.
"""

import hashlib
import secrets
import string
from dataclasses import dataclass, field
from functools import cached_property

from privacy.codes import ALPHABET, FORGIVEN, LOGARITHM, POWERS

SYMBOLS = 25
GROUP = 5
VERSION = 1
BATCH_BITS, BODY_BITS = 15, 95
MOST_BATCHES = 1 << BATCH_BITS
LOCATOR_BYTES = 6
LONGEST = 80
UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)  # str.upper makes two characters of one, such as of ß


class NotAKey(Exception):
    """The text does not have the shape of a product key, or has a version that is not known here."""


class Mistyped(Exception):
    """A character is no symbol, or the checks do not fit.

    Args:
        place: The first character that is no symbol, or else the symbol that is probably wrong, from 0 to 24; None if more than
            one is.
    """

    def __init__(self, place: int | None) -> None:
        super().__init__("a product key was mistyped")
        self.place = place

    @property
    def group(self) -> int | None:
        """The group of that symbol, counted from 1."""
        return None if self.place is None else self.place // GROUP + 1

    @property
    def symbol(self) -> int | None:
        """The symbol's place in its group, counted from 1."""
        return None if self.place is None else self.place % GROUP + 1


@dataclass(frozen=True)
class Key:
    """A product key. Its `repr` shows no value."""

    batch: int
    body: int = field(repr=False)

    @cached_property
    def canonical(self) -> bytes:
        """The 25 symbols without dashes. Everything that derives from the key derives from this."""
        value = (VERSION << BATCH_BITS | self.batch) << BODY_BITS | self.body
        symbols = [value >> shift & 31 for shift in range(5 * (SYMBOLS - 3), -1, -5)]
        return "".join(ALPHABET[symbol] for symbol in [*symbols, *_checks(symbols)]).encode()

    @property
    def text(self) -> str:
        """The key as it is printed: five groups of five."""
        plain = self.canonical.decode()
        return "-".join(plain[start : start + GROUP] for start in range(0, SYMBOLS, GROUP))

    @property
    def locator(self) -> bytes:
        """What names the key on the telephone: 48 bits, from which the key cannot be found."""
        return hashlib.sha256(b"regsvc locator 1 " + self.canonical).digest()[:LOCATOR_BYTES]


def draw(*, batch: int) -> Key:
    """A new key of a batch."""
    if not 0 <= batch < MOST_BATCHES:
        raise ValueError("a batch has 15 bits")
    return Key(batch, secrets.randbits(BODY_BITS))


def made_from(seed: bytes, *, batch: int) -> Key:
    """The key of a batch that follows from a secret seed of 32 bytes."""
    return Key(batch, int.from_bytes(seed) >> 8 * len(seed) - BODY_BITS)


def read(text: str) -> Key:
    """The key that *text* writes; case, dashes, spaces and the letters O, I and L are forgiven.

    Raises:
        NotAKey: Wrong length, or another version.
        Mistyped: A character is no symbol, or the checks do not fit.
    """
    plain = text[:LONGEST].translate(UPPER).translate(FORGIVEN)
    if len(text) > LONGEST or len(plain) != SYMBOLS:
        raise NotAKey
    foreign = next((place for place, symbol in enumerate(plain) if symbol not in ALPHABET), None)
    if foreign is not None:
        raise Mistyped(foreign)
    symbols = [ALPHABET.index(symbol) for symbol in plain]
    syndromes = _syndromes(symbols)
    if syndromes != (0, 0):
        raise Mistyped(_wrong_place(*syndromes))
    value = 0
    for symbol in symbols[:-2]:
        value = value << 5 | symbol
    if value >> (BATCH_BITS + BODY_BITS) != VERSION:
        raise NotAKey
    return Key(value >> BODY_BITS & MOST_BATCHES - 1, value & (1 << BODY_BITS) - 1)


def _times(symbol: int, power: int) -> int:
    return POWERS[(LOGARITHM[symbol] + power) % 31] if symbol else 0


def _syndromes(symbols: list[int]) -> tuple[int, int]:
    """The sum of the symbols, and the sum with each multiplied by its place's power."""
    plain = weighted = 0
    for power, symbol in enumerate(reversed(symbols)):
        plain ^= symbol
        weighted ^= _times(symbol, power)
    return plain, weighted


def _checks(symbols: list[int]) -> tuple[int, int]:
    """The two symbols after which both sums are zero."""
    plain, weighted = _syndromes([*symbols, 0, 0])
    first = _times(plain ^ weighted, -LOGARITHM[POWERS[1] ^ 1])
    return first, plain ^ first


def _wrong_place(plain: int, weighted: int) -> int | None:
    if not plain or not weighted:
        return None
    power = (LOGARITHM[weighted] - LOGARITHM[plain]) % 31
    return SYMBOLS - 1 - power if power < SYMBOLS else None
