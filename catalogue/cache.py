"""Keeping what was read from the database for some seconds, and for some minutes while the database is away."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import structlog
from django.db import InterfaceError, OperationalError

FRESH = 10.0  # seconds for which nobody looks again
STALE = 600.0  # seconds for which the old one still serves while the database is away
Thing = TypeVar("Thing")
log = structlog.get_logger("regsvc.catalogue")


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Thing]):
    thing: Thing
    read_at: float
    tried_at: float

    def serves(self, now: float) -> bool:
        return now - self.read_at < STALE

    def settled(self, now: float) -> bool:
        return self.serves(now) and now - self.tried_at < FRESH


class Keeper(Generic[Thing]):
    """Keeps the newest reading. One thread at a time reads a newer one while the others go on with the old."""

    def __init__(self, read: Callable[[], Thing]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._kept: _Kept[Thing] | None = None

    def current(self, now: float) -> Thing:
        """What was read at most ten seconds ago, or at most ten minutes ago while the database is away.

        Args:
            now: Monotonic seconds.

        Raises:
            OperationalError: The database is away, and nothing young enough is at hand.
        """
        kept = self._kept
        if kept and kept.settled(now):
            return kept.thing
        alone = self._lock.acquire(blocking=not (kept and kept.serves(now)))
        if kept and not alone:
            return kept.thing
        try:
            return self._renewed(now)
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Read again at the next call."""
        self._kept = None

    def _renewed(self, now: float) -> Thing:
        kept = self._kept
        if kept and kept.settled(now):
            return kept.thing
        try:
            thing = self._read()
        except (OperationalError, InterfaceError):
            if not (kept and kept.serves(now)):
                raise
            log.warning("catalogue not read again", code="database-away")
            self._kept = replace(kept, tried_at=now)
            return kept.thing
        self._kept = _Kept(thing, read_at=now, tried_at=now)
        return thing
