"""The receipt: 32 bytes that everything about one registration derives from, each under its own label.

Whoever holds the receipt can see, change and erase the registration; the service stores only hashes of what derives from it.
"""

import base64
import binascii
import hashlib
import os
import uuid
from dataclasses import dataclass, field
from datetime import datetime

from privacy import codes, keyring
from privacy.mac import hmac_sha256

BYTES = 32
TEXT_LENGTH = 43
WINDOW, WINDOWS = 6 * 3600, 4  # seconds; a repetition finds its receipt in this window and the three before: within a day


class ReceiptMalformed(Exception):
    """The text cannot be a receipt."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A person's secret. Its `repr` shows no value.

    Source: HKDF's expand step with one block (RFC 5869): HMAC-SHA-256 under the receipt, one label for each use.
    """

    secret: bytes = field(repr=False)

    def _derive(self, label: str) -> bytes:
        return hmac_sha256(self.secret, b"regsvc receipt 1 " + label.encode())

    @property
    def text(self) -> str:
        """The receipt as the person keeps it: 43 characters of base64url."""
        return base64.urlsafe_b64encode(self.secret).rstrip(b"=").decode()

    @property
    def token_hash(self) -> bytes:
        """How the keystore knows the receipt."""
        return self._derive("token")

    @property
    def digest(self) -> bytes:
        """How the submission is known while it waits."""
        return self._derive("submission")

    @property
    def wrap_key(self) -> bytes:
        """Wraps the registration's data key for the person."""
        return self._derive("self")

    @property
    def registration(self) -> uuid.UUID:
        """The registration's id, shaped as a version 4 UUID: an outside letter cannot choose somebody else's."""
        return uuid.UUID(bytes=self._derive("registration")[:16], version=4)

    @property
    def number(self) -> str:
        """What a person reads out on the phone."""
        return number_of(self.registration)

    @property
    def erasure(self) -> bytes:
        """The digest of the person's erasure letter: however often it is asked for, it is one."""
        return self._derive("erasure")

    def change(self, count: int) -> bytes:
        """The digest of the person's change letter number *count*."""
        return self._derive(f"change {count}")


def fresh() -> Receipt:
    """A receipt that nobody can guess."""
    return Receipt(os.urandom(BYTES))


def derived(token: bytes, *about: str) -> Receipt:
    """The receipt that a mailed token leads to: the same one for the same token and purpose."""
    framed = b"".join(len(part).to_bytes(2) + part for part in (each.encode() for each in about))
    return Receipt(hmac_sha256(token, b"regsvc derived 1 " + framed))


def parse(text: str) -> Receipt:
    """The receipt that *text* writes.

    Raises:
        ReceiptMalformed: It is not 43 characters of base64url.
    """
    if len(text) != TEXT_LENGTH or not text.isascii():
        raise ReceiptMalformed
    try:
        receipt = Receipt(base64.b64decode(text + "=", altchars=b"-_", validate=True))
    except binascii.Error:
        raise ReceiptMalformed from None
    if receipt.text != text:  # the last character has two unused bits: only one spelling is good
        raise ReceiptMalformed
    return receipt


def window(at: datetime) -> int:
    """The six hours that a moment is in."""
    return int(at.timestamp()) // WINDOW


def repeatable(idempotency_key: str, body: bytes, *, window: int) -> Receipt:
    """The receipt of a request that may be repeated: the same key, body and window give the same one.

    Nothing secret is stored, and no time is: the window stands in the receipt alone, which the service does not keep.
    """
    secret = keyring.ring().key("receipts", "1").value
    request = len(idempotency_key).to_bytes(2) + idempotency_key.encode() + hashlib.sha256(body).digest()
    return Receipt(hmac_sha256(secret, b"receipt 2 " + window.to_bytes(8) + request))


def repeated(idempotency_key: str, body: bytes, *, digest: bytes, at: datetime) -> Receipt | None:
    """The receipt that an earlier, equal request got under *digest*; None once 18 to 24 hours have passed."""
    newest = window(at)
    found = (repeatable(idempotency_key, body, window=earlier) for earlier in range(newest, newest - WINDOWS, -1))
    return next((receipt for receipt in found if receipt.digest == digest), None)


def fingerprint(label: str, value: bytes) -> bytes:
    """A keyed MAC of a request's part, so that a guess cannot be checked against the stored value."""
    return hmac_sha256(keyring.ring().key("receipts", "1").value, label.encode() + b" " + value)


def number_of(registration: uuid.UUID) -> str:
    """The registration's number: the id's first 40 bits and a check symbol, as XXXX-XXXX-X."""
    return codes.number(registration.bytes[:5])


def range_of(number: str) -> tuple[uuid.UUID, uuid.UUID]:
    """The ids that a number can mean, first and last.

    Raises:
        codes.Mistyped: The check symbol does not fit.
    """
    first = codes.parse(number)
    return uuid.UUID(bytes=first + bytes(11)), uuid.UUID(bytes=first + b"\xff" * 11)


def token_hash(token: bytes) -> bytes:
    """How the keystore knows a mailed token."""
    return hashlib.sha256(b"regsvc token 1 " + token).digest()


def unnamed(token: bytes) -> bytes:
    """The second token of a confirmation's link: for what waits for the mailbox and is not named in the mail."""
    return hmac_sha256(token, b"regsvc unnamed 1")


def reply_digest(kind: str, token: bytes, *said: str) -> bytes:
    """The digest of the letter that a mailed link posts: however often the same is said, it is one letter."""
    framed = b"".join(len(part).to_bytes(2) + part for part in (each.encode() for each in said))
    return hashlib.sha256(b"regsvc reply 1 " + kind.encode() + b" " + token + framed).digest()
