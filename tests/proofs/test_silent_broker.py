"""A broker that is silent for 45 seconds, five times, while people register: workers recover by themselves, without a hand."""

import os
import signal
import threading
import time

import pytest

from tests.proofs import houses

PURPOSE = "updates/vendor"
SILENT, TIMES = 45.0, 5
RECOVERED = 120.0  # seconds after the broker speaks again


class Visitors:
    """People who register one after the other, four a second, as long as the block."""

    def __init__(self, house):
        self.house, self.count, self.over = house, 0, threading.Event()
        self.thread = threading.Thread(target=self._come)

    def _come(self):
        while not self.over.wait(0.25):
            self.house.register(PURPOSE, contact={"email": f"silent{self.count}@example.org"})
            self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


class Tended:
    """The demo's supervisor, watching as long as the block. Nobody else starts anything again."""

    def __init__(self, house):
        self.house, self.over = house, threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self.over.wait(0.2):
            self.house.tend()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


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


def mailed(house, visitors):
    return sum(to.startswith("silent") for to in house.sink.counts())


def recovers(house, visitors):
    """Seconds until everything that was registered while the broker was silent is filed and mailed."""
    wanted, began = visitors.count, time.monotonic()
    house.until(lambda: filed(house) >= wanted, f"filed {filed(house)} of {wanted}", seconds=RECOVERED)
    house.until(lambda: mailed(house, visitors) >= wanted, f"mailed {mailed(house, visitors)} of {wanted}", seconds=RECOVERED)
    return round(time.monotonic() - began, 1)


@pytest.mark.proof
def test_workers_recover_from_a_silent_broker_by_themselves(tmp_path, verdict):
    with houses.house(tmp_path / "house") as house, Tended(house), Visitors(house) as visitors:
        house.until(lambda: filed(house) > 10)
        seconds = []
        for _ in range(TIMES):
            silent(house, SILENT)
            seconds.append(recovers(house, visitors))
        visitors.over.set()
        visitors.thread.join()
        house.until(house.settled)
        twice = [to for to, count in house.sink.counts().items() if count > 1]
        missing = visitors.count - mailed(house, visitors)
        faults = [f"mailed twice: {len(twice)}"] * bool(twice) + [f"not mailed: {missing}"] * bool(missing)
        verdict("silent broker", faults, silences=TIMES, registrations=visitors.count, slowest_recovery_seconds=max(seconds))
