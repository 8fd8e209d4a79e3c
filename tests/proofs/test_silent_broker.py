"""A broker that is silent for 45 seconds, five times, while people register: workers recover by themselves, without a hand."""

import os
import signal
import time

import pytest

from tests.proofs import topology
from tests.proofs.visiting import Tended, Visitors

SILENT, TIMES = 45.0, 5
RECOVERED = 120.0  # seconds after the broker speaks again


def silent(house, seconds):
    pid = house.servers.valkey.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


def filed(house):
    ((count,),) = house.rows("default", "SELECT count(*) FROM registration_registration")
    return count


def mailed(house):
    return sum(to.startswith("visitor") for to in house.sink.counts())


def recovers(house, visitors):
    """Seconds until everything that was registered while the broker was silent is filed and mailed."""
    wanted, began = visitors.count, time.monotonic()
    house.until(lambda: filed(house) >= wanted, f"filed {filed(house)} of {wanted}", seconds=RECOVERED)
    house.until(lambda: mailed(house) >= wanted, f"mailed {mailed(house)} of {wanted}", seconds=RECOVERED)
    return round(time.monotonic() - began, 1)


@pytest.mark.proof
def test_workers_recover_from_a_silent_broker_by_themselves(tmp_path, verdict):
    with topology.house(tmp_path / "house") as house, Tended(house), Visitors(house) as visitors:
        house.until(lambda: filed(house) > 10)
        seconds = []
        for _ in range(TIMES):
            silent(house, SILENT)
            seconds.append(recovers(house, visitors))
        visitors.stop()
        house.until(house.settled)
        twice = [to for to, count in house.sink.counts().items() if count > 1]
        missing = visitors.count - mailed(house)
        faults = [f"mailed twice: {len(twice)}"] * bool(twice) + [f"not mailed: {missing}"] * bool(missing)
        verdict("silent broker", faults, silences=TIMES, registrations=visitors.count, slowest_recovery_seconds=max(seconds))
