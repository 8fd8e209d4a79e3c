"""Binding: the store keeps what the rules decide, and no more than its slots."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.models import ProtectedError

from activation import binding, keychain, pressure, product_keys, tallies
from activation.binding import UnknownKey
from activation.hardware import PLAIN, Flag, Hardware
from activation.models import Batch, Binding, KeyPressure, KeySlot, ProductKey
from activation.rules import Reason, State
from privacy import keyring
from privacy.keyring import FileProvider, Ring
from tests.activation.conftest import TODAY, computer

ATTEMPT = uuid.UUID("6e1cb9fb-8f0c-4b1a-9a4e-0f3f1d9b7a55")


def live(key) -> list[Binding]:
    return list(Binding.objects.filter(slot__key__locator=key.locator, released_on__isnull=True))


def test_a_key_is_bound_once_and_its_computer_is_the_same_ever_after(counter):
    key = counter.key()

    assert [counter.outcome(key) for _ in range(3)] == ["new", "same", "same"]
    assert counter.outcome(key, 2) == "refused"
    [bound] = live(key)
    assert (bytes(bound.hardware), bound.product, bound.bound_on) == (bytes(computer(1)), "srv-std", TODAY)


def test_the_answer_counts_slots_and_names_the_binding(counter):
    key = counter.key("multi")
    answers = [counter.ask(key, number) for number in (1, 2, 2, 3, 4)]

    assert [(answer.used, answer.of) for answer in answers] == [(1, 3), (2, 3), (2, 3), (3, 3), (3, 3)]
    assert answers[1].binding == answers[2].binding
    assert answers[4].binding is None


def test_a_transfer_ends_the_old_binding_and_keeps_it(counter):
    key = counter.key()
    first = counter.ask(key)
    moved = counter.ask(key, 2, today=TODAY + timedelta(days=120))
    old = Binding.objects.get(id=first.binding)

    assert (str(moved.decision.outcome), moved.used) == ("transferred", 1)
    assert (old.ended, old.released_on) == ("transferred", TODAY + timedelta(days=120))
    assert [each.id for each in live(key)] == [moved.binding]
    assert counter.outcome(key, 1, today=TODAY + timedelta(days=121)) == "refused"


def test_models_are_measured_anew_and_unit_ids_stay_as_first_bound(counter):
    key = counter.key()
    was, now, then = (Hardware(PLAIN, (1, 1, 1, system, 1, 1, 1, memory)) for system, memory in ((1, 1), (2, 1), (2, 3)))

    assert [counter.outcome(key, hardware=each) for each in (was, now, then)] == ["new", "same", "same"]
    assert bytes(live(key)[0].hardware) == bytes(Hardware(PLAIN, (1, 1, 1, 1, 1, 1, 1, 3)))


def test_no_row_of_small_changes_leads_to_another_computer(counter):
    key = counter.key()
    steps = [(1, 1, 1, 1, 1, 1, 1, 1), (2, 2, 1, 1, 1, 1, 1, 1), (2, 2, 1, 1, 2, 2, 2, 2), (2, 2, 2, 2, 2, 2, 2, 2)]

    assert [counter.outcome(key, hardware=Hardware(PLAIN, step)) for step in steps] == ["new", "same", "refused", "refused"]


def test_a_certificate_names_the_flags_under_which_the_computer_was_bound(counter):
    key = counter.key()
    counter.ask(key, hardware=Hardware(PLAIN, (1,) * 8))

    assert counter.ask(key, hardware=Hardware(Flag.DOCKABLE, (1,) * 8)).hardware == Hardware(PLAIN, (1,) * 8)


def test_a_repeated_attempt_is_answered_alike_and_counted_once(counter):
    key = counter.key()
    answers = [counter.ask(key, attempt=ATTEMPT) for _ in range(3)]

    assert [str(answer.decision.outcome) for answer in answers] == ["new"] * 3
    assert len({answer.binding for answer in answers}) == 1
    assert tallies.of(TODAY) == {("srv-std", "new"): 1}
    assert counter.outcome(key, attempt=uuid.uuid4()) == "same"
    assert counter.outcome(key, 2, attempt=ATTEMPT) == "refused"
    assert ATTEMPT.bytes not in bytes(live(key)[0].attempt)


def test_attempts_are_forgotten_on_the_next_day(counter):
    key = counter.key()
    counter.ask(key, attempt=ATTEMPT)

    assert binding.forget_attempts(before=TODAY) == 0
    assert binding.forget_attempts(before=TODAY + timedelta(days=1)) == 1
    assert counter.outcome(key, attempt=ATTEMPT) == "same"


def test_volume_keys_leave_nothing_but_a_count(counter):
    key = counter.key("volume")

    assert [counter.outcome(key, number) for number in range(1, 51)] == ["not-required"] * 50
    assert not Binding.objects.exists()
    assert tallies.of(TODAY) == {("srv-std", "not-required"): 50}


def test_an_unknown_key_is_unknown_by_itself_and_by_its_locator(counter):
    counter.key()
    stranger = product_keys.draw(batch=42)
    for wanted in (stranger, stranger.locator):
        with pytest.raises(UnknownKey):
            counter.ask(wanted)


def test_the_operator_finds_a_key_by_its_locator(counter):
    key = counter.key()

    assert counter.outcome(key.locator, telephone=True) == "new"
    assert counter.outcome(key) == "same"
    assert counter.ask(key.locator, 2, telephone=True, approved=True).decision.reason == Reason.TRANSFER_APPROVED


def test_ten_refused_computers_in_seven_days_make_a_key_suspect(counter):
    key = counter.key()
    counter.ask(key)
    day = 0
    while pressure.refused(key=ProductKey.objects.get(), today=TODAY + timedelta(days=day)) < 10:
        day = min(day + 1, 3)
        counter.ask(key, 2 + KeyPressure.objects.count() * 12 + day * 3 + Binding.objects.count(), today=TODAY)
        for number in range(2, 40):
            counter.ask(key, number, today=TODAY + timedelta(days=day))

    assert ProductKey.objects.get().state == State.SUSPECT
    assert counter.outcome(key) == "same"
    assert counter.ask(key, 50).decision.reason == Reason.PHONE_ONLY
    assert counter.ask(key.locator, 50, telephone=True).decision.reason == Reason.IN_USE


def test_one_stubborn_computer_counts_once_in_a_week_and_is_then_forgotten(counter):
    key = counter.key()
    counter.ask(key)
    for day in range(7):
        counter.ask(key, 2, today=TODAY + timedelta(days=day))
    row = ProductKey.objects.get()

    assert pressure.refused(key=row, today=TODAY + timedelta(days=6)) == 1
    assert pressure.refused(key=row, today=TODAY + timedelta(days=13)) == 0
    assert pressure.forget(before=TODAY + timedelta(days=13)) == 7
    assert not KeyPressure.objects.exists()


def test_the_store_itself_refuses_one_too_many(counter):
    key = counter.key()
    counter.ask(key)
    [bound] = live(key)
    bound.pk = uuid.uuid4()

    with pytest.raises(IntegrityError), transaction.atomic(using="activation"):
        bound.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic(using="activation"):
        KeySlot.objects.create(key=ProductKey.objects.get(), number=1)
    with pytest.raises(ProtectedError):
        Batch.objects.all().delete()


def test_a_new_pepper_is_taken_over_when_a_key_is_used(counter, tmp_path, monkeypatch):
    old = keyring.ring()
    provider = FileProvider(tmp_path)
    names = ("pepper", "confirmation")
    for name in names:
        provider.create(name, "1", old.key(name, "1").value)
    made = Ring(provider, names)
    monkeypatch.setattr(keyring, "ring", lambda: made)
    key = counter.key()
    provider.create("pepper", "2", b"p" * 32)
    made.look_again("pepper")

    assert counter.outcome(key) == "new"
    row = ProductKey.objects.get()
    assert (row.epoch, bytes(row.mac)) == ("2", keychain.mac(key).value)
    assert counter.outcome(key) == "same"


def test_a_key_that_another_process_moved_to_a_new_pepper_is_known(counter, tmp_path, monkeypatch):
    provider, names = FileProvider(tmp_path), ("pepper", "confirmation")
    for name in names:
        provider.create(name, "1", keyring.ring().key(name, "1").value)
    slow, quick = Ring(provider, names), Ring(provider, names)
    monkeypatch.setattr(keyring, "ring", lambda: slow)
    key = counter.key()
    provider.create("pepper", "2", b"p" * 32)
    monkeypatch.setattr(keyring, "ring", lambda: quick)
    assert counter.outcome(key) == "new"
    monkeypatch.setattr(keyring, "ring", lambda: slow)

    assert counter.outcome(key) == "same"


def test_the_key_itself_is_nowhere_in_the_store(counter):
    key = counter.key()
    counter.ask(key, attempt=ATTEMPT)
    with connections["activation"].cursor() as cursor:
        for table in connections["activation"].introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows = " ".join(row for (row,) in cursor.fetchall())
            assert key.canonical.hex() not in rows
            assert key.canonical.decode() not in rows
            assert str(key.body) not in rows


@pytest.mark.parametrize(("kind", "number", "queries"), [("retail", 1, 6), ("multi", 1, 6), ("multi", 3, 6)])
def test_queries_do_not_grow_with_slots(counter, django_assert_num_queries, kind, number, queries):
    key = counter.key(kind)
    for other in range(1, number):
        counter.ask(key, other)
    with django_assert_num_queries(queries, using="activation"):
        counter.ask(key, number)
