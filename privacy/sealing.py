"""Seals: what is sealed opens only where it was sealed, and only with its key. There is one error for every failure.

A sealed value is suite(1) ‖ schema version(1) ‖ nonce(12) ‖ AES-256-GCM of (length(4) ‖ MessagePack ‖ zeros to a step of 256).
A wrapped key is suite(1) ‖ nonce(12) ‖ AES-256-GCM.
What a value belongs to is its associated data, each part with its length in front.
"""

import os
import uuid
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy.mac import hmac_sha256

SUITE = 1
SCHEMA = 1
HEADER = bytes((SUITE, SCHEMA))
NONCE = 12
STEP = 256
KEY = 32
ID_LENGTH = (16).to_bytes(2)  # of a UUID, as `bound` writes it

S = TypeVar("S", bound=msgspec.Struct)
PACK = msgspec.msgpack.Encoder()


class SealBroken(Exception):
    """The value does not open here. Why is not said: wrong place, wrong key and damage look the same."""


class Sealed(bytes):
    """Sealed bytes as they are stored. Only this type is written to a sealed column."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Sealed(…)"

    __str__ = __repr__


class Place(NamedTuple):
    """Where a sealed value belongs."""

    model: str
    record: uuid.UUID
    compartment: str


class Envelope(NamedTuple):
    """What a wrapped key opens: its purpose, its registration, how much of it, and the key that wraps it."""

    purpose: str
    registration: uuid.UUID
    scope: str
    key: str
    epoch: str


def bound(*parts: str | bytes) -> bytes:
    """The parts as associated data, each with its length in front, so that no two lists look the same."""
    raw = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(len(part).to_bytes(2) + part for part in raw)


@lru_cache(maxsize=1024)
def _around(*parts: str | bytes) -> bytes:
    """What stands around an id: the same for a whole table or purpose."""
    return bound(*parts)


def compartment_key(data_key: bytes, compartment: str) -> bytes:
    """The key of one compartment of a registration."""
    return hmac_sha256(data_key, b"regsvc compartment 1 " + compartment.encode())


def new_key() -> bytes:
    """A random 256-bit key."""
    return os.urandom(KEY)


def padded(plain: bytes) -> bytes:
    """The length, the bytes, and zeros up to the next step, so that a seal's length says little."""
    framed = len(plain).to_bytes(4) + plain
    return framed + bytes(-len(framed) % STEP)


def unpadded(framed: bytes) -> bytes:
    """What `padded` framed."""
    length = int.from_bytes(framed[:4])
    if length > len(framed) - 4:
        raise SealBroken
    return framed[4 : 4 + length]


def seal(value: msgspec.Struct, *, key: bytes, place: Place) -> Sealed:
    """Seal *value* so that it opens only at *place*."""
    nonce = os.urandom(NONCE)
    sealed = AESGCM(key).encrypt(nonce, padded(PACK.encode(value)), _place(place))
    return Sealed(HEADER + nonce + sealed)


def unseal(sealed: bytes, kind: type[S], *, key: bytes, place: Place) -> S:
    """Open a sealed value.

    Raises:
        SealBroken: Another place, another key, or damage.
    """
    if sealed[:2] != HEADER:
        raise SealBroken
    try:
        plain = unpadded(AESGCM(key).decrypt(sealed[2 : 2 + NONCE], sealed[2 + NONCE :], _place(place)))
        opened: S = decoder(kind).decode(plain)
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        raise SealBroken from None
    return opened


def _place(place: Place) -> bytes:
    before, after = _around("regsvc value", HEADER, place.model), _around(place.compartment)
    return before + ID_LENGTH + place.record.bytes + after


@lru_cache(maxsize=64)
def decoder(kind: type[S]) -> msgspec.msgpack.Decoder[S]:
    """The decoder of one kind of struct, made once."""
    return msgspec.msgpack.Decoder(kind)


def wrap(secret: bytes, *, key: bytes, envelope: Envelope) -> bytes:
    """Wrap a key (or a key and more bytes) for one purpose."""
    nonce = os.urandom(NONCE)
    return bytes((SUITE,)) + nonce + AESGCM(key).encrypt(nonce, secret, _envelope(envelope))


def unwrap(wrapped: bytes, *, key: bytes, envelope: Envelope) -> bytes:
    """Open a wrap.

    Raises:
        SealBroken: Another envelope, another key, or damage.
    """
    if wrapped[:1] != bytes((SUITE,)):
        raise SealBroken
    try:
        return AESGCM(key).decrypt(wrapped[1 : 1 + NONCE], wrapped[1 + NONCE :], _envelope(envelope))
    except (InvalidTag, ValueError):
        raise SealBroken from None


def _envelope(envelope: Envelope) -> bytes:
    purpose, registration, scope, key, epoch = envelope
    return _around("regsvc wrap", bytes((SUITE,)), purpose) + ID_LENGTH + registration.bytes + _around(scope, key, epoch)
