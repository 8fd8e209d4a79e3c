"""What a link that was mailed does: confirm choices, end mail. And the request for a new receipt, which is mailed too.

Every act is a letter, and lowering takes effect before the answer.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connections

from intake import letterbox, letters
from keystore import public
from privacy import receipts
from registration.store_busy import in_time

ABOUT = """
    SELECT wanted.id, own.product, own.name, own.manufacturer
      FROM unnest(%s::uuid[]) AS wanted (id), LATERAL registration_of(wanted.id) AS own
"""


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


def asked(*, token: bytes) -> list[Asked]:
    """What a confirmation's link is about, and what became of it. Nothing for a link that is not known.

    Raises:
        StoreBusy: A store did not answer in time.
    """
    with in_time():
        found = [
            (named, each) for named, secret in _secrets(token) for each in public.open_confirmation(receipts.token_hash(secret))
        ]
        known = _about({each.registration for _, each in found})
    choices = [
        Asked(named, receipts.number_of(each.registration), *known[each.registration], each.purpose, each.state)
        for named, each in found
        if each.registration in known
    ]
    return sorted(choices, key=lambda each: (not each.named, each.name, each.registration, each.purpose))


def _secrets(token: bytes) -> tuple[tuple[bool, bytes], tuple[bool, bytes]]:
    """A link's tokens: for what its mail named, and for what had no room there."""
    return (True, token), (False, receipts.unnamed(token))


def _about(registrations: Collection[UUID]) -> dict[UUID, tuple[str, str, str | None]]:
    """Product, its name, and manufacturer of each registration that is filed."""
    if not registrations:
        return {}
    with connections["default"].cursor() as cursor:
        cursor.execute(ABOUT, [sorted(registrations)])
        return {registration: (product, name, manufacturer) for registration, product, name, manufacturer in cursor.fetchall()}


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


def unsubscribe(*, token: bytes, at: datetime) -> None:
    """End what a mailed link is about, for every registration of the mailbox. Unknown links are accepted, and change nothing.

    Raises:
        letterbox.LetterboxFull, StoreBusy: It was not taken; trying again is harmless.
    """
    letterbox.post(letters.Unsubscribe(token), digest=receipts.fresh().digest, at=at)  # each counts: it may end a newer choice
    with in_time():
        public.lower(receipts.token_hash(token), "")


def lost(*, address: str, at: datetime) -> None:
    """Ask for new receipts to a mailbox. The answer is the same whether it is known or not.

    Raises:
        letterbox.LetterboxFull: It was not taken; trying again is harmless.
    """
    letterbox.post(letters.Lost(address), digest=receipts.fresh().digest, at=at)
