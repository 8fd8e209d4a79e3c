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
        again_on: The first day on which its holder can free a slot again; None if only the operator does.
    """

    def __init__(self, transfer_from: date | None, again_on: date | None) -> None:
        super().__init__("a key was freed as often as it can be in a year")
        self.transfer_from = transfer_from
        self.again_on = again_on


class Allowance(NamedTuple):
    """How often the holder may free a slot of a key.

    Args:
        of: In 365 days.
        left: Of these, now.
        more_on: The first day on which one more is left than now; None if none was used.
    """

    of: int
    left: int
    more_on: date | None


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
        if not (allowed := _allowance(row, today=today)).left:
            bound_on = min(place.bound_on for place in places if place.bound_on)
            raise ReleasesUsedUp(rules.moves_from(policies.POLICIES[row.batch.policy], bound_on), allowed.more_on)
        binding.finish(used[0], ended=Binding.Ended.RELEASED, today=today)
        tallies.count(day=today, product=row.batch.product, answer="released")
    freed = used[0].number
    return [SlotView(place.number, None) if place.number == freed else _seen(place) for place in places]


def _seen(place: binding.Place) -> SlotView:
    return SlotView(place.number, place.bound_on, place.binding)


def allowance(*, key: Key | bytes, today: date) -> Allowance:
    """How often the holder of a key may free a slot of it; raises binding.UnknownKey."""
    with transaction.atomic(using=STORE):
        return _allowance(binding.lock(key), today=today)


def _allowance(key: ProductKey, *, today: date) -> Allowance:
    of = policies.POLICIES[key.batch.policy].releases_a_year
    ended = Binding.objects.using(STORE).filter(slot__key=key, ended=Binding.Ended.RELEASED, released_on__gt=today - YEAR)
    days = [day for day in ended.order_by("released_on").values_list("released_on", flat=True) if day]
    more_on = days[max(0, len(days) - of)] + YEAR if of and days else None
    return Allowance(of, max(0, of - len(days)), more_on)
