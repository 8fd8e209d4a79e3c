"""Stores that hang, refuse writes or lose their keys' rows: 503 within seconds, and everything goes on by itself afterwards."""

import json
import os
import random
import signal
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from devtools.demo import computers
from devtools.demo.caller import Caller
from tests.proofs import topology

pytestmark = pytest.mark.proof
SECONDS = 6.0  # within which an answer must come while a store hangs


@pytest.fixture
def own(tmp_path):
    """A house of this test's own: it stops its stores."""
    with topology.house(tmp_path / "house") as found:
        yield found


@contextmanager
def stopped(server):
    """The server and all its sessions say nothing, and its kernel still acknowledges."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    pids = [server.pid, *map(int, children.split())]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def read_only(house, alias):
    """Every new transaction of the store refuses writes."""
    with psycopg.connect(house.servers.superuser_url(alias), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
            connection.execute("SELECT pg_reload_conf()")


def asked(url, method, path, body=None, **headers):
    """Status and seconds of one request."""
    began = time.monotonic()
    raw = None if body is None else json.dumps(body).encode()
    with Caller(url) as caller:
        status = caller.ask(
            method, path, body=raw, headers=({"Content-Type": "application/json"} if raw else {}) | headers
        ).status
    return status, time.monotonic() - began


def registers(house):
    """One registration; its status and seconds."""
    body = {"product": "srv-std", "contact": {"email": f"{uuid.uuid4().hex}@example.org"}}
    return asked(house.url, "POST", "/api/v1/registrations", body)


def activates(house):
    """A key's computer, perhaps once more; status and seconds. Many keys: the door counts the calls of each."""
    sold = random.choice([each for each in house.stage.notes.product_keys if each.channel == "retail"])
    return asked(
        house.stage.ports.urls()["activation"], "POST", "/api/v1/activations", computers._asked(sold, random.Random(sold.key))
    )


ASKING = {"public": (registers, "default", 202), "activation": (activates, "activation", 200)}


def again_and_again(act, house, seen, over):
    while not over.wait(0.2):
        seen.append(act(house))


@contextmanager
def visitors(act, house, count=8):
    """Several callers at once, again and again; what each was answered, and after how long."""
    seen, over = [], threading.Event()
    threads = [threading.Thread(target=again_and_again, args=(act, house, seen, over)) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def watched(url, seconds, paths=("/healthz", "/ping", "/readyz")):
    """The answers of the health pages for some seconds."""
    found = {path: [] for path in paths}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for path in paths:
            found[path].append(asked(url, "GET", path))
        time.sleep(0.2)
    return found


@pytest.mark.parametrize("role", ASKING)
def test_a_hung_store_gives_503_within_seconds(own, verdict, role):
    act, store, good = ASKING[role]
    url = own.stage.ports.urls()[role]
    with visitors(act, own) as seen:
        own.until(lambda: len(seen) > 20)
        assert seen[-1][0] == good
        with stopped(own.servers.postgres[store]):
            time.sleep(SECONDS)
            seen.clear()
            health = watched(url, 15)
            during = list(seen)
        last = len(seen)
        own.until(lambda: good in {status for status, _ in seen[last:]}, f"nobody gets in afterwards: {seen[-1]}", seconds=20)
    slowest = max(seconds for _, seconds in during)
    alive = max(seconds for _, seconds in health["/healthz"])
    pinged = max(seconds for _, seconds in health["/ping"])
    faults = [f"answered {status}" for status, _ in during if status != 503]
    faults += [f"healthz {status}" for status, _ in health["/healthz"] if status != 200]
    faults += [f"{path} {status}" for path in ("/ping", "/readyz") for status, _ in health[path] if status != 503]
    faults += [f"slowest answer {slowest:.1f} s"] * (slowest > SECONDS) + [f"healthz {alive:.1f} s"] * (alive > 1)
    own.until(own.settled, "letters wait", seconds=60)
    verdict(
        f"hung store, {role}",
        faults,
        answers=len(during),
        slowest=round(slowest, 1),
        ping=round(pinged, 1),
        healthz=round(alive, 2),
    )


def test_a_store_that_refuses_writes_for_a_minute_loses_nothing(own, verdict):
    receipts = [own.register(contact={"email": f"before{number}@example.org"}) for number in range(20)]
    with read_only(own, "default"):
        own.until(lambda: asked(own.url, "GET", "/ping")[0] == 503, "ping says good", seconds=3)
        status, seconds = asked(own.url, "POST", "/api/v1/registrations", {"product": "srv-std"})
        assert (status, seconds < 2) == (503, True)
        time.sleep(60)
    own.until(lambda: asked(own.url, "GET", "/ping")[0] == 204, "ping stays bad", seconds=5)
    receipts += [own.register(contact={"email": f"after{number}@example.org"}) for number in range(20)]
    own.until(own.settled, "letters wait", seconds=60)
    ((rows,),) = own.rows("default", "SELECT count(*) FROM registration_registration")
    own.until(lambda: all(own.mine("GET", receipt) == 200 for receipt in receipts), "not filed", seconds=10)
    verdict("read-only store", [f"{rows} filed"] * (rows != 40), registrations=40)


def test_a_read_only_keystore_asks_to_try_again(own):
    receipt = own.register()
    own.until(lambda: own.mine("GET", receipt) == 200)
    with read_only(own, "keystore"):
        assert own.mine("DELETE", receipt) == 503
    own.until(lambda: own.mine("DELETE", receipt) == 202, seconds=5)
