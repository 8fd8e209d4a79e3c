"""HAProxy before the web processes, on the wire: who is slow waits alone, and nothing that a caller says of itself is believed."""

import json
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench import site
from devtools.demo import front
from devtools.demo.front import LOOPBACK, Way
from tests import slow_clients
from tests.regsvc.conftest import POSTS
from tests.slow_clients import ask, statuses

pytestmark = pytest.mark.xdist_group("web")

REGISTRATIONS = "/api/v1/registrations"
OPERATIONS = Path(front.__file__).parent.parent.parent / "docs" / "operations.md"
LIMIT = 64 * 1024


class Recorder(BaseHTTPRequestHandler):
    """Stands where the web process would, and keeps what arrives."""

    arrived: list["Recorder"]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.read = b"" if self.headers["Transfer-Encoding"] else self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.arrived.append(self)
        self.send_response(204)
        self.send_header("Connection", "close")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 (http.server's name)

    def log_message(self, *_about: object) -> None:
        pass


class Recorded:
    """What came through to the recorder, and the port that leads there."""

    def __init__(self, port: int, arrived: list[Recorder]) -> None:
        self.port, self.arrived = port, arrived

    def sent(self, raw: bytes, *, seconds: float = 5) -> list[int]:
        """The statuses of the answers to raw bytes."""
        with socket.create_connection((LOOPBACK, self.port), timeout=seconds) as connection:
            connection.sendall(raw)
            answer = b""
            while arrived := connection.recv(65536):
                answer += arrived
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3})", answer)]


@pytest.fixture(scope="module")
def recorder(tmp_path_factory) -> Iterator[Recorded]:
    folder = tmp_path_factory.mktemp("recorder")
    Recorder.arrived = []
    with ThreadingHTTPServer((LOOPBACK, 0), Recorder) as server, ExitStack() as ending:
        threading.Thread(target=server.serve_forever).start()
        ending.callback(server.shutdown)
        way = Way(open=site.free_port(), inner=server.server_port)
        argv = front.argv({"public": way}, file=folder / "ports.cfg")
        with site.serving(argv, port=way.open, env={}, log=folder / "front.log"):
            yield Recorded(way.open, Recorder.arrived)


def test_the_sections_in_the_handbook_go_with_the_rules(tmp_path):
    written = re.search(r"```haproxy\n(.*?)```", OPERATIONS.read_text(), re.DOTALL)[1]
    sections = tmp_path / "public.cfg"
    here = {
        "/etc/haproxy/public.pem": certificate(tmp_path),
        "/var/lib/haproxy": str(tmp_path),
        "user haproxy": f"uid {os.getuid()}",
        "group haproxy": f"gid {os.getgid()}",
    }
    for place, ours in here.items():
        assert place in written
        written = written.replace(place, ours)
    sections.write_text(written)
    argv = [front.program(), "-c", "-f", front.RULES, "-f", sections]

    checked = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (checked.returncode, "WARNING" in checked.stderr) == (0, False), checked.stderr


def certificate(folder: Path) -> str:
    """A file with a key and a certificate of its own."""
    key, name, at = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, at, at + timedelta(days=1)).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "public.pem").write_bytes(private + made.public_bytes(Encoding.PEM))
    return str(folder / "public.pem")


@pytest.fixture
def recorded(recorder) -> Recorded:
    recorder.arrived.clear()
    return recorder


def test_slow_and_idle_clients_keep_nobody_waiting(web):
    with slow_clients.crowd(web.open, bodies=30, headers=30, idle=150):
        asked = []
        for _ in range(20):
            asked.append(ask(web.open, "GET", "/healthz"))
            time.sleep(0.1)

    assert statuses(asked) == {200: 20}
    assert median(each.seconds for each in asked) < 1


def test_without_it_a_few_slow_bodies_stop_the_web_process(web):
    with slow_clients.crowd(web.inner, bodies=12):
        time.sleep(0.5)
        assert ask(web.inner, "GET", "/healthz", patience=2).status == 0


def test_an_upload_over_a_slow_line_arrives(web):
    body = json.dumps({"stranger": "x" * 16_000}).encode()
    head = f"POST {REGISTRATIONS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((LOOPBACK, web.open), timeout=20) as connection:
        connection.sendall(head.encode())
        for at in range(0, len(body), 2000):
            time.sleep(0.1)
            connection.sendall(body[at : at + 2000])
        response = HTTPResponse(connection)
        response.begin()

        assert (response.status, json.loads(response.read())["type"]) == (422, "/problems/invalid-fields")


