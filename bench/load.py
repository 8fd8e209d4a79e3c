"""Load: keep-alive connections that each send the next request when the last one is answered. Runs in a process of its own."""

import json
import selectors
import socket
import subprocess
import sys
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

CONNECTIONS = 32
PATIENCE = 30.0
ROOT = Path(__file__).resolve().parent.parent
END = b"\r\n\r\n"


class ServerFailed(Exception):
    """The server closed a connection, or its answer has no length."""


class Load(NamedTuple):
    """What came back: answers by status, how long all of it took, and latencies in milliseconds."""

    answers: dict[str, int]
    seconds: float
    p50: float
    p99: float

    def figures(self) -> dict[str, float]:
        """What is compared."""
        return {"per_second": sum(self.answers.values()) / self.seconds, "p50_ms": self.p50, "p99_ms": self.p99}


def put_on(port: int, *, path: str, bodies: Path, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Put load on a server of this machine, from another process.

    Args:
        port: Where it listens.
        path: What is posted to.
        bodies: A file with one JSON body a line; each is sent in turn.
        seconds: For how long requests are begun; every one that was begun is waited for.
        connections: How many at once.
    """
    argv = [sys.executable, "-m", "bench.load", str(port), path, str(bodies), str(seconds), str(connections)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=seconds + PATIENCE, check=False)
    if done.returncode != 0:
        raise ServerFailed(done.stderr.strip().rpartition("\n")[2])
    return Load(**json.loads(done.stdout))


def request(path: str, body: bytes) -> bytes:
    """One POST as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + END + body


class Connection:
    """One keep-alive connection with one request on its way."""

    __slots__ = ("answer", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""
        self.sent_at = 0.0

    def send(self, raw: bytes) -> None:
        """Send a request."""
        self.answer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(raw)

    def received(self) -> str | None:
        """Take in what has arrived: the status when the answer is complete, else None."""
        arrived = self.socket.recv(65536)
        if not arrived:
            raise ServerFailed("the server closed a connection")
        self.answer += arrived
        head, end, body = self.answer.partition(END)
        if not end:
            return None
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not length:
            raise ServerFailed("an answer without a length")
        return head[9:12].decode() if len(body) >= int(length) else None


def drive(requests: Sequence[bytes], *, port: int, seconds: float, connections: int) -> Load:
    """Send the requests in turn until the time is over, and wait for every answer."""
    answers: Counter[str] = Counter()
    latencies = array("d")
    coming = cycle(requests)
    with selectors.DefaultSelector() as selector:
        for _ in range(connections):
            connection = Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        begun = time.perf_counter()
        for key in selector.get_map().values():
            key.data.send(next(coming))
        while selector.get_map():
            for key, _ in _ready(selector):
                if status := key.data.received():
                    answers[status] += 1
                    latencies.append((now := time.perf_counter()) - key.data.sent_at)
                    if now - begun < seconds:
                        key.data.send(next(coming))
                    else:
                        selector.unregister(key.data.socket)
                        key.data.socket.close()
        took = time.perf_counter() - begun
    ordered = sorted(latencies)
    return Load(dict(answers), took, 1000 * ordered[len(ordered) // 2], 1000 * ordered[len(ordered) * 99 // 100])


def _ready(selector: selectors.BaseSelector) -> list[tuple[selectors.SelectorKey, int]]:
    ready = selector.select(PATIENCE)
    if not ready:
        raise ServerFailed("no answer came")
    return ready


def _main(argv: Sequence[str]) -> dict[str, Any]:
    port, path, bodies, seconds, connections = argv
    requests = [request(path, line) for line in Path(bodies).read_bytes().splitlines()]
    return drive(requests, port=int(port), seconds=float(seconds), connections=int(connections))._asdict()


if __name__ == "__main__":
    print(json.dumps(_main(sys.argv[1:])))
