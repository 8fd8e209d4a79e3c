"""Links that came back from a mailbox: they confirm or end what they were mailed for, while that is still their mailbox.

All of these run inside a keystore transaction of the caller's.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from django.db.backends.utils import CursorWrapper

from keystore import filing, grants, holding, mailboxes
from keystore.filing import Permit
from keystore.grants import Opened
from keystore.models import EmailIndex, Suppression, Token

KEEP_CONFIRMED = timedelta(days=7)
GRACE = timedelta(days=1)  # a link that is followed on its last day is filed on the next
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


def confirm(
    cursor: CursorWrapper, token_hash: bytes, chosen: Sequence[Chosen], *, singled_out: Collection[uuid.UUID], day: date
) -> Confirmed:
    """Turn some of a link's choices into grants. Doing it again changes nothing.

    Args:
        cursor: Of the keystore.
        token_hash: The link's.
        chosen: What was confirmed.
        singled_out: The registrations that the person confirmed by themselves, not together with others. Only these may act on
            all of the mailbox from now on: who presses one button for a list may have overlooked a stranger's.
        day: Today.

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
        and (token.expires is None or token.expires >= day - GRACE)
    ]
    if not good:
        raise Expired
    _grant(cursor, [token for token in good if token.kind == Token.Kind.CONFIRM], opened, day)
    answered = {token.registration_id for token in good if token.registration_id}
    index.filter(registration_id__in=answered).update(confirmed=True)
    index.filter(registration_id__in=answered & set(singled_out)).update(acts_on_mailbox=True)
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


def ends(token_hash: bytes) -> bool:
    """Whether a link that ends mail is known."""
    return Token.objects.using("keystore").filter(hash=token_hash, kind=Token.Kind.UNSUBSCRIBE).exists()
