"""Whether a process is ready, asked of the process itself."""

import http.client
import socket
from collections.abc import Callable
from pathlib import Path

from celery import Celery

ANSWER_SECONDS = 0.5
OK = 200


def web(port: int) -> Callable[[], bool]:
    """A web role: it reaches every store and key of its row."""

    def ready() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ready


def worker(broker: str, name: str) -> Callable[[], bool]:
    """A Celery worker: it answers a ping through the broker."""
    app = Celery(name, broker=broker)
    app.conf.broker_transport_options = {"global_keyprefix": "regsvc:"}

    def ready() -> bool:
        return bool(app.control.ping(destination=[f"{name}@demo"], timeout=ANSWER_SECONDS, limit=1))

    return ready


def told(log: Path, words: str) -> Callable[[], bool]:
    """A process that nobody can ask: its log says so."""
    return lambda: log.exists() and words in log.read_text(encoding="utf-8", errors="replace")


def both(smtp: int, page: int) -> Callable[[], bool]:
    """The mail sink: it takes mail and shows pages. The list of mails is not asked for: it takes longer the more there are."""
    return lambda: _greets(smtp) and _greets(page, b"HEAD /style.css HTTP/1.0\r\nHost: localhost\r\n\r\n")


def _greets(port: int, first: bytes = b"") -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(first)
            return bool(connection.recv(64))
    except OSError:
        return False
