"""A short cut for the one busy address of a web role: it is answered before Django's middleware, with the same answers.

What it leaves out is what these addresses do not need: sessions, cookies, CSRF, templates and the host's name.
"""

import time
from collections.abc import Callable, Iterable
from http.client import responses
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections
from django.http import HttpResponse
from django.utils import timezone

from activation import api as activation_api
from activation import problems as activation_problems
from catalogue import languages
from intake import admission
from intake import api as intake_api
from intake.api import Reply
from intake.group_commit import Writer
from privacy import errors
from regsvc import health, logs, problems
from web.problems import UNKNOWN

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


Answer = Callable[[Environ], Reply]


def short_cut(rest: Application) -> Application:
    """Serve the role's busy address here, and everything else by *rest*."""
    if settings.ROLE_NAME in {"public", "all"}:
        return _before(rest, path="/api/v1/registrations", answer=registrations())
    if settings.ROLE_NAME == "activation":
        return _before(rest, path="/api/v1/activations", answer=activations)
    return rest


def _before(rest: Application, *, path: str, answer: Answer) -> Application:
    safe = SAFE | ({"Strict-Transport-Security": f"max-age={settings.SECURE_HSTS_SECONDS}"} if settings.SECURE else {})

    def application(environ: Environ, start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != path or environ["REQUEST_METHOD"] != "POST":
            return rest(environ, start)
        began = time.perf_counter()
        try:
            status, headers, body = answer(environ)
        finally:
            close_old_connections()
        health.noted(status)
        start(f"{status} {responses[status]}", [*headers.items(), *safe.items(), ("Content-Length", str(len(body)))])
        if settings.REQUESTS_LOGGED:
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            logs.log.info("request", method="POST", route=path[1:], status=status, milliseconds=milliseconds)
        return [body]

    return application


def registrations() -> Answer:
    """Takes registrations in, and lets them share their writes."""
    writer = Writer()

    def answer(environ: Environ) -> Reply:
        read = b""
        try:
            read = admission.body(environ)
            key = environ.get("HTTP_IDEMPOTENCY_KEY")
            return intake_api.register(read, idempotency_key=key, at=timezone.now(), store=writer.store)
        except Exception as error:  # noqa: BLE001 (the table of problems knows what it is; the rest is a silent 500)
            _noted(error, mistake=problems.TABLE.slug_of(error) == UNKNOWN)
            language = languages.negotiate(admission.spoken(read), environ.get("HTTP_ACCEPT_LANGUAGE"), problems.SPOKEN)
            return _reply(problems.TABLE.refusal(error, language=language))

    return answer


def activations(environ: Environ) -> Reply:
    """Activates computers."""
    request = WSGIRequest(environ)
    try:
        return _reply(activation_api.activations(request))
    except Exception as error:  # noqa: BLE001 (what the view does not know is our own mistake)
        _noted(error, mistake=True)
        return _reply(activation_problems.TABLE.answer(UNKNOWN, language=activation_problems.spoken(request)))


def _noted(error: Exception, *, mistake: bool) -> None:
    if mistake:
        logs.log.error("mistake", **errors.broken(error))


def _reply(response: HttpResponse) -> Reply:
    return Reply(response.status_code, dict(response.items()), response.content)
