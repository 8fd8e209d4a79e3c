"""How often somebody may ask. Counts live in this process's memory for one window, under a salted digest and never an address."""

import hmac
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from threading import Lock
from typing import NamedTuple

MOST_CALLERS = 100_000
UNKNOWN_SHARES = 20  # many people stand behind a proxy that does not name them, and one of them must not stop the rest

Prefixes = Mapping[int, Sequence[tuple[int, int]]]
"""By IP version: the prefix lengths, in whole bytes, that are counted, and how many callers' worth each may use."""


class TooOften(Exception):
    """The caller has used up what one window allows."""


@dataclass(slots=True)
class RateLimit:
    """Counts calls in windows of *seconds*, each with a salt of its own that is thrown away with it."""

    seconds: float
    window: int = -1
    salt: bytes = field(default=b"", repr=False)
    counts: OrderedDict[bytes, int] = field(default_factory=OrderedDict, repr=False)
    lock: Lock = field(default_factory=Lock, repr=False)

    def take(self, caller: bytes, *, most: int, now: float) -> None:
        """Count one call. If too many callers come, the one who has been silent longest is forgotten, and nobody else.

        Raises:
            TooOften: The caller has had *most* calls in this window.
        """
        with self.lock:
            if (window := int(now // self.seconds)) != self.window:
                self.window, self.salt = window, os.urandom(32)
                self.counts.clear()
            name = hmac.digest(self.salt, caller, "sha256")[:16]
            count = self.counts.pop(name, 0) + 1
            self.counts[name] = count
            if len(self.counts) > MOST_CALLERS:
                self.counts.popitem(last=False)
        if count > most:
            raise TooOften


class Share(NamedTuple):
    """Whom a call counts for, and how many callers' worth they may use together."""

    caller: bytes
    times: int


def shares(peer: str, address: IPv4Address | IPv6Address | None, *, prefixes: Prefixes) -> list[Share]:
    """Whom a call counts for: the networks that its address is in, from narrow to wide.

    Args:
        peer: The other end of the connection.
        address: The caller's address; None where the peer is a proxy that did not give one that can be read.
        prefixes: What is counted.
    """
    if address is None:
        return [Share(b"unknown " + peer.encode(), UNKNOWN_SHARES)]
    return [
        Share(bytes([address.version, length]) + address.packed[: length // 8], times)
        for length, times in prefixes[address.version]
    ]
