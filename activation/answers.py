"""What the API answers, as structs: the answers are encoded from them, and the API's description is made from them."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from activation import product_keys
from activation.trust import Signed
from web.problems import Document
from web.schemas import JWS, JWS_PARTS, about

Given = Literal["new", "same", "transferred", "not-required"]


class Used(msgspec.Struct, frozen=True):
    """Slots in use, of those that the key has."""

    used: Annotated[int, about("How many computers use the key.", 1, minimum=0)]
    of: Annotated[int, about("How many computers may use it.", 1, minimum=0)]


class Activated(msgspec.Struct, frozen=True):
    """The computer is activated, or needs no activation."""

    outcome: Annotated[
        Given,
        about("`same`: this computer was activated before. `transferred`: the key moved here. `not-required`: a volume key."),
    ]
    certificate: Annotated[
        str | None,
        about("The certificate, a compact JWS (RFC 7515, EdDSA). Null if `not-required`.", JWS, pattern=JWS_PARTS),
    ]
    slots: Annotated[Used, about("How many computers use the key.")]
    clock: Annotated[
        Literal["ok", "off"], about("`off` if `sent_at` differs from our time by more than a day: set the computer's clock.")
    ]


class Slot(msgspec.Struct, frozen=True):
    """A place for one computer, and the day on which one took it."""

    slot: Annotated[int, about("The slot's number.", 1, minimum=1)]
    bound_on: Annotated[date | None, about("The day on which a computer took it. Null if it is free.", "2026-11-24")]


class Slots(msgspec.Struct, frozen=True):
    """Every slot of a key."""

    slots: Annotated[list[Slot], about("Every slot, in order.")]


class Trust(msgspec.Struct, frozen=True):
    """The roots, oldest first, and the keyset that they signed."""

    roots: Annotated[list[Signed], about("Every version of the root keys, oldest first.")]
    keyset: Annotated[Signed, about("The certificate keys, signed by the newest roots.")]


class Help(msgspec.Struct, frozen=True):
    """Who helps, and the page that explains."""

    phone: Annotated[list[str], about("Telephone numbers.", ["+49 30 0000000"])]
    page: Annotated[str, about("A page that explains the problem.", "https://activate.example.org/problems/in-use", format="uri")]


class Problem(Document):
    """What went wrong (RFC 9457). Nothing that was sent is repeated."""

    group: Annotated[
        int | UnsetType,
        about("With `mistyped-key`: the group that is probably wrong, if that can be told.", 2, minimum=1, maximum=5),
    ] = UNSET
    symbol: Annotated[
        int | UnsetType, about("With `group`: the place in that group.", 3, minimum=1, maximum=product_keys.GROUP)
    ] = UNSET
    transfer_from: Annotated[
        date | UnsetType | None,
        about("The first day on which a key in use moves to another computer by itself. Null if it never does.", "2027-03-24"),
    ] = UNSET
    help: Annotated[Help | UnsetType, about("Who helps.")] = UNSET
