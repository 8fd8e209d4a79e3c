"""Settings with which a service would start and not keep its promises: each is refused with a sentence that says what to write.

A sentence never repeats the value: a secret may stand in the wrong variable.
"""

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

SECRET_LENGTH = 40
SECRET_LETTERS = 8  # different ones: 40 random digits have them too
SECRET_TRIPLES = 20  # different runs of three: a word that is repeated has fewer
SECRET = (
    "use at least 40 random characters, such as those of "  # noqa: S105 (a sentence)
    "`python3 -c 'import secrets; print(secrets.token_urlsafe(48))'`"
)
LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST_NAME = re.compile(rf"{LABEL}(\.{LABEL})*", re.IGNORECASE)
CALLERS = 1024  # addresses of which it is remembered whether they are proxies
WIDEST = {4: 8, 6: 32}  # the shortest prefix of a network of proxies: anything wider is nearly everybody


class Refused(ValueError):
    """The value may not be used. The message says what to write instead."""


class Networks(Collection[str]):
    """Networks; an address in any of them is in it."""

    def __init__(self, networks: Collection[IPv4Network | IPv6Network] = ()) -> None:
        self.networks = tuple(networks)
        self._known = lru_cache(maxsize=CALLERS)(self._holds)  # each request asks, and proxies are few

    def __contains__(self, address: object) -> bool:
        return bool(self.networks) and self._known(str(address))

    def _holds(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.networks)

    def __iter__(self) -> Iterator[str]:
        return map(str, self.networks)

    def __len__(self) -> int:
        return len(self.networks)


def on_this_machine(host: str) -> bool:
    """Whether a host name or address leads to this machine only."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def secret(value: str) -> str:
    """A secret that nobody guesses.

    Raises:
        Refused: It is short, or made of few characters or of one word again and again.
    """
    triples = {value[start : start + 3] for start in range(len(value) - 2)}
    if len(value) < SECRET_LENGTH or len(set(value)) < SECRET_LETTERS or len(triples) < SECRET_TRIPLES:
        raise Refused(SECRET)
    return value


def hosts(value: str) -> list[str]:
    """Host names and addresses, comma-separated.

    Raises:
        Refused: One of them is a pattern, or none at all.
    """
    named = _words(value)
    if not named or not all(map(_is_host, named)):
        raise Refused("use full host names such as register.example.com, without *, a leading dot, a port or https://")
    return named


def _is_host(name: str) -> bool:
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return HOST_NAME.fullmatch(name) is not None
    return True


def site(*, local: bool) -> Callable[[str], str]:
    """What reads the address of a site, and answers it without a slash at its end.

    Args:
        local: Whether all that runs is for this machine only. Then plain HTTP will do, and an address elsewhere will not.
    """

    def read(value: str) -> str:
        parts = urlsplit(value)
        host, _port = parts.hostname or "", parts.port  # a port that is none raises ValueError
        bare = parts.path in {"", "/"} and "@" not in parts.netloc and not {"?", "#", "\t", "\r", "\n"} & set(value)
        if not bare or not _is_host(host) or parts.scheme not in {"http", "https"}:
            raise Refused("use https:// and a host name, without a path, a user name or a password")
        if local and not on_this_machine(host):
            raise Refused(
                "use an address of this machine, or remove REGSVC_DEVELOPMENT and REGSVC_TRUST_CLEARTEXT: "
                "they are for one machine only"
            )
        if parts.scheme == "http" and not local:
            raise Refused("use https://, because without it anybody on the way can read what people send")
        return value.rstrip("/")

    return read


def shared_sites(sites: Mapping[str, str], *, by_port: bool) -> Iterator[str]:
    """A fault for each two sites that share a host: its cookies and its logs would know both.

    Args:
        sites: The settings' names, and the addresses; an empty one is passed over.
        by_port: Whether a port of its own is enough to be apart.
    """
    places = {name: urlsplit(url).netloc.lower() if by_port else urlsplit(url).hostname for name, url in sites.items() if url}
    for (one, here), (other, there) in combinations(places.items(), 2):
        if here == there:
            yield f"{other}: give it a host name of its own, not that of {one}"


def shared_servers(stores: Mapping[str, Mapping[str, Any]], *, by_database: bool) -> Iterator[str]:
    """A fault for each two stores on one server: they would share transaction ids, WAL and backups.

    Args:
        stores: The settings' names, and Django's descriptions of the databases.
        by_database: Whether a database of its own is enough to be apart.
    """
    members = ("HOST", "PORT", "NAME") if by_database else ("HOST", "PORT")
    places = {name: [store[member] for member in members] for name, store in stores.items()}
    for (one, here), (other, there) in combinations(places.items(), 2):
        if here == there:
            yield f"{other}: name another server than {one}: each store needs a PostgreSQL server of its own"


def networks(value: str) -> Networks:
    """Addresses and networks of proxies, comma-separated.

    Raises:
        Refused: One of them is neither, or so wide that nearly anybody would be believed.
    """
    try:
        named = [ip_network(word) for word in _words(value)]
    except ValueError:
        raise Refused("use IP addresses or networks such as 10.0.0.7 or 10.0.8.0/24") from None
    if any(network.prefixlen < WIDEST[network.version] for network in named):
        raise Refused("use smaller networks: we trust every address in them as a proxy")
    return Networks(named)


def key_directory(value: str) -> Path:
    """The directory of the keys. It may be missing: then a role lacks its keys, and `keys init` makes it.

    Raises:
        Refused: It is no directory, another account's, or open to others.
    """
    path = Path(value)
    if not path.exists():
        return path
    found = path.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise Refused("use the path of a directory")
    if found.st_uid != os.geteuid():
        raise Refused("give the directory to the account that runs this process (chown)")
    if found.st_mode & 0o077:
        raise Refused("other users can open the directory: run chmod 700 on it")
    return path


def mail_address(value: str) -> str:
    """A mail address.

    Raises:
        Refused: It is none.
    """
    try:
        return validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        raise Refused("use an e-mail address such as privacy@example.com") from None


def sender(value: str) -> str:
    """The mail address that mails come from: in ASCII, because every mail server takes that.

    Raises:
        Refused: It is none, or its part before the @ is not ASCII.
    """
    try:
        checked = validate_email(value, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise Refused("use an e-mail address that has only ASCII before the @, such as updates@example.com") from None
    return f"{checked.local_part}@{checked.ascii_domain}"


def line(value: str) -> str:
    """A text that fits into one line of a mail's head.

    Raises:
        Refused: It holds a line break or another control character.
    """
    if not value.isprintable():
        raise Refused("use one line, without control characters")
    return value


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]
