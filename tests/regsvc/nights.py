"""Days lived through and nights rewritten, for the tests of the rewrite. Fixtures are imported by name."""

import uuid

import pytest
from django.db import connections

from activation import cases
from activation.models import CaseOutcome
from keystore import mailboxes
from regsvc import row_shuffle
from tests.activation.conftest import Counter
from tests.scenario import superuser

STORES = list(row_shuffle.TABLES)
MARKS = [pytest.mark.real_transactions, pytest.mark.django_db(databases=STORES, transaction=True)]
UPDATES = "updates/vendor"


@pytest.fixture(autouse=True)
def unmarked(life):
    for store, table in every_table():
        superuser_run(store, f'COMMENT ON TABLE "{table}" IS NULL')


@pytest.fixture
def today(life):
    return life.at.date()


@pytest.fixture
def counter(today):
    own = Counter()
    own.today = today
    return own


def superuser_run(store, sql):
    with connections[store].cursor() as cursor:
        cursor.execute(sql)


def every_table():
    return [(store, table) for store, tables in row_shuffle.TABLES.items() for table in tables]


def content():
    """Every row of every rewritten table, in an order of its own."""
    return {table: sorted(superuser(store, f'SELECT t::text FROM "{table}" t')) for store, table in every_table()}


def writers(store, table, where="true"):
    """The transactions that stand with a table's rows."""
    rows = superuser(store, f'SELECT xmin::text, xmax::text FROM "{table}" WHERE {where}')
    return {writer for writer, _ in rows}, {locker for _, locker in rows} - {"0"}


def places(store, table, column):
    """The values of a column as their rows lie."""
    return [bytes(value) for (value,) in superuser(store, f'SELECT {column}::text::bytea FROM "{table}" ORDER BY ctid')]


def night(today):
    return sum(step.rows for step in row_shuffle.rewrite(today=today))


def lived(life, counter, people=24):
    """A day: people activate one after the other, and register; one changes her mind, one is refused a key."""
    keys = counter.keys(people)
    for number, key in enumerate(keys):
        assert counter.outcome(key) == "new"
        receipt = life.register(UPDATES, email=f"ada{number}@example.org")
        life.sweep()
    life.confirm(life.mailed(receipt, UPDATES))
    life.sweep()
    life.lower(receipt, UPDATES)
    with connections["keystore"].cursor() as cursor:
        mailboxes.count(cursor, "confirm", macs={b"m" * 32}, day=life.at.date())
    life.register(email=None)  # a letter that waits
    assert counter.outcome(keys[0], 2) == "refused"
    for outcome in (CaseOutcome.CONFIRMED, CaseOutcome.REFUSED):
        cases.note(case=uuid.uuid4(), actor=uuid.uuid4(), outcome=outcome, product="srv-std", today=counter.today)
