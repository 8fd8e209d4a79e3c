"""A worker that takes no rings any more ends itself and is started anew; one that only has nothing to do lives on."""

import time

import pytest
import redis
from celery.worker import state
from django.conf import settings

from registration import heartbeat
from regsvc import watchdog
from tests.registration import subprocesses

CODE = """
from regsvc import celery, watchdog
watchdog.INTERVAL, watchdog.PATIENCE = 0.2, 1.0
celery.app.worker_main(["worker", "-Q", "registrar", "--pool=solo", "--without-gossip", "--without-mingle", "-n", "deaf@test"])
"""


class Broker:
    """Whether rings wait, as the test says."""

    waits = False

    def __call__(self):
        return self.waits


@pytest.fixture
def broker():
    return Broker()


@pytest.fixture
def dog(broker, monkeypatch):
    monkeypatch.setattr(state, "total_count", {})
    monkeypatch.setattr(state, "active_requests", [])
    return watchdog.Watchdog(waiting=broker, now=0)


def test_a_worker_without_rings_lives_on(dog):
    assert [dog.fault(now=now) for now in (50, 100, 1000)] == [None] * 3


def test_a_worker_that_leaves_rings_waiting_is_deaf(dog, broker):
    broker.waits = True

    assert [dog.fault(now=now) for now in (5, 59, 61)] == [None, None, "no ring is heard"]


def test_a_task_that_begins_shows_that_it_hears(dog, broker):
    broker.waits = True
    assert dog.fault(now=50) is None
    state.total_count["sweep"] = 1

    assert [dog.fault(now=now) for now in (55, 110, 116)] == [None, None, "no ring is heard"]


def test_a_long_task_is_let_be_and_one_without_end_is_not(dog, broker):
    broker.waits = True
    state.total_count["sweep"] = 1
    state.active_requests.append("sweep")

    assert [dog.fault(now=now) for now in (1, 500, 900, 902)] == [None, None, None, "a task hangs"]


def test_a_worker_between_two_long_tasks_has_its_time_to_take_the_next(dog, broker):
    broker.waits = True
    state.total_count["mail"] = 1
    state.active_requests.append("mail")
    assert [dog.fault(now=now) for now in (1, 62)] == [None, None]
    state.active_requests.clear()

    assert [dog.fault(now=now) for now in (63, 121, 123)] == [None, None, "no ring is heard"]


def test_a_broker_that_does_not_answer_makes_nobody_deaf(settings):
    settings.BROKER_URL = "redis://:x@127.0.0.1:1/0"

    assert not watchdog.rings_wait(["registrar"])


@pytest.mark.real_transactions
def test_a_worker_that_answers_pings_and_takes_nothing_ends_itself(life, tmp_path):
    from regsvc.celery import app

    log = tmp_path / "log"
    with subprocesses.running(subprocesses.python(CODE), log) as worker, redis.Redis.from_url(settings.BROKER_URL) as broker:
        deadline = time.monotonic() + 60
        while not app.control.ping(destination=["deaf@test"], timeout=0.5) and time.monotonic() < deadline:
            pass
        app.control.cancel_consumer("registrar", destination=["deaf@test"], reply=True)
        assert app.control.ping(destination=["deaf@test"], timeout=5)
        for _ in range(2):  # the first one meets a question that the worker had asked before
            broker.lpush("regsvc:registrar", "{}")
            time.sleep(0.5)

        code = worker.wait(30)
        broker.delete("regsvc:registrar")

    assert code == watchdog.EXIT_CODE
    assert '"no ring is heard"' in log.read_text()


def test_a_run_that_ended_is_noted(life):
    heartbeat.beat(heartbeat.SWEEP, at=life.at, stuck=2)
    heartbeat.beat(heartbeat.SWEEP, at=life.at, stuck=3)

    assert heartbeat.stuck() == 3
