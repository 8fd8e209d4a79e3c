"""A bare WSGI application: decode with msgspec, seal as we do, one INSERT, 202.

What Django and our own rules cost is measured against it.
"""

import base64
import hmac
import json
import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import msgspec
import psycopg
from django.conf import settings

settings.configure(SECRET_KEY=os.urandom(32).hex(), INSTALLED_APPS=["catalogue"])  # our shapes ask for it; nothing of Django runs
django.setup()

from intake.shapes import RegistrationBody  # noqa: E402 (see above)
from privacy import letter_sealing  # noqa: E402
from privacy.keyring import Key  # noqa: E402

INSERT = """
    INSERT INTO barest.letter (digest, idempotency, body, origin, epoch, sealed, arrived_at, status)
    VALUES (%s, NULL, %s, 'public', %s, %s, %s, 'waiting') ON CONFLICT DO NOTHING
"""
HEADERS = [("Content-Type", "application/json")]
EPOCH = os.environ["BAREST_EPOCH"]
PUBLIC = Key("intake.public", EPOCH, base64.urlsafe_b64decode(Path(os.environ["BAREST_KEY"]).read_bytes().strip()))
MAC = os.urandom(32)
LOCAL = threading.local()
DECODE = msgspec.json.Decoder(RegistrationBody).decode
ENCODE = msgspec.msgpack.Encoder().encode


def cursor() -> psycopg.Cursor[Any]:
    """This thread's own: a pool would cost a fifth of all requests."""
    if not hasattr(LOCAL, "cursor"):
        LOCAL.cursor = psycopg.connect(os.environ["BAREST_DATABASE_URL"], autocommit=True).cursor()
    found: psycopg.Cursor[Any] = LOCAL.cursor
    return found


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Take one registration in."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    try:
        given = DECODE(body)
    except msgspec.MsgspecError:
        start_response("422 Unprocessable Content", [*HEADERS, ("Content-Length", "2")])
        return [b"{}"]
    receipt = os.urandom(32)
    digest = hmac.digest(receipt, b"submission", "sha256")
    now = datetime.now(UTC)
    sealed = letter_sealing.sealed_to(PUBLIC, ENCODE(given), origin="public", digest=digest, at=now)
    cursor().execute(INSERT, [digest, hmac.digest(MAC, body, "sha256"), EPOCH, sealed, now])
    answer = json.dumps({"receipt": receipt.hex(), "digest": digest.hex(), "status": "waiting"}).encode()
    start_response("202 Accepted", [*HEADERS, ("Content-Length", str(len(answer)))])
    return [answer]
