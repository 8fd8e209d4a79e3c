"""Rows that are made but not yet saved: a batch is decided in the order of arrival and written in another."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec

from intake.letters import Contact, Details
from keystore import vault
from keystore.grants import Opened
from keystore.mailboxes import Mailbox
from privacy import rows
from registration.models import Confirmation, Consent, ConsentRecord, Errand, Registration

COLUMNS = {
    Registration: ("id", "product_id", "manufacturer_id", "month", "state", "contact", "details"),
    ConsentRecord: ("id", "registration_id", "consent"),
    Confirmation: ("id", "registration_id", "kind", "errand", "next_try", "attempts", "together", "state"),
}
NO_CONTACT, NO_DETAILS = Contact(), Details()
Row = tuple[Any, ...]


@dataclass(slots=True)
class Batch:
    """New rows of one sweep, by their table."""

    made: dict[Any, list[Row]] = field(default_factory=lambda: {model: [] for model in COLUMNS})

    def register(  # noqa: PLR0913 (a registration's parts)
        self, opened: Opened, *, product: str, manufacturer: str | None, month: date, contact: Contact, details: Details
    ) -> None:
        """Add a registration."""
        own = opened.registration
        reach = None if contact == NO_CONTACT else vault.sealed(Registration, own, "contact", contact, opened)
        help_ = None if details == NO_DETAILS else vault.sealed(Registration, own, "details", details, opened)
        self.made[Registration].append((own, product, manufacturer, month, Registration.State.LIVE.value, reach, help_))

    def decide(self, opened: Opened, consent: Consent) -> None:
        """Add a consent record."""
        own = uuid.uuid4()
        row = (own, opened.registration, vault.sealed(ConsentRecord, own, "consent", consent, opened))
        self.made[ConsentRecord].append(row)

    def send(self, opened: Opened, *, kind: str, errand: Errand, to: Mailbox, at: datetime) -> None:
        """Add a service mail to one mailbox. Those of one kind that wait for it go out as one, the newest first."""
        own = uuid.uuid4()
        asked = at + timedelta(microseconds=len(self.made[Confirmation]))
        errand = msgspec.structs.replace(
            errand, address=to.address, mac=to.mac, counted=to.counted, tagged=to.tagged, asked=asked
        )
        sealed = vault.sealed(Confirmation, own, "errand", errand, opened)
        today = datetime.combine(at, time.min, tzinfo=at.tzinfo)
        together = None if kind == Confirmation.Kind.CHANGED else to.group(kind)  # a notice is about one registration
        row = (own, opened.registration, str(kind), sealed, today, 0, together, Confirmation.State.WAITING.value)
        self.made[Confirmation].append(row)

    def save(self) -> None:
        """Write everything in the order of the ids, which are random: where a row lies tells nothing about its arrival."""
        for model, made in self.made.items():
            rows.copy(model, COLUMNS[model], sorted(made, key=_own_id))
            made.clear()


def _own_id(row: Sequence[Any]) -> bytes:
    own: uuid.UUID = row[0]
    return own.bytes
