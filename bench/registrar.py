"""`bench registrar`: letters filed a second, against opening the same letters and copying the rows that come of them.

The copying side is a floor: its letters are in memory, its rows are bytes made before, and it decides and settles nothing.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from itertools import count
from typing import Any, NamedTuple

import psycopg

from bench import Effort, bodies, posting, rounds
from bench.ours import Stage, stage
from bench.rounds import Figures, Target, WorkIncomplete

BATCH = 500
TABLES = {
    "default": ("registration_registration", "registration_consentrecord", "registration_confirmation"),
    "keystore": ("keystore_grant", "keystore_emailindex", "keystore_token"),
}
OF = {
    "registration_registration": "SELECT * FROM registration_registration WHERE id = ANY(%s)",
}
REFERENCES = """
ALTER TABLE copied.registration_registration
  ADD FOREIGN KEY (product_id) REFERENCES public.catalogue_product DEFERRABLE INITIALLY DEFERRED,
  ADD FOREIGN KEY (manufacturer_id) REFERENCES public.catalogue_manufacturer DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE copied.registration_consentrecord
  ADD FOREIGN KEY (registration_id) REFERENCES copied.registration_registration DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE copied.registration_confirmation
  ADD FOREIGN KEY (registration_id) REFERENCES copied.registration_registration DEFERRABLE INITIALLY DEFERRED;
"""  # as our own tables have them; INCLUDING ALL leaves them out
OURS, COPY = "ours", "open and COPY"
TARGETS = [Target(OURS, COPY, "per_second", must=0.4, reach=0.7)]
Stores = Mapping[str, psycopg.Connection[Any]]


class Letter(NamedTuple):
    """A sealed letter as it waits."""

    digest: bytes
    epoch: str
    sealed: bytes


class Captured(NamedTuple):
    """One batch of the copying side: its letters, and by table the rows that came of them, in PostgreSQL's own binary form."""

    letters: list[Letter]
    rows: dict[str, bytes]


def run(effort: Effort) -> int:
    """Measure, print, and write the result."""
    try:
        with stage() as prepared, ExitStack() as stack:
            stores = {alias: stack.enter_context(prepared.connect(alias)) for alias in TABLES}
            measured = _measure(prepared, stores, effort)
    except WorkIncomplete as error:
        return rounds.failed(error)
    rounds.report("registrar", measured, TARGETS, keep=effort.counts, notes={"letters": effort.letters, "batch": BATCH})
    return 0


def _measure(prepared: Stage, stores: Stores, effort: Effort) -> rounds.Measured:
    os.environ.update(prepared.environment("registrar"))
    import django

    from regsvc import startup

    django.setup()
    startup.settle()
    print("Posting and filing once, unmeasured, to have rows for the copying side …", flush=True)
    seeds = count(1)
    expected = _posted(prepared, stores, effort.letters, next(seeds))
    letters = _waiting(stores)
    _swept()
    captured = _captured(stores, letters)
    for alias, tables in TABLES.items():
        stores[alias].execute("CREATE SCHEMA copied")
        for table in tables:
            stores[alias].execute(f"CREATE TABLE copied.{table} (LIKE public.{table} INCLUDING ALL)")
    stores["default"].execute(REFERENCES)
    contenders: dict[str, Callable[[], Figures]] = {
        OURS: lambda: _ours(prepared, stores, effort.letters, next(seeds)),
        COPY: partial(_copy, stores, captured, expected),
    }
    return rounds.interleaved(contenders, rounds=effort.rounds)


def _posted(prepared: Stage, stores: Stores, letters: int, seed: int) -> dict[str, int]:
    """Empty the tables and post letters; how many rows each table must hold when they have been filed."""
    for alias, tables in TABLES.items():
        stores[alias].execute(f"TRUNCATE {', '.join(tables)}")
    stores["default"].execute("TRUNCATE intake_letter")
    shape = partial(bodies.ours, wordings=prepared.wordings())
    posting.post(prepared, bodies.write(prepared.folder / "letters.ndjson", shape, count=letters, seed=seed))
    _checkpoint(stores)
    wishes = letters + sum(person.offers for person in bodies.people(letters, seed=seed))
    once = ("registration_registration", "registration_confirmation", "keystore_emailindex")
    rest = {"registration_consentrecord": 2 * letters, "keystore_grant": 3 * letters, "keystore_token": letters + wishes}
    return dict.fromkeys(once, letters) | rest


