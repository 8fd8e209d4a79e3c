"""Whether a process lives, is ready, and could store what it would be sent."""

import redis
from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse

from activation import keychain
from privacy import keyring


def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> HttpResponse:
    """Every store, key and broker of this role answers. A purpose whose key is unsafe is named, and leaves the rest ready."""
    missing, unusable = faults(), keyring.unusable()
    told = {"status": "not-ready" if missing else "ok", "missing": missing} | ({"unusable": unusable} if unusable else {})
    return JsonResponse(told, status=503 if missing else 200)


def ping(_request: HttpRequest) -> HttpResponse:
    """204 while a submission could be stored, else 503. Clients probe this before they ask a person anything."""
    return HttpResponse(status=503 if faults() else 204)


def faults() -> list[str]:
    """What this role needs and does not reach: names of stores and keys, never addresses."""
    stores = [alias for alias in settings.ROLE.databases if not _writable(alias)]
    keys = [name for name in settings.ROLE.keys if not name.startswith("*") and not keyring.ring().has(name)]
    return stores + (keys or _unsigned()) + ([] if _broker() else ["broker"])


def _unsigned() -> list[str]:
    """Whether certificates can be signed where they have to be: the roots must have named a key that is here."""
    if keychain.CERTIFICATE not in settings.ROLE.keys:
        return []
    try:
        keychain.signer()
    except keyring.KeyMissing:
        return ["a certificate key that the roots named"]
    return []


def _writable(alias: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT NOT pg_is_in_recovery()")
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False


def _broker() -> bool:
    if not settings.ROLE.broker:
        return True
    try:
        with redis.Redis.from_url(settings.BROKER_URL, socket_timeout=2, socket_connect_timeout=2) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False
