"""Holding a registration while it is changed: its receipt's row is locked first, then its mailbox, then tokens and grants.

All of these run inside a keystore transaction of the caller's.
"""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db.backends.utils import CursorWrapper

from keystore import filing, grants, mailboxes
from keystore.grants import Opened
from keystore.models import EmailIndex, Grant, Suppression, Token
from privacy import sealing
from privacy.receipts import Receipt

KEEP_CONFIRMED = timedelta(days=7)
FRESH_DAYS = timedelta(days=14)
PERMISSIONS = (Token.Kind.PENDING, Token.Kind.CONFIRM)
MAILED = (*PERMISSIONS, Token.Kind.CONFIRMED, Token.Kind.UNSUBSCRIBE)


class NotFiled(Exception):
    """The receipt or the token is not known."""


class Erased(Exception):
    """The person erased the registration."""


class Expired(Exception):
    """The token is not good any more: used, withdrawn, or too old."""


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


def mac_of(registration: uuid.UUID) -> bytes | None:
    """The MAC of a registration's mailbox."""
    found = EmailIndex.objects.using("keystore").filter(registration_id=registration).values_list("mac", flat=True).first()
    return None if found is None else bytes(found)


def sharing(mac: bytes) -> list[uuid.UUID]:
    """All registrations of one mailbox."""
    return list(EmailIndex.objects.using("keystore").filter(mac=mac).values_list("registration_id", flat=True))


def together(registration: uuid.UUID) -> list[uuid.UUID]:
    """All registrations of the same mailbox, this one among them."""
    mac = mac_of(registration)
    return sorted({registration, *(sharing(mac) if mac else [])})


def lower(cursor: CursorWrapper, token_hash: bytes, purpose: str) -> None:
    """The same function that the public process calls."""
    cursor.execute("SELECT lower(%s, %s)", [token_hash, purpose])


def erase(cursor: CursorWrapper, token_hash: bytes) -> uuid.UUID | None:
    """Erase what the receipt opens; the registration's id if it was filed."""
    cursor.execute("SELECT erase(%s)", [token_hash])
    return Token.objects.using("keystore").filter(hash=token_hash).values_list("registration_id", flat=True).first()


def move(cursor: CursorWrapper, registration: uuid.UUID, *, address: str | None) -> None:
    """Give a registration another mailbox, or none: every choice's grant and token goes."""
    new = grants.address_mac(address) if address else None
    old = mac_of(registration)
    mailboxes.lock(cursor, {mac for mac in (old, new[0] if new else None) if mac})
    Token.objects.using("keystore").filter(registration_id=registration, kind__in=MAILED).delete()
    Grant.objects.using("keystore").filter(registration_id=registration, purpose__contains="/").delete()
    index = EmailIndex.objects.using("keystore")
    if new is None:
        index.filter(registration_id=registration).delete()
    else:
        index.update_or_create(registration_id=registration, defaults={"mac": new[0], "epoch": new[1]})


def await_mailbox(cursor: CursorWrapper, opened: Opened, purposes: Iterable[str], *, day: date, days: int) -> date:
    """Let choices wait for the mailbox, and permit its mail; the day on which that may go."""
    filing.permit(cursor, [(opened.registration, purpose) for purpose in sorted(purposes)], expires=day + timedelta(days=days))
    return allow_mail(cursor, [opened], day=day)


def allow_mail(cursor: CursorWrapper, opened: Sequence[Opened], *, day: date) -> date:
    """Give the mailer its grant to these registrations of one mailbox; the day on which the mail may go."""
    made = [grants.make(purpose=grants.SERVICE, registration=each.registration, data_key=each.key) for each in opened]
    filing.store(cursor, made)
    mac = mac_of(opened[0].registration)
    return mailboxes.book([mac], day=day)[0] if mac else day


def confirm(cursor: CursorWrapper, token_hash: bytes, *, day: date) -> tuple[Opened, str]:
    """Turn a confirm token into a grant. Doing it again changes nothing.

    Raises:
        Expired: The token is not known, was withdrawn, or is too old.
        Erased: The registration is gone.
    """
    tokens = Token.objects.using("keystore")
    known = tokens.filter(hash=token_hash, kind__in=(Token.Kind.CONFIRM, Token.Kind.CONFIRMED)).first()
    if known is None or known.registration_id is None:
        raise Expired
    registration = known.registration_id
    list(tokens.select_for_update().filter(registration_id=registration, kind=Token.Kind.RECEIPT).order_by("id"))
    mac = mac_of(registration)
    mailboxes.lock(cursor, {mac} if mac else set())
    token = tokens.select_for_update().filter(id=known.id, kind__in=(Token.Kind.CONFIRM, Token.Kind.CONFIRMED)).first()
    if token is None or (token.expires and token.expires < day):
        raise Expired
    opened = custody(registration)
    if token.kind == Token.Kind.CONFIRM:
        _grant(cursor, opened, token.purpose)
        tokens.filter(id=token.id).update(kind=Token.Kind.CONFIRMED, expires=day + KEEP_CONFIRMED)
        if mac:
            Suppression.objects.using("keystore").filter(mac=mac, purpose=token.purpose).delete()
    return opened, token.purpose


def _grant(cursor: CursorWrapper, opened: Opened, purpose: str) -> None:
    secret = grants.new_unsubscribe()
    grant = grants.make(purpose=purpose, registration=opened.registration, data_key=opened.key, unsubscribe=secret)
    if filing.store(cursor, [grant]):
        filing.link(cursor, {(opened.registration, purpose): secret})


def unsubscribed(token_hash: bytes) -> tuple[uuid.UUID, str]:
    """Which registration and purpose a mailed link is about.

    Raises:
        Expired: The token is not known.
    """
    kinds = (Token.Kind.UNSUBSCRIBE, Token.Kind.CONFIRM)
    found = Token.objects.using("keystore").filter(hash=token_hash, kind__in=kinds).first()
    if found is None or found.registration_id is None:
        raise Expired
    return found.registration_id, found.purpose


def add_receipt(opened: Opened, receipt: Receipt, *, day: date) -> None:
    """Add a new receipt to a registration. The old ones stay good until the new one is first used."""
    envelope = grants.self_envelope(opened.registration)
    Token.objects.using("keystore").create(
        hash=receipt.token_hash,
        kind=Token.Kind.RECEIPT,
        registration_id=opened.registration,
        wrapped=sealing.wrap(opened.key, key=receipt.wrap_key, envelope=envelope),
        fresh=True,
        expires=day + FRESH_DAYS,
    )


def stands(registration: uuid.UUID, purpose: str) -> bool:
    """Whether a purpose has a grant at this moment."""
    return Grant.objects.using("keystore").filter(registration_id=registration, purpose=purpose).exists()


def open_custody(registrations: Iterable[uuid.UUID]) -> dict[uuid.UUID, Opened]:
    """Open many registrations with the registrar's own grants."""
    return grants.open_many(registrations, purpose=grants.CUSTODY)
