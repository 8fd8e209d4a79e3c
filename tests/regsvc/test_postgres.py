"""The backend: no wait for a store is without end, and one that is silent is asked by one caller at a time."""

import os
import signal
import time

import psycopg
import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from devtools.embedded import Servers
from regsvc.postgres import connection as bounds
from regsvc.postgres.base import breakers

pytestmark = pytest.mark.django_db(databases=["default"])
NOWHERE = {"ENGINE": "regsvc.postgres", "HOST": "127.0.0.1", "PORT": 1, "NAME": "x", "USER": "x", "PASSWORD": "x"}


def handler(alias, longest=0.5, timeout=0.5, **address):
    """Connections to one store, with short bounds."""
    pool = {"min_size": 1, "max_size": 2, "timeout": timeout, "connection_class": bounds.bounded(longest)}
    told = NOWHERE | address | {"CONN_HEALTH_CHECKS": True, "OPTIONS": {"pool": pool, "connect_timeout": 1}}
    return ConnectionHandler({"default": NOWHERE, alias: told})


@pytest.fixture
def store(request):
    """A name that no other test's breaker has."""
    alias = request.node.name
    yield alias
    breakers.pop(alias, None)


def test_a_breaker_lets_one_caller_try_after_its_pause(monkeypatch):
    breaker, now = bounds.Breaker(), [0.0]
    monkeypatch.setattr(bounds.time, "monotonic", lambda: now[0])
    assert not breaker.refuses(trying=5)

    breaker.trip()
    assert breaker.refuses(trying=5)
    now[0] = bounds.PAUSE + 0.1
    assert [breaker.refuses(trying=5) for _ in range(3)] == [False, True, True]
    now[0] += 5.1
    assert not breaker.refuses(trying=5)  # the one that tried never came back
    breaker.reset()
    assert not breaker.refuses(trying=5)


def test_who_meets_an_absent_store_spares_the_next_one_the_wait(store):
    stores = handler(store)
    with pytest.raises(OperationalError):
        stores[store].cursor()

    began = time.monotonic()
    with pytest.raises(OperationalError, match="just been silent"):
        stores[store].cursor()

    assert time.monotonic() - began < 0.2
    stores[store].close_pool()


def test_a_statement_that_a_stopped_server_never_answers_ends_and_the_store_comes_back(store, tmp_path):
    with Servers(tmp_path / "own", fsync=False) as servers:
        server = servers.postgres["default"]
        stores = handler(
            store, PORT=server.port, NAME="postgres", USER="postgres", PASSWORD=server.passwords["postgres"], timeout=1
        )
        with stores[store].cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (session,) = cursor.fetchone()
            os.kill(session, signal.SIGSTOP)
            began = time.monotonic()
            with pytest.raises(OperationalError, match="silent for 0.5 seconds"):
                cursor.execute("SELECT 1")
            assert time.monotonic() - began < 2
        os.kill(session, signal.SIGCONT)
        stores[store].close()
        time.sleep(bounds.PAUSE + 0.1)
        with stores[store].cursor() as cursor:
            cursor.execute("SELECT 1")
        stores[store].close()
        stores[store].close_pool()


def test_every_role_has_its_bound(settings):
    options = settings.DATABASES["default"]["OPTIONS"]

    assert issubclass(options["pool"]["connection_class"], psycopg.Connection)
    assert options["connect_timeout"] + options["pool"]["timeout"] < 10
    assert options["tcp_user_timeout"] == 10_000
