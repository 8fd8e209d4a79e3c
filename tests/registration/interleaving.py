"""Two people at one moment: a piece of work goes on statement by statement, and somebody acts before one of them."""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import psycopg
import pytest
from django.db import connections

from privacy import rows
from tests.registration import subprocesses

COPY = rows.copy
STORES = ("default", "keystore")
PATIENCE = 30


class Died(BaseException):
    """The process that did the work is killed: nothing catches this."""


class Meeting:
    """One run: *work*, and *act* before its statement number *moment*; then the work may die.

    The act runs in a thread with connections of its own. If it has to wait for a lock of the work, the work goes on.
    """

    def __init__(self, work: Callable[[], object], act: Callable[[], None], *, moment: int, dies: bool = False) -> None:
        self.work, self.act, self.moment, self.dies = work, act, moment, dies
        self.statements = 0
        self.waited = False
        self.failure: BaseException | None = None
        self.thread = threading.Thread(target=self._act)

    def run(self) -> "Meeting":
        with ExitStack() as stack:
            self.watches = [stack.enter_context(psycopg.connect(subprocesses.urls()[name], autocommit=True)) for name in URLS]
            try:
                with ExitStack() as wrapped:
                    for alias in STORES:
                        wrapped.enter_context(connections[alias].execute_wrapper(self._statement))
                    wrapped.enter_context(pytest.MonkeyPatch.context()).setattr(rows, "copy", self._copy)
                    self.work()
            except Died:
                for alias in STORES:
                    connections[alias].close()
            if self.thread.ident is None:
                self.thread.start()
            self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), "the two wait for each other"
        if self.failure:
            raise self.failure
        return self

    def _act(self) -> None:
        try:
            self.act()
        except BaseException as error:  # noqa: BLE001 (raised again in the test's own thread)
            self.failure = error
        finally:
            connections.close_all()

    def _statement(self, execute, sql, params, many, context):
        if self.statements == self.moment and self.thread.ident is None:
            self.thread.start()
            self._until_done_or_blocked()
        if self.dies and self.thread.ident is not None:
            raise Died
        self.statements += 1
        return execute(sql, params, many, context)

    def _copy(self, *given):
        """COPY is a statement too, which Django's wrappers do not see."""
        return self._statement(lambda *_: COPY(*given), "COPY", None, False, {})  # noqa: FBT003 (as Django calls a wrapper)

    def _until_done_or_blocked(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.thread.is_alive() and time.monotonic() < deadline:
            self.thread.join(0.004)
            if any(watch.execute(BLOCKED).fetchone()[0] for watch in self.watches):
                self.waited = True
                return


URLS = ("DATABASE_URL", "KEYSTORE_DATABASE_URL")
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
