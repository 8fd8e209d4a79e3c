"""Clients who hold connections: half a body or half a header, a little more of it each second; or nothing at all."""

import itertools
import resource
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from typing import NamedTuple, Self

LOOPBACK = "127.0.0.1"
PATIENCE = 5.0
SPARE = 500  # descriptors that a test process needs for itself
HEAD = b"POST /api/v1/registrations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
HEAD += b"X-Forwarded-For: 127.0.0.1\r\n"  # past HAProxy it would be believed, and a body is read then


class Kind(NamedTuple):
    """What a client sends at first, and then every second."""

    name: str
    first: bytes
    more: bytes


BODY = Kind("body", HEAD + b"Content-Length: 16000\r\n\r\n{", b" ")
CHUNKS = Kind("body", HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", b"1\r\n \r\n")
HEADER = Kind("header", HEAD + b"X-Slow: ", b"x")
IDLE = Kind("idle", b"", b"")


class Client:
    """One of them. Whoever is thrown out comes back at once."""

    def __init__(self, kind: Kind, port: int) -> None:
        self.kind, self.port = kind, port
        self.held: list[float] = []  # for how many seconds each of its connections lived
        self.socket, self.since = self.come()

    def come(self) -> tuple[socket.socket, float]:
        """A new connection, and when it began."""
        found = socket.create_connection((LOOPBACK, self.port), timeout=PATIENCE)
        found.sendall(self.kind.first)
        found.settimeout(0)
        return found, time.monotonic()

    def goes_on(self) -> None:
        """Send a little more, or come again."""
        try:
            while self.socket.recv(4096):
                pass
            closed = True
        except BlockingIOError:
            closed = False
        except OSError:
            closed = True
        if not closed:
            with suppress(OSError):  # the next look will see it
                self.socket.send(self.kind.more)
            return
        self.held.append(time.monotonic() - self.since)
        self.socket.close()
        with suppress(OSError):
            self.socket, self.since = self.come()


class Crowd:
    """All of them, in a thread."""

    def __init__(self, port: int, kinds: list[Kind]) -> None:
        self.clients = list(_came(port, kinds))
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.go_on)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_trouble: object) -> None:
        self.over.set()
        self.thread.join()
        for client in self.clients:
            client.socket.close()

    def go_on(self) -> None:
        while not self.over.wait(1.0):
            for client in self.clients:
                client.goes_on()

    def longest(self) -> dict[str, float]:
        """For how many seconds the longest connection of each kind lived, of those that were ended."""
        found: dict[str, float] = {}
        for client in self.clients:
            found[client.kind.name] = max([found.get(client.kind.name, 0.0), *client.held])
        return found


def _came(port: int, kinds: list[Kind]) -> Iterator[Client]:
    """All of them, or as many as the server takes."""
    for kind in kinds:
        try:
            yield Client(kind, port)
        except OSError:
            return


@contextmanager
def crowd(port: int, *, bodies: int = 0, headers: int = 0, idle: int = 0) -> Iterator[Crowd]:
    """So many of each hold connections to a port of this machine, as long as the block."""
    with descriptors(bodies + headers + idle + SPARE):
        kinds = [*itertools.islice(itertools.cycle((BODY, CHUNKS)), bodies), *[HEADER] * headers, *[IDLE] * idle]
        with Crowd(port, kinds) as here:
            yield here


@contextmanager
def descriptors(wanted: int) -> Iterator[None]:
    """Let this process have so many files and connections open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Asked(NamedTuple):
    """What an honest client was answered, and how long it took in seconds. Who was not answered has the status 0."""

    status: int
    seconds: float


def ask(port: int, method: str, path: str, body: bytes | None = None, *, patience: float = PATIENCE) -> Asked:
    """Ask once, on a connection of its own."""
    began = time.monotonic()
    connection = HTTPConnection(LOOPBACK, port, timeout=patience)
    try:
        connection.request(method, path, body=body, headers={"Content-Type": "application/json"} if body else {})
        response = connection.getresponse()
        response.read()
        status = response.status
    except (OSError, HTTPException):
        status = 0
    finally:
        connection.close()
    return Asked(status, time.monotonic() - began)


def statuses(asked: list[Asked]) -> dict[int, int]:
    """How often each status was answered."""
    return dict(Counter(each.status for each in asked))
