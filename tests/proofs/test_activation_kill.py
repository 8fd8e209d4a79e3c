"""Activations under fire: the service and its PostgreSQL are killed with -9. What was answered is stored, and nothing twice."""

import http.client
import random
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import product

import psycopg
import pytest

from devtools.demo.caller import Caller
from tests.activation.conftest import computer
from tests.proofs import topology

pytestmark = pytest.mark.xdist_group("proofs")
SLOTS, COMPUTERS, CLIENTS = 3, 8, 32
ISSUE = f"""
from datetime import date
from activation import issuing
from activation.models import Batch
batch = issuing.open_batch(Batch(number=900, product="srv-std", channel="multi", slots={SLOTS}, policy="multi-1"), today=date.today())
print("\\n".join(key.text for keys in issuing.issue(batch=batch, count=%d) for key in keys))
"""
HELD = """
SELECT encode(key.locator, 'hex'), encode(binding.hardware, 'hex'), binding.released_on IS NULL
  FROM activation_binding AS binding JOIN activation_keyslot AS slot ON slot.id = binding.slot_id
  JOIN activation_productkey AS key ON key.id = slot.key_id WHERE key.batch_id = 900
"""


@dataclass(slots=True)
class Asking:
    """One computer that wants one key, until it is answered."""

    key: str
    hardware: str
    attempt: str = field(default_factory=lambda: str(uuid.uuid4()))
    outcome: str = ""
    retries: int = 0

    def ask(self, url):
        body = {"product_key": self.key, "product": "srv-std", "hardware_version": 1, "hardware": self.hardware}
        while not self.outcome:
            try:
                with Caller(url) as caller:
                    answer = caller.post("/api/v1/activations", body | {"attempt": self.attempt})
            except (OSError, http.client.HTTPException):
                answer = None
            if answer and answer.status in {200, 409}:
                self.outcome = answer.json().get("outcome", "refused")
                return
            assert answer is None or answer.status >= 500, (answer.status, answer.body)
            self.retries += 1
            time.sleep(0.1)


def storm(house, asking, kills, seed):
    """Everybody asks at once, while one of the two is killed as often as is wanted."""
    url, chance = house.stage.ports.urls()["activation"], random.Random(seed)
    with ThreadPoolExecutor(CLIENTS) as clients:
        living = [clients.submit(each.ask, url) for each in asking]
        for number in range(1, kills + 1):
            house.until(
                lambda share=number / (kills + 1): answered(asking) >= len(asking) * share, "nobody is answered", seconds=240
            )
            if chance.random() < 0.5:
                house.servers.postgres["activation"].kill()
                house.servers.postgres["activation"].start()
            else:
                house.kill("activation")
                house.parts["activation"].start()
        for each in living:
            each.result()


def answered(asking):
    return sum(bool(each.outcome) for each in asking)


def faults(house, asking):
    """Everything that is not as it was answered."""
    from activation import product_keys

    held = Counter((locator, hardware) for locator, hardware, live in house.rows("activation", HELD) if live)
    by_key = Counter(locator for locator, _ in held.elements())
    for each in asking:
        count = held[product_keys.read(each.key).locator.hex(), each.hardware]
        if count != (each.outcome == "new"):
            yield f"answered {each.outcome}, and bound {count} times"
    for locator, count in by_key.items():
        if count != SLOTS:
            yield f"{count} computers hold the key {locator}"
    if len({product_keys.read(each.key).locator.hex() for each in asking}) != len(by_key):
        yield "a key holds no computer"
    if any(not live for *_, live in house.rows("activation", HELD)):
        yield "a binding was ended"


def proved(house, verdict, *, keys, kills):
    seed, began = random.randrange(2**32), time.monotonic()
    made = house.run_as("operator", ISSUE % keys).split()[-keys:]
    asking = [Asking(key, computer(number).text) for key, number in product(made, range(COMPUTERS))]
    random.Random(seed).shuffle(asking)
    storm(house, asking, kills, seed)
    retries, seconds = sum(each.retries for each in asking), round(time.monotonic() - began)
    verdict(
        "activations under fire",
        list(faults(house, asking)),
        keys=keys,
        activations=len(asking),
        kills=kills,
        retries=retries,
        seed=seed,
        seconds=seconds,
    )
    return asking


def test_no_answered_activation_is_lost_or_doubled_while_everything_is_killed(house, verdict):
    asking = proved(house, verdict, keys=8, kills=2)

    with psycopg.connect(house.servers.superuser_url("activation"), autocommit=True) as store:
        store.execute(
            "DELETE FROM activation_binding WHERE id = (SELECT id FROM activation_binding WHERE outcome = 'new' LIMIT 1)"
        )
    assert any("answered new, and bound 0 times" in fault for fault in faults(house, asking))


@pytest.mark.proof
def test_no_answered_activation_is_lost_in_sixty_kills(tmp_path, verdict):
    with topology.house(tmp_path / "house") as own:
        proved(own, verdict, keys=400, kills=60)
