"""The hardware hash, version 1: 36 bits that recognise a computer under one product key, and under no other.

Four unit ids of 6 bits and four model fields of 3 bits, each a truncated digest keyed by the product key, after four flags.
Ten hexadecimal digits in all. Zero stands for a component that is not there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import NamedTuple

from activation.product_keys import Key
from privacy.mac import hmac_sha256

VERSION = 1
DIGITS = 10
SHAPE = re.compile(r"[0-9a-f]{10}")


class NotAHash(Exception):
    """The text is not a hardware hash, or no unit id is in it."""


class Component(NamedTuple):
    """One class of component.

    Args:
        name: How the client and the operator's page call it.
        bits: The width of its digest.
        unit: Whether it names one unit, and not a model.
    """

    name: str
    bits: int
    unit: bool


COMPONENTS = (
    Component("board", 6, unit=True),
    Component("disk", 6, unit=True),
    Component("network", 6, unit=True),
    Component("system", 6, unit=True),
    Component("processor", 3, unit=False),
    Component("graphics", 3, unit=False),
    Component("memory", 3, unit=False),
    Component("firmware", 3, unit=False),
)
BITS = sum(component.bits for component in COMPONENTS)


class Flag(IntFlag):
    """What kind of computer it is."""

    DOCKABLE = 8
    VIRTUAL = 4
    CONTAINER = 2


PLAIN = Flag(0)


@dataclass(frozen=True, slots=True)
class Hardware:
    """A hardware hash: the flags, and a digest for each component or 0."""

    flags: Flag
    digests: tuple[int, ...]

    @property
    def text(self) -> str:
        """Ten hexadecimal digits."""
        return f"{self.number:010x}"

    @property
    def number(self) -> int:
        """The hash as a number of 40 bits."""
        value = int(self.flags)
        for component, digest in zip(COMPONENTS, self.digests, strict=True):
            value = value << component.bits | digest
        return value

    def __bytes__(self) -> bytes:
        """Five bytes, as they are stored."""
        return self.number.to_bytes(5)


class Matching(NamedTuple):
    """How much may change before it is another computer. Weights are in the order of the components.

    Args:
        name: Stands in the certificate.
        weights: Votes of each component.
        least: Votes that must match, of all votes.
        dock_weights: The same for a computer that docks.
        dock_least: The same.
        units: Unit ids that must match.
    """

    name: str
    weights: tuple[int, ...]
    least: int
    dock_weights: tuple[int, ...]
    dock_least: int
    units: int


MATCHING = {
    "m1": Matching(
        "m1",
        weights=(2, 2, 2, 2, 1, 1, 1, 1),
        least=7,
        dock_weights=(2, 2, 0, 2, 1, 0, 1, 1),  # a dock brings its own network card and screen
        dock_least=5,
        units=2,
    )
}


class Match(NamedTuple):
    """How a computer compares with the one that is bound."""

    same: bool
    score: int
    of: int
    changed: tuple[str, ...]


def measure(key: Key, components: Mapping[str, str], *, flags: Flag = PLAIN) -> Hardware:
    """The hash of a computer under a product key. The client does this; the values never leave it.

    Args:
        key: Salts every digest, so that two keys' hashes of one computer have nothing in common.
        components: Values by component; case and outer spaces do not count, and an empty one is not there.
        flags: What kind of computer it is.
    """
    salt = hmac_sha256(key.canonical, b"regsvc hardware 1")
    digests = tuple(_digest(salt, component, components.get(component.name, "")) for component in COMPONENTS)
    return Hardware(flags, digests)


def _digest(salt: bytes, component: Component, value: str) -> int:
    plain = value.strip().lower()
    if not plain:
        return 0
    digest = hmac_sha256(salt, component.name.encode() + b"\0" + plain.encode())
    return int.from_bytes(digest[:8]) % ((1 << component.bits) - 1) + 1


def read(text: str) -> Hardware:
    """The hash that ten hexadecimal digits write.

    Raises:
        NotAHash: Another shape, an unknown flag, or no unit id: a computer that is like every other cannot be bound.
    """
    if not SHAPE.fullmatch(plain := text.lower()):
        raise NotAHash
    return unpack(int(plain, 16))


def unpack(number: int) -> Hardware:
    """The hash that a number of 40 bits is; raises NotAHash."""
    flags, shift, digests = number >> BITS, BITS, []
    for component in COMPONENTS:
        shift -= component.bits
        digests.append(number >> shift & (1 << component.bits) - 1)
    units = [digest for component, digest in zip(COMPONENTS, digests, strict=True) if component.unit]
    if number >> BITS + 4 or flags & ~int(Flag.DOCKABLE | Flag.VIRTUAL | Flag.CONTAINER) or not any(units):
        raise NotAHash
    return Hardware(Flag(flags), tuple(digests))


def rebased(bound: Hardware, now: Hardware) -> Hardware:
    """What is stored of a computer that was known again: its models as they are now, its flags and unit ids as first bound.

    If the unit ids were updated too, three requests could lead from one computer to another that has nothing in common with it.
    """
    pairs = zip(COMPONENTS, bound.digests, now.digests, strict=True)
    return Hardware(bound.flags, tuple(first if component.unit else later for component, first, later in pairs))


def compare(bound: Hardware, now: Hardware, matching: Matching) -> Match:
    """Whether *now* is the computer that was bound.

    A component that is absent both times has no vote, and the bar is lowered in proportion (rounded up). The bound computer's
    flag decides whether it docks: the one that asks cannot choose the lower bar. Equal hashes are always the same computer.
    """
    dock = Flag.DOCKABLE in bound.flags
    weights, least = (matching.dock_weights, matching.dock_least) if dock else (matching.weights, matching.least)
    pairs = list(zip(COMPONENTS, weights, bound.digests, now.digests, strict=True))
    of = sum(weight for _, weight, one, other in pairs if one or other)
    equal = [(component, weight) for component, weight, one, other in pairs if one and one == other]
    score = sum(weight for _, weight in equal)
    units = sum(component.unit for component, weight in equal if weight)
    enough = score * sum(weights) >= least * of and units >= matching.units
    changed = tuple(component.name for component, _, one, other in pairs if one != other)
    return Match(enough or bound.digests == now.digests, score, of, changed)
