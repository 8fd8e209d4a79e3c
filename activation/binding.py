"""Binding a product key to a computer, so that no storm of requests can ever bind one too many.

The key's row is locked first and its slots are read in a second statement. One statement would do both only seemingly: what it
reads is older than the lock that it waited for, and the same computer would be told that the key is in use.
The limit itself stands in the schema: slots are made with the key, and each holds one live binding.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from django.db import connections, transaction

from activation import hardware, keychain, policies, pressure, rules, tallies
from activation.hardware import Hardware
from activation.models import Batch, Binding, ProductKey
from activation.policies import Policy
from activation.product_keys import Key
from activation.rules import Decision, Outcome, Reason

STORE = "activation"
KEY_FIELDS = ("id", "epoch", "mac", "locator", "batch_id", "state")
BATCH_FIELDS = ("number", "product", "edition", "channel", "slots", "policy", "agreement_id")
# In SQL, because the ORM takes longer to write these statements than PostgreSQL to run them.
LOCK = f"""
SELECT {", ".join(f"key.{name}" for name in KEY_FIELDS)}, {", ".join(f"batch.{name}" for name in BATCH_FIELDS)}
  FROM activation_productkey AS key JOIN activation_batch AS batch ON batch.number = key.batch_id
"""  # noqa: S608 (our own names)
LOCK_BY_MAC = LOCK + "WHERE key.mac = ANY (%s) FOR NO KEY UPDATE OF key"
LOCK_BY_LOCATOR = LOCK + "WHERE key.locator = ANY (%s) FOR NO KEY UPDATE OF key"
SLOTS = """
SELECT slot.id, slot.number, live.id, live.hardware, live.bound_on, live.attempt, live.outcome
  FROM activation_keyslot AS slot LEFT JOIN activation_binding AS live ON live.slot_id = slot.id AND live.released_on IS NULL
 WHERE slot.key_id = %s ORDER BY slot.number
"""
BIND = """
INSERT INTO activation_binding (id, slot_id, hardware_version, hardware, product, bound_on, outcome, attempt)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
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
        hardware: The computer as its certificate names it: with the flags under which it was bound.
        used: Slots in use.
        of: Slots of the key.
    """

    decision: Decision
    key: ProductKey
    policy: Policy
    binding: uuid.UUID | None
    hardware: Hardware
    used: int
    of: int


class Place(NamedTuple):
    """A slot's row and its live binding."""

    slot: uuid.UUID
    number: int
    binding: uuid.UUID | None
    computer: Hardware | None
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
        decision = rules.decide(policy=policy, standing=standing(key, places), asked=_asked(request), today=today)
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
    bound = place.computer if place and decision.outcome == Outcome.SAME else None
    asked = replace(request.hardware, flags=bound.flags) if bound else request.hardware
    return Answer(decision=decision, key=key, policy=policy, binding=binding, hardware=asked, used=used, of=len(places))


def lock(wanted: Key | bytes) -> ProductKey:
    """The key's row, locked until the transaction ends, so that its requests wait for each other. A new pepper is taken over.

    Raises:
        UnknownKey: There is no such key.
    """
    macs = [] if isinstance(wanted, bytes) else keychain.macs(wanted)
    row = _row(LOCK_BY_LOCATOR, [wanted]) if isinstance(wanted, bytes) else _row(LOCK_BY_MAC, [mac.value for mac in macs])
    if row is None:
        if macs and keychain.new_pepper(macs):
            return lock(wanted)
        raise UnknownKey
    key = ProductKey.from_db(STORE, KEY_FIELDS, row[: len(KEY_FIELDS)])
    key.batch = Batch.from_db(STORE, BATCH_FIELDS, row[len(KEY_FIELDS) :])
    if macs and key.epoch != macs[-1].epoch:
        key.epoch, key.mac = macs[-1]
        key.save(update_fields=["epoch", "mac"])
    return key


def _row(sql: str, names: list[bytes]) -> tuple[Any, ...] | None:
    with connections[STORE].cursor() as cursor:
        cursor.execute(sql, [names])
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def occupied(key: ProductKey) -> list[Place]:
    """The key's slots and what is bound in them. Call it in a statement of its own, after the lock."""
    with connections[STORE].cursor() as cursor:
        cursor.execute(SLOTS, [key.id])
        return [
            Place(slot, number, binding, _computer(stored), *rest) for slot, number, binding, stored, *rest in cursor.fetchall()
        ]


def _computer(stored: bytes | None) -> Hardware | None:
    return hardware.unpack(int.from_bytes(stored)) if stored else None


def standing(key: ProductKey, places: Sequence[Place]) -> rules.Standing:
    """The key and its slots as the rules see them."""
    slots = [rules.Slot(place.number, place.computer, place.bound_on) for place in places]
    return rules.Standing(rules.State(key.state), key.batch.product, slots)


def _asked(request: Request) -> rules.Asked:
    return rules.Asked(request.hardware, request.product, request.telephone, request.approved)


def _store(place: Place, decision: Decision, request: Request, mark: bytes | None, today: date) -> uuid.UUID | None:
    """Write what was decided; returns the binding."""
    if decision.outcome == Outcome.SAME:
        if decision.rebase and place.computer and place.binding:
            rebased = hardware.rebased(place.computer, request.hardware)
            Binding.objects.using(STORE).filter(id=place.binding).update(hardware=bytes(rebased))
        return place.binding
    if decision.outcome == Outcome.TRANSFERRED:
        finish(place, ended=Binding.Ended.TRANSFERRED, today=today)
    made, hashed = uuid.uuid4(), bytes(request.hardware)
    with connections[STORE].cursor() as cursor:
        named: list[Any] = [made, place.slot, hardware.VERSION, hashed, request.product, today, decision.outcome, mark]
        cursor.execute(BIND, named)
    return made


def finish(place: Place, *, ended: Binding.Ended, today: date) -> None:
    """End the live binding of a slot."""
    live = Binding.objects.using(STORE).filter(slot_id=place.slot, released_on__isnull=True)
    live.update(released_on=today, ended=ended, attempt=None)


def forget_ended(*, before: date) -> int:
    """Delete the bindings that ended before a day."""
    return Binding.objects.using(STORE).filter(released_on__lt=before).delete()[0]


def forget_attempts(*, before: date) -> int:
    """Forget the names of attempts of earlier days; a repetition after that is answered `same`."""
    return Binding.objects.using(STORE).filter(attempt__isnull=False, bound_on__lt=before).update(attempt=None)
