"""A person's own registration: see it, change it, erase it. The receipt is the key; no key ring is asked.

Every change is a letter, and lowering takes effect before the answer.
"""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import DatabaseError, connections

from catalogue import shelf
from intake import letterbox, letters
from intake.letterbox import Marks
from intake.letters import Amend, Contact, Details
from keystore import vault
from keystore.grants import Opened
from privacy import receipts
from privacy.receipts import Receipt
from privacy.sealing import SealBroken, Sealed
from registration import consents
from registration.changes import Change
from registration.consents import Record, Standing
from registration.models import ConsentRecord, Registration

MOST_CHANGES = 64
ASKED = "SELECT registration_id, purpose, state FROM open_confirmation(%s)"
ABOUT = """
    SELECT wanted.id, own.product, own.name, own.manufacturer
      FROM unnest(%s::uuid[]) AS wanted (id), LATERAL registration_of(wanted.id) AS own
"""


class NotKnown(Exception):
    """The receipt is not known, or not filed yet, or erased: the same answer for all."""


class TooManyChanges(Exception):
    """So many changes are remembered already that no more are taken before some are forgotten."""


class StoreBusy(Exception):
    """The keystore could not act in time. Nothing was answered; trying again is harmless."""


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


class Asked(NamedTuple):
    """One choice that a confirmation's link is about.

    Args:
        named: Whether the mail named it; else it had no room there.
        registration: Its number.
        product: The product's code.
        name: The product's name.
        manufacturer: Its code, if there is one.
        purpose: `<topic>/<sender>`.
        state: `waiting`, `confirmed` or `expired`.
    """

    named: bool
    registration: str
    product: str
    name: str
    manufacturer: str | None
    purpose: str
    state: str


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
    try:
        return _see(receipt)
    except DatabaseError as error:
        raise StoreBusy from error


def _see(receipt: Receipt) -> Own:
    sql = "SELECT registration_id, wrapped, live, waiting, acts_on_mailbox FROM open_receipt(%s)"
    found = _rows("keystore", sql, receipt.token_hash)
    if not found:
        raise NotKnown
    registration, wrapped, live, waiting, acts = found[0]
    rows = _rows("default", "SELECT product, name, manufacturer, month, contact, details FROM registration_of(%s)", registration)
    if not rows:
        raise NotKnown
    product, name, manufacturer, month, contact, details = rows[0]
    try:
        opened = vault.own(receipt, registration=registration, wrapped=bytes(wrapped))
        row = Registration(id=registration, product_id=product, manufacturer_id=manufacturer, month=month)
        row.contact, row.details = _sealed(contact), _sealed(details)
        return Own(
            receipt=receipt,
            row=row,
            product_name=name,
            contact=vault.unsealed(row, "contact", opened) or Contact(),
            details=vault.unsealed(row, "details", opened) or Details(),
            record=_record(registration, opened),
            live=list(live),
            waiting=list(waiting),
            acts_on_mailbox=acts,
            pending_changes=_pending(receipt),
            looks=_rows("default", "SELECT day, role, reason FROM looks_of(%s)", registration),
        )
    except SealBroken:
        raise NotKnown from None


def _sealed(value: bytes | None) -> Sealed | None:
    return None if value is None else Sealed(value)


def _record(registration: uuid.UUID, opened: Opened) -> Record:
    rows = _rows("default", "SELECT id, consent FROM consents_of(%s)", registration)
    found = (ConsentRecord(id=each, registration_id=registration, consent=Sealed(consent)) for each, consent in rows)
    return consents.fold(vault.unsealed(row, "consent", opened) for row in found)


def _rows(alias: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())


def _changes(receipt: Receipt) -> list[bytes]:
    return [receipt.change(count) for count in range(MOST_CHANGES)]


def _pending(receipt: Receipt) -> int:
    sql = "SELECT count(*) FROM intake_letter WHERE digest = ANY (%s) AND status = 'waiting'"
    return int(_rows("default", sql, _changes(receipt))[0][0])


