"""The API's one busy address, without a framework: what a request gets, whoever serves it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.conf import settings

from intake import doors, letterbox, registering
from intake.doors import Rules
from intake.letterbox import Store
from privacy import strict, wire

JSON = "application/json"
ENCODE = msgspec.json.Encoder().encode


class Reply(NamedTuple):
    """A good answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Spoken(msgspec.Struct):
    language: str | None = None


def rules() -> Rules:
    """What the settings say about callers."""
    return Rules(settings.POSTS_PER_MINUTE, settings.PROXIES, settings.TRUST_CLEARTEXT == "loopback")


def body(environ: Mapping[str, Any], content_type: str | None = JSON) -> bytes:
    """The body of a post that its door let in.

    Raises:
        doors.TooOften, doors.HttpsRequired, doors.WrongContentType, strict.TooLarge: It was turned away.
    """
    doors.admit(environ, rules(), content_type=content_type)
    return wire.body(environ, longest=strict.LONGEST)


def spoken(read: bytes) -> str | None:
    """The language that a body asks for, so that its problems come in it."""
    try:
        return msgspec.json.decode(read, type=_Spoken).language
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _unquoted(idempotency_key: str | None) -> str | None:
    """The key, which may come as a structured header's string (RFC 8941, 3.3.3): in quotation marks."""
    if idempotency_key and len(idempotency_key) > 1 and idempotency_key[0] == idempotency_key[-1] == '"':
        return idempotency_key[1:-1]
    return idempotency_key


def register(read: bytes, *, idempotency_key: str | None, at: datetime, store: Store = letterbox.store_one) -> Reply:
    """Take a registration in; raises what `registering.register` raises."""
    accepted = registering.register(
        read,
        idempotency_key=_unquoted(idempotency_key),
        channel=registering.API,
        without_mailbox=settings.CONFIRM_WITHOUT,
        at=at,
        store=store,
    )
    answer = accepted.answer()
    headers = {
        "Content-Type": JSON,
        "Location": answer["submission"],
        "Retry-After": str(min(settings.BATCH_WAIT, 3600)),
        "Cache-Control": "no-store",
    }
    return Reply(202, headers, ENCODE(answer))
