"""The mailer's part of the keystore: links to arm, and what is held while a mail is handed over, so that a withdrawal waits.

Whatever is mailed is held against the index in the same transaction: a mailbox that was left gets nothing.
"""

import uuid
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from django.db import connections

from keystore import grants
from keystore.models import Grant, Token
from privacy.rows import array


class Asked(NamedTuple):
    """A choice that a link asks about, and until when."""

    registration: uuid.UUID
    purpose: str
    expires: date


def arm(registrations: Collection[uuid.UUID], *, mac: bytes, token_hash: bytes, day: date) -> int:
    """Store a new link's hash on every row that permits it; how many. Without a row the link is void."""
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            """
            UPDATE keystore_token SET hash = %s, kind = 'confirm'
             WHERE registration_id = ANY (%s::uuid[]) AND mac = %s AND kind IN ('pending', 'confirm') AND expires >= %s
            """,
            [token_hash, array(registrations), mac, day],
        )
        return int(cursor.rowcount)


def hold_link(token_hash: bytes, *, mac: bytes) -> list[Asked]:
    """Lock an armed link's rows; what it still asks, of registrations that still have this mailbox."""
    held = Token.objects.using("keystore").select_for_update().filter(hash=token_hash, mac=mac, kind=Token.Kind.CONFIRM)
    rows = [
        Asked(token.registration_id, token.purpose, token.expires)
        for token in held.order_by("id")
        if token.registration_id and token.expires
    ]
    here = hold_index({row.registration for row in rows}, mac=mac)
    return [row for row in rows if row.registration in here]


def hold_service(registrations: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Lock the mailer's own grants, so that an erasure waits; those that stand."""
    held = Grant.objects.using("keystore").select_for_update(of=("self",), no_key=True)
    found = held.filter(registration_id__in=list(registrations), purpose=grants.SERVICE).order_by("registration_id")
    return {grant.registration_id for grant in found}


def hold_choices(registrations: Collection[uuid.UUID], *, mac: bytes) -> dict[uuid.UUID, dict[str, bytes]]:
    """Lock the choices that stand, of registrations that still have this mailbox; the secrets of the links that end them."""
    held = Grant.objects.using("keystore").select_for_update(of=("self",), no_key=True)
    found = held.filter(registration_id__in=list(registrations), purpose__contains="/")
    secrets: dict[uuid.UUID, dict[str, bytes]] = {}
    for grant in found.order_by("registration_id", "purpose"):
        secrets.setdefault(grant.registration_id, {})[grant.purpose] = grants.opened(grant).unsubscribe
    here = hold_index(secrets, mac=mac)
    return {registration: each for registration, each in secrets.items() if registration in here}


def hold_index(registrations: Collection[uuid.UUID], *, mac: bytes) -> set[uuid.UUID]:
    """Lock index entries, so that a move waits; the registrations whose mailbox this is."""
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            """
            SELECT registration_id FROM keystore_emailindex
             WHERE registration_id = ANY (%s::uuid[]) AND mac = %s ORDER BY registration_id FOR SHARE
            """,
            [array(registrations), mac],
        )
        return {registration for (registration,) in cursor.fetchall()}
