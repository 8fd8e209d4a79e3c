"""A sealed column takes sealed values and nothing else, whoever writes and in whatever way."""

import io
from uuid import uuid4

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat, Length

from intake.letters import Contact
from keystore import vault
from keystore.grants import Opened
from privacy import rows
from privacy.fields import SealedField
from privacy.sealing import Sealed
from registration.models import ConsentRecord, Registration

PLAIN = b"canary@example.org"
FIELD = Registration._meta.get_field("contact")
SQL = "UPDATE registration_registration SET contact = %s"
WRITES = {
    "save": lambda row, value: _set(row, value).save(),
    "save of one column": lambda row, value: _set(row, value).save(update_fields=["contact"]),
    "create": lambda row, value: Registration.objects.create(product_id=row.product_id, month=row.month, contact=value),
    "update": lambda _row, value: Registration.objects.update(contact=value),
    "bulk create": lambda row, value: Registration.objects.bulk_create([_new(row, value)]),
    "copy": lambda row, value: rows.copy(
        Registration, ("id", "product_id", "month", "state", "contact"), [(uuid4(), row.product_id, row.month, "live", value)]
    ),
    "bulk update": lambda row, value: Registration.objects.bulk_update([_set(row, value)], ["contact"]),
    "update or create": lambda row, value: Registration.objects.update_or_create(id=row.id, defaults={"contact": value}),
    "conflict": lambda row, value: Registration.objects.bulk_create(
        [_new(row, value, id=row.id)], update_conflicts=True, unique_fields=["id"], update_fields=["contact"]
    ),
}
VALUES = {
    "bytes": PLAIN,
    "text": PLAIN.decode(),
    "empty": b"",
    "memoryview": memoryview(PLAIN),
    "struct": Contact(email=PLAIN.decode()),
    "Value": Value(PLAIN),
    "Value of a sealed": Value(Sealed(PLAIN)),
    "F": F("details"),
    "Cast": Cast(Value(PLAIN), models.BinaryField()),
    "Concat": Concat(Value("canary"), Value("x")),
}


def _set(row: Registration, value: object) -> Registration:
    row.contact = value
    return row


def _new(row: Registration, value: object, **more: object) -> Registration:
    return Registration(product_id=row.product_id, month=row.month, contact=value, **more)


@pytest.fixture
def row(life) -> Registration:
    receipt = life.register(contact={"name": "Ada Example"}, details={"serial": "SN-1"})
    life.sweep()
    return life.row(receipt)


def stored() -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact FROM registration_registration")
        return [bytes(contact) for (contact,) in cursor.fetchall()]


@pytest.mark.parametrize("way", WRITES)
def test_no_way_of_writing_takes_a_plain_value(row, way):
    before = stored()

    for value in VALUES.values():
        with pytest.raises((FieldError, ValueError)) as refused, transaction.atomic():
            WRITES[way](row, value)
        assert "canary" not in str(refused.value)
    assert stored() == before


@pytest.mark.parametrize(
    "way", ["save", "save of one column", "create", "update", "bulk create", "copy", "update or create", "conflict"]
)
def test_a_sealed_value_is_written_in_every_way(row, way):
    vault.seal(row, "contact", Contact(name="New Example"), Opened(row.id, "all", bytes(32), b""))
    wanted = row.contact

    WRITES[way](row, wanted)

    assert bytes(wanted) in stored()
    assert Registration.objects.filter(contact__isnull=False).count() == len(stored())


def test_nothing_is_nothing(row):
    Registration.objects.update(contact=None)

    row.refresh_from_db()
    assert row.contact is None
    assert FIELD.to_python(None) is None


def test_what_is_read_is_sealed(row):
    row.refresh_from_db()

    assert type(row.contact) is Sealed
    assert FIELD.to_python(row.contact) is row.contact
    with pytest.raises(FieldError):
        FIELD.to_python(PLAIN)


@pytest.mark.parametrize(
    "condition",
    [
        {"contact": Sealed(PLAIN)},
        {"contact": PLAIN},
        {"contact__exact": PLAIN},
        {"contact__in": [PLAIN]},
        {"contact__contains": PLAIN},
        {"contact__startswith": PLAIN},
        {"contact__gt": PLAIN},
        {"contact__regex": "c"},
    ],
)
def test_nothing_is_looked_up_by_a_sealed_column(row, condition):
    with pytest.raises(FieldError):
        Registration.objects.filter(**condition).exists()
    with pytest.raises(FieldError):
        Registration.objects.exclude(Q(**condition)).exists()


def test_whether_there_is_a_value_can_be_asked(row):
    assert Registration.objects.filter(contact__isnull=False).count() == 1
    assert Registration.objects.filter(contact__isnull=True).count() == 0
    assert Registration.objects.annotate(size=Length("contact")).get().size % 256 == 30


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_row_is_not_dumped(row, form):
    with pytest.raises(FieldError):
        serializers.serialize(form, [row])


def test_dumpdata_and_loaddata_refuse(row, tmp_path):
    with pytest.raises(Exception, match="not dumped"):
        call_command("dumpdata", "registration.registration", stdout=io.StringIO())

    fixture = tmp_path / "rows.json"
    fixture.write_text(f'[{{"model": "registration.consentrecord", "pk": "{row.id}", "fields": {{"consent": "Y2FuYXJ5"}}}}]')
    with pytest.raises(Exception, match="sealed"):
        call_command("loaddata", str(fixture), verbosity=0)
    assert not ConsentRecord.objects.filter(pk=row.id).exists()


@pytest.mark.parametrize(
    "value", [PLAIN, b"\x01", b"\x01\x01" + bytes(283), b"\x02\x01" + bytes(284), b"\x01\x02" + bytes(284), bytes(286)]
)
def test_the_database_refuses_what_has_no_seals_header(row, value):
    before = stored()

    with pytest.raises(DatabaseError, match="contact_is_sealed|out of valid range"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(SQL, [value])
    assert stored() == before


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("registration_registration", "contact"),
        ("registration_registration", "details"),
        ("registration_consentrecord", "consent"),
        ("registration_confirmation", "errand"),
    ],
)
def test_every_sealed_column_has_its_check(life, table, column):
    life.register("updates/vendor", contact={"name": "Ada Example"}, details={"serial": "SN-1"})
    life.sweep()

    with pytest.raises(IntegrityError, match=f"{column}_is_sealed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [bytes(286)])


@pytest.mark.parametrize("option", [{"key": b"k"}, {"ttl": 5}, {"default": b"x"}, {"unique": True}, {"db_index": True}])
def test_the_ciphers_of_the_library_cannot_be_asked_for(option):
    with pytest.raises(FieldError):
        SealedField(Contact, **option)


def test_a_migration_knows_the_column_and_not_its_kind():
    name, path, positional, options = FIELD.deconstruct()

    assert (name, path, positional, options) == ("contact", "privacy.fields.SealedField", [], {"null": True})


def test_a_copied_field_keeps_its_kind():
    copied = FIELD.clone()

    assert (copied.kind, copied.compartment, copied.null) == (Contact, "contact", True)
    assert copied._fernet is None


def test_a_value_reaches_the_check_unchanged():
    assert FIELD.get_prep_value(PLAIN) is PLAIN
