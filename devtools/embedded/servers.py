"""The four servers together, started and stopped side by side."""

import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from devtools.embedded.access import URL_NAMES, Access, State
from devtools.embedded.postgres import OWNER, SUPERUSER, Postgres
from devtools.embedded.server import Server, StartFailed
from devtools.embedded.valkey import Valkey

NAMES = (*URL_NAMES, "valkey")
ATTEMPTS = 3
BOOT = Path("/proc/sys/kernel/random/boot_id")


class NotForProduction(Exception):
    """Embedded servers start only where REGSVC_DEVELOPMENT is `yes`."""


class InUse(Exception):
    """Another process runs the servers of this folder, or another account has made it."""


class Servers(Access):
    """PostgreSQL for each store, and Valkey, in one private folder. Use it in a `with` statement.

    Args:
        root: The folder; made if it is missing. Data and passwords stay in it for the next start.
        fsync: Whether a power cut must not lose data. Without it, data from before the machine's last boot is thrown away.
    """

    valkey: Valkey
    _lock: TextIO

    def __init__(self, root: Path, *, fsync: bool = True) -> None:
        if os.environ.get("REGSVC_DEVELOPMENT") != "yes":
            raise NotForProduction("REGSVC_DEVELOPMENT is not `yes`: production brings its own servers")
        self.root = root.absolute()
        self.fsync = fsync
        self.postgres: dict[str, Postgres] = {}

    @property
    def servers(self) -> dict[str, Postgres]:
        return self.postgres

    def __enter__(self) -> Self:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root = self.root.resolve()
        self._lock = _locked(self.root)
        self.root.chmod(0o700)
        with ExitStack() as unlock:
            unlock.callback(self._lock.close)
            super().__init__(self._known_state())
            self._describe()
            with _stopped_on_error(self._all()):
                self._start()
            unlock.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._lock:
            _stop(self._all())

    def outdated(self, state: State) -> bool:
        """Whether the data was written without fsync, and the machine has booted since: it may be broken anywhere."""
        return not self.fsync and state.boot != _boot()

    def _known_state(self) -> State:
        state = State.read(self.root)
        if state and self.outdated(state):
            for alias in URL_NAMES:
                shutil.rmtree(self.root / alias, ignore_errors=True)
        if state is None:
            logins = dict.fromkeys(URL_NAMES, (SUPERUSER, OWNER)) | {"valkey": ("default",)}
            passwords = {name: {login: secrets.token_urlsafe(24) for login in names} for name, names in logins.items()}
            state = State(passwords=passwords)
        state.boot = _boot()
        state.write(self.root)
        return state

    def _describe(self) -> None:
        for alias in URL_NAMES:
            passwords = self.state.passwords[alias]
            self.postgres[alias] = Postgres(alias, self.root / alias, port=0, passwords=passwords, fsync=self.fsync)
        self.valkey = Valkey("valkey", self.root / "valkey", port=0, password=self.state.passwords["valkey"]["default"])

    def _all(self) -> list[Server]:
        return [*self.postgres.values(), self.valkey]

    def _start(self) -> None:
        making = {alias: server.initdb() for alias, server in self.postgres.items()}
        for alias, server in self.postgres.items():
            server.finish(making[alias])
        self._launch(ATTEMPTS)
        for server in self.postgres.values():
            server.found()
        self.state.ports = {server.name: server.port for server in self._all()}
        self.state.pids = {server.name: server.pid for server in self._all()}
        self.state.write(self.root)

    def _launch(self, attempts: int) -> None:
        """Start all at once. A port may be taken between its choice and its use: then choose again."""
        for server, port in zip(self._all(), _free_ports(len(NAMES)), strict=True):
            server.port = port
            server.launch()
        try:
            for server in self._all():
                server.wait()
        except StartFailed as failure:
            if attempts == 1 or "in use" not in str(failure):
                raise
            _stop(self._all())
            self._launch(attempts - 1)


def _boot() -> str:
    return BOOT.read_text(encoding="ascii").strip() if BOOT.exists() else ""


def _locked(root: Path) -> TextIO:
    if root.stat().st_uid != os.geteuid():
        raise InUse(f"{root.name} belongs to another account")
    lock = (root / "lock").open("w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise InUse(f"another process runs the servers in {root.name}") from None
    return lock


@contextmanager
def _stopped_on_error(servers: list[Server]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _stop(servers)
        raise


def _stop(servers: list[Server]) -> None:
    for server in servers:
        server.signal_stop()
    for server in servers:
        server.stop()


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, all different."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