def _waiting(stores: Stores) -> list[Letter]:
    rows = stores["default"].execute(
        "SELECT digest, epoch, sealed FROM intake_letter WHERE status = 'waiting' ORDER BY arrived_at"
    )
    return [Letter(*row) for row in rows]


def _swept() -> float:
    """Sweep until nothing waits; how many seconds it took."""
    from django.utils import timezone

    from registration import policy, registrar

    rules, begun = policy.rules(), time.perf_counter()
    registrar.sweep_all(house=rules, at=timezone.now())
    return time.perf_counter() - begun


def _ours(prepared: Stage, stores: Stores, letters: int, seed: int) -> Figures:
    expected = _posted(prepared, stores, letters, seed)
    seconds = _swept()
    _check(stores, "public", expected)
    settled = stores["default"].execute("SELECT status, count(*) FROM intake_letter GROUP BY status").fetchall()
    if settled != [("accepted", letters)]:
        raise WorkIncomplete(f"the letters ended as {settled}")
    return {"per_second": letters / seconds}


def _captured(stores: Stores, letters: list[Letter]) -> list[Captured]:
    """What the copying side needs, by batch."""
    from intake import letters as kinds
    from privacy import letter_sealing
    from privacy.receipts import Receipt

    found = []
    for first in range(0, len(letters), BATCH):
        batch = letters[first : first + BATCH]
        opened = [
            letter_sealing.from_letter(each.sealed, origin="public", epoch=each.epoch, digest=each.digest) for each in batch
        ]
        ids = [Receipt(letter.receipt).registration for letter in map(kinds.decode, opened) if isinstance(letter, kinds.Register)]
        found.append(Captured(batch, {table: _bytes(stores[alias], table, ids) for alias in TABLES for table in TABLES[alias]}))
    return found


def _bytes(store: psycopg.Connection[Any], table: str, ids: list[Any]) -> bytes:
    query = OF.get(table, f"SELECT * FROM {table} WHERE registration_id = ANY(%s)")
    with store.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", [ids]) as copy:
        return b"".join(copy)


def _copy(stores: Stores, captured: list[Captured], expected: Mapping[str, int]) -> Figures:
    """Open every letter and copy the rows: one transaction a store and batch, the keystore first."""
    from privacy import letter_sealing

    for alias, tables in TABLES.items():
        stores[alias].execute(f"TRUNCATE {', '.join(f'copied.{table}' for table in tables)}")
    _checkpoint(stores)
    begun = time.perf_counter()
    for batch in captured:
        opener = letter_sealing.Opener()
        for each in batch.letters:
            letter_sealing.from_letter(each.sealed, origin="public", epoch=each.epoch, digest=each.digest, opener=opener)
        for alias in reversed(TABLES):
            with stores[alias].transaction():
                for table in TABLES[alias]:
                    with stores[alias].cursor().copy(f"COPY copied.{table} FROM STDIN (FORMAT BINARY)") as copy:
                        copy.write(batch.rows[table])
    seconds = time.perf_counter() - begun
    _check(stores, "copied", expected)
    return {"per_second": sum(len(batch.letters) for batch in captured) / seconds}


def _checkpoint(stores: Stores) -> None:
    for store in stores.values():
        store.execute("CHECKPOINT")


def _check(stores: Stores, schema: str, expected: Mapping[str, int]) -> None:
    """Every row must be there."""
    for alias, tables in TABLES.items():
        for table in tables:
            row = stores[alias].execute(f"SELECT count(*) FROM {schema}.{table}").fetchone()
            if row != (expected[table],):
                raise WorkIncomplete(f"{schema}.{table} has {row and row[0]} rows, and {expected[table]} were due")
