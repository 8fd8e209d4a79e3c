"""How to reach running servers. Whoever did not start them reads it from the state file in their folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
import psycopg

from devtools.embedded.postgres import DATABASE, OWNER, SUPERUSER, let_in

URL_NAMES = {"default": "DATABASE_URL", "keystore": "KEYSTORE_DATABASE_URL", "activation": "ACTIVATION_DATABASE_URL"}


class State(msgspec.Struct):
    """What outlives a process: `passwords` from the first start on, the rest is of the last start."""

    passwords: dict[str, dict[str, str]]
    ports: dict[str, int] = {}
    pids: dict[str, int] = {}
    boot: str = ""

    def __repr__(self) -> str:
        return "State(…)"

    @classmethod
    def read(cls, root: Path) -> "State | None":
        """The state of a folder, or None where no server has been started in it."""
        try:
            return msgspec.json.decode(_file(root).read_bytes(), type=cls)
        except FileNotFoundError:
            return None

    def write(self, root: Path) -> None:
        """Replace the file in one step, readable by its owner only."""
        new = _file(root).with_suffix(".new")
        new.touch(mode=0o600)
        new.write_bytes(msgspec.json.encode(self))
        new.replace(_file(root))


def _file(root: Path) -> Path:
    return root / "servers.json"


class Located(Protocol):
    """Something with a process and a port."""

    @property
    def pid(self) -> int: ...
    @property
    def port(self) -> int: ...


class Seen(NamedTuple):
    """A server that another process started: it can be reached, but not stopped from here."""

    pid: int
    port: int


class Access:
    """The addresses and passwords of running servers."""

    def __init__(self, state: State) -> None:
        self.state = state

    @classmethod
    def attach(cls, root: Path) -> "Access":
        """Access to servers that another process runs in *root*."""
        state = State.read(root)
        if state is None:
            raise FileNotFoundError(root)
        return cls(state)

    @property
    def servers(self) -> Mapping[str, Located]:
        return {alias: Seen(self.state.pids[alias], self.state.ports[alias]) for alias in URL_NAMES}

    def environment(self) -> dict[str, str]:
        """The settings that name the servers, with the owner's logins."""
        password = self.state.passwords["valkey"]["default"]
        urls = {name: self._url(alias, OWNER, DATABASE) for alias, name in URL_NAMES.items()}
        return urls | {"REDIS_URL": f"redis://:{password}@127.0.0.1:{self.state.ports['valkey']}/0"}

    def superuser_url(self, alias: str, database: str = DATABASE) -> str:
        """The URL with which everything on one server can be seen."""
        return self._url(alias, SUPERUSER, database)

    def login(self, alias: str, name: str, password: str) -> None:
        """Let a role that exists log in with *password*."""
        with psycopg.connect(self.superuser_url(alias), autocommit=True) as connection:
            let_in(connection, name, password)

    def _url(self, alias: str, login: str, database: str) -> str:
        password = self.state.passwords[alias][login]
        return f"postgresql://{login}:{password}@127.0.0.1:{self.state.ports[alias]}/{database}"
