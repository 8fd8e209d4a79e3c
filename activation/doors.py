"""The door of every public address: what comes too often, too large or in a foreign form is turned away unread."""

import time
from collections.abc import Collection, Sequence

from django.conf import settings
from django.core import signing
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from activation import product_keys, reading
from activation.product_keys import Key
from privacy import strict, wire
from web import rate_limit
from web.rate_limit import RateLimit

READ = ("GET", "HEAD")
POST = ("POST",)
JSON = "application/json"
PASS, PASS_SECONDS, PASS_CALLS = "activation.slots", 600, 20
NETWORK_CALLS, KEY_CALLS, HOLDER_CALLS = 10, 60, 5  # minutes' worth for a network; calls in ten minutes for a key
WINDOW = 600.0  # seconds
NETWORKS = {4: ((24, 1),), 6: ((48, 1),)}  # coarse: many neighbours share one
NETWORK_LIMIT, KEY_LIMIT = RateLimit(WINDOW), RateLimit(WINDOW)


class HttpsRequired(Exception):
    """A product key came over plain HTTP; it is not read, and nothing is redirected."""


class WrongMethod(Exception):
    """The address does not take that method.

    Args:
        allowed: Those that it takes.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__("a method that the address does not take")
        self.allowed = allowed


class PassExpired(Exception):
    """The pass was made more than ten minutes ago, or not here."""


def admit(
    request: HttpRequest, *, methods: Sequence[str], takes: Collection[str] = (JSON,), longest: int = strict.LONGEST
) -> None:
    """Let a request in.

    Raises:
        WrongMethod, rate_limit.TooOften, HttpsRequired, strict.TooLarge, wire.EncodedBody, reading.WrongContentType: It is
            turned away, unread.
    """
    if request.method not in methods:
        raise WrongMethod(methods)
    if request.method in READ:
        return
    address = wire.address(request.META, settings.PROXIES)
    for share in rate_limit.shares(str(request.META.get("REMOTE_ADDR", "")), address, prefixes=NETWORKS):
        most = settings.POSTS_PER_MINUTE * NETWORK_CALLS * share.times
        NETWORK_LIMIT.take(share.caller, most=most, now=time.monotonic())
    if not wire.protected(request.META, settings.PROXIES, trust_loopback=settings.TRUST_CLEARTEXT == "loopback"):
        raise HttpsRequired
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length[:12]) > longest:
        raise strict.TooLarge
    wire.require_plain(request.META)
    if request.content_type not in takes:
        raise reading.WrongContentType


def key(text: str, *, most: int) -> Key:
    """The product key that was sent, counted by itself; raises what `product_keys.read` raises, and rate_limit.TooOften."""
    found = product_keys.read(text)
    KEY_LIMIT.take(most.to_bytes(2) + found.canonical, most=most, now=time.monotonic())  # each of them has its own count
    return found


def form(request: HttpRequest) -> None:
    """Parse the form that was sent; raises strict.Malformed."""
    try:
        request.POST  # noqa: B018 (Django parses it here)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        raise strict.Malformed from None


def hand_pass(held: Key) -> str:
    """A pass for who typed a key: the next pages know it by its locator, so that the key stands in none of them."""
    return signing.dumps(held.locator.hex(), salt=PASS)


def read_pass(text: str) -> bytes:
    """The locator of the key that was typed some minutes ago; each look is counted.

    Raises:
        PassExpired, rate_limit.TooOften: The key has to be typed again.
    """
    try:
        locator = bytes.fromhex(signing.loads(text, salt=PASS, max_age=PASS_SECONDS))
    except signing.BadSignature:
        raise PassExpired from None
    KEY_LIMIT.take(locator, most=PASS_CALLS, now=time.monotonic())
    return locator
