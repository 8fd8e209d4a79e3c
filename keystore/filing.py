"""Filing: the keystore's half of a new registration, many at a time. The first writer wins, so a repeated filing changes nothing.

Rows are written in one transaction, in the one order of locks: receipts, addresses, tokens, grants.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from keystore import grants, mailboxes
from keystore.grants import Made
from keystore.mailboxes import EVERYTHING, Mailbox
from keystore.models import Token
from privacy import receipts, sealing
from privacy.rows import array

ALL_MAIL = "*/*"  # how a receipt's row remembers that all mail was stopped


class Permit(NamedTuple):
    """A registration's choice, and the mailbox that it is asked of or granted for."""

    registration: uuid.UUID
    purpose: str
    mac: bytes


@dataclass(slots=True)
class Filing:
    """One registration to be filed.

    Args:
        registration: Its id.
        token_hash: The receipt's hash.
        wrap_key: The receipt's key for the person's own wrap.
        mailbox: Where the person is reached, if there is an address.
        wishes: The purposes that the person chose.
        at_once: Those of them that need no mailbox (`REGSVC_CONFIRM`).
    """

    registration: uuid.UUID
    token_hash: bytes = field(repr=False)
    wrap_key: bytes = field(repr=False)
    mailbox: Mailbox | None = field(default=None, repr=False)
    wishes: frozenset[str] = frozenset()
    at_once: frozenset[str] = frozenset()

    def lowered(self, refused: frozenset[str]) -> frozenset[str]:
        """Those purposes that its receipt lowered before it was filed."""
        return self.wishes if ALL_MAIL in refused else refused


@dataclass(slots=True)
class Filed:
    """What the keystore says of it: its key, and which choices stand, wait, or were lowered before filing."""

    data_key: bytes = field(repr=False)
    granted: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


def file(filings: Sequence[Filing], *, day: date, confirm_days: int) -> dict[uuid.UUID, Filed]:
    """File them; what was erased before it was filed is absent from the answer.

    Args:
        filings: At most some hundred, each registration once.
        day: Today.
        confirm_days: How long a choice waits for its mailbox.
    """
    if not filings:
        return {}
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        keys = {each.registration: sealing.new_key() for each in filings}
        refused = _receipts(cursor, filings, keys)
        alive = [each for each in filings if each.token_hash in refused]
        _custody(cursor, alive, keys)
        filed = {
            each.registration: Filed(keys[each.registration], refused=each.lowered(refused[each.token_hash])) for each in alive
        }
        _index(cursor, alive)
        _choices(cursor, alive, filed, expires=day + timedelta(days=confirm_days))
        _grants(cursor, alive, filed)
    return filed


def _self_wrap(each: Filing, data_key: bytes) -> bytes:
    return sealing.wrap(data_key, key=each.wrap_key, envelope=grants.self_envelope(each.registration))


def _receipts(cursor: CursorWrapper, filings: Sequence[Filing], keys: dict[uuid.UUID, bytes]) -> dict[bytes, frozenset[str]]:
    """Write the receipts' rows and lock them; the purposes that each lowered before.

    One that was erased is absent, and one that was mailed for another registration.
    """
    ordered = sorted(filings, key=lambda each: each.token_hash)
    cursor.execute(
        """
        INSERT INTO keystore_token (id, hash, kind, registration_id, purpose, wrapped, refused, fresh)
        SELECT gen_random_uuid(), hash, 'receipt', registration, '', wrapped, '{}', false
          FROM unnest(%s::bytea[], %s::uuid[], %s::bytea[]) AS new (hash, registration, wrapped)
        ON CONFLICT (hash) WHERE kind = 'receipt' DO UPDATE SET registration_id = EXCLUDED.registration_id, expires = NULL,
               wrapped = coalesce(keystore_token.wrapped, EXCLUDED.wrapped)
         WHERE NOT '*' = ANY (keystore_token.refused)
           AND coalesce(keystore_token.registration_id, EXCLUDED.registration_id) = EXCLUDED.registration_id
        RETURNING hash, refused
        """,
        [
            array(each.token_hash for each in ordered),
            array(each.registration for each in ordered),
            array(_self_wrap(each, keys[each.registration]) for each in ordered),
        ],
    )
    return {bytes(token_hash): frozenset(refused) for token_hash, refused in cursor.fetchall()}


def _custody(cursor: CursorWrapper, alive: Sequence[Filing], keys: dict[uuid.UUID, bytes]) -> None:
    """Store the registrar's own grants, and take up the key of one that stood there first."""
    made = [
        grants.make(purpose=grants.CUSTODY, registration=each.registration, data_key=keys[each.registration]) for each in alive
    ]
    won = store(cursor, made)
    late = {each.registration: each for each in alive if (each.registration, grants.CUSTODY) not in won}
    for registration, opened in grants.open_many(late, purpose=grants.CUSTODY).items():
        keys[registration] = opened.key
        wrapped = _self_wrap(late[registration], opened.key)
        receipt = Token.objects.using("keystore").filter(hash=late[registration].token_hash, kind=Token.Kind.RECEIPT)
        receipt.update(wrapped=wrapped)


