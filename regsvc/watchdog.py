"""A worker that has gone deaf ends itself, and whoever watches over it starts it anew.

Celery's consumer may stop taking messages after its broker was away, and still answer `inspect ping` (celery/celery#8030,
#10205). So a thread of each worker asks the broker, over a connection of its own, whether rings wait while no task runs.
It also says in the log what the health pages say: that no sweep or mail run has ended lately.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence

import redis
from celery.worker import state
from django.conf import settings
from django.db import connections

from regsvc import health, logs

INTERVAL = 5.0
PATIENCE = 60.0  # seconds in which rings wait and no task runs
LONGEST = 900.0  # seconds that one task may take: a worker without a pool has no time limits of its own
NAME = "watchdog"
EXIT_CODE = 70  # EX_SOFTWARE
Waiting = Callable[[], bool]


class Watchdog:
    """Whether this worker still takes tasks."""

    def __init__(self, *, waiting: Waiting, now: float) -> None:
        self.waiting = waiting
        self.begun = sum(state.total_count.values())
        self.started = now  # when the last task began
        self.idle = now  # since when no task runs although rings wait

    def fault(self, *, now: float) -> str | None:
        """What is wrong with this worker, if anything is.

        Args:
            now: Seconds of a steady clock.
        """
        if (begun := sum(state.total_count.values())) != self.begun:
            self.begun, self.started, self.idle = begun, now, now
        if state.active_requests:
            self.idle = now
            return "a task hangs" if now - self.started > LONGEST else None
        if not self.waiting():
            self.idle = now
        return "no ring is heard" if now - self.idle > PATIENCE else None


def start(*, queues: Sequence[str]) -> None:
    """Watch over this worker until it ends; once in a process."""
    if NAME not in {thread.name for thread in threading.enumerate()}:
        threading.Thread(target=_watch, args=(queues,), name=NAME, daemon=True).start()


def _watch(queues: Sequence[str]) -> None:
    dog = Watchdog(waiting=lambda: rings_wait(queues), now=time.monotonic())
    while True:
        time.sleep(INTERVAL)
        if fault := dog.fault(now=time.monotonic()):
            logs.log.error("worker ends itself", code=fault)
            os._exit(EXIT_CODE)  # the main thread may hang, and rows are the truth
        health.tell_alarms()
        connections.close_all()


def rings_wait(queues: Sequence[str]) -> bool:
    """Whether the broker holds messages for these queues. A broker that does not answer holds none that could be taken."""
    prefix = "regsvc:"
    try:
        with redis.Redis.from_url(settings.BROKER_URL, socket_timeout=2, socket_connect_timeout=2) as broker:
            return any(broker.llen(f"{prefix}{queue}") for queue in queues)
    except redis.RedisError:
        return False
