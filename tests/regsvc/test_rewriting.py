"""The nightly rewrite: values stay, and nothing tells any more in which order rows came."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from activation.models import Binding, KeyPressure
from regsvc import rewriting, roles
from tests.activation.conftest import Counter
from tests.lives import superuser
from tests.registration import apart

STORES = list(rewriting.TABLES)
pytestmark = [pytest.mark.real_transactions, pytest.mark.django_db(databases=STORES, transaction=True)]
UPDATES = "updates/vendor"
PAGE = 8192
STAY = {  # tables that the rewrite leaves alone, and why
    "privacy_auditentry": "append-only; its entries are numbered and carry their time",
    "catalogue_product": "published",
    "catalogue_manufacturer": "published",
    "catalogue_notice": "published",
    "catalogue_wording": "published",
    "accounts_staff": "staff",
    "accounts_wrongtry": "staff",
    "django_session": "staff",
    "activation_agreement": "the vendor's own acts",
    "activation_batch": "the vendor's own acts",
}
OF_OTHERS = ("auth_", "django_migrations", "django_content_type", "django_admin_log", "accounts_staff_")


@pytest.fixture(autouse=True)
def _unmarked(life):
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
    return [(store, table) for store, tables in rewriting.TABLES.items() for table in tables]


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
    return sum(step.rows for step in rewriting.rewrite(today=today))


def lived(life, counter, people=24):
    """A day: people activate one after the other, and register; one changes her mind, one is refused a key."""
    keys = counter.keys(people)
    for number, key in enumerate(keys):
        assert counter.outcome(key) == "new"
        receipt = life.register(UPDATES, email=f"ada{number}@example.org")
        life.sweep()
    life.lower(receipt, UPDATES)
    life.register(email=None)  # a letter that waits
    assert counter.outcome(keys[0], 2) == "refused"


def test_a_rewrite_changes_no_value_and_leaves_one_transaction_a_table(life, counter, today):
    lived(life, counter)
    before = content()
    mixed = {table: writers(store, table)[0] for store, table in every_table()}
    assert all(len(mixed[table]) > 20 for table in ("registration_registration", "activation_binding", "keystore_grant"))
    assert len(writers("activation", "activation_keyslot")[1]) > 20

    assert night(today) > 300

    assert content() == before
    assert all(rows for rows in before.values())
    for store, table in every_table():
        wrote, locked = writers(store, table, "status <> 'waiting'" if table == "intake_letter" else "true")
        assert len(wrote) == 1
        assert locked <= wrote


def test_places_tell_nothing_of_what_came_first(life, counter, today):
    lived(life, counter, people=80)
    order = {table: places(store, table, column) for store, table, column in SHUFFLED}
    night(today)

    for store, table, column in SHUFFLED:
        now = {value: place for place, value in enumerate(places(store, table, column))}
        assert abs(correlation([now[value] for value in order[table] if value in now])) < 0.45  # four deviations of chance


SHUFFLED = (
    ("default", "registration_registration", "id"),
    ("keystore", "keystore_emailindex", "registration_id"),
    ("activation", "activation_binding", "id"),
    ("activation", "activation_productkey", "id"),
)


def correlation(ranks):
    """How far a sequence of places is in order: 1 as it was, 0 by chance."""
    count = len(ranks)
    rank = {place: number for number, place in enumerate(sorted(ranks))}
    off = sum((number - rank[place]) ** 2 for number, place in enumerate(ranks))
    return 1 - 6 * off / (count * (count**2 - 1))


def test_old_rows_go_and_tables_do_not_grow(life, counter, today):
    lived(life, counter, people=60)
    for _ in range(8):
        night(today)
    size = "SELECT pg_relation_size('activation_binding'), pg_relation_size('activation_productkey')"

    ((bindings, keys),) = superuser("activation", size)
    assert bindings <= 3 * PAGE  # one holds the rows; nine, if the nights had left theirs
    assert keys <= 5 * PAGE


def test_what_came_later_in_the_month_is_not_told_from_what_came_before(life, counter, today):
    for _ in range(2):
        lived(life, counter, people=3)
        night(today)

    assert all(len(writers(*table)[0]) == 1 for table in every_table() if table[1] != "intake_letter")


def test_a_month_that_is_over_rests_until_its_rows_change(life, counter, today):
    lived(life, counter, people=3)
    key = counter.key()
    night(today)
    following = (today.replace(day=1) + timedelta(days=32)).replace(day=2)
    night(following)
    old = writers("activation", "activation_binding")[0]

    assert [step for step in rewriting.rewrite(today=following) if step.rows] == []
    counter.ask(key)
    assert night(following) == 4  # a binding with its slot and key, and a tally
    assert writers("activation", "activation_binding")[0] > old


def test_large_tables_are_rewritten_in_random_parts(life, counter, today, monkeypatch):
    monkeypatch.setattr(rewriting, "CHUNK", 7)
    lived(life, counter)
    before = content()
    night(today)
    parts = superuser("activation", "SELECT count(*) FROM activation_binding GROUP BY xmin ORDER BY 1")

    assert content() == before
    assert parts == [(3,), (7,), (7,), (7,)]


def test_nothing_is_lost_and_nobody_fails_while_it_runs(life, counter, today, monkeypatch):
    monkeypatch.setattr(rewriting, "CHUNK", 20)
    lived(life, counter, people=20)
    keys, over = counter.keys(120), threading.Event()

    def asked(key):
        try:
            return counter.outcome(key)
        finally:
            connections.close_all()

    def nights():
        try:
            while not over.is_set():
                night(today)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as threads:
        rewrite = threads.submit(nights)
        try:
            told = threads.map(asked, keys)
            receipts = [life.register(UPDATES, email=f"bob{number}@example.org") for number in range(40) if life.sweep() or True]
            life.lower(receipts[0], UPDATES)
            life.sweep()
            assert set(told) == {"new"}
        finally:
            over.set()
        rewrite.result()

    assert {counter.outcome(key) for key in keys} == {"same"}
    assert all(life.live(receipt) >= {"support", "custody"} for receipt in receipts)
    assert life.states(receipts[0]) == {UPDATES: "withdrawn"}
    assert set(superuser("default", "SELECT status FROM intake_letter WHERE status <> 'accepted'")) == set()


KILLED = """
from datetime import date
from regsvc import rewriting
rewriting.CHUNK = 3
print("begun", flush=True)
while True:
    list(rewriting.rewrite(today=date(2026, 11, 24)))
