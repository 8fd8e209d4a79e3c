"""The doors of every public POST: what comes too often, unprotected, too large or in a foreign form is turned away unread."""

import time
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from privacy import wire
from privacy.strict import LONGEST, TooLarge

MOST_CALLERS = 100_000


class TooOften(Exception):
    """The caller has used up its minute."""


class HttpsRequired(Exception):
    """Readable personal data came over plain HTTP. It is refused, never redirected: a redirect would have leaked it already."""


class WrongContentType(Exception):
    """The body is not in the form that this address takes."""


@dataclass(slots=True)
class Pace:
    """How often each address may post: kept in this process's memory for a minute, and never written anywhere."""

    minute: int = 0
    counts: OrderedDict[str, int] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def take(self, caller: str, *, most: int, now: float) -> None:
        """Count one call.

        Raises:
            TooOften: The caller has had *most* calls in this minute.
        """
        with self.lock:
            if (minute := int(now // 60)) != self.minute:
                self.minute = minute
                self.counts.clear()
            count = self.counts.pop(caller, 0) + 1
            self.counts[caller] = count
            if len(self.counts) > MOST_CALLERS:
                self.counts.popitem(last=False)
        if count > most:
            raise TooOften


PACE = Pace()


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


def caller(environ: Mapping[str, Any], rules: Rules) -> str:
    """The caller's address; IPv6 by its /64 network, because one customer has a whole one."""
    found = wire.address(environ, rules.proxies)
    if found is None:
        return ""
    return str(found) if found.version == 4 else found.exploded[:19]  # noqa: PLR2004 (IP versions)


def admit(environ: Mapping[str, Any], rules: Rules, *, content_type: str | None = None) -> None:
    """Let a post in.

    Raises:
        TooOften, HttpsRequired, TooLarge, WrongContentType: It is turned away; its body was not read.
    """
    PACE.take(caller(environ, rules), most=rules.most, now=time.monotonic())
    if not wire.protected(environ, rules.proxies, trust_loopback=rules.trust_loopback):
        raise HttpsRequired
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length[:12]) > LONGEST:
        raise TooLarge
    given = str(environ.get("CONTENT_TYPE", "")).partition(";")[0].strip().lower()
    if content_type and given != content_type:
        raise WrongContentType
