"""What the operator does to a key: each act fits some states, and the next activation feels it at once."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connections

from activation import key_admin, pressure, product_keys, tallies
from activation.binding import UnknownKey
from activation.key_admin import FITS, Act, DoesNotFit, SlotChanged
from activation.models import Binding, ProductKey
from activation.policies import POLICIES
from activation.rules import State
from tests.activation.conftest import TODAY

PRESSED = POLICIES["retail-1"].suspect_at
DO = {
    Act.BLOCK: key_admin.block,
    Act.UNBLOCK: key_admin.unblock,
    Act.CLEAR: key_admin.clear,
    Act.REPLACE: partial(key_admin.replace, nonce=uuid.uuid4()),
}


def state(key):
    return ProductKey.objects.get(locator=key.locator).state


def leaked(counter):
    """A key in use that became suspect, because so many other computers tried it."""
    key = counter.key()
    for number in range(1, 40):
        counter.ask(key, number)
        if state(key) == State.SUSPECT:
            return key
    raise AssertionError


def test_a_key_is_found_by_itself_and_by_its_locator(counter):
    key = counter.key("multi")
    counter.ask(key)

    for typed in (key.text, key.text.lower(), key.locator.hex(), key.locator.hex().upper(), f" {key.locator.hex(' ', 2)} "):
        found = key_admin.find(wanted=key_admin.named(typed), today=TODAY)

        assert bytes(found.key.locator) == key.locator
        assert [place.bound_on for place in found.places] == [TODAY, None, None]
        assert (found.refused, found.flagged) == (0, False)


@pytest.mark.parametrize("typed", ["", "a1b2c3", "zz" * 6, "x" * 500])
def test_what_is_neither_is_refused_before_the_store_is_asked(typed):
    with pytest.raises(product_keys.NotAKey):
        key_admin.named(typed)


def test_a_mistyped_key_names_the_place(counter):
    text = counter.key().text
    wrong = ("0" if text[0] != "0" else "1") + text[1:]

    with pytest.raises(product_keys.Mistyped) as caught:
        key_admin.named(wrong)
    assert (caught.value.group, caught.value.symbol) == (1, 1)


def test_a_blocked_key_activates_nothing_until_it_is_unblocked(counter):
    key = counter.key()

    key_admin.block(locator=key.locator, today=TODAY)
    assert counter.ask(key).decision.reason == "key-blocked"
    key_admin.unblock(locator=key.locator, today=TODAY)
    assert counter.outcome(key) == "new"


def test_an_unblocked_key_is_suspect_if_it_is_still_under_pressure(counter):
    key = leaked(counter)

    key_admin.block(locator=key.locator, today=TODAY)
    key_admin.unblock(locator=key.locator, today=TODAY)

    assert state(key) == State.SUSPECT


def test_a_cleared_key_is_not_suspect_again_at_the_next_refusal(counter):
    key = leaked(counter)
    assert key_admin.find(wanted=key, today=TODAY).refused >= PRESSED
    assert [each.locator for each in pressure.flagged(today=TODAY)] == [key.locator.hex()]

    key_admin.clear(locator=key.locator, today=TODAY)

    assert counter.ask(key, 50).decision.reason == "in-use"
    assert (state(key), key_admin.find(wanted=key, today=TODAY).refused) == (State.LIVE, 1)
    assert pressure.flagged(today=TODAY) == []


def test_a_freed_slot_takes_another_computer_and_does_not_count_for_the_holder(counter):
    key = counter.key()
    bound = counter.ask(key).binding

    key_admin.release(locator=key.locator, bound=bound, today=TODAY)

    assert counter.outcome(key, 2) == "new"
    assert Binding.objects.get(id=bound).ended == "freed"


@pytest.mark.parametrize("which", ["nobody's", "an earlier one", "another key's"])
def test_only_the_binding_that_was_seen_is_freed(counter, which):
    key = counter.key()
    earlier = counter.ask(key).binding
    key_admin.release(locator=key.locator, bound=earlier, today=TODAY)
    counter.ask(key, 2)
    meant = {"nobody's": uuid.uuid4(), "an earlier one": earlier, "another key's": counter.ask(counter.key()).binding}[which]

    with pytest.raises(SlotChanged):
        key_admin.release(locator=key.locator, bound=meant, today=TODAY)

    assert counter.outcome(key, 2) == "same"
    assert tallies.of(TODAY)["srv-std", "operator-release"] == 1


def test_a_replaced_key_is_refused_and_the_new_one_activates(counter):
    key = counter.key("multi")
    counter.ask(key)

    new = key_admin.replace(locator=key.locator, nonce=uuid.uuid4(), today=TODAY)

    assert counter.ask(key, 2).decision.reason == "key-replaced"
    assert (new.batch, counter.outcome(new, 1), counter.ask(new, 2).of) == (key.batch, "new", 3)


@pytest.mark.parametrize("act", DO)
@pytest.mark.parametrize("before", State)
def test_an_act_is_done_in_the_states_that_it_fits_and_in_no_other(counter, act, before):
    key = counter.key()
    ProductKey.objects.filter(locator=key.locator).update(state=before)
    shown = act in key_admin.find(wanted=key, today=TODAY).acts

    if before in FITS[act]:
        DO[act](locator=key.locator, today=TODAY)
    else:
        with pytest.raises(DoesNotFit):
            DO[act](locator=key.locator, today=TODAY)

    assert shown is (before in FITS[act])
    assert ("srv-std", f"operator-{act}") in tallies.of(TODAY) or not shown


@pytest.mark.parametrize("act", DO)
def test_an_unknown_locator_changes_nothing(counter, act):
    with pytest.raises(UnknownKey):
        DO[act](locator=b"nobody", today=TODAY)


@pytest.mark.real_transactions
def test_operators_at_the_same_key_at_once_replace_it_once(counter):
    key = counter.key()

    def told(_):
        try:
            return key_admin.replace(locator=key.locator, nonce=uuid.uuid4(), today=TODAY).batch
        except DoesNotFit:
            return None
        finally:
            connections["activation"].close()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(told, range(6)))

    assert sorted(answers, key=bool) == [None] * 5 + [key.batch]
    assert ProductKey.objects.count() == 2


def test_a_page_that_is_sent_twice_replaces_once_and_shows_the_same_key(counter):
    key, nonce = counter.key(), uuid.uuid4()
    new = key_admin.replace(locator=key.locator, nonce=nonce, today=TODAY)

    assert key_admin.replace(locator=key.locator, nonce=nonce, today=TODAY) == new
    with pytest.raises(DoesNotFit):
        key_admin.replace(locator=key.locator, nonce=uuid.uuid4(), today=TODAY)
    assert ProductKey.objects.count() == 2