"""


def test_killed_anywhere_it_leaves_every_row(life, counter, today, tmp_path):
    lived(life, counter)
    night(today)  # forgets what only a day may keep
    before, log = content(), tmp_path / "log"
    for seconds in (0.1, 0.4):
        log.write_text("")
        with apart.running(apart.python(KILLED), log):
            until(lambda: "begun" in log.read_text())
            time.sleep(seconds)
        assert content() == before


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_what_activation_keeps_for_a_day_is_forgotten(life, counter, today):
    from uuid import uuid4

    key = counter.key()
    counter.ask(key, attempt=uuid4())
    counter.ask(key, 2)
    night(today)
    assert Binding.objects.filter(attempt__isnull=False).count() == KeyPressure.objects.count() == 1

    night(today + timedelta(days=8))

    assert Binding.objects.filter(attempt__isnull=False).count() == KeyPressure.objects.count() == 0


def test_a_table_in_use_is_waited_for_and_then_named(life, counter, today, monkeypatch, settings):
    monkeypatch.setattr(rewriting, "TRIES", 2)
    monkeypatch.setattr(rewriting, "PAUSE", 0.01)
    settings.ROLE = roles.ROLES["migrate"]
    counter.ask(counter.key())
    with psycopg.connect(apart.urls()["ACTIVATION_DATABASE_URL"]) as other:
        other.execute("SELECT FROM activation_daytally FOR UPDATE")
        with pytest.raises(CommandError, match="activation_daytally was in use for minutes: run it again"):
            call_command("rewrite", stdout=io.StringIO())


def test_the_command_says_what_it_did_and_only_the_owner_may(life, counter, settings):
    out = io.StringIO()
    counter.ask(counter.key())
    settings.ROLE = roles.ROLES["migrate"]
    call_command("rewrite", stdout=out)
    assert "activation: activation_binding: 1 rows\n" in out.getvalue()

    settings.ROLE = roles.ROLES["registrar"]
    with pytest.raises(CommandError, match="REGSVC_ROLE=migrate"):
        call_command("rewrite")


def test_every_table_is_rewritten_or_stays_for_a_reason():
    tables = {
        name
        for store in STORES
        for (name,) in superuser(store, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        if not name.startswith(OF_OTHERS)
    }

    assert tables == {table for _, table in every_table()} | STAY.keys()


def test_a_row_that_refers_to_another_comes_before_it():
    """Putting it back locks the other row, which is rewritten after it."""
    refers = "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
    for store, tables in rewriting.TABLES.items():
        order = list(tables)
        pairs = [pair for pair in superuser(store, refers) if set(pair) <= set(order)]
        assert all(order.index(one) < order.index(other) for one, other in pairs)
        assert pairs or store == "keystore"


def test_a_mark_survives_being_written_down(life):
    mark = rewriting.Mark(date(2026, 11, 1), ["1234", "77"])
    rewriting._note("default", "intake_letter", mark)

    assert rewriting._mark("default", "intake_letter") == mark
