"""The boxes into which the operator types an installation ID: one a group, or the whole pasted into one of them."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from activation import phone

LONGEST = 120


class Slip(StrEnum):
    """What is wrong with a group."""

    LENGTH = "length"
    CHECK = "check"


class Box(NamedTuple):
    """One group as it was typed."""

    name: str
    typed: str
    slip: Slip | None


def read(parts: Sequence[str]) -> list[Box]:
    """The seven groups. If only one box is filled and holds more than a group, it is the whole."""
    plain = [phone.SEPARATORS.sub("", part)[:LONGEST] for part in parts[: phone.INSTALLATION_GROUPS]]
    filled = [part for part in plain if part]
    if len(filled) == 1 and len(filled[0]) > phone.GROUP:
        plain = _spread(filled[0])
    plain += [""] * (phone.INSTALLATION_GROUPS - len(plain))
    return [Box(phone.NAMES[index], typed, _slip(typed, index)) for index, typed in enumerate(plain)]


def text(boxes: Sequence[Box]) -> str:
    """The groups as one installation ID."""
    return "-".join(box.typed for box in boxes)


def _spread(whole: str) -> list[str]:
    """What is too long stays in the last group, where its length is found."""
    last = phone.GROUP * (phone.INSTALLATION_GROUPS - 1)
    return [*(whole[start : start + phone.GROUP] for start in range(0, last, phone.GROUP)), whole[last:]]


def _slip(typed: str, index: int) -> Slip | None:
    if len(typed) != phone.GROUP or not (typed.isascii() and typed.isdecimal()):
        return Slip.LENGTH
    return None if phone.fits(typed, index) else Slip.CHECK
