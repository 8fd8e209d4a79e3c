"""A file with the settings of one role, one `NAME=value` a line, as systemd and container tools take it."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from regsvc import placeholders

NAME = re.compile(r"[A-Z][A-Z0-9_]*")


class FileRefused(Exception):
    """The file cannot be taken. The message repeats none of its lines."""


def take(path: Path) -> None:
    """Let this process have the file's settings, and no other of ours.

    Raises:
        FileRefused: It is not there, others can read it, or a line of it is no setting.
    """
    settings = read(path)
    for name in os.environ.keys() - placeholders.inherited().keys():
        del os.environ[name]
    os.environ.update(settings)


def read(path: Path) -> dict[str, str]:
    """The settings of a file that only its owner can read. Empty lines and those that begin with # say nothing.

    Raises:
        FileRefused: As for `take`.
    """
    try:
        with path.open(encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise FileRefused("other users can read the file; run chmod 600 on it")
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError):
        raise FileRefused("the file cannot be read") from None
    settings = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, equals, settings[name] = line.partition("=")
        if not equals or not NAME.fullmatch(name):
            raise FileRefused(f"line {number} is not NAME=value")
    return settings


def written(settings: Mapping[str, str]) -> bytes:
    """The content of such a file."""
    return "".join(f"{name}={value}\n" for name, value in sorted(settings.items())).encode()
