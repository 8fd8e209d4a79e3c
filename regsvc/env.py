"""Read settings from the environment: typed, each also as `NAME_FILE`, and every fault named at once."""

import os
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from catalogue import countries
from regsvc.refusals import Refused, on_this_machine

T = TypeVar("T")
READ_ELSEWHERE = ("REGSVC_NO_VENV", "REGSVC_TEST_ROOT")  # by `bootstrap` and by the tests
HEADING = "These settings are missing or wrong:"


class Reader:
    """Collects the faults of all settings, so that one start names them all.

    Values are never repeated in a fault: a secret may stand in the wrong variable.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self.environ = environ
        self.faults: list[str] = []
        self.names: set[str] = set()

    def text(self, name: str, default: str | None = None) -> str:
        """The value of NAME, or the content of the file that NAME_FILE names."""
        self.names.add(name)
        path, value = self.environ.get(f"{name}_FILE"), self.environ.get(name)
        if path and value is not None:
            self.faults.append(f"{name} and {name}_FILE are both set: remove one")
        if path:
            value = self._content(name, path)
        if value is None:
            value = default
        if value is None:
            self.faults.append(f"{name} is not set")
        elif default is None and not value and not path:
            self.faults.append(f"{name} is empty")
        return value or ""

    def _content(self, name: str, path: str) -> str:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.faults.append(f"{name}_FILE cannot be read")
            return ""

    def flag(self, name: str, default: str | None = None) -> bool:
        value = self.text(name, default)
        if value not in {"yes", "no", ""}:
            self.faults.append(f"{name}: use yes or no")
        return value == "yes"

    def number(self, name: str, default: str | None = None, *, least: int = 0) -> int:
        return self.parsed(name, default, lambda value: _whole(value, least), f"a whole number from {least}") or 0

    def words(self, name: str, default: str | None = None) -> list[str]:
        """A comma-separated list, without empty entries."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name, default)
        if value and value not in choices:
            self.faults.append(f"{name}: use one of {', '.join(choices)}")
        return value

    def parsed(self, name: str, default: str | None, parse: Callable[[str], T], form: str) -> T | None:
        """Whatever *parse* makes of the value; its ValueError becomes a fault that says *form*, its Refused one of its own."""
        if not (value := self.text(name, default)):
            return None
        try:
            return parse(value)
        except Refused as refused:
            self.faults.append(f"{name}: {refused}")
            return None
        except ValueError:
            self.faults.append(f"{name}: use {form}")
            return None

    def refuse_unknown(self, prefix: str, *, besides: Iterable[str] = ()) -> None:
        """Refuse every variable with this prefix that nobody has read: a misspelt setting would be passed over in silence.

        Call it when every setting has been read: what was read is the list of what there is.

        Args:
            prefix: With which our names begin.
            besides: Names that something else reads.
        """
        known = self.names.union(besides)
        for name in sorted(self.environ):
            plain = name.removesuffix("_FILE")
            if name.startswith(prefix) and plain not in known:
                nearest = get_close_matches(plain, known, n=1)
                self.faults.append(f"{name} is not a setting" + (f": did you mean {nearest[0]}?" if nearest else ""))

    def stop_on_faults(self) -> None:
        """Raise ImproperlyConfigured with all faults, one a line."""
        if self.faults:
            raise ImproperlyConfigured("\n".join([HEADING, *(f"  {fault}" for fault in self.faults)]))


def _whole(value: str, least: int) -> int:
    number = int(value)
    if number < least:
        raise ValueError
    return number


def duration(value: str) -> int:
    """Seconds of "60", "60 s", or "day"."""
    return 86_400 if value == "day" else _whole(value.removesuffix("s").strip(), 1)


def database(url: str) -> dict[str, object]:
    """Django's description of a postgresql:// URL."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.hostname or len(parts.path) < 2:  # noqa: PLR2004 (the slash and a name)
        raise ValueError
    if parts.query or parts.fragment:
        raise Refused("remove everything after the database name: use PGSSLMODE and PGSSLROOTCERT for encryption")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": parts.port or 5432,
    }


def smtp(url: str) -> dict[str, object]:
    """Django's mail settings of smtp://, smtp+starttls:// or smtps://user:password@host:port."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+starttls", "smtps"} or not parts.hostname:
        raise ValueError
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise Refused("remove everything after the host and port: it would be ignored")
    if parts.scheme == "smtp" and parts.password and not on_this_machine(parts.hostname):
        raise Refused("use smtps:// or smtp+starttls://, because smtp:// would send the password unencrypted")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def confirmation(value: str) -> frozenset[str]:
    """Countries whose choices need no mailbox: "always" is none, "none:US,CA" names them."""
    if value == "always":
        return frozenset()
    kind, _, codes = value.partition(":")
    named = frozenset(codes.split(","))
    if kind != "none" or not all(map(countries.known, named)):
        raise ValueError
    return named
