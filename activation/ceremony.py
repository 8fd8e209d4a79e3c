"""The ceremony of the roots: their first version, and a keyset for the keys of certificates, signed by two of them.

The three roots lie in a folder of their own, which belongs offline. What they signed goes into the key ring as `root` and
`keyset`, an epoch a version. The demo and the tests hold the same ceremony.
"""

from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activation import keychain, trust
from activation.trust import CertificateKey, Holder, Keyset
from privacy.keyring import KeyProvider

ROOTS = ("root-1", "root-2", "root-3")
SIGNING = ROOTS[:2]
FIRST = "1"


def begin(*, ring: KeyProvider, offline: KeyProvider, today: date) -> list[str]:
    """Make what is missing: the roots, their document, and a keyset that names every key of certificates.

    Args:
        ring: The service's keys.
        offline: Where the roots lie.
        today: The first day of keys that are named for the first time.

    Returns:
        The names and epochs of what was made. Calling it again makes nothing.
    """
    made = [name for name in ROOTS if not offline.epochs(name)]
    for name in made:
        offline.create(name, FIRST, Ed25519PrivateKey.generate().private_bytes_raw())
    if not ring.epochs(keychain.ROOT):
        document = trust.sign(trust.root_of(_holders(offline, ROOTS), version=1), holders=_holders(offline, ROOTS))
        ring.create(keychain.ROOT, FIRST, document)
        made.append(f"{keychain.ROOT}@{FIRST}")
    return made + _name_keys(ring, offline, today)


def _name_keys(ring: KeyProvider, offline: KeyProvider, today: date) -> list[str]:
    """A next keyset if there are keys that the newest does not name."""
    versions = ring.epochs(keychain.KEYSET)
    root = trust.root_of(_holders(offline, ROOTS), version=1)
    named = trust.keyset(root, ring.load(keychain.KEYSET, versions[-1])).keys if versions else ()
    known = {key.kid for key in named}
    new = [entry for entry in _entries(ring, today) if entry.kid not in known]
    if not new:
        return []
    version = str(len(versions) + 1)
    keyset = Keyset(int(version), (*named, *new))
    ring.create(keychain.KEYSET, version, trust.sign(keyset, holders=_holders(offline, SIGNING)))
    return [f"{keychain.KEYSET}@{version}"]


def _entries(ring: KeyProvider, today: date) -> list[CertificateKey]:
    epochs = ring.epochs(keychain.CERTIFICATE)
    keys = ((f"{keychain.CERTIFICATE}@{epoch}", ring.load(keychain.CERTIFICATE, epoch)) for epoch in epochs)
    return [trust.in_use(kid, Ed25519PrivateKey.from_private_bytes(value), since=today) for kid, value in keys]


def _holders(offline: KeyProvider, names: tuple[str, ...]) -> list[Holder]:
    return [Holder(name, Ed25519PrivateKey.from_private_bytes(offline.load(name, FIRST))) for name in names]
