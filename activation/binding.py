"""Binding a product key to a computer, so that no storm of requests can ever bind one too many.

The key's row is locked first and its slots are read in a second statement. One statement would do both only seemingly: what it
reads is older than the lock that it waited for, and the same computer would be told that the key is in use.
The limit itself stands in the schema: slots are made with the key, and each holds one live binding.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.db import connections, transaction
from django.db.models import FilteredRelation, Q

from activation import hardware, keychain, policies, pressure, rules, tallies
from activation.hardware import Hardware
from activation.models import Binding, KeySlot, ProductKey
from activation.policies import Policy
from activation.product_keys import Key
from activation.rules import Decision, Outcome, Reason

STORE = "activation"
PATIENCE = "SET LOCAL lock_timeout = '2s'"
COUNTED = (Reason.IN_USE, Reason.PHONE_ONLY)


class UnknownKey(Exception):
    """No such key was ever issued here. Mistyped keys do not come so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked.

    Args:
        key: The product key, or its locator when it comes by telephone.
        product: The product to activate.
        hardware: The computer.
        attempt: The client's own name for this attempt: repeated, it is answered alike.
        telephone: Whether the operator asks.
        approved: Whether the operator moves the key before its time.
    """

    key: Key | bytes = field(repr=False)
    product: str
    hardware: Hardware
    attempt: uuid.UUID | None = None
    telephone: bool = False
    approved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was decided, after it was stored.

    Args:
        decision: The decision.
        key: The key's row with its batch.
        policy: The rules that it was decided under.
        binding: The binding that holds the computer now, if any.
        used: Slots in use.
        of: Slots of the key.
    """

    decision: Decision
    key: ProductKey
    policy: Policy
    binding: uuid.UUID | None
    used: int
    of: int


class Place(NamedTuple):
    """A slot's row and its live binding."""

    slot: uuid.UUID
    number: int
    binding: uuid.UUID | None
    hardware: bytes | None
    bound_on: date | None
    attempt: bytes | None
    outcome: str | None


def activate(*, request: Request, today: date) -> Answer:
    """Decide a request and store what follows from it.

    Raises:
        UnknownKey: There is no such key.
        django.db.OperationalError: The key's row was locked for two seconds, or the store is away. Nothing was stored.
    """
    with transaction.atomic(using=STORE):
        key = lock(request.key)
        policy = policies.POLICIES[key.batch.policy]
        places = occupied(key)
        decision = rules.decide(policy=policy, standing=_standing(key, places), asked=_asked(request), today=today)
        place = next((each for each in places if each.number == decision.slot), None)
        mark = keychain.mark("attempt", request.attempt.bytes) if request.attempt else None
        if place and place.outcome and mark and place.attempt == mark and decision.outcome == Outcome.SAME:
            binding, decision = place.binding, decision._replace(outcome=Outcome(place.outcome))
        else:
            binding = _store(place, decision, request, mark, today) if place else None
            tallies.count(day=today, product=key.batch.product, answer=decision.outcome)
        if decision.reason in COUNTED:
            pressure.note(key=key, hardware=request.hardware, policy=policy, today=today)
    used = len({each.number for each in places if each.binding} | ({place.number} if place else set()))
    return Answer(decision=decision, key=key, policy=policy, binding=binding, used=used, of=len(places))


def lock(wanted: Key | bytes) -> ProductKey:
    """The key's row, locked until the transaction ends, so that its requests wait for each other. A new pepper is taken over.

    Raises:
        UnknownKey: There is no such key.
    """
    with connections[STORE].cursor() as cursor:
        cursor.execute(PATIENCE)
    macs = [] if isinstance(wanted, bytes) else keychain.macs(wanted)
    found = Q(locator=wanted) if isinstance(wanted, bytes) else Q(mac__in=[mac.value for mac in macs])
    rows = ProductKey.objects.using(STORE).defer("confirmation", "confirmation_epoch").select_related("batch")
    rows = rows.select_for_update(of=("self",), no_key=True)
    key = rows.filter(found).first()
    if key is None:
        raise UnknownKey
    if macs and key.epoch != macs[-1].epoch:
        key.epoch, key.mac = macs[-1]
        key.save(update_fields=["epoch", "mac"])
    return key


def occupied(key: ProductKey) -> list[Place]:
    """The key's slots and what is bound in them. Call it in a statement of its own, after the lock."""
    live = FilteredRelation("binding", condition=Q(binding__released_on__isnull=True))
    rows = (
        KeySlot.objects.using(STORE)
        .filter(key=key)
        .annotate(live=live)
        .order_by("number")
        .values_list("id", "number", "live__id", "live__hardware", "live__bound_on", "live__attempt", "live__outcome")
    )
    return [Place(*row[:3], _plain(row[3]), row[4], _plain(row[5]), row[6]) for row in rows]


def _plain(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)


def _standing(key: ProductKey, places: Sequence[Place]) -> rules.Standing:
    slots = [
        rules.Slot(place.number, hardware.unpack(int.from_bytes(place.hardware)) if place.hardware else None, place.bound_on)
        for place in places
    ]
    return rules.Standing(rules.State(key.state), key.batch.product, slots)


def _asked(request: Request) -> rules.Asked:
    return rules.Asked(request.hardware, request.product, request.telephone, request.approved)


def _store(place: Place, decision: Decision, request: Request, mark: bytes | None, today: date) -> uuid.UUID | None:
    """Write what was decided; returns the binding."""
    if decision.outcome == Outcome.SAME:
        if decision.rebase and place.binding:
            Binding.objects.using(STORE).filter(id=place.binding).update(hardware=bytes(request.hardware))
        return place.binding
    if decision.outcome == Outcome.TRANSFERRED:
        finish(place, ended=Binding.Ended.TRANSFERRED, today=today)
    return (
        Binding.objects.using(STORE)
        .create(
            slot_id=place.slot,
            hardware_version=hardware.VERSION,
            hardware=bytes(request.hardware),
            product=request.product,
            bound_on=today,
            outcome=decision.outcome,
            attempt=mark,
        )
        .id
    )


def finish(place: Place, *, ended: Binding.Ended, today: date) -> None:
    """End the live binding of a slot."""
    live = Binding.objects.using(STORE).filter(slot_id=place.slot, released_on__isnull=True)
    live.update(released_on=today, ended=ended, attempt=None)


def forget_attempts(*, before: date) -> int:
    """Forget the names of attempts of earlier days; a repetition after that is answered `same`."""
    return Binding.objects.using(STORE).filter(attempt__isnull=False, bound_on__lt=before).update(attempt=None)
