"""Computers that activate in the demo, through the public API, so that the operator's pages have something to show."""

import random
from collections.abc import Callable, Iterator

from activation import hardware, product_keys
from devtools.demo.caller import Caller
from devtools.demo.seeding import Stalled
from devtools.demo.shop import ForSale
from devtools.demo.workspace import Stage

OK, IN_USE, PHONE_ONLY = 200, 409, 403
USED = 30  # of the first batch's keys; the others stay for whoever tries the demo
LEAKED = 14  # computers that try a key which stands on a web page


def activate(stage: Stage, *, tell: Callable[[str], None], tend: Callable[[], None]) -> str:
    """Let some computers activate, and one key be tried by too many; what was done, in words."""
    chance = random.Random(1)  # noqa: S311 (it makes samples, not secrets)
    done = 0
    with Caller(stage.ports.urls()["activation"]) as host:
        for sold in _plan(stage.notes.product_keys):
            answer = host.post("/api/v1/activations", _asked(sold, chance))
            if answer.status not in {OK, IN_USE, PHONE_ONLY}:
                raise Stalled(f"an activation was answered with {answer.status}")
            done += answer.status == OK
            tend()
            tell(f"{done} computers")
    return f"{done} computers, and one key that too many try"


def _plan(keys: list[ForSale]) -> Iterator[ForSale]:
    """Which key is used, in order."""
    retail = [sold for sold in keys if (sold.product, sold.channel) == ("srv-std", "retail")][:USED]
    multi = next(sold for sold in keys if sold.channel == "multi")
    yield from retail
    yield from [multi] * 3
    yield from [retail[0]] * LEAKED


def unused(keys: list[ForSale]) -> list[ForSale]:
    """The keys that no computer of the demo has."""
    taken = {sold.key for sold in _plan(keys)}
    return [sold for sold in keys if sold.key not in taken]


def _asked(sold: ForSale, chance: random.Random) -> dict[str, object]:
    parts = {component.name: f"{component.name} {chance.random()}" for component in hardware.COMPONENTS}
    measured = hardware.measure(product_keys.read(sold.key), parts)
    return {
        "product_key": sold.key,
        "product": sold.product,
        "hardware_version": hardware.VERSION,
        "hardware": measured.text,
        "language": "en",
        "client": "demo/1",
    }
