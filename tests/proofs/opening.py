"""Opening stored values outside the service: with a receipt, or with any key at all, on rows that a superuser reads."""

import uuid
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from intake.letters import Contact, Details
from keystore import grants, vault
from keystore.grants import Opened
from privacy import letter_sealing, sealing
from privacy.keyring import FileProvider, Key
from privacy.letter_sealing import Opener
from privacy.receipts import Receipt
from privacy.sealing import Envelope, Place, SealBroken, Sealed
from registration.mail_content import written
from registration.models import Consent

__all__ = ("keys_in", "letters_with", "stored", "with_keys", "with_receipt", "written")
COLUMNS = (("contact", Contact), ("details", Details))


class Stored(NamedTuple):
    """Everything sealed or wrapped, as a superuser's SQL shows it."""

    rows: dict[uuid.UUID, tuple[bytes | None, bytes | None]]
    consents: dict[uuid.UUID, list[tuple[uuid.UUID, bytes]]]
    grants: list[tuple[uuid.UUID, str, str, str, str, bytes]]
    receipts: dict[bytes, tuple[uuid.UUID, bytes]]
    letters: list[tuple[bytes, str, str, bytes]]

    def purposes(self) -> dict[uuid.UUID, set[str]]:
        """Who may open each registration, by its grants."""
        found: dict[uuid.UUID, set[str]] = {}
        for registration, purpose, *_ in self.grants:
            found.setdefault(registration, set()).add(purpose)
        return found


def stored(house) -> Stored:
    consents: dict[uuid.UUID, list[tuple[uuid.UUID, bytes]]] = {}
    for registration, row, consent in house.rows(
        "default", "SELECT registration_id, id, consent FROM registration_consentrecord"
    ):
        consents.setdefault(registration, []).append((row, consent))
    return Stored(
        {row[0]: row[1:] for row in house.rows("default", "SELECT id, contact, details FROM registration_registration")},
        consents,
        house.rows("keystore", "SELECT registration_id, purpose, scope, key, epoch, wrapped FROM keystore_grant"),
        {
            bytes(row[0]): (row[1], bytes(row[2]))
            for row in house.rows(
                "keystore", "SELECT hash, registration_id, wrapped FROM keystore_token WHERE wrapped IS NOT NULL"
            )
        },
        house.rows("default", "SELECT digest, origin, epoch, sealed FROM intake_letter WHERE sealed IS NOT NULL"),
    )


def with_receipt(receipt: Receipt, found: Stored) -> tuple[Contact | None, list[Consent]] | None:
    """What a receipt opens: the contact and the decisions; None where it opens nothing."""
    registration, wrapped = found.receipts.get(receipt.token_hash, (None, b""))
    if registration not in found.rows:
        return None
    try:
        opened = vault.own(receipt, registration=registration, wrapped=wrapped)
        contact = unsealed("registration.Registration", registration, "contact", Contact, found.rows[registration][0], opened)
        decisions = [
            unsealed("registration.ConsentRecord", row, "consent", Consent, consent, opened)
            for row, consent in found.consents.get(registration, [])
        ]
    except SealBroken:
        return None
    return contact, sorted(decisions, key=lambda each: each.count)


def unsealed(model, record, compartment, kind, sealed, opened: Opened):
    if sealed is None:
        return None
    place = Place(model, record, compartment)
    return sealing.unseal(Sealed(sealed), kind, key=opened.compartment(compartment), place=place)


def keys_in(*directories: Path) -> dict[str, bytes]:
    """Every key of these directories, by name and epoch."""
    found = {}
    for directory in directories:
        provider = FileProvider(directory)
        found |= {f"{name}@{epoch}": provider.load(name, epoch) for name in provider.names() for epoch in provider.epochs(name)}
    return found


def with_keys(keys: dict[str, bytes], found: Stored, purposes: Iterable[str]) -> dict[uuid.UUID, set[str]]:
    """Which compartments of which registrations these keys open, tried on every wrap under every purpose's name."""
    opens: dict[uuid.UUID, set[str]] = {}
    names = [(purpose, scope) for purpose in purposes for scope in ("all", "contact")]
    for registration, purpose, scope, key, epoch, wrapped in found.grants:
        for value in {value[:32] for value in keys.values()}:
            for claimed in {(purpose, scope), *names}:
                with suppress(SealBroken, ValueError):
                    envelope = Envelope(claimed[0], registration, claimed[1], key, epoch)
                    secret = sealing.unwrap(wrapped, key=value, envelope=envelope)
                    opened = Opened(registration, claimed[1], secret[:32], secret[32:])
                    opens.setdefault(registration, set()).update(compartments(opened, found))
    for registration, wrapped in found.receipts.values():
        for value in {value[:32] for value in keys.values()}:
            with suppress(SealBroken, ValueError):
                secret = sealing.unwrap(wrapped, key=value, envelope=grants.self_envelope(registration))
                opens.setdefault(registration, set()).update(compartments(Opened(registration, "all", secret, b""), found))
    return opens


def compartments(opened: Opened, found: Stored) -> set[str]:
    """What really opens with an unwrapped key, taken as the data key and as each compartment's key."""
    opens: set[str] = set()
    registration = opened.registration
    values = [("registration.Registration", registration, *column) for column in COLUMNS]
    sealed = [*found.rows.get(registration, (None, None)), *(consent for _, consent in found.consents.get(registration, []))]
    values += [("registration.ConsentRecord", row, "consent", Consent) for row, _ in found.consents.get(registration, [])]
    for (model, record, compartment, kind), box in zip(values, sealed, strict=True):
        for key in (opened.key, sealing.compartment_key(opened.key, compartment)):
            with suppress(SealBroken):
                if box is not None:
                    sealing.unseal(Sealed(box), kind, key=key, place=Place(model, record, compartment))
                    opens.add(compartment)
    return opens


def letters_with(keys: dict[str, bytes], found: Stored) -> int:
    """How many letters in the letterbox these keys open."""
    count = 0
    for digest, origin, epoch, sealed in found.letters:
        for value in keys.values():
            private = Key("intake", epoch, value)
            with suppress(SealBroken):  # a key of another kind is no key of a letter
                letter_sealing.opened_with(private, bytes(sealed), origin=origin, digest=bytes(digest), opener=Opener())
                count += 1
    return count
