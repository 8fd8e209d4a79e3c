"""How many different computers a key was refused to. Counted without an address, and without keeping the computers.

A day's sketch has 256 bits. A refused computer sets one of them, chosen by a MAC under the pepper and the key's id. The bits of
seven days laid over each other give the count; it is at most a little too low.
"""

from datetime import date, timedelta

from django.db import connections

from activation import keychain, rules
from activation.hardware import Hardware
from activation.models import SKETCH_BYTES, KeyPressure, ProductKey
from activation.policies import Policy

WINDOW = timedelta(days=7)
STORE = "activation"
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


def forget(*, before: date) -> int:
    """Delete the days that no window reaches any more."""
    return KeyPressure.objects.using(STORE).filter(day__lte=before - WINDOW).delete()[0]


def _window(key: ProductKey, today: date) -> list[tuple[date, bytes]]:
    days = KeyPressure.objects.using(STORE).filter(key=key, day__gt=today - WINDOW, day__lte=today)
    return [(day, bytes(sketch)) for day, sketch in days.values_list("day", "sketch")]


def _bit(key: ProductKey, hardware: Hardware) -> int:
    return keychain.mark("pressure", key.id.bytes + bytes(hardware))[0]


def _together(sketches: list[int]) -> int:
    over = 0
    for sketch in sketches:
        over |= sketch
    return over.bit_count()
