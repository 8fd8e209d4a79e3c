"""Possession of the key shows its slots by day and frees one, as often as the policy allows."""

from datetime import timedelta

import pytest

from activation import binding, key_self_service
from activation.key_self_service import Allowance, KeyBarred, ReleasesUsedUp, SlotEmpty
from activation.models import ProductKey
from activation.rules import State
from tests.activation.conftest import TODAY


def seen(views):
    """Each slot's number and day."""
    return [(view.slot, view.bound_on) for view in views]


def test_the_holder_sees_days_and_frees_a_slot(counter):
    key = counter.key("multi")
    counter.ask(key, 1)
    counter.ask(key, 2)

    assert seen(key_self_service.slots(key=key)) == [(1, TODAY), (2, TODAY), (3, None)]
    assert seen(key_self_service.release(key=key, slot=1, today=TODAY)) == [(1, None), (2, TODAY), (3, None)]
    assert seen(key_self_service.slots(key=key)) == [(1, None), (2, TODAY), (3, None)]
    assert seen(key_self_service.release(key=key, slot=None, today=TODAY)) == [(1, None), (2, None), (3, None)]


def test_each_release_comes_back_after_a_year(counter):
    key = counter.key()
    for number, day in ((1, TODAY), (2, TODAY + timedelta(days=10))):
        counter.ask(key, number, today=day)
        key_self_service.release(key=key, slot=None, today=day)

    assert [key_self_service.allowance(key=key, today=TODAY + timedelta(days=days)) for days in (10, 364, 365, 375)] == [
        Allowance(of=2, left=0, more_on=TODAY + timedelta(days=365)),
        Allowance(of=2, left=0, more_on=TODAY + timedelta(days=365)),
        Allowance(of=2, left=1, more_on=TODAY + timedelta(days=375)),
        Allowance(of=2, left=2, more_on=None),
    ]


def test_a_freed_key_binds_another_computer_at_once(counter):
    key = counter.key()
    counter.ask(key)
    key_self_service.release(key=key, slot=None, today=TODAY)

    assert counter.outcome(key, 2) == "new"
    assert counter.outcome(key, 1) == "refused"


def test_an_empty_or_unsaid_slot_frees_nothing(counter):
    key = counter.key("multi")
    for slot in (None, 1, 4):
        with pytest.raises(SlotEmpty):
            key_self_service.release(key=key, slot=slot, today=TODAY)
    counter.ask(key, 1)
    counter.ask(key, 2)
    with pytest.raises(SlotEmpty):
        key_self_service.release(key=key, slot=None, today=TODAY)


def test_a_binding_that_came_later_is_not_meant(counter):
    key = counter.key()
    counter.ask(key, 1)
    (before,) = key_self_service.slots(key=key)
    key_self_service.release(key=key, slot=1, bound=before.binding, today=TODAY)
    counter.ask(key, 2)

    with pytest.raises(SlotEmpty):
        key_self_service.release(key=key, slot=1, bound=before.binding, today=TODAY)


def test_two_releases_a_year(counter):
    key = counter.key()
    for number in (1, 2, 3):
        counter.ask(key, number)
        if number < 3:
            key_self_service.release(key=key, slot=1, today=TODAY)
    with pytest.raises(ReleasesUsedUp):
        key_self_service.release(key=key, slot=1, today=TODAY + timedelta(days=364))

    assert seen(key_self_service.release(key=key, slot=1, today=TODAY + timedelta(days=365))) == [(1, None)]


def test_who_freed_too_often_is_told_when_the_key_moves_by_itself(counter):
    for kind, days in (("multi", 120), ("manufacturer", None)):
        key = counter.key(kind)
        counter.ask(key, 1, today=TODAY - timedelta(days=5))
        with pytest.raises(ReleasesUsedUp) as caught:
            for number in range(2, 20):
                counter.ask(key, number)
                key_self_service.release(key=key, slot=2 if kind == "multi" else 1, today=TODAY)
        assert caught.value.transfer_from == (days and TODAY + timedelta(days=days - 5))


@pytest.mark.parametrize(
    ("state", "reason"), [(State.SUSPECT, "phone-only"), (State.BLOCKED, "key-blocked"), (State.REPLACED, "key-replaced")]
)
def test_a_barred_key_frees_nothing_and_says_why(counter, state, reason):
    key = counter.key()
    counter.ask(key)
    ProductKey.objects.update(state=state)
    with pytest.raises(KeyBarred) as caught:
        key_self_service.release(key=key, slot=1, today=TODAY)
    assert caught.value.reason == reason


def test_an_ended_binding_is_kept_until_its_day_comes(counter):
    key = counter.key()
    counter.ask(key)
    key_self_service.release(key=key, slot=None, today=TODAY)

    assert binding.forget_ended(before=TODAY) == 0
    assert binding.forget_ended(before=TODAY + timedelta(days=1)) == 1
