"""Numbers for the telephone: groups of five digits and a check, so that each group is known to be right before the next.

The check is Damm's, begun with the group's index: it finds every wrong digit and every swap of neighbours, and a group that was
typed in another group's place. Damm is taken over Verhoeff because it finds more of what is misheard: sixteen and sixty.
"""

import hmac
import re
from typing import NamedTuple

from activation import hardware
from activation.hardware import Hardware
from activation.product_keys import Key
from privacy.codes import DASHES
from privacy.mac import hmac_sha256

GROUP = 6
NAMES = "ABCDEFGHIJ"
INSTALLATION_GROUPS, CONFIRMATION_GROUPS = 7, 4
VERSION = 1
LOCATOR_BITS, HARDWARE_BITS, NONCE_BITS = 48, 40, 24
SEPARATORS = re.compile(rf"[\s.{re.escape(DASHES)}]+")
DAMM = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


class WrongLength(Exception):
    """Too few or too many digits, or something else than digits."""


class GroupMistyped(Exception):
    """A group's check does not fit.

    Args:
        group: The group's name, a letter.
    """

    def __init__(self, group: str) -> None:
        super().__init__("a group was mistyped")
        self.group = group


class UnknownVersion(Exception):
    """Every check fits, but this is no installation ID that is known here."""


class Installation(NamedTuple):
    """What an installation ID says.

    Args:
        locator: Names the product key.
        hardware: The computer.
        nonce: Drawn by the client and kept until it is activated, so that an old confirmation does not fit again.
    """

    locator: bytes
    hardware: Hardware
    nonce: int


def check(digits: str, index: int) -> str:
    """The check digit of a group."""
    state = str(index)
    for digit in digits:
        state = DAMM[int(state)][int(digit)]
    return state


def fits(group: str, index: int) -> bool:
    """Whether a group is right in its place."""
    return len(group) == GROUP and group.isascii() and group.isdecimal() and check(group, index) == "0"


def spell(number: int, groups: int) -> str:
    """A number as groups with checks."""
    digits = str(number).zfill((GROUP - 1) * groups)
    parts = [digits[start : start + GROUP - 1] for start in range(0, len(digits), GROUP - 1)]
    return "-".join(part + check(part, index) for index, part in enumerate(parts))


def hear(text: str, groups: int) -> int:
    """The number that groups write; spaces, dots, dashes and line breaks do not count.

    Raises:
        WrongLength: Not the right count of digits.
        GroupMistyped: The first group whose check does not fit.
    """
    digits = SEPARATORS.sub("", text)
    if len(digits) != GROUP * groups or not (digits.isascii() and digits.isdecimal()):
        raise WrongLength
    parts = [digits[start : start + GROUP] for start in range(0, len(digits), GROUP)]
    for index, part in enumerate(parts):
        if not fits(part, index):
            raise GroupMistyped(NAMES[index])
    return int("".join(part[:-1] for part in parts))


def installation_id(installation: Installation) -> str:
    """The 42 digits that a customer reads out."""
    value = VERSION
    value = value << LOCATOR_BITS | int.from_bytes(installation.locator)
    value = value << HARDWARE_BITS | installation.hardware.number
    value = value << NONCE_BITS | installation.nonce
    return spell(value, INSTALLATION_GROUPS)


def read_installation_id(text: str) -> Installation:
    """What 42 digits say.

    Raises:
        WrongLength, GroupMistyped: They were mistyped.
        UnknownVersion: They were not, but they are no installation ID of ours.
    """
    value = hear(text, INSTALLATION_GROUPS)
    nonce = value & (1 << NONCE_BITS) - 1
    number = value >> NONCE_BITS & (1 << HARDWARE_BITS) - 1
    locator = value >> NONCE_BITS + HARDWARE_BITS & (1 << LOCATOR_BITS) - 1
    if value >> NONCE_BITS + HARDWARE_BITS + LOCATOR_BITS != VERSION:
        raise UnknownVersion
    try:
        return Installation(locator.to_bytes(LOCATOR_BITS // 8), hardware.unpack(number), nonce)
    except hardware.NotAHash:
        raise UnknownVersion from None


def secret_of(key: Key) -> bytes:
    """What the client and the operator share about a key: enough to confirm it, and useless to find it."""
    return hmac_sha256(key.canonical, b"regsvc confirmation 1")


def confirmation_id(secret: bytes, installation: Installation, *, product: str) -> str:
    """The 24 digits that answer an installation ID: a lease of the key's product for that computer and that nonce.

    Args:
        secret: The key's, as `secret_of` gives it.
        installation: What was read out.
        product: The product that the key is for. The client puts in what is installed: another's key confirms nothing there.
    """
    message = (
        product.encode()
        + b"\0"
        + installation.locator
        + bytes(installation.hardware)
        + installation.nonce.to_bytes(NONCE_BITS // 8)
    )
    digest = hmac_sha256(secret, b"regsvc lease 1 " + message)
    return spell(int.from_bytes(digest) % 10 ** ((GROUP - 1) * CONFIRMATION_GROUPS), CONFIRMATION_GROUPS)


def confirms(text: str, secret: bytes, installation: Installation, *, product: str) -> bool:
    """Whether a confirmation ID, typed without a slip, answers this installation; raises WrongLength, GroupMistyped."""
    given = hear(text, CONFIRMATION_GROUPS)
    return hmac.compare_digest(spell(given, CONFIRMATION_GROUPS), confirmation_id(secret, installation, product=product))
