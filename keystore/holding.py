"""Holding a registration while it is changed: its receipt's row is locked first, then its mailbox, then tokens, grants, index.

All of these run inside a keystore transaction of the caller's.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db.backends.utils import CursorWrapper

from keystore import filing, grants, mailboxes, public
from keystore.filing import Permit
from keystore.grants import Opened
from keystore.mailboxes import Mailbox
from keystore.models import EmailIndex, Grant, Token
from privacy import sealing
from privacy.receipts import Receipt

FRESH_DAYS = timedelta(days=14)
KEEP_LINKS = timedelta(days=365)
PERMISSIONS = (Token.Kind.PENDING, Token.Kind.CONFIRM)


class NotFiled(Exception):
    """The receipt or the token is not known."""


class Erased(Exception):
    """The person erased the registration."""


def hold(token_hash: bytes, *, day: date) -> Opened:
    """Lock a receipt's row, and open its registration with the registrar's own grant. To act with a new receipt is its first use.

    Raises:
        NotFiled, Erased: There is nothing to hold, or the receipt was mailed and is not good any more.
    """
    receipts = Token.objects.using("keystore").filter(kind=Token.Kind.RECEIPT)
    token = receipts.select_for_update().filter(hash=token_hash).first()
    if token is None or token.registration_id is None:
        raise NotFiled
    if "*" in token.refused:
        raise Erased
    if token.expires and token.expires < day:
        raise NotFiled
    if token.fresh:
        entry = mailboxes.current(token.registration_id)
        if entry is None or token.mac is None or bytes(entry.mac) != bytes(token.mac):
            raise NotFiled
        receipts.filter(registration_id=token.registration_id, fresh=False).delete()
        receipts.filter(id=token.id).update(fresh=False, expires=None)
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


def erase(token_hash: bytes) -> uuid.UUID | None:
    """Erase what the receipt opens; the registration's id if it was filed."""
    public.erase(token_hash)
    found = Token.objects.using("keystore").filter(hash=token_hash, kind=Token.Kind.RECEIPT)
    return found.values_list("registration_id", flat=True).first()


def move(cursor: CursorWrapper, registration: uuid.UUID, *, to: Mailbox | None, by: bytes, day: date) -> None:
    """Give a registration another mailbox, or none. All that was mailed to the old one, or granted from it, ends.

    A link that ends mail goes on to do so, for the mailbox that it was mailed to.

    Args:
        cursor: Of the keystore.
        registration: Its id.
        to: The new mailbox.
        by: The hash of the receipt that moves it, which stays good.
        day: Today.
    """
    old = mailboxes.current(registration)
    mailboxes.lock(cursor, {bytes(each.mac) for each in (old, to) if each})
    tokens = Token.objects.using("keystore").filter(registration_id=registration)
    tokens.filter(kind=Token.Kind.UNSUBSCRIBE).update(registration_id=None, expires=day + KEEP_LINKS)
    tokens.exclude(kind=Token.Kind.RECEIPT).delete()
    tokens.filter(kind=Token.Kind.RECEIPT, mac__isnull=False).exclude(hash=by).delete()
    Grant.objects.using("keystore").filter(registration_id=registration, purpose__contains="/").delete()
    index = EmailIndex.objects.using("keystore")
    if to is None:
        index.filter(registration_id=registration).delete()
    else:
        entry = {"mac": to.mac, "epoch": to.epoch, "confirmed": False, "acts_on_mailbox": False}
        index.update_or_create(registration_id=registration, defaults=entry)


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


def replace_old_receipts(opened: Opened, receipt: Receipt, *, mac: bytes, day: date) -> bool:
    """End the receipts that were mailed to a mailbox which the registration has left, with a new one for this mailbox.

    Returns:
        Whether there were any, or the new one was made before: its mail has to be ordered.
    """
    receipts = Token.objects.using("keystore").filter(registration_id=opened.registration, kind=Token.Kind.RECEIPT)
    if receipts.filter(hash=receipt.token_hash).exists():
        return True  # by a sweep that was repeated
    old, _ = receipts.filter(mac__isnull=False).exclude(mac=mac).delete()
    if old:
        add_receipt(opened, receipt, mac=mac, day=day)
    return bool(old)


def standing(registration: uuid.UUID) -> set[str]:
    """The choices of a registration that stand, or wait for its mailbox."""
    grants_ = Grant.objects.using("keystore").filter(registration_id=registration, purpose__contains="/")
    waiting = Token.objects.using("keystore").filter(registration_id=registration, kind__in=PERMISSIONS)
    return {*grants_.values_list("purpose", flat=True), *waiting.values_list("purpose", flat=True)}


def stands(registration: uuid.UUID, purpose: str) -> bool:
    """Whether a purpose has a grant at this moment."""
    return Grant.objects.using("keystore").filter(registration_id=registration, purpose=purpose).exists()
