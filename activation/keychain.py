"""The only door from activation to the key ring: the pepper over stored keys, and the keys that sign and confirm."""

import base64
import json
import os
from functools import lru_cache
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from activation.product_keys import Key
from privacy import keyring
from privacy.mac import hmac_sha256

PEPPER, CERTIFICATE, CONFIRMATION = "pepper", "certificate", "confirmation"
KEYSET, ROOT = "keyset", "root"
NONCE = 12


KeyMissing = keyring.KeyMissing


class ConfirmationBroken(Exception):
    """A stored confirmation secret does not open: damaged, or moved from another key."""


class Mac(NamedTuple):
    """How the store knows a product key: a keyed MAC and the pepper's epoch."""

    epoch: str
    value: bytes


class Sealed(NamedTuple):
    """A key's confirmation secret as it is stored."""

    epoch: str
    box: bytes


class Signer(NamedTuple):
    """A key that signs certificates, and its name in the keyset."""

    kid: str
    private: Ed25519PrivateKey


def mac(key: Key) -> Mac:
    """The MAC of *key* under the newest pepper."""
    pepper = keyring.ring().current(PEPPER)
    return Mac(pepper.epoch, _mac(pepper.value, b"key", key.canonical))


def macs(key: Key) -> list[Mac]:
    """The MACs of *key* under every pepper that exists: stored keys move to the newest when they are used.

    Raises:
        keyring.KeyMissing: There is no pepper. Without it every key would seem unknown.
    """
    ring = keyring.ring()
    peppers = [ring.key(PEPPER, epoch) for epoch in ring.epochs(PEPPER)]
    if not peppers:
        raise keyring.KeyMissing(PEPPER)
    return [Mac(pepper.epoch, _mac(pepper.value, b"key", key.canonical)) for pepper in peppers]


def new_pepper(known: list[Mac]) -> bool:
    """Whether there is a pepper beside those of *known*: another process may have moved a key to it."""
    ring = keyring.ring()
    ring.look_again(PEPPER)
    return ring.epochs(PEPPER) != [mac.epoch for mac in known]


def mark(label: str, value: bytes) -> bytes:
    """A keyed digest of something small, which cannot be guessed from the store. It survives no new pepper."""
    return _mac(keyring.ring().current(PEPPER).value, label.encode(), value)


def marks(label: str, value: bytes) -> list[bytes]:
    """The mark under every pepper that exists, the newest first; raises keyring.KeyMissing."""
    ring = keyring.ring()
    newest = ring.current(PEPPER)
    older = [ring.key(PEPPER, epoch) for epoch in reversed(ring.epochs(PEPPER)) if epoch != newest.epoch]
    return [_mac(pepper.value, label.encode(), value) for pepper in (newest, *older)]


def _mac(pepper: bytes, label: bytes, value: bytes) -> bytes:
    return hmac_sha256(pepper, b"regsvc " + label + b" 1 " + value)


def signer() -> Signer:
    """The newest key that signs certificates and that the roots have named: no client could check what another signs.

    Raises:
        keyring.KeyMissing: There is none.
    """
    ring = keyring.ring()
    for epoch in reversed(ring.epochs(CERTIFICATE)):
        if (kid := f"{CERTIFICATE}@{epoch}") in _named(keyset()):
            return Signer(kid, _private(ring.key(CERTIFICATE, epoch).value))
    raise keyring.KeyMissing(CERTIFICATE)


@lru_cache(maxsize=4)
def _private(raw: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(raw)


@lru_cache(maxsize=4)
def _named(document: bytes) -> frozenset[str]:
    """The keys in use that a signed keyset names. The key ring holds it, so its signatures are the clients' to check."""
    payload = json.loads(document)["payload"]
    entries = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["keys"]
    return frozenset(entry["kid"] for entry in entries if not entry["revoked"] and entry["last"] is None)


def seal_confirmation(secret: bytes, *, locator: bytes) -> Sealed:
    """Seal a key's confirmation secret so that only the operator's process can confirm on the telephone."""
    key = keyring.ring().current(CONFIRMATION)
    nonce = os.urandom(NONCE)
    return Sealed(key.epoch, nonce + AESGCM(key.value).encrypt(nonce, secret, locator))


def open_confirmation(sealed: Sealed, *, locator: bytes) -> bytes:
    """The confirmation secret of the key that *locator* names.

    Raises:
        ConfirmationBroken: It was not sealed for that key.
    """
    key = keyring.ring().key(CONFIRMATION, sealed.epoch)
    try:
        return AESGCM(key.value).decrypt(sealed.box[:NONCE], sealed.box[NONCE:], locator)
    except (InvalidTag, ValueError):
        raise ConfirmationBroken from None


def keyset() -> bytes:
    """The signed keyset as the ceremony wrote it."""
    return keyring.ring().current(KEYSET).value


def roots() -> list[bytes]:
    """Every root document, oldest first: a client climbs from the one that it was built with."""
    ring = keyring.ring()
    return [ring.key(ROOT, epoch).value for epoch in ring.epochs(ROOT)]
