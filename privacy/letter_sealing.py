"""Sealing letters to the registrar. A chain of keys shares one HPKE encapsulation; each key is used once and forgotten.

A letter is suite(1) ‖ place(2) ‖ start(1168) ‖ AES-256-GCM of (length(4) ‖ plain ‖ zeros to a step of 256). The start is HPKE
(RFC 9180, base mode, ML-KEM-768 with X25519) of the chain's first key, with origin and epoch as its info. From each key of a
chain come, by HMAC, the key of the letter at its place and the next key of the chain. A letter's associated data are its origin,
epoch and digest, and everything that stands before its cipher text; its key has no other use, so its nonce is all zeros. The
digest goes into the letter's key too: a machine that is resumed twice from one snapshot does not seal two letters with one key.

Letters of suite 1, each with an encapsulation of its own, are opened, and no longer made.
"""

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy import keyring
from privacy.keyring import Key
from privacy.mac import hmac_sha256
from privacy.sealing import KEY, NONCE, SealBroken, bound, padded, unpadded

HPKE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
MLKEM_SEED, MLKEM_PUBLIC = 64, 1184
ALONE, CHAINED = b"\x01", b"\x02"  # suites
START = 1120 + KEY + 16  # bytes: the encapsulation, a key, a tag
PLACE = 2  # bytes
LONGEST = 1000  # letters of a chain
LIFE = timedelta(minutes=1)
MOST_OPENED = 256  # chains that a run remembers: some 20 MB, if every one of them is long
UNUSED = bytes(NONCE)


def _letter_key(key: bytes, digest: bytes) -> bytes:
    return hmac_sha256(key, b"regsvc letter key 2 " + digest)


def _next(key: bytes) -> bytes:
    return hmac_sha256(key, b"regsvc letter chain 2")


class _Link(NamedTuple):
    """One place of a chain: what a letter carries of it, and its key."""

    header: bytes
    key: bytes


@dataclass(slots=True)
class _Chain:
    """A chain that is being used: its start, when it began, and its next place with that place's key."""

    start: bytes
    begun: datetime
    next: tuple[int, bytes] = field(repr=False)

    def serves(self, at: datetime) -> bool:
        """Whether one more letter may be sealed with it; a clock that was put back ends it too."""
        return self.next[0] < LONGEST and self.begun <= at < self.begun + LIFE

    def take(self) -> _Link:
        """The next place, which is gone from here then."""
        place, key = self.next
        self.next = place + 1, _next(key)  # one assignment: whatever interrupts it, place and key belong together
        return _Link(CHAINED + place.to_bytes(PLACE) + self.start, key)


