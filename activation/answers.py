"""What the API answers, as structs: the answers are encoded from them, and the API's description is made from them."""

from datetime import date
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from activation.trust import Signed
from web.problems import Document

Given = Literal["new", "same", "transferred", "not-required"]


class Used(msgspec.Struct, frozen=True):
    """Slots in use, of those that the key has."""

    used: int
    of: int


class Activated(msgspec.Struct, frozen=True):
    """The computer is activated, or needs no activation; only then there is no certificate."""

    outcome: Given
    certificate: str | None
    slots: Used
    clock: Literal["ok", "off"]


class Slot(msgspec.Struct, frozen=True):
    """A place for one computer, and the day on which one took it."""

    slot: int
    bound_on: date | None


class Slots(msgspec.Struct, frozen=True):
    """Every slot of a key."""

    slots: list[Slot]


class Trust(msgspec.Struct, frozen=True):
    """The roots, oldest first, and the keyset that they signed."""

    roots: list[Signed]
    keyset: Signed


class Help(msgspec.Struct, frozen=True):
    """Who helps, and the page that explains."""

    phone: list[str]
    page: str


class Problem(Document):
    """What went wrong (RFC 9457). Nothing that was sent is repeated.

    Args:
        group: Where a mistyped key is probably wrong, if that can be told.
        symbol: The place in that group.
        transfer_from: The first day on which a key in use moves by itself; null if it never does.
        help: Who helps.
    """

    group: int | UnsetType = UNSET
    symbol: int | UnsetType = UNSET
    transfer_from: date | UnsetType | None = UNSET
    help: Help | UnsetType = UNSET
