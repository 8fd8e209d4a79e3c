"""The allow-list of columns (I8): a new column of the activation's store fails here until somebody says why it is harmless."""

from django.apps import apps
from django.db import connections

from activation import privacy_notice

KINDS = {"uuid", "varchar(n)", "smallint", "integer", "date", "bytea"}
ALLOWED = {
    "activation_agreement": "reference programme seats begins ends",
    "activation_batch": "number product edition channel slots policy agreement_id",
    "activation_productkey": "id epoch mac locator batch_id state confirmation confirmation_epoch",
    "activation_keyslot": "id key_id number",
    "activation_binding": ("id slot_id hardware_version hardware product bound_on released_on ended outcome attempt"),
    "activation_keypressure": "key_id day sketch",
    "activation_daytally": "day product answer part count",
    "activation_phonecase": "id day product outcome answered_by",  # no key: a call is counted; who answered is a digest under a key
}
COLUMNS = """
SELECT table_name, column_name, replace(data_type, 'character varying', 'varchar(n)'), coalesce(column_default, ''), is_identity
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'django_migrations'
"""


def columns(cursor):
    cursor.execute(COLUMNS)
    return cursor.fetchall()


def strangers(rows) -> set[tuple[str, str]]:
    return {(table, column) for table, column, *_ in rows if column not in ALLOWED.get(table, "").split()}


def test_every_column_is_on_the_list(counter):
    with connections["activation"].cursor() as cursor:
        rows = columns(cursor)

    assert strangers(rows) == set()
    assert {table for table, *_ in rows} == set(ALLOWED)
    assert {(table, column) for table, column, *_ in rows} == {
        (table, column) for table, names in ALLOWED.items() for column in names.split()
    }


def test_every_column_is_told_in_words_on_the_page_about_privacy():
    assert privacy_notice.columns() == {(table, column) for table, names in ALLOWED.items() for column in names.split()}


def test_a_new_column_or_table_is_noticed(counter):
    with connections["activation"].cursor() as cursor:
        cursor.execute("ALTER TABLE activation_binding ADD COLUMN address text")
        cursor.execute("CREATE TABLE activation_visit (day date)")

        assert strangers(columns(cursor)) == {("activation_binding", "address"), ("activation_visit", "day")}


def test_nothing_is_finer_than_a_day_and_nothing_carries_an_order(counter):
    with connections["activation"].cursor() as cursor:
        rows = columns(cursor)
        cursor.execute("SELECT sequencename FROM pg_sequences WHERE sequencename NOT LIKE 'django_%'")

        assert {kind for *_, kind, _, _ in rows} <= KINDS
        assert {(default, identity) for *_, default, identity in rows} == {("", "NO")}
        assert cursor.fetchall() == []


def test_no_column_declares_anything_personal():
    assert [model for model in apps.get_app_config("activation").get_models() if model.personal] == []
