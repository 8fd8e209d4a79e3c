"""How many different computers a key was refused to. Counted without an address, and without keeping the computers.

A day's sketch has 256 bits. A refused computer sets one of them, chosen by a MAC under the pepper and the key's id. The bits of
seven days laid over each other give the count; it is at most a little too low.
"""

from datetime import date, timedelta
from typing import NamedTuple

from django.db import connections

from activation import keychain, policies, rules
from activation.hardware import Hardware
from activation.models import SKETCH_BYTES, KeyPressure, ProductKey
from activation.policies import Policy

WINDOW = timedelta(days=7)
STORE = "activation"
SKETCHES = "SELECT day, sketch FROM activation_keypressure WHERE key_id = %s AND day > %s AND day <= %s"
KEEP = """
INSERT INTO activation_keypressure (key_id, day, sketch) VALUES (%s, %s, %s)
ON CONFLICT (key_id, day) DO UPDATE SET sketch = EXCLUDED.sketch
"""


def note(*, key: ProductKey, hardware: Hardware, policy: Policy, today: date) -> int:
    """Note a refused computer, and make the key suspect if there were too many. The key's row is locked.

    Returns:
        How many different computers were refused in seven days.
    """
    sketches = {day: int.from_bytes(sketch) for day, sketch in _window(key, today)}
    made = sketches.get(today, 0) | 1 << _bit(key, hardware)
    if made != sketches.get(today):
        with connections[STORE].cursor() as cursor:
            cursor.execute(KEEP, [key.id, today, made.to_bytes(SKETCH_BYTES)])
    refused = _together([*sketches.values(), made])
    state = rules.under_pressure(policy, refused=refused)
    if state and key.state == rules.State.LIVE:
        key.state = state
        key.save(using=STORE, update_fields=["state"])
    return refused


def refused(*, key: ProductKey, today: date) -> int:
    """How many different computers were refused a key in the seven days up to *today*."""
    return _together([int.from_bytes(sketch) for _, sketch in _window(key, today)])


def clear(*, key: ProductKey) -> None:
    """Count a key from nothing again: without that, the next refused computer would make it suspect once more."""
    KeyPressure.objects.using(STORE).filter(key=key).update(sketch=bytes(SKETCH_BYTES))


class Pressed(NamedTuple):
    """A key that was refused to several computers."""

    locator: str
    state: str
    batch: int
    product: str
    refused: int


def flagged(*, today: date) -> list[Pressed]:
    """The keys that were refused to so many computers in seven days that the operator should look, the most pressed first."""
    rows = KeyPressure.objects.using(STORE).filter(day__gt=today - WINDOW, day__lte=today)
    columns = rows.values_list(
        "key__locator", "key__state", "key__batch_id", "key__batch__product", "key__batch__policy", "sketch"
    )
    sketches: dict[tuple[bytes, str, int, str, str], int] = {}
    for locator, state, batch, product, policy, sketch in columns:
        name = (bytes(locator), state, batch, product, policy)
        sketches[name] = sketches.get(name, 0) | int.from_bytes(sketch)
    found = [
        Pressed(locator.hex(), state, batch, product, over.bit_count())
        for (locator, state, batch, product, policy), over in sketches.items()
        if over.bit_count() >= policies.POLICIES[policy].flag_at
    ]
    return sorted(found, key=lambda each: (-each.refused, each.locator))


def forget(*, before: date) -> int:
    """Delete the days that no window reaches any more."""
    return KeyPressure.objects.using(STORE).filter(day__lte=before - WINDOW).delete()[0]


def _window(key: ProductKey, today: date) -> list[tuple[date, bytes]]:
    with connections[STORE].cursor() as cursor:
        cursor.execute(SKETCHES, [key.id, today - WINDOW, today])
        return list(cursor.fetchall())


def _bit(key: ProductKey, hardware: Hardware) -> int:
    return keychain.mark("pressure", key.id.bytes + bytes(hardware))[0]


def _together(sketches: list[int]) -> int:
    over = 0
    for sketch in sketches:
        over |= sketch
    return over.bit_count()
