"""Who may post to the activation host, how often a key may be asked about, and the pass of who typed one."""

import time
from collections.abc import Collection, Sequence

from django.conf import settings
from django.core import signing
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from activation import product_keys
from activation.product_keys import Key
from web import admission, strict_json
from web.admission import Rules
from web.rate_limit import RateLimit

POST = ("POST",)
JSON = "application/json"
PASS, PASS_SECONDS, PASS_CALLS = "activation.slots", 600, 20
NETWORK_CALLS, KEY_CALLS, HOLDER_CALLS = 10, 60, 5  # minutes' worth for a network; calls in ten minutes for a key
WINDOW = 600.0  # seconds
NETWORKS = {4: ((24, 1),), 6: ((48, 1),)}  # coarse: many neighbours share one
NETWORK_LIMIT, KEY_LIMIT = RateLimit(WINDOW), RateLimit(WINDOW)


class PassExpired(Exception):
    """The pass was made more than ten minutes ago, or not here."""


def rules() -> Rules:
    """What the settings say about callers: ten minutes' worth for a network."""
    most = settings.POSTS_PER_MINUTE * NETWORK_CALLS
    return Rules(NETWORK_LIMIT, most, NETWORKS, settings.PROXIES, settings.TRUST_CLEARTEXT == "loopback")


def admit(
    request: HttpRequest, *, methods: Sequence[str], takes: Collection[str] = (JSON,), longest: int = strict_json.LONGEST
) -> None:
    """Let a request in; raises what `web.admission.admit` raises, and WrongMethod."""
    admission.require_method(request.method, methods)
    if request.method not in admission.READ:
        admission.admit(request.META, rules(), takes=takes, longest=longest)


def key(text: str, *, most: int) -> Key:
    """The product key that was sent, counted by itself; raises what `product_keys.read` raises, and rate_limit.TooOften."""
    found = product_keys.read(text)
    KEY_LIMIT.take(most.to_bytes(2) + found.canonical, most=most, now=time.monotonic())  # each of them has its own count
    return found


def form(request: HttpRequest) -> None:
    """Parse the form that was sent; raises strict_json.Malformed."""
    try:
        request.POST  # noqa: B018 (Django parses it here)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        raise strict_json.Malformed from None


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
