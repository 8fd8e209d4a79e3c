"""Who may post to the public host, and the body of a post that was let in."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.conf import settings

from web import admission, strict_json
from web.admission import Rules
from web.rate_limit import RateLimit

JSON = "application/json"
NETWORKS = {4: ((32, 1),), 6: ((64, 1), (48, 10))}  # one customer has a whole /64, and can easily get a /48
LIMIT = RateLimit(seconds=60)


class _Spoken(msgspec.Struct):
    language: str | None = None


def rules() -> Rules:
    """What the settings say about callers."""
    return Rules(LIMIT, settings.POSTS_PER_MINUTE, NETWORKS, settings.PROXIES, settings.TRUST_CLEARTEXT == "loopback")


def body(environ: Mapping[str, Any], content_type: str | None = JSON) -> bytes:
    """The body of a post that was let in; raises what `web.admission.admit` raises, and strict_json.TooLarge."""
    admission.admit(environ, rules(), takes=(content_type,) if content_type else ())
    return admission.body(environ, longest=strict_json.LONGEST)


def spoken(read: bytes) -> str | None:
    """The language that a body asks for, so that its problems come in it."""
    try:
        return msgspec.json.decode(read, type=_Spoken).language
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
