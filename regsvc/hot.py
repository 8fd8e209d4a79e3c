"""A short cut for the one busy address: it is answered before Django's middleware and DRF, with the same answers.

What it leaves out is what the address does not need: sessions, cookies, CSRF, templates and the host's name.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from http.client import responses
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone

from catalogue import languages
from intake import front
from intake.grouping import Writer
from intake.letterbox import Store
from regsvc import logs, problems

PATH = "/api/v1/registrations"
ROUTE = "api/v1/registrations"
Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


def short_cut(rest: Application) -> Application:
    """Serve the busy address here, and everything else by *rest*."""
    safe = SAFE | ({"Strict-Transport-Security": f"max-age={settings.SECURE_HSTS_SECONDS}"} if settings.SECURE else {})
    writer = Writer()

    def application(environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "POST":
            return rest(environ, start)
        began = time.perf_counter()
        status, headers, body = _answer(environ, writer.store)
        start(f"{status} {responses[status]}", [*headers.items(), *safe.items(), ("Content-Length", str(len(body)))])
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        logs.log.info("request", method="POST", route=ROUTE, status=status, milliseconds=milliseconds)
        return [body]

    return application


def _answer(environ: Environ, store: Store) -> tuple[int, Mapping[str, str], bytes]:
    read = b""
    try:
        read = front.body(environ)
        return front.register(read, idempotency_key=environ.get("HTTP_IDEMPOTENCY_KEY"), at=timezone.now(), store=store)
    except Exception as error:  # noqa: BLE001 (the table of problems knows what it is; the rest is a silent 500)
        slug = problems.slug_of(error)
        if slug == problems.UNKNOWN:
            logs.log.error("mistake", **logs.broken(error))
        language = languages.negotiate(front.spoken(read), environ.get("HTTP_ACCEPT_LANGUAGE"), problems.SPOKEN)
        response = problems.answer(slug, language=language, faults=getattr(error, "faults", None))
        return response.status_code, dict(response.items()), response.content
    finally:
        close_old_connections()
