"""Signed statements: compact JWS with EdDSA, whose header names the key and its epoch."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ed25519
from jwt.algorithms import OKPAlgorithm

from privacy import keyring

ALGORITHM = "EdDSA"


class StatementBroken(Exception):
    """The statement was not signed by that key."""


def sign(claims: Mapping[str, Any], *, name: str) -> str:
    """Sign *claims* with the newest epoch of the key *name*: `acknowledge` or `statements`."""
    key = keyring.ring().current(name)
    return jwt.encode(dict(claims), _private(key.value), algorithm=ALGORITHM, headers={"kid": f"{name}@{key.epoch}"})


def verify(statement: str, *, public: ed25519.Ed25519PublicKey) -> dict[str, Any]:
    """The claims of a statement.

    Raises:
        StatementBroken: Another key, another algorithm, or damage.
    """
    try:
        return dict(jwt.decode(statement, public, algorithms=[ALGORITHM]))
    except jwt.PyJWTError:
        raise StatementBroken from None


def claims(statement: str) -> dict[str, Any]:
    """What a statement of our own says. The signature is not checked: for whoever shows it, and cannot be deceived by it."""
    return dict(jwt.decode(statement, options={"verify_signature": False}))


def public_key(name: str) -> ed25519.Ed25519PublicKey:
    """The public half of the newest epoch of *name*."""
    return _private(keyring.ring().current(name).value).public_key()


def public_half(private: bytes) -> bytes:
    """The public half of a key, as the key ring holds it."""
    return _private(private).public_key().public_bytes_raw()


def published() -> dict[str, Any]:
    """The public keys of every epoch as a JWK set (RFC 7517, RFC 8037), by the `kid` of the statements that they signed."""
    ring = keyring.ring()
    acknowledge = {epoch: public_half(ring.key("acknowledge", epoch).value) for epoch in ring.epochs("acknowledge")}
    statements = {epoch: ring.key("statements.public", epoch).value for epoch in ring.epochs("statements.public")}
    return {
        "keys": [
            {**_jwk(raw), "kid": f"{name}@{epoch}", "use": "sig", "alg": ALGORITHM}
            for name, epochs in (("acknowledge", acknowledge), ("statements", statements))
            for epoch, raw in epochs.items()
        ]
    }


def _jwk(raw: bytes) -> dict[str, Any]:
    return OKPAlgorithm.to_jwk(ed25519.Ed25519PublicKey.from_public_bytes(raw), as_dict=True)


@lru_cache(maxsize=8)
def _private(raw: bytes) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(raw)
