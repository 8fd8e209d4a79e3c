"""The vault: the only way to read a sealed value. Opening is a call with a purpose, an actor and a reason, never an attribute.

with opening(purpose="support", actor="staff:ines", reason="customer-called", at=now) as vault:
    contact = vault.open(registration, "contact")
"""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
from django.db.models import Model

from keystore import grants
from keystore.grants import NoGrant, Opened
from privacy import audit, sealing
from privacy.fields import SealedField
from privacy.receipts import Receipt
from privacy.sealing import Place, Sealed

STAFF = "staff:"


class Vault:
    """Opens sealed columns of rows for one purpose. Kept as long as its `with` block."""

    def __init__(self, *, purpose: str, actor: str, reason: str, at: datetime) -> None:
        self.purpose, self.actor, self.reason, self.at = purpose, actor, reason, at
        self._opened: dict[uuid.UUID, Opened] = {}
        self._looked: set[uuid.UUID] = set()

    def open(self, row: Model, column: str) -> Any:
        """What the row's sealed column holds; None where nothing is kept.

        Raises:
            NoGrant: The purpose has no grant, or it does not reach this compartment.
            sealing.SealBroken: The value was not sealed for this row.
        """
        self._look([row])
        return self._open(row, column)

    def open_many(self, rows: Iterable[Model], column: str) -> dict[Any, Any]:
        """The same for many rows, by primary key. Rows without a grant are absent; the keystore is asked once."""
        rows = list(rows)
        self._look(rows)
        return {row.pk: self._open(row, column) for row in rows if registration_of(row) in self._opened}

    def _look(self, rows: Iterable[Model]) -> None:
        """Fetch the grants; for staff, write the audit entry before anything is opened."""
        new = {registration_of(row) for row in rows} - self._looked
        if self.actor.startswith(STAFF):
            for registration in sorted(new):
                audit.record(
                    actor=self.actor,
                    act="reveal",
                    subject=str(registration),
                    purpose=self.purpose,
                    reason=self.reason,
                    at=self.at,
                )
        self._looked |= new
        if new:
            self._opened |= grants.open_many(new, purpose=self.purpose)

    def _open(self, row: Model, column: str) -> Any:
        opened = self._opened.get(registration_of(row))
        if opened is None:
            raise NoGrant
        return unsealed(row, column, opened)


def registration_of(row: Model) -> uuid.UUID:
    """The registration that a row belongs to: itself, or the one that it names."""
    found: uuid.UUID = getattr(row, "registration_id", None) or row.pk
    return found


def unsealed(row: Model, column: str, opened: Opened) -> Any:
    """The row's sealed column, opened with keys that are at hand."""
    stored = getattr(row, column)
    if stored is None:
        return None
    label, compartment, kind = _column(type(row), column)
    return sealing.unseal(stored, kind, key=opened.compartment(compartment), place=Place(label, row.pk, compartment))


def seal(row: Model, column: str, value: msgspec.Struct, opened: Opened) -> None:
    """Seal *value* into the row's column, for that row only. The row is not saved."""
    setattr(row, column, sealed(type(row), row.pk, column, value, opened))


def sealed(model: type[Model], record: uuid.UUID, column: str, value: msgspec.Struct, opened: Opened) -> Sealed:
    """*value*, sealed for one column of one row."""
    label, compartment, kind = _column(model, column)
    if type(value) is not kind:
        raise TypeError(f"{column} takes another kind of value")
    return sealing.seal(value, key=opened.compartment(compartment), place=Place(label, record, compartment))


class Column(NamedTuple):
    """A sealed column: its model as Django names it, its compartment, and what it opens to."""

    label: str
    compartment: str
    kind: type[msgspec.Struct]


@cache
def _column(model: type[Model], name: str) -> Column:
    field = model._meta.get_field(name)  # noqa: SLF001 (Django's own way to find a field)
    if not isinstance(field, SealedField):
        raise TypeError(f"{name} is not sealed")
    if field.kind is None:
        raise TypeError("a sealed field without a kind opens to nothing")
    return Column(model._meta.label, field.compartment, field.kind)  # noqa: SLF001


@contextmanager
def opening(*, purpose: str, actor: str, reason: str, at: datetime) -> Iterator[Vault]:
    """Open sealed values for a purpose.

    Args:
        purpose: Whose key opens: `support`, `custody`, `service`, or `<topic>/<sender>`.
        actor: `staff:<name>`, whose looks are audited, or the name of the process.
        reason: Why, from the list of reasons; empty for a process.
        at: Now.
    """
    vault = Vault(purpose=purpose, actor=actor, reason=reason, at=at)
    try:
        yield vault
    finally:
        vault._opened.clear()  # noqa: SLF001 (keys live no longer than their block)


def own(receipt: Receipt, *, registration: uuid.UUID, wrapped: bytes) -> Opened:
    """What a person's own receipt opens. No key ring is asked.

    Raises:
        sealing.SealBroken: The receipt does not belong to the wrap.
    """
    key = sealing.unwrap(wrapped, key=receipt.wrap_key, envelope=grants.self_envelope(registration))
    return Opened(registration, "all", key, b"")
