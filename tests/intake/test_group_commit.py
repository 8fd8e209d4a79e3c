"""Letters that share a write: a caller waits for its own commit, never for ever, and is never told of one that was not."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, OperationalError

from intake import group_commit
from intake.letterbox import Row


def row(number):
    return Row(bytes([number]) * 32, None, None, "public", "2026-W48", b"sealed", datetime.now(UTC))


@pytest.fixture
def writer(monkeypatch):
    """A writer whose store is the test's own; `act` is what a write does."""
    made = group_commit.Writer.__new__(group_commit.Writer)
    made.act = lambda _group: None
    monkeypatch.setattr(group_commit.Writer, "_write", lambda self, group: self.act(group))
    made.__init__()
    return made


def failing(error):
    def act(_group):
        raise error

    return act


def test_a_mistake_is_an_error_for_each_caller_and_the_writer_lives_on(writer):
    writer.act = failing(ValueError("canary7q"))
    with pytest.raises(DatabaseError) as told:
        writer.store(row(1))
    assert "canary7q" not in str(told.value)

    writer.act = lambda _group: None
    assert writer.store(row(2)) is None


def test_a_caller_waits_for_some_seconds_only(writer, monkeypatch):
    monkeypatch.setattr(group_commit, "PATIENCE", 0.05)
    speak = threading.Event()
    writer.act = lambda _group: speak.wait(5)

    with pytest.raises(OperationalError):
        writer.store(row(1))
    speak.set()


def test_after_a_failure_one_caller_tries_and_the_others_fail_at_once(writer):
    writer.act = failing(OperationalError())
    with pytest.raises(OperationalError):
        writer.store(row(1))
    begun, speak = threading.Event(), threading.Event()
    writer.act = lambda _group: (begun.set(), speak.wait(5))
    trying = threading.Thread(target=writer.store, args=(row(2),))
    trying.start()
    begun.wait(5)

    with pytest.raises(OperationalError, match="another caller tries"):
        writer.store(row(3))
    speak.set()
    trying.join()
    assert writer.store(row(4)) is None
