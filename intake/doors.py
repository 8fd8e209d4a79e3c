"""The doors of every public POST: what comes too often, unprotected, too large or in a foreign form is turned away unread."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privacy import wire
from privacy.strict import LONGEST, TooLarge
from web import rate_limit
from web.rate_limit import RateLimit

READ = ("GET", "HEAD")
NETWORKS = {4: ((32, 1),), 6: ((64, 1), (48, 10))}  # one customer has a whole /64, and can easily get a /48
LIMIT = RateLimit(seconds=60)


class HttpsRequired(Exception):
    """Readable personal data would go over plain HTTP. It is refused, not redirected: a redirect would have leaked it already."""


class WrongMethod(Exception):
    """The address does not take that method.

    Args:
        allowed: Those that it takes.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("a method that the address does not take")
        self.allowed = allowed


class WrongContentType(Exception):
    """The body is not in the form that this address takes."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about callers.

    Args:
        most: Posts a minute and address.
        proxies: Addresses whose forwarded headers are believed.
        trust_loopback: Whether plain HTTP from this machine is good enough (`REGSVC_TRUST_CLEARTEXT=loopback`).
    """

    most: int
    proxies: Collection[str]
    trust_loopback: bool


def require_https(environ: Mapping[str, Any], rules: Rules) -> None:
    """The door of everything that shows, takes or asks for personal data, whatever the method.

    Raises:
        HttpsRequired: The caller's connection can be read by others.
    """
    if not wire.protected(environ, rules.proxies, trust_loopback=rules.trust_loopback):
        raise HttpsRequired


def admit(environ: Mapping[str, Any], rules: Rules, *, content_type: str | None = None) -> None:
    """Let a post in.

    Raises:
        rate_limit.TooOften, HttpsRequired, TooLarge, wire.EncodedBody, WrongContentType: It is turned away, unread.
    """
    address = wire.address(environ, rules.proxies)
    for share in rate_limit.shares(str(environ.get("REMOTE_ADDR", "")), address, prefixes=NETWORKS):
        LIMIT.take(share.caller, most=rules.most * share.times, now=time.monotonic())
    require_https(environ, rules)
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length[:12]) > LONGEST:
        raise TooLarge
    wire.require_plain(environ)
    if content_type and wire.content_type(environ) != content_type:
        raise WrongContentType
