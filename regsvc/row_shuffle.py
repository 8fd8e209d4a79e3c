"""The nightly rewrite: after it, neither the places of rows nor their transactions tell in which order they came.

PostgreSQL keeps with each row the transaction that wrote it (`xmin`), the last one that locked it (`xmax`) and its place
(`ctid`). So rows are taken out and put back in random order, and VACUUM removes what they were. An update in place would keep
most of them on their pages.

All rows of an open month are rewritten together every night: those of one night alone would tell the day. A month that is over
is closed by the first rewrite of the next one, whose transactions then stand in the table's comment; closed rows rest until
they change.
"""

import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db import OperationalError, connections, transaction
from psycopg import errors, sql

from activation import retention

ALL = "true"
SETTLED = "status IN ('accepted', 'refused')"  # a letter that waits keeps its time of arrival beside it, until it is filed
TABLES: Mapping[str, Mapping[str, str]] = {  # store: table: which rows. A table stands before those that it refers to
    "default": {
        "registration_confirmation": ALL,
        "registration_consentrecord": ALL,
        "registration_registration": ALL,
        "intake_letter": SETTLED,
    },
    "keystore": {
        "keystore_grant": ALL,
        "keystore_emailindex": ALL,
        "keystore_token": ALL,
        "keystore_mailboxday": ALL,
        "keystore_suppression": ALL,
        "keystore_lowered": ALL,
    },
    "activation": {
        "activation_phonecase": ALL,
        "activation_daytally": ALL,
        "activation_keypressure": ALL,
        "activation_binding": ALL,
        "activation_keyslot": ALL,
        "activation_productkey": ALL,
    },
}
SHUFFLE = secrets.SystemRandom()
CHUNK = 2000  # rows a transaction: its table takes no writes meanwhile, and an activation waits two seconds at most
TRIES, PAUSE = 120, 0.5
PATIENCE = "SET LOCAL lock_timeout = '500ms'"  # who writes waits behind our wait, too
LOCK = "LOCK TABLE {table} IN EXCLUSIVE MODE"  # readers go on; a writer that waits sees the new rows
VACUUM = "VACUUM {table}"
COMMENT = "COMMENT ON TABLE {table} IS {text}"
MARK = re.compile(r"rewritten (\d{4}-\d\d-\d\d), closed in:([ \d]*)")
OPEN = """
    SELECT ctid::text FROM {table} AS row
     WHERE ({which}) AND NOT (xmin = ANY (%s::xid[]) AND (xmax = '0'::xid OR xmax = xmin))
"""
AGAIN = """
    WITH taken AS (DELETE FROM {table} WHERE ctid = ANY (%s::tid[]) AND ({which}) RETURNING *),
         put AS (INSERT INTO {table} SELECT * FROM taken ORDER BY gen_random_uuid() RETURNING 1)
    SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM put), pg_current_xact_id()::xid::text
"""


class TableBusy(Exception):
    """A table was in use for minutes. What was rewritten before stays; run the command again."""


class RowsMissing(Exception):
    """Fewer rows went back than came out. Nothing of that transaction was kept."""


class Rewritten(NamedTuple):
    """What happened to one table."""

    store: str
    table: str
    rows: int


class Mark(NamedTuple):
    """What a table's comment says: the month of its last rewrite, and the transactions that hold closed months."""

    month: date
    closed: list[str]


def rewrite(*, today: date) -> Iterator[Rewritten]:
    """Forget what activation keeps for a time only, then rewrite every store, table by table.

    Each step commits on its own and none changes any value: killed anywhere, it is made up for by the next run.

    Raises:
        TableBusy: Somebody held a table for minutes.
    """
    retention.forget(today=today)
    for store, tables in TABLES.items():
        for table in tables:
            yield Rewritten(store, table, rewrite_table(store, table, month=today.replace(day=1)))


def rewrite_table(store: str, table: str, *, month: date) -> int:
    """Rewrite the open rows of one table; how many there were."""
    mark = _mark(store, table)
    rows = _open(store, table, mark)
    SHUFFLE.shuffle(rows)
    written = [_again(store, table, rows[start : start + CHUNK]) for start in range(0, len(rows), CHUNK)]
    if mark is None:
        _note(store, table, Mark(month, []))
    elif mark.month < month:
        _note(store, table, Mark(month, mark.closed + written))
    _run(store, VACUUM, table)
    return len(rows)


def _open(store: str, table: str, mark: Mark | None) -> list[str]:
    """The places of the rows that were written or locked since their month was closed."""
    with connections[store].cursor() as cursor:
        cursor.execute(_sql(OPEN, store, table), [mark.closed if mark else []])
        return [place for (place,) in cursor.fetchall()]


def _again(store: str, table: str, places: Sequence[str]) -> str:
    """Take rows out and put them back in random order, in one transaction; its id. Places that changed meanwhile do no harm."""
    for _ in range(TRIES):
        try:
            with transaction.atomic(using=store), connections[store].cursor() as cursor:
                cursor.execute(PATIENCE)
                cursor.execute(_sql(LOCK, store, table))
                cursor.execute(_sql(AGAIN, store, table), [list(places)])
                taken, put, written = cursor.fetchone()
                if taken != put:
                    raise RowsMissing(table)
                return str(written)
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
                raise
            time.sleep(PAUSE)
    raise TableBusy(table)


def _mark(store: str, table: str) -> Mark | None:
    with connections[store].cursor() as cursor:
        cursor.execute("SELECT obj_description(%s::regclass, 'pg_class')", [table])
        found = MARK.fullmatch(cursor.fetchone()[0] or "")
    return Mark(date.fromisoformat(found[1]), found[2].split()) if found else None


def _note(store: str, table: str, mark: Mark) -> None:
    text = f"rewritten {mark.month}, closed in: {' '.join(mark.closed)}"
    _run(store, COMMENT, table, text=sql.Literal(text))


def _run(store: str, statement: str, table: str, **parts: sql.Composable) -> None:
    with connections[store].cursor() as cursor:
        cursor.execute(_sql(statement, store, table, **parts))


def _sql(statement: str, store: str, table: str, **parts: sql.Composable) -> sql.Composed:
    which = sql.SQL(TABLES[store][table])
    return sql.SQL(statement).format(table=sql.Identifier(table), which=which, **parts)
