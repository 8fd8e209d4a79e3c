"""The ceremony of the roots: they are made, they name the keys of certificates, one of them is replaced, a key is taken back.

The three roots lie in a folder of their own, which belongs offline. What they signed goes into the key ring as `root` and
`keyset`, an epoch a version. The demo and the tests hold the same ceremony.
"""

from collections.abc import Callable
from datetime import date, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activation import certificates, keychain, trust
from activation.trust import CertificateKey, Holder, Keyset, Root
from privacy.keyring import KeyProvider

ROOTS = ("root-1", "root-2", "root-3")
DEALT = timedelta(days=7)
Change = Callable[[CertificateKey], CertificateKey]


class OtherRoots(Exception):
    """These are not the roots that the clients know. Nothing was stored."""


class UnknownRoot(Exception):
    """There is no root of that name."""


class UnknownKid(Exception):
    """The newest keyset names no such key."""


def begin(*, ring: KeyProvider, offline: KeyProvider, today: date) -> list[str]:
    """Make what is missing: the roots, their document, and a keyset that names every key of certificates.

    Args:
        ring: The service's keys.
        offline: Where the roots lie.
        today: The first day of keys that are named for the first time.

    Returns:
        The names and epochs of what was made. Calling it again makes nothing.

    Raises:
        OtherRoots: There are roots already, and they do not lie there.
    """
    if ring.epochs(keychain.ROOT) and not all(offline.epochs(name) for name in ROOTS):
        raise OtherRoots
    made = [_new(offline, name) for name in ROOTS if not offline.epochs(name)]
    if not ring.epochs(keychain.ROOT):
        holders = _newest(offline)
        made.append(_stored(ring, keychain.ROOT, trust.sign(trust.root_of(holders, version=1), holders=holders)))
    known = {key.kid for key in _named(ring)}
    new = [entry for entry in _entries(ring, today) if entry.kid not in known]
    return made + ([_name(ring, offline, (*_named(ring), *new))] if new else [])


def replace(*, ring: KeyProvider, offline: KeyProvider, name: str) -> list[str]:
    """Replace one root, because it was lost or seen: old clients follow, for two of the roots that they know have signed.

    Raises:
        UnknownRoot: There is none of that name.
        OtherRoots: The others that lie there are not those that the clients know.
    """
    if name not in ROOTS:
        raise UnknownRoot
    before, version = _standing(ring, offline), _root(ring).version + 1
    made = _new(offline, name)
    after = _newest(offline)
    signing = list({holder.kid: holder for holder in (*before, *after)}.values())
    keyset = trust.sign(_next(ring, _named(ring)), holders=signing)  # good under both versions
    root = trust.sign(trust.root_of(after, version=version), holders=signing)
    _good(keyset, _root(ring))
    _good(keyset, _climbed(ring, root))
    return [made, _stored(ring, keychain.KEYSET, keyset), _stored(ring, keychain.ROOT, root)]


def retire(*, ring: KeyProvider, offline: KeyProvider, kid: str, today: date) -> list[str]:
    """Let a key sign no more: what it signed up to then stays good. Raises UnknownKid.

    Its last day is a week from now: until the new keyset has been dealt out, the service still signs with it.
    """
    last = certificates.number_of(today + DEALT)
    return _change(ring, offline, kid, lambda key: msgspec.structs.replace(key, last=last))


def revoke(*, ring: KeyProvider, offline: KeyProvider, kid: str) -> list[str]:
    """Take a key back, because it was seen: nothing that it signed is good any more. Raises UnknownKid."""
    return _change(ring, offline, kid, lambda key: msgspec.structs.replace(key, revoked=True))


def built_in(ring: KeyProvider) -> bytes:
    """The newest root document, which new clients are built with."""
    return ring.load(keychain.ROOT, ring.epochs(keychain.ROOT)[-1])


def _change(ring: KeyProvider, offline: KeyProvider, kid: str, change: Change) -> list[str]:
    named = _named(ring)
    if kid not in {key.kid for key in named}:
        raise UnknownKid
    return [_name(ring, offline, tuple(change(key) if key.kid == kid else key for key in named))]


def _name(ring: KeyProvider, offline: KeyProvider, keys: tuple[CertificateKey, ...]) -> str:
    """The next keyset, signed by two roots."""
    document = trust.sign(_next(ring, keys), holders=_standing(ring, offline)[: trust.THRESHOLD])
    _good(document, _root(ring))
    return _stored(ring, keychain.KEYSET, document)


def _good(keyset: bytes, root: Root) -> None:
    """Check a keyset as a client does, before it is stored."""
    try:
        trust.keyset(root, keyset)
    except trust.NotTrusted:
        raise OtherRoots from None


def _climbed(ring: KeyProvider, root: bytes) -> Root:
    try:
        return trust.climb(_root(ring), root)
    except trust.NotTrusted:
        raise OtherRoots from None


def _next(ring: KeyProvider, keys: tuple[CertificateKey, ...]) -> Keyset:
    return Keyset(len(ring.epochs(keychain.KEYSET)) + 1, keys)


def _named(ring: KeyProvider) -> tuple[CertificateKey, ...]:
    """The keys that the newest keyset names."""
    versions = ring.epochs(keychain.KEYSET)
    return trust.keyset(_root(ring), ring.load(keychain.KEYSET, versions[-1])).keys if versions else ()


def _root(ring: KeyProvider) -> Root:
    return trust.pinned(built_in(ring))


def _entries(ring: KeyProvider, today: date) -> list[CertificateKey]:
    epochs = ring.epochs(keychain.CERTIFICATE)
    keys = ((f"{keychain.CERTIFICATE}@{epoch}", ring.load(keychain.CERTIFICATE, epoch)) for epoch in epochs)
    return [trust.in_use(kid, Ed25519PrivateKey.from_private_bytes(value), since=today) for kid, value in keys]


def _standing(ring: KeyProvider, offline: KeyProvider) -> list[Holder]:
    """The roots that the newest document names. Another may lie beside them, from a ceremony that was broken off."""
    named = {key.kid for key in _root(ring).keys}
    return [_holder(offline, name, epoch) for name in ROOTS for epoch in offline.epochs(name) if f"{name}@{epoch}" in named]


def _newest(offline: KeyProvider) -> list[Holder]:
    return [_holder(offline, name, offline.epochs(name)[-1]) for name in ROOTS]


def _holder(offline: KeyProvider, name: str, epoch: str) -> Holder:
    return Holder(f"{name}@{epoch}", Ed25519PrivateKey.from_private_bytes(offline.load(name, epoch)))


def _new(offline: KeyProvider, name: str) -> str:
    epoch = str(len(offline.epochs(name)) + 1)
    offline.create(name, epoch, Ed25519PrivateKey.generate().private_bytes_raw())
    return f"{name}@{epoch}"


def _stored(ring: KeyProvider, name: str, document: bytes) -> str:
    epoch = str(len(ring.epochs(name)) + 1)
    ring.create(name, epoch, document)
    return f"{name}@{epoch}"
