"""A web server under test: started with its own environment, waited for, and ended with its workers."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from devtools.embedded.processes import spawn

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0


class NotServing(Exception):
    """The server did not begin to listen."""


def granian(target: str, *, port: int, workers: int, threads: int) -> list[str]:
    """A WSGI application under granian."""
    program = str(Path(sys.executable).with_name("granian"))
    options = {"interface": "wsgi", "http": "1", "workers": workers, "blocking-threads": threads, "log-level": "error"}
    named = [f"--{name}={value}" for name, value in options.items()]
    return [program, target, "--host=127.0.0.1", f"--port={port}", "--backlog=1024", "--no-ws", *named]


def gunicorn(target: str, *, port: int, workers: int, threads: int) -> list[str]:
    """A WSGI application under gunicorn, with threads."""
    program = str(Path(sys.executable).with_name("gunicorn"))
    options = {"workers": workers, "threads": threads, "worker-class": "gthread", "keep-alive": 60, "log-level": "error"}
    return [program, target, f"--bind=127.0.0.1:{port}", *(f"--{name}={value}" for name, value in options.items())]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(argv: Sequence[str], *, port: int, env: Mapping[str, str], log: Path) -> Iterator[int]:
    """Run a web server as long as the block; its port."""
    server = spawn(argv, env={"PYTHONPATH": str(ROOT)} | dict(env), log=log)
    try:
        _await(port, server)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _await(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise NotServing(f"nothing listens; see the log of port {port}")
