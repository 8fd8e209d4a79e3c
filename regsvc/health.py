"""Whether a process lives, is ready, and could store what it would be sent."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress

import redis
from django.conf import settings
from django.db import DatabaseError, IntegrityError, ProgrammingError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from activation import keychain, tallies
from intake import letterbox
from privacy import keyring
from registration import heartbeat
from regsvc import logs

ALARM_SECONDS = 60.0
UNAVAILABLE, REDIRECTS = 503, 300
SUBMISSIONS = {"public": "default", "activation": "activation", "all": "default"}
PROBES: Mapping[str, Callable[..., None]] = {"default": letterbox.probe, "activation": tallies.probe}
_last = {"refused": False}
_told = {"at": -ALARM_SECONDS}
QUEUES = {heartbeat.SWEEP: "registrar", heartbeat.MAIL: "service"}
RUNS = {heartbeat.SWEEP: "sweep", heartbeat.MAIL: "mail run"}


def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(_request: HttpRequest) -> HttpResponse:
    """Every store, key and broker of this role answers.

    A purpose whose key is unsafe is named, and so is what other processes no longer do: both leave this one ready.
    """
    missing = faults()
    told = {"status": "not-ready" if missing else "ok", "missing": missing}
    told |= {name: found for name, found in (("unusable", keyring.unusable()), ("alarms", tell_alarms())) if found}
    return JsonResponse(told, status=503 if missing else 200)


def ping(_request: HttpRequest) -> HttpResponse:
    """204 while a submission could be stored, else 503. Clients probe this before they ask a person anything."""
    return HttpResponse(status=503 if faults() else 204)


def faults() -> list[str]:
    """What this role needs and does not reach: names of stores and keys, never addresses."""
    stores = [alias for alias in settings.ROLE.databases if not _writable(alias)]
    keys = [name for name in settings.ROLE.keys if not name.startswith("*") and not keyring.ring().has(name)]
    return stores + (keys or _unsigned()) + ([] if _broker() else ["broker"])


def alarms() -> list[str]:
    """What somebody should look at though this process is ready: runs that no longer end, letters that a mistake holds up."""
    if "default" not in settings.ROLE.databases or settings.ROLE_NAME == "operator":
        return []
    try:
        stalled = heartbeat.stalled(periods=_periods(), at=timezone.now())
        stuck = heartbeat.stuck()
    except DatabaseError:
        return []
    return [f"no {RUNS[task]} has ended lately" for task in stalled] + ["letters are stuck"] * bool(stuck)


def stalled_here() -> list[str]:
    """The runs of this role's own queues that no longer end.

    Raises:
        DatabaseError: The store does not answer.
    """
    own = {task: period for task, period in _periods().items() if QUEUES[task] in settings.ROLE.queues}
    return [f"no {RUNS[task]} has ended lately" for task in heartbeat.stalled(periods=own, at=timezone.now())]


def _periods() -> dict[str, float]:
    """How often each run is rung for, in seconds."""
    return {heartbeat.SWEEP: settings.BATCH_WAIT, heartbeat.MAIL: min(settings.BATCH_WAIT, 60)}


def tell_alarms() -> list[str]:
    """The alarms; also written to the log, once a minute at most."""
    found = alarms()
    if found and time.monotonic() - _told["at"] > ALARM_SECONDS:
        _told["at"] = time.monotonic()
        for alarm in found:
            logs.log.error("alarm", code=alarm)
    return found


def _unsigned() -> list[str]:
    """Whether certificates can be signed where they have to be: the roots must have named a key that is here."""
    if keychain.CERTIFICATE not in settings.ROLE.keys:
        return []
    try:
        keychain.signer()
    except keyring.KeyMissing:
        return ["a certificate key that the roots named"]
    return []


def noted(status: int) -> None:
    """Remember whether the last submission could be stored: its answer was a success, or a 503."""
    if status == UNAVAILABLE:
        _last["refused"] = True
    elif status < REDIRECTS:
        _last["refused"] = False


def _writable(alias: str) -> bool:
    """Whether the store answers and takes writes. After a submission that was not stored, a write is tried and taken back."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'")
            if not cursor.fetchone()[0]:
                return False
        return not (_last["refused"] and alias == SUBMISSIONS.get(settings.ROLE_NAME)) or _takes_writes(alias)
    except DatabaseError:
        return False


def _takes_writes(alias: str) -> bool:
    with suppress(IntegrityError, ProgrammingError):  # a rule refused the probe: then the store would have written it
        PROBES[alias](at=timezone.now())
    _last["refused"] = False
    return True


def _broker() -> bool:
    if not settings.ROLE.broker:
        return True
    try:
        with redis.Redis.from_url(settings.BROKER_URL, socket_timeout=2, socket_connect_timeout=2) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False
