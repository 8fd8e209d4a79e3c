"""How often somebody may ask. Kept in this process's memory for ten minutes, and no address even there: only a salted digest."""

import os
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from privacy import wire
from privacy.mac import hmac_sha256

WINDOW = 600.0
MOST_CALLERS = 100_000
NETWORK_BYTES = {4: 3, 6: 6}


class TooOften(Exception):
    """The network, or the key, has used up its ten minutes."""


@dataclass(slots=True)
class Pace:
    """Counts calls in windows of ten minutes, each with a salt of its own that is thrown away with it."""

    window: int = -1
    salt: bytes = field(default=b"", repr=False)
    counts: OrderedDict[bytes, int] = field(default_factory=OrderedDict, repr=False)
    lock: Lock = field(default_factory=Lock, repr=False)

    def take(self, caller: bytes, *, most: int, now: float) -> None:
        """Count one call. Where too many call, who has been silent for longest is forgotten, and nobody else.

        Raises:
            TooOften: The caller had *most* calls in this window.
        """
        with self.lock:
            if (window := int(now // WINDOW)) != self.window:
                self.window, self.salt = window, os.urandom(32)
                self.counts.clear()
            name = hmac_sha256(self.salt, caller)[:16]
            count = self.counts.pop(name, 0) + 1
            self.counts[name] = count
            if len(self.counts) > MOST_CALLERS:
                self.counts.popitem(last=False)
        if count > most:
            raise TooOften


NETWORKS, KEYS = Pace(), Pace()


def network(environ: Mapping[str, Any], proxies: Collection[str]) -> bytes:
    """The caller's network, coarse: many neighbours share it. The last hop is believed only behind a known proxy."""
    found = wire.address(environ, proxies)
    return found.packed[: NETWORK_BYTES[found.version]] if found else b""
