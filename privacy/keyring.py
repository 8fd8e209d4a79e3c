"""The key ring: every key has a name and epochs, and a process loads only the names of its role.

Keys lie in one directory, one file for each name and epoch: `updates.vendor@1`, `intake@2026-W48`. A file is 0600 and holds
base64url text.
Vault transit or a cloud's KMS can stand behind the same few methods.
"""

import base64
import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings

MARKETING = "*/"  # stands for every purpose <topic>/<sender>
PUBLIC_HALVES = ("intake.public", "statements.public")
RELOAD_SECONDS = 60.0
LEAST = 32  # bytes of a key
FILE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)?@[0-9]{1,4}(-W[0-9]{2})?")


class KeyMissing(Exception):
    """A key that is needed is not there. Nothing was sealed or opened."""


class KeyRefused(Exception):
    """The process asked for a key outside the row of its role."""


class KeyUnsafe(Exception):
    """A key file can be read by others, cannot be read by this process, or is damaged."""


@dataclass(frozen=True, slots=True)
class Key:
    """One epoch of a key. Its `repr` shows no value."""

    name: str
    epoch: str
    value: bytes = field(repr=False)


class KeyProvider(Protocol):
    """Where keys come from."""

    def epochs(self, name: str) -> list[str]:
        """The epochs of *name* that exist, oldest first."""

    def load(self, name: str, epoch: str) -> bytes:
        """The key's bytes; raises KeyMissing."""

    def create(self, name: str, epoch: str, value: bytes) -> None:
        """Store a new epoch; an existing one is an error."""


class FileProvider:
    """Keys as files in one directory that only their owner can read."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def names(self) -> list[str]:
        """Every name in the directory, sorted."""
        return sorted({_name(path) for path in self._files()})

    def epochs(self, name: str) -> list[str]:
        return sorted((path.name.partition("@")[2] for path in self._files() if _name(path) == name), key=_order)

    def load(self, name: str, epoch: str) -> bytes:
        path = self._path(name, epoch)
        try:
            if path.stat().st_mode & 0o077:
                raise KeyUnsafe(f"{path.name}: others can read it; chmod 600")
            value = base64.b64decode(path.read_bytes().strip(), altchars=b"-_", validate=True)
        except FileNotFoundError:
            raise KeyMissing(f"{name}@{epoch}") from None
        except OSError:
            raise KeyUnsafe(f"{path.name}: cannot be read") from None
        except ValueError:
            raise KeyUnsafe(f"{path.name}: damaged") from None
        if len(value) < LEAST:  # HMAC would take a file that a full disk cut off, and guard nothing
            raise KeyUnsafe(f"{path.name}: damaged")
        return value

    def create(self, name: str, epoch: str, value: bytes) -> None:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._path(name, epoch), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(base64.urlsafe_b64encode(value) + b"\n")
            file.flush()
            os.fsync(handle)

    def _path(self, name: str, epoch: str) -> Path:
        file = f"{name.replace('/', '.')}@{epoch}"
        if not FILE.fullmatch(file):
            raise KeyMissing("not a key's name")
        return self.directory / file

    def _files(self) -> Iterable[Path]:
        return (path for path in self.directory.iterdir() if FILE.fullmatch(path.name)) if self.directory.is_dir() else ()


def _name(path: Path) -> str:
    name = path.name.partition("@")[0]
    return name if name in PUBLIC_HALVES else name.replace(".", "/")


def _order(epoch: str) -> tuple[int, str]:
    return (len(epoch), epoch)


class Ring:
    """The keys that one process may use."""

    def __init__(self, provider: KeyProvider, allowed: tuple[str, ...]) -> None:
        self.provider = provider
        self.allowed = allowed
        self._loaded: dict[tuple[str, str], Key] = {}
        self._seen: dict[str, tuple[float, list[str]]] = {}

    def key(self, name: str, epoch: str) -> Key:
        """That epoch of *name*.

        Raises:
            KeyRefused: The role's row does not name it.
            KeyMissing: There is no such key.
        """
        self._permit(name)
        if (name, epoch) not in self._loaded:
            self._loaded[name, epoch] = Key(name, epoch, self.provider.load(name, epoch))
        return self._loaded[name, epoch]

    def current(self, name: str, *, until: str = "~") -> Key:
        """The newest epoch of *name*, and none that begins after *until*; raises KeyMissing."""
        for epoch in reversed(self.epochs(name)):
            if epoch <= until:
                return self._loaded.get((name, epoch)) or self.key(name, epoch)
        if self.look_again(name):
            return self.current(name, until=until)
        raise KeyMissing(name)

    def has(self, name: str) -> bool:
        """Whether *name* can be used by this process."""
        try:
            return bool(self.current(name))
        except (KeyMissing, KeyRefused, KeyUnsafe):
            return False

    def epochs(self, name: str) -> list[str]:
        """The epochs of *name* that exist, oldest first. Looked up anew once a minute, or after `look_again`."""
        checked, epochs = self._seen.get(name, (0.0, []))
        if not epochs or time.monotonic() - checked > RELOAD_SECONDS:
            self._permit(name)  # what was seen before was permitted
            epochs = self.provider.epochs(name)
            self._seen[name] = (time.monotonic(), epochs)
        return epochs

    def look_again(self, name: str) -> bool:
        """Look up the epochs of *name* now; whether there are others than a moment ago."""
        _, before = self._seen.pop(name, (0.0, []))
        return self.epochs(name) != before

    def _permit(self, name: str) -> None:
        if not permitted(name, self.allowed):
            raise KeyRefused(f"this role may not use the key {name}")


def permitted(name: str, allowed: tuple[str, ...]) -> bool:
    """Whether a role whose row names *allowed* may use *name*."""
    return name in allowed or (MARKETING in allowed and "/" in name)


def week(day: date | datetime) -> str:
    """The intake epoch of a day: its ISO week."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


@cache
def _ring(directory: Path, allowed: tuple[str, ...]) -> Ring:
    return Ring(FileProvider(directory), allowed)


def ring() -> Ring:
    """This process's keys."""
    return _ring(settings.KEY_DIRECTORY, settings.ROLE_KEYS)


def strangers() -> list[str]:
    """Names in the key directory that the role's row does not name. A process with any of them does not start."""
    return [name for name in FileProvider(settings.KEY_DIRECTORY).names() if not permitted(name, settings.ROLE_KEYS)]


def unusable() -> list[str]:
    """Purposes whose key is there, but is unsafe: what needs it waits, and everything else goes on."""
    names = FileProvider(settings.KEY_DIRECTORY).names()
    return [name for name in names if "/" in name and permitted(name, settings.ROLE_KEYS) and not ring().has(name)]
