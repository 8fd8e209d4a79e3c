"""The functions that are all that the public process may do in the keystore. They run as its owner, and touch nobody else's rows.

The registrar calls the same ones. Each waits three seconds for a lock at most: then it raises Django's OperationalError.
"""

from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections


class OpenedReceipt(NamedTuple):
    """What a receipt opens.

    Args:
        registration: Its id.
        wrapped: The registration's key, wrapped for the receipt.
        live: The purposes that have a grant.
        waiting: Those that wait for the mailbox.
        acts_on_mailbox: Whether it acts for every registration of its mailbox.
    """

    registration: UUID
    wrapped: bytes
    live: list[str]
    waiting: list[str]
    acts_on_mailbox: bool


class AskedChoice(NamedTuple):
    """A choice that a confirmation's link is about; its state is `waiting`, `confirmed` or `expired`."""

    registration: UUID
    purpose: str
    state: str


def open_receipt(token_hash: bytes) -> OpenedReceipt | None:
    """What the receipt opens, if it is known and filed. A new receipt that was mailed replaces the old one here."""
    rows = _called("SELECT registration_id, wrapped, live, waiting, acts_on_mailbox FROM open_receipt(%s)", token_hash)
    return OpenedReceipt(*rows[0]) if rows else None


def open_confirmation(token_hash: bytes) -> list[AskedChoice]:
    """What a confirmation's link is about; nothing for one that is not known."""
    rows = _called("SELECT registration_id, purpose, state FROM open_confirmation(%s)", token_hash)
    return [AskedChoice(*row) for row in rows]


def lower(token_hash: bytes, purpose: str) -> None:
    """End a purpose for whom the receipt or link acts: `*` is every purpose, an empty one the purpose of the link."""
    _called("SELECT lower(%s, %s)", token_hash, purpose)


def erase(token_hash: bytes) -> None:
    """Delete every key to what the receipt opens."""
    _called("SELECT erase(%s)", token_hash)


def _called(sql: str, *values: bytes | str) -> list[tuple[Any, ...]]:
    with connections["keystore"].cursor() as cursor:
        cursor.execute(sql, list(values))
        return list(cursor.fetchall())
