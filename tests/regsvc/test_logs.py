"""Logs say what happened and where, and never with what."""

import io
import json
import logging
import sys

import pytest
import structlog

from intake import registering
from regsvc import logs

CANARY = "canary7q@example.org"


@pytest.fixture
def lines(monkeypatch):
    """What was logged since the last look, line by line."""
    written = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", written)
        logs.configure("public")

    def read() -> list[dict[str, object]]:
        found = [json.loads(line) for line in written.getvalue().splitlines()]
        written.truncate(written.seek(0))
        return found

    yield read
    logs.configure("all")


def raised(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_a_naive_log_would_show_it():
    record = logging.makeLogRecord({"msg": "mail to %s failed", "args": (CANARY,), "name": "other"})

    assert CANARY in logging.Formatter().format(record)
    assert CANARY not in logs.Line("public").format(record)


@pytest.mark.parametrize("name", ["django.request", "psycopg", "celery.worker", "granian", "regsvc.tasks"])
def test_arguments_are_never_shown(lines, name):
    logging.getLogger(name).error("mail to %s failed", CANARY)
    logging.getLogger(name).error("mail to %(to)s failed", {"to": CANARY})

    assert [line["event"] for line in lines()] == ["mail to %s failed", "mail to %(to)s failed"]


def test_a_template_without_a_word_gives_way_to_who_wrote_it_and_an_error_to_its_type_and_place(lines):
    consumer = logging.getLogger("celery.worker.consumer.consumer")
    consumer.warning("%s (%r)", CANARY, raised(ConnectionError(CANARY)))
    consumer.critical("Couldn't ack %r, reason:%r", CANARY, raised(TimeoutError(CANARY)))
    consumer.error("%(what)s", {"what": raised(KeyError(CANARY))})

    written = lines()
    assert CANARY not in str(written)
    assert [line["event"] for line in written] == [
        "test_logs.test_a_template_without_a_word_gives_way_to_who_wrote_it_and_an_error_to_its_type_and_place",
        "Couldn't ack %r, reason:%r",
        "test_logs.test_a_template_without_a_word_gives_way_to_who_wrote_it_and_an_error_to_its_type_and_place",
    ]
    assert [line["exception"] for line in written] == ["ConnectionError", "TimeoutError", "KeyError"]
    assert all(str(line["at"]).startswith("test_logs.py:") for line in written)


def test_a_warning_with_arguments_names_its_place(lines):
    logging.getLogger("celery.beat").warning("late by %s", CANARY)
    logging.getLogger("celery.beat").info("late by %s", CANARY)

    first, second = lines()
    assert str(first["at"]).startswith("test_logs.py:")
    assert "at" not in second


@pytest.mark.parametrize("message", [f"mail to {CANARY} failed", ValueError(CANARY), [CANARY]])
def test_a_message_that_was_formatted_before_is_not_believed(lines, message):
    logging.getLogger("django.request").error(message)
    logging.getLogger("psycopg").error(message)

    assert [line["event"] for line in lines()] == ["(not shown)"] * 2


def test_an_object_is_never_a_message(lines):
    logging.getLogger("celery").error(ValueError(CANARY))

    assert lines()[0]["event"] == "(not shown)"


def test_known_loggers_may_speak_without_arguments(lines):
    logging.getLogger("celery.beat").info("beat: Starting...")

    assert lines()[0]["event"] == "beat: Starting..."


@pytest.mark.parametrize("name", ["django.request", "celery", "regsvc.tasks"])
def test_an_exception_is_a_type_and_a_place(lines, name):
    try:
        raised(ValueError(CANARY)).add_note(CANARY)
        raise KeyError(CANARY) from raised(ValueError(CANARY))
    except KeyError:
        logging.getLogger(name).exception(f"no {CANARY}")  # noqa: G004 (what careless code does)

    (line,) = lines()
    assert CANARY not in str(line)
    assert line["exception"] == "KeyError"
    assert str(line["at"]).startswith("test_logs.py:")


def test_what_is_added_to_a_record_is_not_shown(lines):
    logging.getLogger("celery").warning("slow", extra={"email": CANARY}, stack_info=True)

    (line,) = lines()
    assert set(line) == {"timestamp", "level", "logger", "role", "event"}


def test_our_own_lines_hold_only_what_the_list_names(lines):
    structlog.get_logger().info("filed", count=3, email=CANARY, subject=CANARY)

    (line,) = lines()
    assert CANARY not in str(line)
    assert (line["event"], line["count"], line["refused"], line["role"]) == ("filed", 3, 2, "public")


def test_an_exception_given_to_our_own_logger_is_not_shown(lines):
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        logs.log.error("mistake", exc_info=True, error=error, **logs.broken(error))

    (line,) = lines()
    assert CANARY not in str(line)
    assert line["exception"] == "ValueError"


def test_an_exception_that_was_never_raised_has_no_place():
    assert logs.broken(ValueError(CANARY)) == {"exception": "ValueError", "at": ""}


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("get", "/healthz", "healthz", 200),
        ("get", f"/api/v1/submissions/{CANARY}", "api/v1/submissions/<str:digest>", 404),
        ("get", f"/api/v1/notice?product={CANARY}", "api/v1/notice", 422),
        ("get", f"/{CANARY}", "(none)", 404),
        ("post", "/api/v1/registrations", "api/v1/registrations", 415),
    ],
)
def test_a_request_is_logged_by_its_route(life, client, lines, method, path, route, status):
    getattr(client, method)(path, headers={"User-Agent": CANARY, "Referer": CANARY}, REMOTE_ADDR="127.0.0.9")

    (line,) = lines()
    assert {"method", "route", "status", "milliseconds", "event", "role", "level", "timestamp"} == set(line)
    assert (line["route"], line["status"]) == (route, status)
    assert CANARY not in str(line)
    assert "127.0.0.9" not in str(line)


def test_our_own_mistake_is_logged_without_its_text(life, client, lines, monkeypatch):
    def mistake(*_: object, **__: object) -> None:
        raise RuntimeError(CANARY)

    monkeypatch.setattr(registering, "register", mistake)
    answer = client.post("/api/v1/registrations", '{"product": "srv-std"}', content_type="application/json")

    assert answer.status_code == 500
    assert CANARY not in answer.content.decode()
    written = lines()
    assert CANARY not in str(written)
    assert [line["exception"] for line in written if line["event"] == "mistake"] == ["RuntimeError"]


def test_logs_go_to_standard_error_and_nowhere_else(lines):
    logs.configure("public")

    assert [type(handler) for handler in logging.root.handlers] == [logging.StreamHandler]
    assert logging.root.handlers[0].stream is sys.stderr
