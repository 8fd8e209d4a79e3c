"""Activation certificates: a signed statement that a computer may use a product. Checked without a network.

A JWT (RFC 7519) as compact JWS with EdDSA. The reader pins algorithm and type, and looks only into the keyset for the key. A
certificate names a day and no time of day, a locator and no key, and never a person. One for retail does not expire: neither an
outage nor the vendor's end can stop a computer that was paid for.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import jwt
import msgspec
from msgspec import UNSET, UnsetType

from activation import hardware
from activation.hardware import MATCHING, Hardware
from activation.keychain import Signer
from activation.policies import Policy

ALGORITHM, TYPE = "EdDSA", "act+jwt"
LONGEST = 2_000
EPOCH = date(1970, 1, 1)
VERSION, DAY = 2, 86_400


class CertificateBroken(Exception):
    """The certificate does not hold: damaged, signed by another, out of its days, or another computer's. Which is not said."""


class Claims(msgspec.Struct, frozen=True):
    """What a certificate says. A reader passes over claims that it does not know.

    Args:
        v: Version, which is 2.
        iss: The activation's host.
        pid: Product, channel and batch; many customers have the same.
        aid: The binding.
        loc: The key's locator.
        hwv: Version of the hardware hash.
        hw: The hash.
        pol: The policy, and the rule that compares computers.
        ch: Channel.
        via: `net`, `phone` or `file`.
        iat: The day, as seconds since 1970 at its midnight in UTC.
        exp: The midnight from which it holds no more; absent if it holds for good.
    """

    v: int
    iss: str
    pid: str
    aid: str
    loc: str
    hwv: int
    hw: str
    pol: dict[str, str | int]
    ch: str
    via: str
    iat: int
    exp: int | UnsetType = UNSET


class _Days(msgspec.Struct):
    """The days of version 1, which counted them from 1970-01-01 and wrote null for no end: no JWT's dates."""

    iat: int
    exp: int | None


def issue(claims: Claims, *, signer: Signer) -> str:
    """Sign a certificate."""
    headers = {"kid": signer.kid, "typ": TYPE}
    return jwt.encode(msgspec.to_builtins(claims), signer.private, algorithm=ALGORITHM, headers=headers)


def number_of(day: date) -> int:
    """A day as certificates count it."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    """The day of a number."""
    return EPOCH + timedelta(days=number)


def midnight_of(number: int) -> int:
    """A day's midnight in UTC, in seconds since 1970."""
    return number * DAY


def rule_of(policy: Policy) -> dict[str, str | int]:
    """What a certificate says of the policy, so that client and operator decide alike."""
    matching = policy.matching
    return {"name": policy.name, "match": matching.name, "thr": matching.least, "u": matching.units, "chg": policy.changed_days}


class Installed(NamedTuple):
    """What a certificate is held against.

    Args:
        hardware: The computer as it is now.
        locator: Of the product key that is installed.
        product: The product that is installed.
        today: The client's day.
    """

    hardware: Hardware
    locator: bytes
    product: str
    today: date


def read(certificate: str, *, key_of: Callable[[str, int], Any], installed: Installed) -> Claims:
    """The claims of a certificate that holds for this computer.

    Args:
        certificate: The compact JWS.
        key_of: From key id and day of issue to the public key; raises KeyError for one unknown, revoked, or not in use on it.
        installed: The computer and what is installed there.

    Raises:
        CertificateBroken: It does not hold.
    """
    try:
        kid, said = _peek(certificate)
        checked = jwt.decode_complete(
            certificate,
            key_of(kid, said.iat // DAY),
            algorithms=[ALGORITHM],
            options={
                "verify_signature": True,
                "verify_exp": False,
                "verify_iat": False,
                "verify_aud": False,
                "verify_iss": False,
            },
        )
        claims = _claims(checked["payload"])
        bound = hardware.read(claims.hw)
    except (jwt.PyJWTError, msgspec.ValidationError, hardware.NotAHash, KeyError, ValueError):
        raise CertificateBroken from None
    if not _holds(claims, bound, installed):
        raise CertificateBroken
    return claims


def _peek(certificate: str) -> tuple[str, Claims]:
    """Key id and claims before the signature is checked: only to find the key. Refuses any header but the one that is written."""
    if len(certificate) > LONGEST or certificate.count(".") != 2:  # noqa: PLR2004 (the parts of a compact JWS)
        raise ValueError
    parts = [_strict(part) for part in certificate.split(".")]
    header: Mapping[str, Any] = msgspec.json.decode(parts[0], type=dict[str, Any])
    if set(header) != {"alg", "typ", "kid"} or header["alg"] != ALGORITHM or header["typ"] != TYPE:
        raise ValueError
    return str(header["kid"]), _claims(msgspec.json.decode(parts[1], type=dict[str, Any]))


def _claims(said: Mapping[str, Any]) -> Claims:
    """The claims; those of version 1, of which no more are issued, as version 2 says them."""
    if said.get("v") == 1:
        days = msgspec.convert(said, _Days)
        ends = {} if days.exp is None else {"exp": midnight_of(days.exp + 1)}
        stays = {name: value for name, value in said.items() if name != "exp"}
        said = stays | ends | {"v": VERSION, "iat": midnight_of(days.iat)}
    return msgspec.convert(said, Claims)


def _strict(part: str) -> bytes:
    """Base64url in its one canonical spelling: else two texts would be one certificate."""
    try:
        plain = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError from None
    if base64.urlsafe_b64encode(plain).rstrip(b"=").decode() != part:
        raise ValueError
    return plain


def _holds(claims: Claims, bound: Hardware, installed: Installed) -> bool:
    return (
        claims.v == VERSION
        and claims.hwv == hardware.VERSION
        and claims.loc == installed.locator.hex()
        and claims.pid.partition("/")[0] == installed.product
        and (claims.exp is UNSET or midnight_of(number_of(installed.today)) < claims.exp)
        and (rule := MATCHING.get(str(claims.pol.get("match")))) is not None
        and hardware.compare(bound, installed.hardware, rule).same
    )