def store(cursor: CursorWrapper, made: Sequence[Made]) -> set[tuple[uuid.UUID, str]]:
    """Insert grants where none stands, by registration: their order must not tell the order of arrival. Which were written."""
    if not made:
        return set()
    columns = zip(*sorted(made, key=lambda grant: (grant.registration_id.bytes, grant.purpose)), strict=True)
    cursor.execute(
        """
        INSERT INTO keystore_grant (registration_id, purpose, scope, key, epoch, wrapped)
        SELECT * FROM unnest(%s::uuid[], %s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[], %s::bytea[])
        ON CONFLICT DO NOTHING RETURNING registration_id, purpose
        """,
        [array(column) for column in columns],
    )
    return set(cursor.fetchall())


def _index(cursor: CursorWrapper, alive: Sequence[Filing]) -> None:
    """Index the addresses, and lock those whose choices are granted at once."""
    indexed = [(each.registration, each.mailbox) for each in alive if each.mailbox]
    mailboxes.lock(cursor, {each.mailbox.mac for each in alive if each.at_once and each.mailbox})
    cursor.execute(
        """
        INSERT INTO keystore_emailindex (registration_id, mac, epoch, confirmed, acts_on_mailbox)
        SELECT registration, mac, epoch, false, false
          FROM unnest(%s::uuid[], %s::bytea[], %s::varchar[]) AS new (registration, mac, epoch) ORDER BY 1 ON CONFLICT DO NOTHING
        """,
        [
            array(registration for registration, _ in indexed),
            array(mailbox.mac for _, mailbox in indexed),
            array(mailbox.epoch for _, mailbox in indexed),
        ],
    )


def _choices(cursor: CursorWrapper, alive: Sequence[Filing], filed: dict[uuid.UUID, Filed], *, expires: date) -> None:
    """Decide which choices stand at once and which wait for the mailbox, and permit the latter's mail."""
    suppressed = mailboxes.suppressed(cursor, {each.mailbox.mac for each in alive if each.at_once and each.mailbox})
    permits: list[Permit] = []
    for each in alive:
        outcome = filed[each.registration]
        if each.mailbox is None:
            continue
        mac, wanted = each.mailbox.mac, each.wishes - outcome.refused
        ended = {purpose for purpose in wanted if {(mac, purpose), (mac, EVERYTHING)} & suppressed}
        outcome.granted = wanted & each.at_once - ended
        outcome.waiting = wanted - outcome.granted
        permits += [Permit(each.registration, purpose, mac) for purpose in sorted(outcome.waiting)]
    permit(cursor, permits, expires=expires)


def permit(cursor: CursorWrapper, permits: Sequence[Permit], *, expires: date) -> None:
    """Write the rows that permit a confirmation mail to their mailbox; without its row a mail is not sent."""
    columns = zip(*permits, strict=True) if permits else ((), (), ())
    cursor.execute(
        """
        INSERT INTO keystore_token AS known (id, kind, registration_id, purpose, mac, refused, fresh, expires)
        SELECT gen_random_uuid(), 'pending', registration, purpose, mac, '{}', false, %s
          FROM unnest(%s::uuid[], %s::varchar[], %s::bytea[]) AS new (registration, purpose, mac) ORDER BY registration
        ON CONFLICT (registration_id, purpose) WHERE kind IN ('pending', 'confirm')
        DO UPDATE SET expires = greatest(known.expires, EXCLUDED.expires) WHERE known.mac = EXCLUDED.mac
        """,
        [expires, *(array(column) for column in columns)],
    )


def _grants(cursor: CursorWrapper, alive: Sequence[Filing], filed: dict[uuid.UUID, Filed]) -> None:
    """Store the other grants: support's, the mailer's where there is mail to send, and the choices that stand."""
    made: list[Made] = []
    chosen: dict[tuple[uuid.UUID, str], bytes] = {}
    for each in alive:
        outcome = filed[each.registration]
        mailed = outcome.waiting or outcome.granted
        purposes = [grants.SUPPORT, *([grants.SERVICE] if mailed else []), *sorted(outcome.granted)]
        for purpose in purposes:
            secret = grants.new_unsubscribe() if grants.is_marketing(purpose) else b""
            made.append(
                grants.make(purpose=purpose, registration=each.registration, data_key=outcome.data_key, unsubscribe=secret)
            )
            if secret:
                chosen[each.registration, purpose] = secret
    won = store(cursor, made)
    macs = {each.registration: each.mailbox.mac for each in alive if each.mailbox}
    link(cursor, {Permit(*choice, macs[choice[0]]): secret for choice, secret in chosen.items() if choice in won})


def link(cursor: CursorWrapper, chosen: dict[Permit, bytes]) -> None:
    """Write the hashes by which the links of new marketing grants are known."""
    if not chosen:
        return
    made = sorted(chosen.items())
    cursor.execute(
        """
        INSERT INTO keystore_token (id, hash, kind, registration_id, purpose, mac, refused, fresh)
        SELECT gen_random_uuid(), hash, 'unsubscribe', registration, purpose, mac, '{}', false
          FROM unnest(%s::bytea[], %s::uuid[], %s::varchar[], %s::bytea[]) AS new (hash, registration, purpose, mac)
        """,
        [
            array(receipts.token_hash(secret) for _, secret in made),
            *(array(column) for column in zip(*(choice for choice, _ in made), strict=True)),
        ],
    )
