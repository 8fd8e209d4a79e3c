"""A person's own registration: see it, change it, erase it. The receipt is the key; no key ring is asked.

Every change is a letter, and lowering takes effect before the answer.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connections

from catalogue import snapshot
from intake import letterbox, letters, queue
from intake.letterbox import Marks
from intake.letters import Amend, Contact, Details
from keystore import public, vault
from keystore.grants import Opened
from privacy import receipts
from privacy.receipts import Receipt
from privacy.sealing import SealBroken, Sealed
from registration import consents
from registration.consents import Record, Standing
from registration.merge_patch import Change
from registration.models import ConsentRecord, Registration
from registration.store_busy import in_time

MOST_CHANGES = 64


class NotKnown(Exception):
    """The receipt is not known, or not filed yet, or erased: the same answer for all."""


class TooManyChanges(Exception):
    """So many changes are remembered already that no more are taken before some are forgotten."""


@dataclass(slots=True)
class Own:
    """One's own registration, opened."""

    receipt: Receipt
    row: Registration
    product_name: str
    contact: Contact
    details: Details
    record: Record
    live: list[str]
    waiting: list[str]
    acts_on_mailbox: bool
    pending_changes: int
    looks: list[tuple[date, str, str]]

    def standings(self) -> Iterator[tuple[Standing, str]]:
        """Every choice that was ever decided, with its state."""
        for _, standing in sorted(self.record.standings.items()):
            yield standing, consents.seen(standing, live=self.live, waiting=self.waiting)


class Posted(NamedTuple):
    """A change that is stored durably."""

    digest: bytes

    def answer(self) -> dict[str, str]:
        """The 202's body."""
        return {"digest": self.digest.hex(), "submission": f"/api/v1/submissions/{self.digest.hex()}"}


def see(*, receipt: Receipt) -> Own:
    """Open one's own registration.

    Raises:
        NotKnown: There is nothing to see.
        StoreBusy: A store did not answer in time.
    """
    with in_time():
        return _see(receipt)


def _see(receipt: Receipt) -> Own:
    found = public.open_receipt(receipt.token_hash)
    if found is None:
        raise NotKnown
    registration = found.registration
    rows = _rows("SELECT product, name, manufacturer, month, contact, details FROM registration_of(%s)", registration)
    if not rows:
        raise NotKnown
    product, name, manufacturer, month, contact, details = rows[0]
    try:
        opened = vault.own(receipt, registration=registration, wrapped=bytes(found.wrapped))
        row = Registration(id=registration, product_id=product, manufacturer_id=manufacturer, month=month)
        row.contact, row.details = _sealed(contact), _sealed(details)
        return Own(
            receipt=receipt,
            row=row,
            product_name=name,
            contact=vault.unsealed(row, "contact", opened) or Contact(),
            details=vault.unsealed(row, "details", opened) or Details(),
            record=_record(registration, opened),
            live=found.live,
            waiting=found.waiting,
            acts_on_mailbox=found.acts_on_mailbox,
            pending_changes=queue.count_waiting(_changes(receipt)),
            looks=_rows("SELECT day, role, reason FROM looks_of(%s)", registration),
        )
    except SealBroken:
        raise NotKnown from None


def _sealed(value: bytes | None) -> Sealed | None:
    return None if value is None else Sealed(value)


def _record(registration: uuid.UUID, opened: Opened) -> Record:
    rows = _rows("SELECT id, consent FROM consents_of(%s)", registration)
    found = (ConsentRecord(id=each, registration_id=registration, consent=Sealed(consent)) for each, consent in rows)
    return consents.fold(vault.unsealed(row, "consent", opened) for row in found)


def _rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def _changes(receipt: Receipt) -> list[bytes]:
    return [receipt.change(count) for count in range(MOST_CHANGES)]


def change(*, receipt: Receipt, body: bytes, channel: str, at: datetime) -> Posted:
    """Take a merge patch in. Lowered choices end before the answer; raised ones wait for the mailbox.

    Accepted for any well-formed receipt, filed or not, so that nobody learns which receipts exist.

    Raises:
        strict_json.TooLarge, strict_json.Malformed, strict_json.InvalidFields, parsing.ProductKeyNotHere,
            snapshot.UnknownWording: Bad input.
        letterbox.LetterboxFull, StoreBusy, TooManyChanges: It was not taken; trying again is harmless.
    """
    wanted = Change.read(body, today=at.date())
    for choice in wanted.choices:
        if choice.granted:
            snapshot.current().agreed(digest=choice.wording or "", topic=choice.topic, sender=choice.sender, today=at.date())
    letter = Amend(receipt.secret, wanted.contact, wanted.details, wanted.choices, channel, wanted.stop_all_mail)
    try:
        return Posted(_post_change(letter, receipt, receipts.fingerprint("body", wanted.canonical), at))
    finally:  # a withdrawal takes effect even where its letter was refused
        for purpose in letter.lowered():
            with in_time():
                public.lower(receipt.token_hash, purpose)


def _post_change(letter: Amend, receipt: Receipt, body: bytes, at: datetime) -> bytes:
    """Post under the first digest that is free; another change may take it in between."""
    digests = _changes(receipt)
    taken = queue.stored(digests)
    for digest in digests:
        if digest in taken:
            continue
        try:
            if letterbox.post(letter, digest=digest, at=at, marks=Marks(body=body)):
                return digest
        except letterbox.ReceiptUsed:
            continue
    raise TooManyChanges


def erase(*, receipt: Receipt, at: datetime) -> Posted:
    """Erase one's registration: from this answer on nothing opens it. Accepted for any well-formed receipt, filed or not.

    Raises:
        letterbox.LetterboxFull, StoreBusy: It was not taken; trying again is harmless.
    """
    letterbox.post(letters.Erase(receipt.secret), digest=receipt.erasure, at=at)
    with in_time():
        public.erase(receipt.token_hash)
    return Posted(receipt.erasure)
