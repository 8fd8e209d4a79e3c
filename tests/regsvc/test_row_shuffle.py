"""The nightly rewrite: values stay, and nothing tells any more in which order rows came."""

from datetime import date, timedelta
from uuid import uuid4

from activation.models import Binding, KeyPressure
from regsvc import row_shuffle
from tests.regsvc.nights import MARKS, STORES, content, counter, every_table, lived, night, places, today, unmarked, writers
from tests.scenario import superuser

__all__ = ("counter", "today", "unmarked")
pytestmark = MARKS
PAGE = 8192
STAY = {  # tables that the rewrite leaves alone, and why
    "privacy_auditentry": "append-only; its entries are numbered and carry their time",
    "catalogue_product": "published",
    "catalogue_manufacturer": "published",
    "catalogue_notice": "published",
    "catalogue_wording": "published",
    "registration_heartbeat": "one row a task, overwritten by the clock",
    "accounts_staff": "staff",
    "accounts_wrongtry": "staff",
    "accounts_operatorwrongtry": "staff",
    "accounts_operatorsession": "staff",
    "accounts_rolerequest": "staff",
    "django_session": "staff",
    "activation_agreement": "the vendor's own acts",
    "activation_batch": "the vendor's own acts",
}
OF_OTHERS = ("auth_", "django_migrations", "django_content_type", "django_admin_log", "accounts_staff_")


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

    assert [step for step in row_shuffle.rewrite(today=following) if step.rows] == []
    counter.ask(key)
    assert night(following) == 4  # a binding with its slot and key, and a tally
    assert writers("activation", "activation_binding")[0] > old


def test_large_tables_are_rewritten_in_random_parts(life, counter, today, monkeypatch):
    monkeypatch.setattr(row_shuffle, "CHUNK", 7)
    lived(life, counter)
    before = content()
    night(today)
    parts = superuser("activation", "SELECT count(*) FROM activation_binding GROUP BY xmin ORDER BY 1")

    assert content() == before
    assert parts == [(3,), (7,), (7,), (7,)]


def test_what_activation_keeps_for_a_day_is_forgotten(life, counter, today):
    key = counter.key()
    counter.ask(key, attempt=uuid4())
    counter.ask(key, 2)
    night(today)
    assert Binding.objects.filter(attempt__isnull=False).count() == KeyPressure.objects.count() == 1

    night(today + timedelta(days=8))

    assert Binding.objects.filter(attempt__isnull=False).count() == KeyPressure.objects.count() == 0


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
    for store, tables in row_shuffle.TABLES.items():
        order = list(tables)
        pairs = [pair for pair in superuser(store, refers) if set(pair) <= set(order)]
        assert all(order.index(one) < order.index(other) for one, other in pairs)
        assert pairs or store == "keystore"


def test_a_mark_survives_being_written_down(life):
    mark = row_shuffle.Mark(date(2026, 11, 1), ["1234", "77"])
    row_shuffle._note("default", "intake_letter", mark)

    assert row_shuffle._mark("default", "intake_letter") == mark
