"""The stock of product keys: each batch with what it is good for, and how many of its keys are in use, blocked or replaced."""

from typing import NamedTuple

from django.db.models import Count

from activation.models import Batch, Binding, ProductKey
from activation.rules import State

STORE = "activation"


class Stock(NamedTuple):
    """A batch and its numbers.

    Args:
        batch: Its row.
        keys: How many keys it has.
        states: How many of them are in each state.
        used: How many slots hold a computer.
    """

    batch: Batch
    keys: int
    states: dict[str, int]
    used: int


def batches() -> list[Stock]:
    """Every batch, by number. Three statements, however many there are."""
    states: dict[int, dict[str, int]] = {}
    keys = ProductKey.objects.using(STORE).values_list("batch_id", "state").annotate(count=Count("id")).order_by()
    for number, state, count in keys:
        states.setdefault(number, {})[state] = count
    live = Binding.objects.using(STORE).filter(released_on__isnull=True)
    used = dict(live.values_list("slot__key__batch_id").annotate(count=Count("id")).order_by())
    return [_stock(batch, states.get(batch.number, {}), used) for batch in Batch.objects.using(STORE).order_by("number")]


def _stock(batch: Batch, states: dict[str, int], used: dict[int, int]) -> Stock:
    every = {str(state): states.get(state, 0) for state in State}
    return Stock(batch, sum(every.values()), every, used.get(batch.number, 0))
