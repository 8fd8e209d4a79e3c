"""Filing: the keystore's half of a new registration, many at a time. The first writer wins, so a repeated filing changes nothing.

Rows are written in one transaction, in the one order of locks: receipts, addresses, tokens, grants.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from keystore import grants, mailboxes
from keystore.grants import Made
from keystore.models import Token
from privacy import receipts, sealing
from privacy.rows import array


@dataclass(slots=True)
class Filing:
    """One registration to be filed.

    Args:
        registration: Its id.
        token_hash: The receipt's hash.
        wrap_key: The receipt's key for the person's own wrap.
        address: The normalised e-mail address, if there is one.
        wishes: The purposes that the person chose.
        at_once: Those of them that need no mailbox (`REGSVC_CONFIRM`).
    """

    registration: uuid.UUID
    token_hash: bytes = field(repr=False)
    wrap_key: bytes = field(repr=False)
    address: str | None = field(default=None, repr=False)
    wishes: frozenset[str] = frozenset()
    at_once: frozenset[str] = frozenset()


@dataclass(slots=True)
class Filed:
    """What the keystore says of it: its key, and which choices stand, wait, or were lowered before filing."""

    data_key: bytes = field(repr=False)
    granted: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    mail_on: date | None = None


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
        filed = {each.registration: Filed(keys[each.registration], refused=refused[each.token_hash]) for each in alive}
        macs = _index(cursor, alive)
        _choices(cursor, alive, filed, macs, expires=day + timedelta(days=confirm_days))
        _days(alive, filed, macs, day)
        _grants(cursor, alive, filed)
    return filed


def _self_wrap(each: Filing, data_key: bytes) -> bytes:
    return sealing.wrap(data_key, key=each.wrap_key, envelope=grants.self_envelope(each.registration))


def _receipts(cursor: CursorWrapper, filings: Sequence[Filing], keys: dict[uuid.UUID, bytes]) -> dict[bytes, frozenset[str]]:
    """Write the receipts' rows and lock them; the purposes that each lowered before. An erased one is absent."""
    ordered = sorted(filings, key=lambda each: each.token_hash)
    cursor.execute(
        """
        INSERT INTO keystore_token (id, hash, kind, registration_id, purpose, wrapped, refused, fresh)
        SELECT gen_random_uuid(), hash, 'receipt', registration, '', wrapped, '{}', false
          FROM unnest(%s::bytea[], %s::uuid[], %s::bytea[]) AS new (hash, registration, wrapped)
        ON CONFLICT (hash) DO UPDATE SET registration_id = EXCLUDED.registration_id, expires = NULL,
               wrapped = coalesce(keystore_token.wrapped, EXCLUDED.wrapped)
         WHERE NOT '*' = ANY (keystore_token.refused)
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
        Token.objects.using("keystore").filter(hash=late[registration].token_hash).update(wrapped=wrapped)


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


def _index(cursor: CursorWrapper, alive: Sequence[Filing]) -> dict[uuid.UUID, bytes]:
    """Index the addresses, and lock those whose choices are granted at once."""
    macs = {each.registration: grants.address_mac(each.address) for each in alive if each.address}
    at_once = {macs[each.registration][0] for each in alive if each.at_once and each.registration in macs}
    mailboxes.lock(cursor, at_once)
    cursor.execute(
        """
        INSERT INTO keystore_emailindex (registration_id, mac, epoch)
        SELECT * FROM unnest(%s::uuid[], %s::bytea[], %s::varchar[]) ORDER BY 1 ON CONFLICT DO NOTHING
        """,
        [array(macs), array(mac for mac, _ in macs.values()), array(epoch for _, epoch in macs.values())],
    )
    return {registration: mac for registration, (mac, _) in macs.items()}


def _choices(
    cursor: CursorWrapper, alive: Sequence[Filing], filed: dict[uuid.UUID, Filed], macs: dict[uuid.UUID, bytes], *, expires: date
) -> None:
    """Decide which choices stand at once and which wait for the mailbox, and permit the latter's mail."""
    suppressed = mailboxes.suppressed(
        cursor, {macs[each.registration] for each in alive if each.at_once and each.registration in macs}
    )
    permits: list[tuple[uuid.UUID, str]] = []
    for each in alive:
        mac, outcome = macs.get(each.registration), filed[each.registration]
        if mac is None:
            continue
        wanted = each.wishes - outcome.refused
        now = {purpose for purpose in wanted & each.at_once if (mac, purpose) not in suppressed}
        outcome.granted = frozenset(now)
        outcome.waiting = frozenset(wanted - now)
        permits += [(each.registration, purpose) for purpose in sorted(outcome.waiting)]
    permit(cursor, permits, expires=expires)


def permit(cursor: CursorWrapper, permits: Sequence[tuple[uuid.UUID, str]], *, expires: date) -> None:
    """Write the rows that permit a confirmation mail; without its row a mail is not sent."""
    cursor.execute(
        """
        INSERT INTO keystore_token (id, kind, registration_id, purpose, refused, fresh, expires)
        SELECT gen_random_uuid(), 'pending', registration, purpose, '{}', false, %s
          FROM unnest(%s::uuid[], %s::varchar[]) AS new (registration, purpose) ORDER BY registration
        ON CONFLICT (registration_id, purpose) WHERE kind IN ('pending', 'confirm')
        DO UPDATE SET expires = greatest(keystore_token.expires, EXCLUDED.expires)
        """,
        [expires, array(registration for registration, _ in permits), array(purpose for _, purpose in permits)],
    )


def _days(alive: Sequence[Filing], filed: dict[uuid.UUID, Filed], macs: dict[uuid.UUID, bytes], day: date) -> None:
    mailed = [each.registration for each in alive if filed[each.registration].waiting or filed[each.registration].granted]
    for registration, mail_on in zip(mailed, mailboxes.book([macs[each] for each in mailed], day=day), strict=True):
        filed[registration].mail_on = mail_on


def _grants(cursor: CursorWrapper, alive: Sequence[Filing], filed: dict[uuid.UUID, Filed]) -> None:
    """Store the other grants: support's, the mailer's where there is mail to send, and the choices that stand."""
    made: list[Made] = []
    chosen: dict[tuple[uuid.UUID, str], bytes] = {}
    for each in alive:
        outcome = filed[each.registration]
        purposes = [grants.SUPPORT, *([grants.SERVICE] if outcome.mail_on else []), *sorted(outcome.granted)]
        for purpose in purposes:
            secret = grants.new_unsubscribe() if grants.is_marketing(purpose) else b""
            made.append(
                grants.make(purpose=purpose, registration=each.registration, data_key=outcome.data_key, unsubscribe=secret)
            )
            if secret:
                chosen[each.registration, purpose] = secret
    won = store(cursor, made)
    link(cursor, {choice: secret for choice, secret in chosen.items() if choice in won})


def link(cursor: CursorWrapper, chosen: dict[tuple[uuid.UUID, str], bytes]) -> None:
    """Write the hashes by which the links of new marketing grants are known."""
    if not chosen:
        return
    made = sorted(chosen.items())
    cursor.execute(
        """
        INSERT INTO keystore_token (id, hash, kind, registration_id, purpose, refused, fresh)
        SELECT gen_random_uuid(), hash, 'unsubscribe', registration, purpose, '{}', false
          FROM unnest(%s::bytea[], %s::uuid[], %s::varchar[]) AS new (hash, registration, purpose)
        """,
        [
            array(receipts.token_hash(secret) for _, secret in made),
            array(registration for (registration, _), _ in made),
            array(purpose for (_, purpose), _ in made),
        ],
    )
