"""The audit trail: nothing in it can be changed unseen."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from privacy import audit
from privacy.audit import Fault
from privacy.models import AuditEntry

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TABLE = "privacy_auditentry"
THREADS, EACH = 8, 6


def act(number: int) -> AuditEntry:
    return audit.record(
        actor="staff:ines", act="reveal", subject=f"subject-{number}", purpose="support", reason="customer-called",
        at=NOON + timedelta(minutes=number),
    )  # fmt: skip


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def trail(db) -> None:
    """Five entries, and a guard that does not look: only the chain is left."""
    for number in range(1, 6):
        act(number)


@pytest.fixture
def unguarded(trail) -> None:
    sql(f"ALTER TABLE {TABLE} DISABLE TRIGGER audit_append_only")


def test_entries_are_numbered_and_chained(trail):
    entries = list(AuditEntry.objects.order_by("number"))

    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5]
    assert [bytes(entry.previous) for entry in entries] == [bytes(32), *(bytes(entry.hash) for entry in entries[:-1])]
    assert audit.verify() == (5, [])
    assert str(entries[0]) == "audit entry 1"


def test_an_empty_trail_holds(db):
    assert audit.verify() == (0, [])


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {TABLE} SET reason = 'other'",
        f"UPDATE {TABLE} SET at = at + interval '1 day' WHERE number = 3",
        f"DELETE FROM {TABLE} WHERE number = 5",
        f"TRUNCATE {TABLE}",
    ],
)
def test_even_the_owner_can_only_append(trail, statement):
    sql(f"ALTER TABLE {TABLE} ENABLE TRIGGER audit_no_truncate")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql(statement)
    assert audit.verify() == (5, [])


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'staff:other'",
        "act = 'search'",
        "subject = 'subject-9'",
        "purpose = 'custody'",
        "reason = 'ticket'",
        "at = at + interval '1 second'",
        "at = at + interval '1 microsecond'",
        r"hash = decode(repeat('00', 32), 'hex')",
    ],
)
def test_a_changed_entry_is_found(unguarded, change):
    sql(f"UPDATE {TABLE} SET {change} WHERE number = 3")

    assert Fault(3, "hash") in audit.verify()[1]


@pytest.mark.parametrize("gone", [1, 3])
def test_a_deleted_entry_is_found(unguarded, gone):
    sql(f"DELETE FROM {TABLE} WHERE number = {gone}")

    count, faults = audit.verify()
    assert count == 4
    assert Fault(gone + 1, "number") in faults
    assert Fault(gone + 1, "previous") in faults


def test_a_deleted_entry_is_found_after_the_rest_moved_up(unguarded):
    sql(f"DELETE FROM {TABLE} WHERE number = 3")
    sql(f"UPDATE {TABLE} SET number = 3 WHERE number = 4")
    sql(f"UPDATE {TABLE} SET number = 4 WHERE number = 5")

    faults = audit.verify()[1]
    assert {Fault(3, "previous"), Fault(3, "hash"), Fault(4, "hash")} <= set(faults)


def test_an_inserted_entry_is_found(unguarded):
    sql(f"UPDATE {TABLE} SET number = number + 100 WHERE number > 2")
    sql(f"UPDATE {TABLE} SET number = number - 99 WHERE number > 100")
    before = AuditEntry.objects.get(number=2)
    forged = AuditEntry(number=3, at=NOON, actor="staff:ines", act="reveal", previous=bytes(before.hash))
    forged.hash = audit.digest(forged)
    forged.save(force_insert=True)

    assert {Fault(4, "previous"), Fault(4, "hash")} <= set(audit.verify()[1])


def test_reordered_entries_are_found(unguarded):
    sql(f"UPDATE {TABLE} SET number = CASE number WHEN 2 THEN 103 ELSE 102 END WHERE number IN (2, 3)")
    sql(f"UPDATE {TABLE} SET number = number - 100 WHERE number > 100")

    assert {Fault(2, "hash"), Fault(3, "hash"), Fault(2, "previous")} <= set(audit.verify()[1])


def test_a_changed_entry_with_a_new_hash_breaks_the_next(unguarded):
    entry = AuditEntry.objects.get(number=3)
    entry.reason = "other"
    entry.hash = audit.digest(entry)
    entry.save()

    assert audit.verify()[1] == [Fault(4, "previous")]


def test_members_cannot_be_moved_into_each_other(db):
    one = AuditEntry(number=1, at=NOON, actor="ab", act="c", previous=bytes(32))
    two = AuditEntry(number=1, at=NOON, actor="a", act="bc", previous=bytes(32))

    assert audit.digest(one) != audit.digest(two)


def test_an_entry_goes_with_its_transaction(trail):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        act(6)
        raise ZeroDivisionError

    assert audit.verify() == (5, [])
    assert act(6).number == 6


@pytest.mark.django_db(transaction=True)
def test_entries_of_many_processes_have_no_gap():
    def several(worker: int) -> None:
        try:
            for number in range(EACH):
                act(worker * 100 + number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(several, range(THREADS)))

    numbers = list(AuditEntry.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, THREADS * EACH + 1))
    assert audit.verify() == (THREADS * EACH, [])
