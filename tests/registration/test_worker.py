"""Real Celery workers on the real broker: tasks carry nothing, and losing the broker's memory loses nothing."""

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from django.conf import settings

from intake.models import Letter
from registration.models import Confirmation
from regsvc.celery import app
from tests.registration import subprocesses

pytestmark = pytest.mark.real_transactions
UPDATES = "updates/vendor"


def forget(client: redis.Redis) -> None:
    """Every message is lost. What is bound to what stays: a broker that restarts makes its callers bind anew."""
    for key in client.scan_iter():
        if b"_kombu.binding" not in key:
            client.delete(key)


@pytest.fixture
def broker():
    """The broker of this run, empty; no worker of an earlier test waits at it any more."""
    turn = Path(os.environ["REGSVC_TEST_ROOT"], "broker.turn")
    with turn.open("w") as held, redis.Redis.from_url(settings.BROKER_URL) as client:
        fcntl.flock(held, fcntl.LOCK_EX)  # the workers of a run share one broker
        while client.info("clients")["blocked_clients"]:
            time.sleep(0.02)
        forget(client)
        yield client
        forget(client)


@pytest.fixture
def workers(life, sink, broker, tmp_path):
    """A registrar's and a mailer's worker in one process, on this test's databases."""
    options = ["-Q", "registrar,service", "--pool=solo", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    argv = [sys.executable, "-m", "celery", "-A", "regsvc.celery", "worker", *options]
    with subprocesses.running(argv, tmp_path / "log", REGSVC_SMTP_URL=f"smtp://127.0.0.1:{sink.port}"):
        yield tmp_path / "log"


def ring(*names: str, **said: int) -> None:
    """Call tasks as the clock does: from another process."""
    code = f"from registration import tasks\nfrom regsvc import celery\nfor name in {names!r}: getattr(tasks, name).delay(**{said!r})"
    settings_of = dict(os.environ) | subprocesses.urls() | {"DJANGO_SETTINGS_MODULE": "regsvc.settings"}
    subprocess.run(subprocesses.python(code), env=settings_of, cwd=subprocesses.ROOT, check=True, timeout=30)


def until(condition, log, seconds=40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(log.read_text()[-1500:])


def test_a_registration_goes_all_the_way_through_workers(life, sink, broker, workers):
    receipt = life.register(UPDATES, contact={"name": "Ada Canary"})
    ring("sweep")
    until(lambda: Letter.objects.get().status == "accepted", workers)
    ring("send_service_mail")
    until(lambda: sink.counts() == {"ada@example.org": 1}, workers)
    life.confirm(dict(sink.links_to("ada@example.org"))["confirm"])
    ring("sweep", said_by_a_newer_caller=1)
    until(lambda: life.marketing(receipt) == {UPDATES}, workers)
    ring("tidy")
    until(lambda: "tidied" in workers.read_text(), workers)

    log = workers.read_text()
    assert "swept" in log
    assert "mails sent" in log
    assert not any(word in log for word in ("Canary", "ada@example.org", receipt.text, str(receipt.registration)))


def test_tasks_carry_nothing(life, broker):
    life.register(UPDATES)
    ring("sweep", "send_service_mail", "tidy")

    keys = broker.keys("regsvc:*")
    messages = [json.loads(raw) for queue in ("registrar", "service") for raw in broker.lrange(f"regsvc:{queue}", 0, -1)]
    assert keys
    assert len(messages) == 3
    assert {(each["headers"]["argsrepr"], each["headers"]["kwargsrepr"]) for each in messages} == {("()", "{}")}


def test_what_the_broker_forgets_the_next_ring_makes_up_for(life, sink, broker, workers):
    life.register(UPDATES)
    forget(broker)
    time.sleep(0.2)
    assert Letter.objects.get().status == "waiting"

    ring("sweep")
    until(lambda: Letter.objects.get().status == "accepted", workers)
    ring("send_service_mail")
    until(lambda: Confirmation.objects.get().state == "sent", workers)
    assert sink.counts() == {"ada@example.org": 1}


def test_every_task_that_the_clock_rings_exists_and_has_its_queue():
    app.loader.import_default_modules()
    rings = app.conf.beat_schedule.values()
    assert {ring["task"] for ring in rings} <= set(app.tasks)
    assert {ring["options"]["queue"] for ring in rings} == {"registrar", "service"}
