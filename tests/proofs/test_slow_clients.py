"""200 slow bodies, 200 slow headers and 2,000 idle connections at once: an honest client is answered within a second."""

import json
import time

import pytest

from tests import slow_clients
from tests.slow_clients import Asked, ask

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("proofs")]
CROWD = {"bodies": 200, "headers": 200, "idle": 2000}
SECONDS = 45
ENDS = {"header": 10, "idle": 10, "body": 30}  # regsvc/front.cfg
LATE = 3  # seconds until the crowd sees an end: it looks once a second
REGISTRATION = json.dumps({"product": "srv-std"}).encode()
GOOD = {204, 202}


def honest(port: int, *, seconds: float) -> list[Asked]:
    """Pings and registrations, each on a connection of its own."""
    asked = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        asked += [ask(port, "GET", "/ping"), ask(port, "POST", "/api/v1/registrations", REGISTRATION)]
        time.sleep(0.05)
    return asked


def test_slow_clients_wait_alone(house, verdict):
    way = house.stage.ports.ways()["public"]
    honest(way.open, seconds=2)
    with slow_clients.crowd(way.open, **CROWD) as crowd:
        asked = honest(way.open, seconds=SECONDS)
        longest, came = crowd.longest(), len(crowd.clients)
    faults = [each for each in asked if each.status not in GOOD or each.seconds > 1]
    faults += [(kind, longest[kind]) for kind, seconds in ENDS.items() if not seconds - 1 < longest[kind] < seconds + LATE]
    faults += [] if came == sum(CROWD.values()) else [f"only {came} came"]
    with slow_clients.crowd(way.inner, **CROWD):
        past = honest(way.inner, seconds=1)
    house.until(house.parts["public"].ready, "the web process did not come back")

    taken = sorted(each.seconds for each in asked)
    figures = {"median_ms": taken[len(taken) // 2], "p99_ms": taken[len(taken) * 99 // 100], "slowest_ms": taken[-1]}
    ended = {f"{kind}_ended_after_s": round(seconds, 1) for kind, seconds in longest.items()}
    unanswered = sum(each.status == 0 for each in past)
    verdict(
        "slow clients",
        faults,
        answers=len(asked),
        **{name: round(1000 * seconds, 1) for name, seconds in figures.items()},
        **ended,
        without_haproxy=f"{unanswered} of {len(past)} unanswered",
    )
    assert unanswered == len(past)
