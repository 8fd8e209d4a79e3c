"""Whom a client trusts: three roots, of which two sign the keyset that names the keys of certificates.

A root document is a JWS in JSON form (RFC 7515, 7.2) with several signatures. The next root document is good if two roots of the
one before and two of its own signed it, so that each root can be replaced while old clients follow. The rule is TUF's.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, NamedTuple, TypeVar

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from activation import certificates
from web.schemas import about

ALGORITHM = "EdDSA"
ROOT_TYPE, KEYSET_TYPE = "regsvc-root", "regsvc-keyset"
THRESHOLD = 2
LONGEST = 64 * 1024
SIGNATURE = {"protected": "eyJhbGciOiJFZERTQSIsImtpZCI6InJvb3QtMSJ9", "signature": "bm90LWEtc2lnbmF0dXJl"}  # for the description
S = TypeVar("S", bound=msgspec.Struct)


class NotTrusted(Exception):
    """The document is not signed by enough roots, is older than one seen before, or is no such document."""


class PublicKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A root's name and public half."""

    kid: str
    x: str


class Root(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The roots of one version."""

    version: int
    threshold: int
    keys: tuple[PublicKey, ...]


class CertificateKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key that signs certificates, and the days of issue for which it is good. A retired key keeps its old certificates."""

    kid: str
    x: str
    first: int
    last: int | None = None
    revoked: bool = False


class Keyset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of certificates."""

    version: int
    keys: tuple[CertificateKey, ...]

    def key_of(self, kid: str, day: int) -> Ed25519PublicKey:
        """The key for a certificate of that day; raises KeyError."""
        for key in self.keys:
            if key.kid == kid and not key.revoked and key.first <= day and (key.last is None or day <= key.last):
                return _public(key.x)
        raise KeyError(kid)


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document with several signatures: a JWS in JSON form (RFC 7515, 7.2)."""

    payload: Annotated[str, about("The document as base64url.", "eyJ2ZXJzaW9uIjoxfQ", pattern="^[A-Za-z0-9_-]+$")]
    signatures: Annotated[
        tuple[dict[str, str], ...],
        about("For each signer the members `protected` and `signature`, both base64url.", [SIGNATURE]),
    ]


class Published(msgspec.Struct, frozen=True):
    """What the service hands out: every version of the roots, oldest first, and the newest keyset."""

    roots: tuple[msgspec.Raw, ...]
    keyset: msgspec.Raw


class Holder(NamedTuple):
    """A root's private half, for the minutes of the ceremony."""

    kid: str
    private: Ed25519PrivateKey


def public(private: Ed25519PrivateKey) -> str:
    """The public half as text."""
    return base64.urlsafe_b64encode(private.public_key().public_bytes_raw()).rstrip(b"=").decode()


def _public(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "="))


def root_of(holders: Sequence[Holder], *, version: int) -> Root:
    """A root document's content for these holders."""
    return Root(version, THRESHOLD, tuple(PublicKey(holder.kid, public(holder.private)) for holder in holders))


def sign(content: Root | Keyset, *, holders: Sequence[Holder]) -> bytes:
    """The content signed by each of *holders*."""
    kind = ROOT_TYPE if isinstance(content, Root) else KEYSET_TYPE
    payload = msgspec.json.encode(content)
    signatures = []
    for holder in holders:
        jws = jwt.PyJWS().encode(payload, holder.private, algorithm=ALGORITHM, headers={"kid": holder.kid, "typ": kind})
        protected, _, signature = jws.split(".")
        signatures.append({"protected": protected, "signature": signature})
    body = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    return msgspec.json.encode({"payload": body, "signatures": signatures})


def pinned(document: bytes) -> Root:
    """The roots of a document that needs no proof, because the client was built with it; raises NotTrusted."""
    return _decoded(_opened(document)[0], Root)


def published(answer: bytes, *, trusted: Root, least_version: int = 1) -> Keyset:
    """The keyset in what the service hands out, reached from the roots that a client knows, version by version.

    Args:
        answer: The body of `/.well-known/regsvc/keyset`.
        trusted: The newest roots that the client knows.
        least_version: Of the keyset that it has seen.

    Raises:
        NotTrusted: The roots cannot be reached, or did not sign it.
    """
    try:
        told = msgspec.json.decode(answer, type=Published)
    except msgspec.DecodeError:
        raise NotTrusted from None
    for document in told.roots:
        if _decoded(_opened(bytes(document))[0], Root).version > trusted.version:
            trusted = climb(trusted, bytes(document))
    return keyset(trusted, bytes(told.keyset), least_version=least_version)


def climb(trusted: Root, document: bytes) -> Root:
    """The next version of the roots.

    Raises:
        NotTrusted: Not exactly the next version, or too few roots of either version signed.
    """
    payload, signed = _opened(document)
    _enough(trusted, signed, ROOT_TYPE)
    found = _decoded(payload, Root)
    different = set({key.kid: key.x for key in found.keys}.values())  # one key under two names is one root
    if found.version != trusted.version + 1 or found.threshold < THRESHOLD or len(different) <= THRESHOLD:
        raise NotTrusted
    _enough(found, signed, ROOT_TYPE)
    return found


def keyset(trusted: Root, document: bytes, *, least_version: int = 1) -> Keyset:
    """The keyset that the roots signed.

    Raises:
        NotTrusted: Too few signatures, or older than *least_version*, which the client has seen.
    """
    payload, signed = _opened(document)
    _enough(trusted, signed, KEYSET_TYPE)
    found = _decoded(payload, Keyset)
    if found.version < least_version:
        raise NotTrusted
    return found


def _opened(document: bytes) -> tuple[bytes, Signed]:
    try:
        signed = msgspec.json.decode(document[: LONGEST + 1], type=Signed)
        return base64.urlsafe_b64decode(signed.payload + "=" * (-len(signed.payload) % 4)), signed
    except (msgspec.DecodeError, ValueError):
        raise NotTrusted from None


def _decoded(payload: bytes, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.DecodeError:
        raise NotTrusted from None


def _enough(roots: Root, signed: Signed, kind: str) -> None:
    """Count different roots, not signatures: one root that signs twice is one."""
    keys = {key.kid: key.x for key in roots.keys}
    good = {kid for each in signed.signatures if (kid := _signer(each, signed.payload, keys, kind))}
    if len({keys[kid] for kid in good}) < max(roots.threshold, THRESHOLD):
        raise NotTrusted


def _signer(signature: Mapping[str, str], payload: str, keys: Mapping[str, str], kind: str) -> str | None:
    """The root that made a signature; None for any other."""
    try:
        jws = f"{signature['protected']}.{payload}.{signature['signature']}"
        header = jwt.get_unverified_header(jws)
        kid = str(header["kid"])
        if header.get("typ") != kind:
            return None
        jwt.PyJWS().decode(jws, _public(keys[kid]), algorithms=[ALGORITHM])
    except (jwt.PyJWTError, KeyError, ValueError):
        return None
    return kid


def in_use(kid: str, private: Ed25519PrivateKey, *, since: date) -> CertificateKey:
    """A keyset's entry for a key from a day on."""
    return CertificateKey(kid, public(private), certificates.number_of(since))