class Sealer:
    """The chains of this process, by origin and public key. Threads share them; a fork begins its own."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._lock = threading.Lock()
        self._chains: dict[tuple[str, bytes], _Chain] = {}

    def link(self, public: Key, *, origin: str, at: datetime) -> _Link:
        """The next place of the chain, or of a new one."""
        with self._lock:
            chain = self._chains.get((origin, public.value))
            if chain is None or not chain.serves(at):
                self._chains = {known: each for known, each in self._chains.items() if each.serves(at)}
                chain = self._chains[origin, public.value] = _begun(public, origin, at)
            return chain.take()


def _begun(public: Key, origin: str, at: datetime) -> _Chain:
    first = os.urandom(KEY)
    return _Chain(HPKE.encrypt(first, _public(public.value), _info(origin, public.epoch)), at, (0, first))


class Opener:
    """Chains that were opened, the last ones used. It is made for one run of the registrar, and gone with it."""

    def __init__(self) -> None:
        self._chains: OrderedDict[tuple[bytes, str, bytes], list[bytes]] = OrderedDict()  # their keys, as far as one was needed

    def key(self, private: Key, *, origin: str, header: bytes) -> bytes:
        """The key of the place that a header names; raises InvalidTag or ValueError for what is no header."""
        place, start = int.from_bytes(header[1 : 1 + PLACE]), header[1 + PLACE :]
        if place >= LONGEST:
            raise ValueError
        chain = private.value, origin, start
        if chain not in self._chains:
            self._chains[chain] = [HPKE.decrypt(start, _private(private.value), _info(origin, private.epoch))]
        keys = self._chains[chain]
        self._chains.move_to_end(chain)
        while len(self._chains) > MOST_OPENED:
            self._chains.popitem(last=False)
        while len(keys) <= place:
            keys.append(_next(keys[-1]))
        return keys[place]


SEALER = Sealer()
os.register_at_fork(after_in_child=SEALER.forget)  # two processes at one place of a chain would use a key twice


def to_registrar(plain: bytes, *, origin: str, digest: bytes, at: datetime) -> tuple[str, bytes]:
    """Seal a letter to the registrar: the epoch and the sealed bytes.

    Raises:
        keyring.KeyMissing: There is no intake key. Nothing was sealed.
    """
    public = keyring.ring().current("intake.public", until=keyring.week(at))
    return public.epoch, sealed_to(public, plain, origin=origin, digest=digest, at=at)


def sealed_to(public: Key, plain: bytes, *, origin: str, digest: bytes, at: datetime) -> bytes:
    """A letter, sealed to that key."""
    header, key = SEALER.link(public, origin=origin, at=at)
    return header + AESGCM(_letter_key(key, digest)).encrypt(UNUSED, padded(plain), _about(origin, public.epoch, digest, header))


def from_letter(sealed: bytes, *, origin: str, epoch: str, digest: bytes, opener: Opener | None = None) -> bytes:
    """Open a letter with the registrar's key of its epoch.

    Args:
        sealed: The letter as it is stored.
        origin: The role of the process that posted it.
        epoch: The week of the key that it was sealed to.
        digest: By which the submission is known.
        opener: Chains that letters before this one opened. The epoch's key must be there all the same.

    Raises:
        SealBroken: It was not sealed to this key, origin and digest.
        keyring.KeyMissing: The epoch's key has been destroyed.
    """
    private = keyring.ring().key("intake", epoch)
    return opened_with(private, sealed, origin=origin, digest=digest, opener=opener or Opener())


def opened_with(private: Key, sealed: bytes, *, origin: str, digest: bytes, opener: Opener) -> bytes:
    """Open a letter with that key; raises SealBroken."""
    epoch = private.epoch
    try:
        if sealed[:1] == ALONE:
            return unpadded(HPKE.decrypt(sealed[1:], _private(private.value), bound("regsvc letter", origin, epoch, digest)))
        if sealed[:1] == CHAINED:
            header, text = sealed[: 1 + PLACE + START], sealed[1 + PLACE + START :]
            key = _letter_key(opener.key(private, origin=origin, header=header), digest)
            return unpadded(AESGCM(key).decrypt(UNUSED, text, _about(origin, epoch, digest, header)))
    except (InvalidTag, ValueError):
        raise SealBroken from None
    raise SealBroken


def _info(origin: str, epoch: str) -> bytes:
    return bound("regsvc letter chain", origin, epoch)


def _about(origin: str, epoch: str, digest: bytes, header: bytes) -> bytes:
    return bound("regsvc chained letter", origin, epoch, digest, header)


@lru_cache(maxsize=8)
def _public(raw: bytes) -> hpke.MLKEM768X25519PublicKey:
    return hpke.MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(raw[:MLKEM_PUBLIC]),
        x25519.X25519PublicKey.from_public_bytes(raw[MLKEM_PUBLIC:]),
    )


@lru_cache(maxsize=8)
def _private(raw: bytes) -> hpke.MLKEM768X25519PrivateKey:
    return hpke.MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(raw[:MLKEM_SEED]),
        x25519.X25519PrivateKey.from_private_bytes(raw[MLKEM_SEED:]),
    )


def intake_pair() -> tuple[bytes, bytes]:
    """A new intake key: its private and its public bytes."""
    first, second = mlkem.MLKEM768PrivateKey.generate(), x25519.X25519PrivateKey.generate()
    private = first.private_bytes_raw() + second.private_bytes_raw()
    return private, first.public_key().public_bytes_raw() + second.public_key().public_bytes_raw()
