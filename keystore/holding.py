"""Holding a registration while it is changed: its receipt's row is locked first, then its mailbox, then tokens, grants, index.

All of these run inside a keystore transaction of the caller's.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db.backends.utils import CursorWrapper

from keystore import filing, grants, mailboxes
from keystore.filing import Permit
from keystore.grants import Opened
from keystore.mailboxes import Mailbox
from keystore.models import EmailIndex, Grant, Token
from privacy import sealing
from privacy.receipts import Receipt

FRESH_DAYS = timedelta(days=14)
ALL_MAIL = "*"


class NotFiled(Exception):
    """The receipt or the token is not known."""


class Erased(Exception):
    """The person erased the registration."""


def hold(token_hash: bytes) -> Opened:
    """Lock a receipt's row, and open its registration with the registrar's own grant.

    Raises:
        NotFiled, Erased: There is nothing to hold.
    """
    token = Token.objects.using("keystore").select_for_update().filter(hash=token_hash, kind=Token.Kind.RECEIPT).first()
    if token is None or token.registration_id is None:
        raise NotFiled
    if "*" in token.refused:
        raise Erased
    return custody(token.registration_id)


def hold_all(registrations: Iterable[uuid.UUID]) -> dict[uuid.UUID, Opened]:
    """Lock the receipts of these registrations, so that an erasure waits, and open those that are not erased."""
    ids = list(registrations)
    receipts = Token.objects.using("keystore").select_for_update().filter(registration_id__in=ids, kind=Token.Kind.RECEIPT)
    list(receipts.order_by("id"))
    return open_custody(ids)


def custody(registration: uuid.UUID) -> Opened:
    """Open one registration with the registrar's own grant.

    Raises:
        Erased: There is none.
    """
    opened = grants.open_many([registration], purpose=grants.CUSTODY).get(registration)
    if opened is None:
        raise Erased
    return opened


def open_custody(registrations: Iterable[uuid.UUID]) -> dict[uuid.UUID, Opened]:
    """Open many registrations with the registrar's own grants."""
    return grants.open_many(registrations, purpose=grants.CUSTODY)


def reached_by(registration: uuid.UUID) -> list[uuid.UUID]:
    """The other registrations that this one's withdrawals end too: those of its mailbox, if that has answered for it."""
    entry = mailboxes.current(registration)
    if entry is None or not entry.confirmed:
        return []
    shared = EmailIndex.objects.using("keystore").filter(mac=entry.mac).exclude(registration_id=registration)
    return sorted(shared.values_list("registration_id", flat=True))


def lower(cursor: CursorWrapper, token_hash: bytes, purpose: str) -> None:
    """The same function that the public process calls; `*` lowers every choice."""
    cursor.execute("SELECT lower(%s, %s)", [token_hash, purpose])


def erase(cursor: CursorWrapper, token_hash: bytes) -> uuid.UUID | None:
    """Erase what the receipt opens; the registration's id if it was filed."""
    cursor.execute("SELECT erase(%s)", [token_hash])
    found = Token.objects.using("keystore").filter(hash=token_hash, kind=Token.Kind.RECEIPT)
    return found.values_list("registration_id", flat=True).first()


def move(cursor: CursorWrapper, registration: uuid.UUID, *, to: Mailbox | None, by: bytes) -> EmailIndex | None:
    """Give a registration another mailbox, or none. All that was mailed to the old one, or granted from it, ends.

    Args:
        cursor: Of the keystore.
        registration: Its id.
        to: The new mailbox.
        by: The hash of the receipt that moves it, which stays good.

    Returns:
        The index entry that it leaves.
    """
    old = mailboxes.current(registration)
    mailboxes.lock(cursor, {bytes(each.mac) for each in (old, to) if each})
    tokens = Token.objects.using("keystore").filter(registration_id=registration)
    tokens.exclude(kind=Token.Kind.RECEIPT).delete()
    tokens.filter(kind=Token.Kind.RECEIPT, mac__isnull=False).exclude(hash=by).delete()
    Grant.objects.using("keystore").filter(registration_id=registration, purpose__contains="/").delete()
    index = EmailIndex.objects.using("keystore")
    if to is None:
        index.filter(registration_id=registration).delete()
    else:
        entry = {"mac": to.mac, "epoch": to.epoch, "confirmed": False}
        index.update_or_create(registration_id=registration, defaults=entry)
    return old


def await_mailbox(cursor: CursorWrapper, opened: Opened, purposes: Iterable[str], *, mailbox: Mailbox, expires: date) -> None:
    """Let choices wait for the mailbox, and permit its mail."""
    permits = [Permit(opened.registration, purpose, mailbox.mac) for purpose in sorted(purposes)]
    filing.permit(cursor, permits, expires=expires)
    allow_mail(cursor, [opened])


def allow_mail(cursor: CursorWrapper, opened: Sequence[Opened]) -> None:
    """Give the mailer its grant to these registrations."""
    made = [grants.make(purpose=grants.SERVICE, registration=each.registration, data_key=each.key) for each in opened]
    filing.store(cursor, made)


def add_receipt(opened: Opened, receipt: Receipt, *, mac: bytes, day: date) -> None:
    """Add a new receipt to a registration, for its mailbox. The old ones stay good until the new one is first used."""
    envelope = grants.self_envelope(opened.registration)
    Token.objects.using("keystore").create(
        hash=receipt.token_hash,
        kind=Token.Kind.RECEIPT,
        registration_id=opened.registration,
        mac=mac,
        wrapped=sealing.wrap(opened.key, key=receipt.wrap_key, envelope=envelope),
        fresh=True,
        expires=day + FRESH_DAYS,
    )


def holds_old_receipts(registration: uuid.UUID, mac: bytes) -> bool:
    """Whether a receipt that was mailed to another mailbox opens this registration, and this one was mailed none."""
    mailed = Token.objects.using("keystore").filter(registration_id=registration, kind=Token.Kind.RECEIPT, mac__isnull=False)
    macs = {bytes(each) for each in mailed.values_list("mac", flat=True) if each}
    return bool(macs) and mac not in macs


def stands(registration: uuid.UUID, purpose: str) -> bool:
    """Whether a purpose has a grant at this moment."""
    return Grant.objects.using("keystore").filter(registration_id=registration, purpose=purpose).exists()
