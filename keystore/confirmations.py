"""Links that came back from a mailbox: they confirm or end what they were mailed for, while that is still their mailbox.

All of these run inside a keystore transaction of the caller's.
"""

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from keystore import filing, grants, holding, mailboxes
from keystore.filing import Permit
from keystore.grants import Opened
from keystore.models import EmailIndex, Suppression, Token

KEEP_CONFIRMED = timedelta(days=7)
CONFIRMING = (Token.Kind.CONFIRM, Token.Kind.CONFIRMED)


class Expired(Exception):
    """The link is not good any more: withdrawn, replaced, too old, or its mailbox was left."""


class Chosen(NamedTuple):
    """One of a link's choices."""

    registration: uuid.UUID
    purpose: str


class Confirmed(NamedTuple):
    """What a link confirmed: the registrations, opened, and the purposes of each."""

    opened: dict[uuid.UUID, Opened]
    purposes: dict[uuid.UUID, list[str]]


def choices(token_hash: bytes) -> list[Chosen]:
    """Everything that a confirmation's link is about."""
    found = Token.objects.using("keystore").filter(hash=token_hash, kind__in=CONFIRMING).order_by("registration_id", "purpose")
    pairs = found.values_list("registration_id", "purpose")
    return [Chosen(registration, purpose) for registration, purpose in pairs if registration]


def confirm(cursor: CursorWrapper, token_hash: bytes, chosen: Sequence[Chosen], *, day: date) -> Confirmed:
    """Turn some of a link's choices into grants. Doing it again changes nothing.

    Raises:
        Expired: None of them can be confirmed.
    """
    wanted = frozenset(chosen)
    registrations = {each.registration for each in wanted}
    opened = holding.hold_all(registrations)
    tokens = Token.objects.using("keystore").filter(hash=token_hash, kind__in=CONFIRMING)
    macs = {bytes(mac) for mac in tokens.values_list("mac", flat=True) if mac}
    mailboxes.lock(cursor, macs)
    index = EmailIndex.objects.using("keystore").filter(registration_id__in=registrations)
    current = {registration: bytes(mac) for registration, mac in index.values_list("registration_id", "mac")}
    good = [
        token
        for token in tokens.select_for_update().order_by("id")
        if token.registration_id in opened
        and Chosen(token.registration_id, token.purpose) in wanted
        and bytes(token.mac or b"") == current.get(token.registration_id)
        and (token.expires is None or token.expires >= day)
    ]
    if not good:
        raise Expired
    _grant(cursor, [token for token in good if token.kind == Token.Kind.CONFIRM], opened, day)
    index.filter(registration_id__in={token.registration_id for token in good}).update(confirmed=True)
    purposes: dict[uuid.UUID, list[str]] = {}
    for token in good:
        if token.registration_id:
            purposes.setdefault(token.registration_id, []).append(token.purpose)
    return Confirmed({registration: opened[registration] for registration in purposes}, purposes)


def _grant(cursor: CursorWrapper, tokens: Sequence[Token], opened: dict[uuid.UUID, Opened], day: date) -> None:
    """Store the grants, and the links that end them; the mailbox's withdrawal of these purposes goes."""
    secrets: dict[Permit, bytes] = {}
    for token in tokens:
        if token.registration_id and token.mac:
            secrets[Permit(token.registration_id, token.purpose, bytes(token.mac))] = grants.new_unsubscribe()
    made = [
        grants.make(
            purpose=permit.purpose,
            registration=permit.registration,
            data_key=opened[permit.registration].key,
            unsubscribe=secret,
        )
        for permit, secret in secrets.items()
    ]
    stored = filing.store(cursor, made)
    filing.link(cursor, {permit: secret for permit, secret in secrets.items() if permit[:2] in stored})
    confirmed = Token.objects.using("keystore").filter(id__in=[token.id for token in tokens])
    confirmed.update(kind=Token.Kind.CONFIRMED, expires=day + KEEP_CONFIRMED)
    for permit in secrets:
        Suppression.objects.using("keystore").filter(mac=permit.mac, purpose=permit.purpose).delete()


def ended_by(token_hash: bytes) -> tuple[list[uuid.UUID], str]:
    """The registrations and the purpose that a mailed link ends: every one of its mailbox.

    Raises:
        Expired: The link is not known, or its mailbox was left.
    """
    link = Token.objects.using("keystore").filter(hash=token_hash, kind=Token.Kind.UNSUBSCRIBE).first()
    index = EmailIndex.objects.using("keystore")
    if link is None or link.registration_id is None:
        raise Expired
    if not index.filter(pk=link.registration_id, mac=link.mac).exists():
        raise Expired
    return sorted(index.filter(mac=link.mac).values_list("registration_id", flat=True)), link.purpose
