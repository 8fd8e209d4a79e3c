"""Where the demo listens: the same ports each time if they are free, so that links in older mails still lead somewhere."""

import json
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from devtools.demo.front import LOOPBACK, Way

USUAL = 8000
WEB_ROLES = ("public", "activation", "console", "operator")


class PortTaken(Exception):
    """Another program listens where the demo was told to."""


class Ports(NamedTuple):
    """One port for each thing that listens."""

    public: int
    activation: int
    console: int
    operator: int
    mail: int
    smtp: int
    inner_public: int  # where the role's own process listens: callers come to HAProxy, on the role's own port
    inner_activation: int
    inner_console: int
    inner_operator: int

    @classmethod
    def from_base(cls, base: int) -> Self:
        """Ten ports in a row.

        Raises:
            PortTaken: One of them is not free.
        """
        ports = cls(*range(base, base + len(cls._fields)))
        if taken := [str(port) for port in ports if not _free(port)]:
            raise PortTaken(f"port {', '.join(taken)} is in use. Choose other ports with --port-base")
        return ports

    @classmethod
    def usual(cls) -> Self:
        """The usual ones, or any that are free."""
        try:
            return cls.from_base(USUAL)
        except PortTaken:
            return cls.any()

    @classmethod
    def again(cls, file: Path) -> Self:
        """Those that *file* remembers; where another program listens by now, another one. Without a file the usual ones."""
        try:
            known = json.loads(file.read_text(encoding="ascii")).items()
            kept = {name: port for name, port in known if name in cls._fields and _free(port)}
        except (OSError, ValueError, TypeError, AttributeError, OverflowError):
            return cls.usual()
        found = cls(**cls.any()._asdict() | kept)
        return found if len(set(found)) == len(found) else cls.any()

    def remember(self, file: Path) -> None:
        """Keep them for the next start."""
        file.write_text(json.dumps(self._asdict()), encoding="ascii")

    @classmethod
    def any(cls) -> Self:
        """Ports that nobody listens on, all different."""
        with ExitStack() as held:
            sockets = [held.enter_context(socket.socket()) for _ in cls._fields]
            for one in sockets:
                one.bind((LOOPBACK, 0))
            return cls(*(one.getsockname()[1] for one in sockets))

    def urls(self) -> dict[str, str]:
        """The addresses to open. The operator's has another name: cookies know no ports, and one sign-in would end the other."""
        ports, hosts = self._asdict(), {"operator": "localhost"}
        return {name: f"http://{hosts.get(name, LOOPBACK)}:{ports[name]}" for name in (*WEB_ROLES, "mail")}

    def ways(self) -> dict[str, Way]:
        """How requests come to each web role."""
        ports = self._asdict()
        return {name: Way(ports[name], ports[f"inner_{name}"]) for name in WEB_ROLES}


def _free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that ended a minute ago do not count
        try:
            one.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
