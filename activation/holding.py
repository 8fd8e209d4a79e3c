"""What the holder of a key may do alone: see its slots by day, and free one. To have the key is enough; there is no account."""

import uuid
from datetime import date, timedelta
from typing import NamedTuple

from django.db import transaction

from activation import binding, policies, rules, tallies
from activation.models import Binding, ProductKey
from activation.product_keys import Key
from activation.rules import Reason, State

STORE = "activation"
YEAR = timedelta(days=365)
BARRED = {State.SUSPECT: Reason.PHONE_ONLY, State.BLOCKED: Reason.KEY_BLOCKED, State.REPLACED: Reason.KEY_REPLACED}


class KeyBarred(Exception):
    """The key is blocked, replaced or suspect: only the operator helps.

    Args:
        reason: Which of them.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__("a key that is not in order frees nothing")
        self.reason = reason


class SlotEmpty(Exception):
    """There is no computer in that slot, or it was not said which of several is meant."""


class ReleasesUsedUp(Exception):
    """The key freed as many slots this year as its policy allows.

    Args:
        transfer_from: The first day on which the key moves to another computer by itself; None if it never does.
    """

    def __init__(self, transfer_from: date | None) -> None:
        super().__init__("a key was freed as often as it can be in a year")
        self.transfer_from = transfer_from


class SlotView(NamedTuple):
    """One slot as its holder sees it; what is bound to it is named for the form that frees it."""

    slot: int
    bound_on: date | None
    binding: uuid.UUID | None = None


def slots(*, key: Key | bytes) -> list[SlotView]:
    """The slots of a key, or of the key of a locator that its holder was handed; raises binding.UnknownKey."""
    with transaction.atomic(using=STORE):
        return [_seen(place) for place in binding.occupied(binding.lock(key))]


def release(*, key: Key | bytes, slot: int | None, bound: uuid.UUID | None = None, today: date) -> list[SlotView]:
    """Free a slot; without a number the only one in use.

    Args:
        key: The key, or the locator that its holder was handed.
        slot: The slot's number.
        bound: The binding that the holder saw: one that came later is not meant.
        today: The day.

    Raises:
        binding.UnknownKey, KeyBarred, SlotEmpty, ReleasesUsedUp: Nothing was freed.
    """
    with transaction.atomic(using=STORE):
        row = binding.lock(key)
        if row.state != State.LIVE:
            raise KeyBarred(BARRED[State(row.state)])
        places = binding.occupied(row)
        used = [place for place in places if place.binding and slot in {None, place.number} and bound in {None, place.binding}]
        if len(used) != 1:
            raise SlotEmpty
        policy = policies.POLICIES[row.batch.policy]
        if released(key=row, today=today) >= policy.releases_a_year:
            raise ReleasesUsedUp(rules.moves_from(policy, min(place.bound_on for place in places if place.bound_on)))
        binding.finish(used[0], ended=Binding.Ended.RELEASED, today=today)
        tallies.count(day=today, product=row.batch.product, answer="released")
    freed = used[0].number
    return [SlotView(place.number, None) if place.number == freed else _seen(place) for place in places]


def _seen(place: binding.Place) -> SlotView:
    return SlotView(place.number, place.bound_on, place.binding)


def released(*, key: ProductKey, today: date) -> int:
    """How many slots the holder of a key freed in the year up to *today*."""
    ended = Binding.objects.using(STORE).filter(slot__key=key, ended=Binding.Ended.RELEASED, released_on__gt=today - YEAR)
    return ended.count()