def change(*, receipt: Receipt, body: bytes, channel: str, at: datetime) -> Posted:
    """Take a merge patch in. Lowered choices end before the answer; raised ones wait for the mailbox.

    Accepted for any well-formed receipt, filed or not, so that nobody learns which receipts exist.

    Raises:
        strict.TooLarge, strict.Malformed, strict.InvalidFields, reading.ProductKeyNotHere, shelf.UnknownWording: Bad input.
        letterbox.LetterboxFull, StoreBusy, TooManyChanges: It was not taken; trying again is harmless.
    """
    wanted = Change.read(body, today=at.date())
    for choice in wanted.choices:
        if choice.granted:
            shelf.current().agreed(digest=choice.wording or "", topic=choice.topic, sender=choice.sender, today=at.date())
    letter = Amend(receipt.secret, wanted.contact, wanted.details, wanted.choices, channel, wanted.stop_all_mail)
    try:
        return Posted(_post_change(letter, receipt, receipts.fingerprint("body", wanted.canonical), at))
    finally:  # a withdrawal takes effect even where its letter was refused
        for purpose in letter.lowered():
            _act("SELECT lower(%s, %s)", receipt.token_hash, purpose)


def _post_change(letter: Amend, receipt: Receipt, body: bytes, at: datetime) -> bytes:
    """Post under the first digest that is free; another change may take it in between."""
    digests = _changes(receipt)
    taken = {bytes(each) for (each,) in _rows("default", "SELECT digest FROM intake_letter WHERE digest = ANY (%s)", digests)}
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
    _act("SELECT erase(%s)", receipt.token_hash)
    return Posted(receipt.erasure)


def unsubscribe(*, token: bytes, at: datetime) -> None:
    """End what a mailed link is about, for every registration of the mailbox. Unknown links are accepted, and change nothing.

    Raises:
        letterbox.LetterboxFull, StoreBusy: It was not taken; trying again is harmless.
    """
    letterbox.post(letters.Unsubscribe(token), digest=receipts.fresh().digest, at=at)  # each counts: it may end a newer choice
    _act("SELECT lower(%s, '')", receipts.token_hash(token))


def asked(*, token: bytes) -> list[Asked]:
    """What a confirmation's link is about, and what became of it. Nothing for a link that is not known.

    Raises:
        StoreBusy: A store did not answer in time.
    """
    try:
        found = [
            (named, *row) for named, secret in _secrets(token) for row in _rows("keystore", ASKED, receipts.token_hash(secret))
        ]
        ids = sorted({registration for _, registration, _, _ in found})
        known = {registration: about for registration, *about in _rows("default", ABOUT, ids)} if ids else {}
    except DatabaseError as error:
        raise StoreBusy from error
    choices = []
    for named, registration, purpose, state in found:
        if registration in known:
            product, name, manufacturer = known[registration]
            choices.append(Asked(named, receipts.number_of(registration), product, name, manufacturer, purpose, state))
    return sorted(choices, key=lambda each: (not each.named, each.name, each.registration, each.purpose))


def _secrets(token: bytes) -> tuple[tuple[bool, bytes], tuple[bool, bytes]]:
    """A link's tokens: for what its mail named, and for what had no room there."""
    return (True, token), (False, receipts.unnamed(token))


def confirm(*, token: bytes, at: datetime, choices: Collection[tuple[str, str]] = (), named: bool = True) -> None:
    """Take a mailbox's confirmation in; the registrar looks whether the token is good.

    Args:
        token: From the link.
        at: Now.
        choices: What is confirmed, as registration number (or empty) and purpose; none of them: all that the mail named.
        named: Whether the mail named it; else the choices must be given.

    Raises:
        letterbox.LetterboxFull: It was not taken; trying again is harmless.
    """
    chosen, secret = tuple(sorted(set(choices))), token if named else receipts.unnamed(token)
    digest = receipts.reply_digest("confirm", secret, *(part for choice in chosen for part in choice))
    letterbox.post(letters.Confirm(secret, chosen), digest=digest, at=at)


def lost(*, address: str, at: datetime) -> None:
    """Ask for new receipts to a mailbox. The answer is the same whether it is known or not.

    Raises:
        letterbox.LetterboxFull: It was not taken; trying again is harmless.
    """
    letterbox.post(letters.Lost(address), digest=receipts.fresh().digest, at=at)


def _act(sql: str, *values: Any) -> None:
    try:
        with connections["keystore"].cursor() as cursor:
            cursor.execute(sql, list(values))
    except DatabaseError as error:  # it hangs, is read-only, or a mailing holds the lock
        raise StoreBusy from error
