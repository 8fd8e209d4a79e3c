"""A grant is a key: a registration's data key, wrapped once for each purpose that may open it.

A purpose is `support`, `custody` (the registrar's own), `service` (mail about the registration itself) or `<topic>/<sender>`.
"""

import os
import uuid
from collections.abc import Iterable
from typing import NamedTuple

from keystore.models import Grant
from privacy import keyring, sealing
from privacy.sealing import Envelope

SUPPORT, CUSTODY, SERVICE = "support", "custody", "service"
WHOLE = frozenset({SUPPORT, CUSTODY})
CONTACT, ERRAND = "contact", "errand"
UNSUBSCRIBE_BYTES = 32


class NoGrant(Exception):
    """The purpose has no grant for this registration: nothing can be opened."""


class KeyAwaited(keyring.KeyMissing):
    """A choice's purpose has no key yet, or an unsafe one. Only what needs this one must wait."""

    def __init__(self, purpose: str) -> None:
        super().__init__(purpose)
        self.purpose = purpose


class Made(NamedTuple):
    """A grant that is not stored yet, column by column."""

    registration_id: uuid.UUID
    purpose: str
    scope: str
    key: str
    epoch: str
    wrapped: bytes


class Opened(NamedTuple):
    """What a grant gave: the data key, or only the contact compartment's.

    With the latter come a marketing grant's unsubscribe bytes, or the key of the mailer's errands, which no marketing key opens.
    """

    registration: uuid.UUID
    scope: str
    key: bytes
    extra: bytes

    def compartment(self, name: str) -> bytes:
        """The key of one compartment.

        Raises:
            NoGrant: The grant does not reach that compartment.
        """
        if self.scope == "all":
            return sealing.compartment_key(self.key, name)
        if self.scope == SERVICE and name == ERRAND:
            return self.extra
        if name != CONTACT:
            raise NoGrant
        return self.key

    @property
    def unsubscribe(self) -> bytes:
        """The secret of the link that ends a marketing purpose."""
        return b"" if self.scope == SERVICE else self.extra


def is_marketing(purpose: str) -> bool:
    """Whether the purpose is a person's choice."""
    return "/" in purpose


def scope_of(purpose: str) -> str:
    """How far a purpose reaches: `all`, only `contact`, or for the mailer `service`: contact and errands."""
    if purpose in WHOLE:
        return "all"
    return SERVICE if purpose == SERVICE else CONTACT


def new_unsubscribe() -> bytes:
    """The random bytes of one registration's link to end one purpose."""
    return os.urandom(UNSUBSCRIBE_BYTES)


def make(*, purpose: str, registration: uuid.UUID, data_key: bytes, unsubscribe: bytes = b"") -> Made:
    """The grant of *purpose*, not yet stored.

    Raises:
        KeyAwaited: It is a choice, and its purpose has no key, or an unsafe one.
        keyring.KeyMissing, keyring.KeyUnsafe: It is another purpose that has none.
    """
    scope = scope_of(purpose)
    secret = data_key if scope == "all" else sealing.compartment_key(data_key, CONTACT) + unsubscribe
    if scope == SERVICE:
        secret += sealing.compartment_key(data_key, ERRAND)
    key = _current(purpose)
    envelope = Envelope(purpose, registration, scope, key.name, key.epoch)
    wrapped = sealing.wrap(secret, key=key.value, envelope=envelope)
    return Made(registration, purpose, scope, key.name, key.epoch, wrapped)


def _current(purpose: str) -> keyring.Key:
    try:
        return keyring.ring().current(purpose)
    except (keyring.KeyMissing, keyring.KeyUnsafe):
        if is_marketing(purpose):
            raise KeyAwaited(purpose) from None
        raise


def lacking(purposes: Iterable[str]) -> set[str]:
    """Those of the choices' purposes that have no key yet, or an unsafe one. An older epoch does not stand in for that."""
    return {purpose for purpose in purposes if not keyring.ring().has(purpose)}


def opened(grant: Grant) -> Opened:
    """What the grant wraps.

    Raises:
        sealing.SealBroken: It is not what was stored.
        keyring.KeyMissing, keyring.KeyRefused: This process does not hold the purpose's key.
    """
    key = keyring.ring().key(grant.key, grant.epoch)
    envelope = Envelope(grant.purpose, grant.registration_id, grant.scope, grant.key, grant.epoch)
    secret = sealing.unwrap(bytes(grant.wrapped), key=key.value, envelope=envelope)
    return Opened(grant.registration_id, grant.scope, secret[: sealing.KEY], secret[sealing.KEY :])


def open_many(registrations: Iterable[uuid.UUID], *, purpose: str) -> dict[uuid.UUID, Opened]:
    """Open one purpose's grants of many registrations with one query; those without a grant are absent."""
    found = Grant.objects.using("keystore").filter(registration_id__in=list(registrations), purpose=purpose)
    return {grant.registration_id: opened(grant) for grant in found}


def self_envelope(registration: uuid.UUID) -> Envelope:
    """Where a receipt's own wrap belongs: its key is the receipt, in no key ring."""
    return Envelope("self", registration, "all", "receipt", "1")
