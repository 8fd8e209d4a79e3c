"""Logs: JSON lines that hold only what an allow-list names.

Anything else could be personal: an exception's text repeats the value that broke, a log call's arguments may be a row. So a
record of other people's code is logged by its template, never with its arguments, and an exception by its type and its place.
A template that has no word of its own, such as Celery's `%s (%r)`, gives way to the function that wrote the record.
"""

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.typing import EventDict, WrappedLogger

from privacy.errors import broken

ALLOWED = frozenset(
    {
        "event",
        "level",
        "logger",
        "timestamp",
        "role",
        "method",
        "route",
        "status",
        "milliseconds",
        "task",
        "count",
        "code",
        "epoch",
        "purpose",
        "refused",
        "exception",
        "at",
        "fault",
        "verb",
    }
)
log = structlog.get_logger("regsvc.request")
CONVERSION = re.compile(r"%(\(\w+\))?[-#0 +]*\d*(\.\d+)?[a-zA-Z]")
WORD = re.compile(r"[A-Za-z]{2}")


def keep_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every member that the allow-list does not name, and say how many."""
    dropped = len(event.keys() - ALLOWED)
    kept = {name: value for name, value in event.items() if name in ALLOWED}
    return {**kept, "refused": dropped} if dropped else kept


class Line(logging.Formatter):
    """A record of the standard library as the same JSON line: its template, and an exception's type and place."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.role = role
        self.json = structlog.processors.JSONRenderer()

    def format(self, record: logging.LogRecord) -> str:
        line: EventDict = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "role": self.role,
            "event": _template(record) if isinstance(record.msg, str) and record.args else _harmless(record),
        }
        error = record.exc_info[1] if record.exc_info else _error_in(record.args)
        if error:
            line.update(broken(error))
        if record.args and (record.levelno or 0) >= logging.WARNING:
            line["at"] = line.get("at") or f"{record.filename}:{record.lineno}"
        return str(self.json(None, "", line))


def _template(record: logging.LogRecord) -> str:
    """The template, or who wrote the record where the template says nothing."""
    return record.msg if WORD.search(CONVERSION.sub("", record.msg)) else f"{record.module}.{record.funcName}"


def _error_in(arguments: object) -> BaseException | None:
    """The exception among a record's arguments: many write `%r` of one instead of `exc_info`."""
    values = arguments.values() if isinstance(arguments, Mapping) else arguments if isinstance(arguments, tuple) else ()
    return next((value for value in values if isinstance(value, BaseException)), None)


def _harmless(record: logging.LogRecord) -> str:
    """A message without arguments may have been formatted before: only known loggers are believed."""
    believed = record.name.startswith(("celery", "kombu", "django.server", "granian", "regsvc"))
    return record.msg if believed and isinstance(record.msg, str) and not record.exc_info else "(not shown)"


def configure(role: str) -> None:
    """Send structlog and the standard library to standard error, one JSON object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line(role))
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.INFO)
    for quiet in ("django.request", "django.security", "psycopg.pool"):
        logging.getLogger(quiet).setLevel(logging.ERROR)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(role=role)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            keep_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


class RequestLog:
    """One line a request: the route's template, never the path, and never an address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        route = request.resolver_match.route if request.resolver_match else "(none)"
        milliseconds = round((time.perf_counter() - began) * 1000, 1)
        log.info("request", method=request.method, route=route, status=response.status_code, milliseconds=milliseconds)
        return response
