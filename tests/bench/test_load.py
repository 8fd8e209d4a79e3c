"""Load: every request is answered and counted, and a failing server is not overlooked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import bodies, intake, load
from bench.load import Load, ServerFailed
from bench.rounds import WorkIncomplete


class Counting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.server.seen.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(202)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        """Say nothing."""


class Closing(Counting):
    def do_POST(self):
        self.close_connection = True


@contextmanager
def server(handler) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        serving.seen = []
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def test_every_request_is_answered_and_counted(tmp_path):
    file = tmp_path / "bodies.ndjson"
    file.write_text('{"a": 1}\n{"a": 2}')
    with server(Counting) as serving:
        loaded = load.put_on(serving.server_port, path="/", bodies=file, seconds=0.2, connections=4)

    assert loaded.answers == {"202": len(serving.seen)}
    assert set(serving.seen) == {b'{"a": 1}', b'{"a": 2}'}
    assert 0 < loaded.p50 <= loaded.p99
    assert loaded.figures()["per_second"] == pytest.approx(len(serving.seen) / loaded.seconds)


def test_a_server_that_hangs_up_is_not_overlooked(tmp_path):
    file = tmp_path / "bodies.ndjson"
    file.write_text("{}")
    with server(Closing) as serving, pytest.raises(ServerFailed, match="closed"):
        load.put_on(serving.server_port, path="/", bodies=file, seconds=0.1, connections=1)


@pytest.mark.parametrize("answers", [{"202": 9}, {"202": 11}, {"202": 10, "503": 1}])
def test_answers_that_did_not_become_rows_fail_the_bench(answers):
    with pytest.raises(WorkIncomplete):
        intake.checked(Load(answers, 1.0, 1.0, 1.0), good="202", rows=10)


def test_answers_that_became_rows_count():
    assert intake.checked(Load({"202": 10}, 2.0, 1.0, 3.0), good="202", rows=10)["per_second"] == 5.0


def test_bodies_are_distinct_and_the_same_each_time():
    people = list(bodies.people(500))

    assert people == list(bodies.people(500))
    assert len({person.email for person in people}) == 500
    assert {person.email for person in people}.isdisjoint(person.email for person in bodies.people(500, seed=2))


def test_both_forms_hold_the_same_content():
    person = next(bodies.people(1))
    ours = bodies.ours(person, {("updates", "vendor"): "0" * 64, ("offers", "acme"): "1" * 64})
    textbook = bodies.textbook(person)

    flat = ours["contact"] | ours["details"]
    assert flat == {member: textbook[member] for member in flat}
    assert [choice["granted"] for choice in ours["choices"]] == [textbook["updates"], textbook["offers"]]
