"""Rows that are made but not yet saved: a batch is decided in arrival order and written in random order."""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import date

from keystore import vault
from keystore.grants import Opened
from registration.models import Confirmation, Consent, ConsentRecord, Errand, Registration

SHUFFLE = secrets.SystemRandom()


@dataclass(slots=True)
class Batch:
    """New rows of one sweep."""

    registrations: list[Registration] = field(default_factory=list)
    consents: list[ConsentRecord] = field(default_factory=list)
    confirmations: list[Confirmation] = field(default_factory=list)

    def decide(self, opened: Opened, consent: Consent) -> None:
        """Add a consent record."""
        row = ConsentRecord(id=uuid.uuid4(), registration_id=opened.registration)
        vault.seal(row, "consent", consent, opened)
        self.consents.append(row)

    def send(self, opened: Opened, *, kind: str, errand: Errand, due: date, together: uuid.UUID | None = None) -> None:
        """Add a service mail."""
        row = Confirmation(id=uuid.uuid4(), registration_id=opened.registration, kind=kind, due=due, together=together)
        vault.seal(row, "errand", errand, opened)
        self.confirmations.append(row)

    def save(self) -> None:
        """Write everything, shuffled, so that the order of rows tells nothing about the order of arrival."""
        for rows in (self.registrations, self.consents, self.confirmations):
            SHUFFLE.shuffle(rows)
        Registration.objects.bulk_create(self.registrations)
        ConsentRecord.objects.bulk_create(self.consents)
        Confirmation.objects.bulk_create(self.confirmations)
        self.registrations, self.consents, self.confirmations = [], [], []
