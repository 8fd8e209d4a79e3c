"""The rules, case by case: every outcome and every reason, without a store."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activation import rules
from activation.hardware import Flag, Hardware
from activation.policies import POLICIES
from activation.rules import Asked, Outcome, Reason, Slot, Standing, State

TODAY = date(2026, 11, 24)
HOME = Hardware(Flag(0), (1, 1, 1, 1, 1, 1, 1, 1))
TUNED = Hardware(Flag(0), (1, 1, 1, 2, 1, 1, 1, 1))
OTHER = Hardware(Flag(0), (9, 9, 9, 9, 1, 1, 2, 2))
THIRD = Hardware(Flag(0), (33, 33, 33, 33, 3, 3, 3, 3))


def held(number=1, hardware=HOME, days=10) -> Slot:
    return Slot(number, hardware, TODAY - timedelta(days=days))


def decided(hardware=HOME, *slots, policy="retail-1", state=State.LIVE, product="srv-std", **asked):
    return rules.decide(
        policy=POLICIES[policy],
        standing=Standing(state, "srv-std", slots or (Slot(1),)),
        asked=Asked(hardware, product, **asked),
        today=TODAY,
    )


def test_an_unused_key_is_bound():
    assert decided(HOME, Slot(1))[:3] == (Outcome.NEW, Reason.SLOT_FREE, 1)


def test_the_same_computer_is_the_same_and_nothing_is_written():
    assert decided(HOME, held()) == (Outcome.SAME, Reason.UNCHANGED, 1, False, None, ())


def test_a_tolerated_change_becomes_the_new_measure():
    assert decided(TUNED, held()) == (Outcome.SAME, Reason.WITHIN_TOLERANCE, 1, True, None, ("system",))


def test_another_computer_too_soon_is_told_the_day_and_what_differs():
    decision = decided(OTHER, held(days=119))

    assert decision[:2] == (Outcome.REFUSED, Reason.IN_USE)
    assert decision.transfer_from == TODAY + timedelta(days=1)
    assert decision.changed == ("board", "disk", "network", "system", "memory", "firmware")


def test_another_computer_in_time_gets_the_key():
    assert decided(OTHER, held(days=120))[:3] == (Outcome.TRANSFERRED, Reason.TRANSFER_DUE, 1)


def test_a_key_that_never_moves_names_no_day():
    for policy in ("retail-fixed-1", "manufacturer-1"):
        decision = decided(OTHER, held(days=5000), policy=policy)
        assert (decision.reason, decision.transfer_from) == (Reason.IN_USE, None)


def test_the_operator_moves_a_key_before_its_time_and_nobody_else_does():
    assert decided(OTHER, held(), telephone=True, approved=True)[:2] == (Outcome.TRANSFERRED, Reason.TRANSFER_APPROVED)
    assert decided(OTHER, held(), telephone=True).reason == Reason.IN_USE
    assert decided(OTHER, held(), approved=True).reason == Reason.IN_USE


def test_several_slots_fill_in_order_and_then_the_oldest_moves():
    slots = (held(1, HOME, 200), Slot(3), Slot(2))
    assert decided(OTHER, *slots, policy="multi-1")[:3] == (Outcome.NEW, Reason.SLOT_FREE, 2)

    full = (held(1, HOME, 150), held(2, OTHER, 200))
    assert decided(THIRD, *full, policy="multi-1")[:3] == (Outcome.TRANSFERRED, Reason.TRANSFER_DUE, 2)


def test_a_computer_is_recognised_in_whatever_slot_it_is():
    assert decided(OTHER, Slot(1), held(2, HOME), held(3, OTHER), policy="multi-1")[:3] == (
        Outcome.SAME,
        Reason.UNCHANGED,
        3,
    )


def test_volume_keys_need_no_activation():
    assert decided(HOME, Slot(1), policy="volume-1")[:3] == (Outcome.NOT_REQUIRED, Reason.VOLUME, None)


def test_blocked_and_replaced_keys_are_refused_even_at_home():
    assert decided(HOME, held(), state=State.BLOCKED)[:2] == (Outcome.REFUSED, Reason.KEY_BLOCKED)
    assert decided(HOME, held(), state=State.REPLACED)[:2] == (Outcome.REFUSED, Reason.KEY_REPLACED)
    assert decided(HOME, Slot(1), policy="volume-1", state=State.BLOCKED).reason == Reason.KEY_BLOCKED


def test_a_suspect_key_goes_by_telephone_but_its_holder_is_left_alone():
    assert decided(HOME, held(), state=State.SUSPECT).outcome == Outcome.SAME
    assert decided(OTHER, Slot(1), state=State.SUSPECT)[:2] == (Outcome.REFUSED, Reason.PHONE_ONLY)
    assert decided(OTHER, Slot(1), state=State.SUSPECT, telephone=True).outcome == Outcome.NEW


def test_a_key_of_another_product_is_refused():
    assert decided(HOME, held(), product="desk-pro")[:2] == (Outcome.REFUSED, Reason.WRONG_PRODUCT)


def test_a_key_without_slots_activates_nothing():
    decision = rules.decide(
        policy=POLICIES["retail-1"], standing=Standing(State.LIVE, "srv-std", ()), asked=Asked(HOME, "srv-std"), today=TODAY
    )
    assert decision.reason == Reason.IN_USE


@pytest.mark.parametrize(("refused", "state"), [(2, None), (9, None), (10, State.SUSPECT), (200, State.SUSPECT)])
def test_many_refused_computers_make_a_key_suspect(refused, state):
    assert rules.under_pressure(POLICIES["retail-1"], refused=refused) == state


digests = st.tuples(*[st.integers(1, 63)] * 4, *[st.integers(1, 7)] * 4).map(lambda each: Hardware(Flag(0), each))
slots = st.lists(st.one_of(st.none(), st.tuples(digests, st.integers(0, 400))), min_size=1, max_size=6)


keys = st.fixed_dictionaries({"policy": st.sampled_from(sorted(POLICIES)), "state": st.sampled_from(list(State))})
ways = st.fixed_dictionaries({"telephone": st.booleans(), "approved": st.booleans()})


@given(slots, digests, keys, ways)
def test_a_decision_is_always_sound(held_by, asking, key, way):
    made = [
        Slot(number, each[0], TODAY - timedelta(days=each[1])) if each else Slot(number) for number, each in enumerate(held_by, 1)
    ]
    decision = decided(asking, *made, **key, **way)
    slot = next((each for each in made if each.number == decision.slot), None)

    assert (decision.slot is None) == (decision.outcome in {Outcome.REFUSED, Outcome.NOT_REQUIRED})
    if decision.outcome == Outcome.NEW:
        assert slot.hardware is None
    if decision.outcome in {Outcome.SAME, Outcome.TRANSFERRED}:
        assert slot.hardware is not None
    if (
        any(each.hardware == asking for each in made)
        and key["policy"] != "volume-1"
        and key["state"] in {State.LIVE, State.SUSPECT}
    ):
        assert decision.outcome == Outcome.SAME
    if key["state"] in {State.BLOCKED, State.REPLACED}:
        assert decision.outcome == Outcome.REFUSED


def test_the_policies_are_published_as_they_are():
    page = (Path(rules.__file__).parent.parent / "docs" / "activation.md").read_text(encoding="utf-8")
    for each in POLICIES.values():
        moves = "never" if each.transfer_days is None else f"{each.transfer_days} days"
        days = (f"{number} days" for number in (each.grace_days, each.changed_days, each.lease_days))
        cells = (each.name, each.channel, moves, each.releases_a_year, *days, each.flag_at, each.suspect_at)
        assert f"| {' | '.join(map(str, cells))} |" in page
