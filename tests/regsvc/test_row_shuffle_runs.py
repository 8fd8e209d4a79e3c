"""The nightly rewrite while everything else runs, killed, held up, and as a command."""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from regsvc import roles, row_shuffle
from tests.registration import subprocesses
from tests.regsvc.nights import MARKS, UPDATES, content, counter, lived, night, today, unmarked
from tests.scenario import superuser

__all__ = ("counter", "today", "unmarked")
pytestmark = MARKS


def test_nothing_is_lost_and_nobody_fails_while_it_runs(life, counter, today, monkeypatch):
    monkeypatch.setattr(row_shuffle, "CHUNK", 20)
    lived(life, counter, people=20)
    keys, over = counter.keys(120), threading.Event()

    def asked(key):
        try:
            return counter.outcome(key)
        finally:
            connections.close_all()

    def nights():
        try:
            while not over.is_set():
                night(today)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as threads:
        rewrite = threads.submit(nights)
        try:
            told = threads.map(asked, keys)
            receipts = [life.register(UPDATES, email=f"bob{number}@example.org") for number in range(40) if life.sweep() or True]
            life.lower(receipts[0], UPDATES)
            life.sweep()
            assert set(told) == {"new"}
        finally:
            over.set()
        rewrite.result()

    assert {counter.outcome(key) for key in keys} == {"same"}
    assert all(life.live(receipt) >= {"support", "custody"} for receipt in receipts)
    assert life.states(receipts[0]) == {UPDATES: "withdrawn"}
    assert set(superuser("default", "SELECT status FROM intake_letter WHERE status <> 'accepted'")) == set()


KILLED = """
from datetime import date
from regsvc import row_shuffle
row_shuffle.CHUNK = 3
print("begun", flush=True)
while True:
    list(row_shuffle.rewrite(today=date(2026, 11, 24)))
"""


def test_killed_anywhere_it_leaves_every_row(life, counter, today, tmp_path):
    lived(life, counter)
    night(today)  # forgets what only a day may keep
    before, log = content(), tmp_path / "log"
    for seconds in (0.1, 0.4):
        log.write_text("")
        with subprocesses.running(subprocesses.python(KILLED), log):
            until(lambda: "begun" in log.read_text())
            time.sleep(seconds)
        assert content() == before


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)


def test_a_table_in_use_is_waited_for_and_then_named(life, counter, today, monkeypatch, settings):
    monkeypatch.setattr(row_shuffle, "TRIES", 2)
    monkeypatch.setattr(row_shuffle, "PAUSE", 0.01)
    settings.ROLE = roles.ROLES["migrate"]
    counter.ask(counter.key())
    with psycopg.connect(subprocesses.urls()["ACTIVATION_DATABASE_URL"]) as other:
        other.execute("SELECT FROM activation_daytally FOR UPDATE")
        with pytest.raises(CommandError, match="activation_daytally was in use for too long. Run it again"):
            call_command("rewrite", stdout=io.StringIO())


def test_the_command_says_what_it_did_and_only_the_owner_may(life, counter, settings):
    out = io.StringIO()
    counter.ask(counter.key())
    settings.ROLE = roles.ROLES["migrate"]
    call_command("rewrite", stdout=out)
    assert "activation: activation_binding: 1 rows\n" in out.getvalue()

    settings.ROLE = roles.ROLES["registrar"]
    with pytest.raises(CommandError, match="REGSVC_ROLE=migrate"):
        call_command("rewrite")
