"""The door of every public address: what comes too often, too large or in a foreign form is turned away unread."""

import time
from collections.abc import Collection, Sequence

from django.conf import settings
from django.core import signing
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from activation import pace, product_keys, reading
from activation.product_keys import Key
from privacy import strict, wire

READ = ("GET", "HEAD")
POST = ("POST",)
JSON = "application/json"
PASS, PASS_SECONDS, PASS_CALLS = "activation.slots", 600, 20
NETWORK_CALLS, KEY_CALLS, HOLDER_CALLS = 10, 60, 5  # minutes' worth for a network; calls in ten minutes for a key


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
        WrongMethod, pace.TooOften, HttpsRequired, strict.TooLarge, reading.WrongContentType: It is turned away, unread.
    """
    if request.method not in methods:
        raise WrongMethod(methods)
    if request.method in READ:
        return
    network = pace.network(request.META, settings.PROXIES)
    pace.NETWORKS.take(network, most=settings.POSTS_PER_MINUTE * NETWORK_CALLS, now=time.monotonic())
    if not wire.protected(request.META, settings.PROXIES, trust_loopback=settings.TRUST_CLEARTEXT == "loopback"):
        raise HttpsRequired
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if not length.isdecimal() or int(length[:12]) > longest:
        raise strict.TooLarge
    if request.content_type not in takes:
        raise reading.WrongContentType


def key(text: str, *, most: int) -> Key:
    """The product key that was sent, paced by itself; raises what `product_keys.read` raises, and pace.TooOften."""
    found = product_keys.read(text)
    pace.KEYS.take(most.to_bytes(2) + found.canonical, most=most, now=time.monotonic())  # each of them has its own count
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
    """The locator of the key that was typed some minutes ago, paced.

    Raises:
        PassExpired, pace.TooOften: The key has to be typed again.
    """
    try:
        locator = bytes.fromhex(signing.loads(text, salt=PASS, max_age=PASS_SECONDS))
    except signing.BadSignature:
        raise PassExpired from None
    pace.KEYS.take(locator, most=PASS_CALLS, now=time.monotonic())
    return locator
