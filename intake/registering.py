"""Registering: a body becomes a sealed letter, and the person gets a receipt."""

import re
from datetime import date, datetime
from typing import Any, NamedTuple

from catalogue import snapshot
from catalogue.models import VENDOR
from intake import letterbox, letters, parsing, shapes
from intake.letterbox import Marks, Store
from privacy import receipts
from privacy.receipts import Receipt

IDEMPOTENCY = re.compile(r"[A-Za-z0-9_-]{22,128}")
LEAST_SYMBOLS = 7  # different ones; one in some hundred million random UUIDs has fewer
WEB, API = "web", "api"


class IdempotencyKeyInvalid(Exception):
    """The Idempotency-Key is neither a UUID nor 22 or more URL-safe characters, or anybody could guess it."""


class IdempotencyExpired(Exception):
    """The same request was stored so long ago that its receipt is not given out again."""


class EmailRequired(Exception):
    """A choice was granted, but there is no address to reach."""


class Accepted(NamedTuple):
    """A letter that is stored durably."""

    receipt: Receipt
    country: str | None
    send_information: bool
    confirmation: str

    def answer(self) -> dict[str, Any]:
        """The 202's body."""
        digest = self.receipt.digest.hex()
        return {
            "receipt": self.receipt.text,
            "number": self.receipt.number,
            "digest": digest,
            "submission": f"/api/v1/submissions/{digest}",
            "status": "waiting",
            "confirmation": self.confirmation,
            "log": {"country": self.country, "send_information": self.send_information},
        }


def register(  # noqa: PLR0913 (what a request says, and what the process decides)
    body: bytes,
    *,
    idempotency_key: str | None,
    channel: str,
    without_mailbox: frozenset[str],
    at: datetime,
    store: Store = letterbox.store_one,
) -> Accepted:
    """Take a registration in: validate, seal, store, and give the receipt.

    The same request gets the same answer for 18 to 24 hours. After that it is still stored once, but whoever learns key and
    body later does not get the receipt.

    Args:
        body: JSON as `shapes.RegistrationBody`.
        idempotency_key: The caller's, if any; without it and without a receipt in the body a repetition is a new registration.
        channel: `api` or `web`.
        without_mailbox: Countries where a choice needs no confirmation.
        at: Now.
        store: How its letter is written.

    Raises:
        strict_json.TooLarge, strict_json.Malformed, strict_json.InvalidFields, parsing.ProductKeyNotHere,
            IdempotencyKeyInvalid: Bad input.
        snapshot.UnknownProduct, snapshot.UnknownManufacturer, snapshot.UnknownWording,
            EmailRequired: It does not fit the catalogue.
        letterbox.LetterboxFull, letterbox.ReceiptUsed, letterbox.IdempotencyMismatch, IdempotencyExpired: It was not stored now.
    """
    document = parsing.document(body)
    letter, own = _read(document.value, channel, at.date())
    check(letter.product, letter.manufacturer, letter.notice, letter.choices, today=at.date())
    granted, country = any(choice.granted for choice in letter.choices), letter.contact.country
    if granted and letter.contact.email is None:
        raise EmailRequired
    receipt, marks = _receipt(own, idempotency_key, document.canonical, at)
    letter.receipt = receipt.secret
    try:
        letterbox.post(letter, digest=receipt.digest, at=at, marks=marks, store=store)
    except letterbox.Repeated as earlier:
        receipt = _earlier(idempotency_key or "", document.canonical, earlier.digest, at)
    mailed = granted and country not in without_mailbox
    return Accepted(receipt, country, granted, "mail-after-filing" if mailed else "none")


def _read(value: Any, channel: str, today: date) -> tuple[letters.Register, Receipt | None]:
    """The body as a letter that lacks its receipt, and the client's own receipt, if it sent one."""
    given, form = parsing.shaped(value, shapes.RegistrationBody)
    letter = letters.Register(
        receipt=b"",
        product=given.product,
        manufacturer=given.manufacturer,
        contact=shapes.contact(given, form),
        details=shapes.details(given.details, form, today=today),
        choices=shapes.choices(given.choices, form),
        notice=given.notice,
        channel=channel,
    )
    own = shapes.receipt(given.receipt, form)
    form.done()
    return letter, own


def _receipt(own: Receipt | None, idempotency_key: str | None, canonical: bytes, at: datetime) -> tuple[Receipt, Marks]:
    """The client's receipt, or one that repeats with the request, or a random one; and how the request is known again."""
    if idempotency_key is not None and not _secret(idempotency_key):
        raise IdempotencyKeyInvalid
    key = receipts.fingerprint("key", idempotency_key.encode()) if idempotency_key else None
    marks = Marks(key, receipts.fingerprint("body", canonical))
    if own:
        return own, marks
    if not idempotency_key:
        return receipts.fresh(), marks
    return receipts.repeatable(idempotency_key, canonical, window=receipts.window(at)), marks


def _secret(idempotency_key: str) -> bool:
    """Whether a key has the form of one, and is not plainly made without chance, as the nil UUID or `aaaa…` is."""
    return bool(IDEMPOTENCY.fullmatch(idempotency_key)) and len(set(idempotency_key)) >= LEAST_SYMBOLS


def _earlier(idempotency_key: str, canonical: bytes, digest: bytes, at: datetime) -> Receipt:
    """The receipt of the same request, sent earlier; raises IdempotencyExpired."""
    if receipt := receipts.repeated(idempotency_key, canonical, digest=digest, at=at):
        return receipt
    raise IdempotencyExpired


def check(
    product: str, manufacturer: str | None, notice: str | None, choices: tuple[letters.Choice, ...], *, today: date
) -> None:
    """Hold a registration against the catalogue.

    Raises:
        snapshot.UnknownProduct, snapshot.UnknownManufacturer, snapshot.UnknownWording: It does not fit.
    """
    standing = snapshot.current()
    standing.product(product)
    if manufacturer:
        standing.manufacturer(manufacturer)
    if notice and not standing.notice_digest_good(notice):
        raise snapshot.UnknownWording
    for choice in choices:
        if choice.sender not in {VENDOR, manufacturer}:
            raise snapshot.UnknownWording
        if choice.wording:
            standing.agreed(digest=choice.wording, topic=choice.topic, sender=choice.sender, today=today)