def test_a_network_has_so_many_connections_and_others_are_still_answered(web):
    near = [socket.create_connection((LOOPBACK, web.open), timeout=5, source_address=("127.0.0.2", 0)) for _ in range(200)]
    time.sleep(0.5)  # each of HAProxy's threads takes connections by itself
    try:
        with pytest.raises((OSError, HTTPException)):
            _posted(web.open, "127.0.0.2", {})
        assert ask(web.open, "GET", "/healthz").status == 200
    finally:
        for connection in near:
            connection.close()


FORGED = ["X-Forwarded-For", "X_Forwarded_For", "x-forwarded-for", "X-Forwarded_For"]


@pytest.mark.parametrize("name", FORGED)
def test_a_caller_cannot_choose_the_address_under_which_it_is_counted(web, name):
    source = f"127.0.1.{FORGED.index(name)}"
    statuses = [_posted(web.open, source, {name: f"198.51.100.{number % 250}"}) for number in range(2 * POSTS + 1)]

    assert set(statuses) == {422, 429}


def test_past_it_a_caller_could_choose(web):
    claims = [{"X-Forwarded-For": f"198.51.100.{number}", "X-Forwarded-Proto": "https"} for number in range(2 * POSTS + 1)]

    assert {_posted(web.inner, LOOPBACK, each) for each in claims} == {422}


def _posted(port: int, source: str, headers: dict[str, str]) -> int:
    connection = HTTPConnection(LOOPBACK, port, timeout=10, source_address=(source, 0))
    try:
        connection.request("POST", REGISTRATIONS, body=b'{"stranger": 1}', headers={"Content-Type": "application/json"} | headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_web_process_hears_of_the_connection_from_haproxy_alone(recorded):
    lines = [
        "X-Forwarded-Proto: https",
        "x_forwarded_proto: https",
        "X-Forwarded-For: 6.6.6.6",
        "X_FORWARDED_FOR: 6.6.6.6",
        "A_b: c",
    ]
    recorded.sent("\r\n".join(["GET / HTTP/1.1", "Host: localhost", *lines, "Connection: close", "\r\n"]).encode())

    headers = recorded.arrived[0].headers
    assert headers.get_all("X-Forwarded-For") == [LOOPBACK]
    assert headers.get_all("X-Forwarded-Proto") == ["http"]
    assert not [name for name in headers if "_" in name]


POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
ENDED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("raw", [
    POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    POST + b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\nabcd",
    POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    POST + b"Content-Length : 4\r\n\r\nabcd",
    POST + b"Content-Length: -4\r\n\r\nabcd",
    POST + b"Content-Length: 4x\r\n\r\nabcd",
    POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabcd",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
])  # fmt: skip
def test_a_request_that_can_be_read_in_two_ways_goes_no_further(recorded, raw):
    assert recorded.sent(raw) == [400]
    assert recorded.arrived == []


def test_a_length_beside_chunks_does_not_count_and_is_not_passed_on(recorded):
    recorded.sent(POST + b"Content-Length: 43\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + ENDED)

    assert [(each.path, each.headers["Content-Length"]) for each in recorded.arrived] == [("/", None)]


def test_what_is_too_long_is_refused_and_goes_no_further(recorded):
    padding = b"X: " + b"x" * 16_000 + b"\r\n"
    chunks = b"%x\r\n%s\r\n" % (1000, b"x" * 1000)
    assert recorded.sent(POST + b"Content-Length: %d\r\n\r\n" % (LIMIT + 1)) == [413]
    assert recorded.sent(POST + padding + b"Transfer-Encoding: chunked\r\n\r\n" + chunks * 80) == [413]
    assert recorded.sent(POST + padding + padding + b"\r\n") == [431]
    assert recorded.sent(b"GET /" + b"x" * 8200 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") == [414]
    assert recorded.arrived == []

    assert recorded.sent(POST + b"Content-Length: %d\r\n\r\n" % LIMIT + b"x" * LIMIT) == [204]
    assert len(recorded.arrived[0].read) == LIMIT


def test_what_is_not_complete_goes_no_further(recorded):
    for half in (b"Content-Length: 9\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc", b"Content-Le"):
        with socket.create_connection((LOOPBACK, recorded.port)) as connection:
            connection.sendall(POST + half)
            time.sleep(0.2)
    assert recorded.arrived == []
