"""A body whose length is not told first is taken like any other: over a real socket, by the real server."""

import json
import socket
from http.client import HTTPResponse

import pytest

pytestmark = pytest.mark.xdist_group("web")

REGISTRATIONS, ACTIVATIONS, SLOTS = "/api/v1/registrations", "/api/v1/activations", "/api/v1/slots"


@pytest.fixture
def port(web):
    """The web server behind HAProxy; it needs no database for what is asked of it here."""
    return web.open


def sent(port: int, path: str, pieces: list[bytes], *, method: str = "POST", more: str = "") -> tuple[int, dict[str, object]]:
    """Status and body of the answer to a body that comes in pieces."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{more}Transfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(head.encode())
        for piece in [*pieces, b""]:
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        response = HTTPResponse(connection)
        response.begin()
        return response.status, json.loads(response.read())


def halves(value: object) -> list[bytes]:
    raw = json.dumps(value).encode()
    return [raw[: len(raw) // 2], raw[len(raw) // 2 :]]


@pytest.mark.parametrize("path", [REGISTRATIONS, ACTIVATIONS, SLOTS])
def test_a_body_in_pieces_is_read_to_its_end(port, path):
    status, problem = sent(port, path, halves({"stranger": "x" * 9_000}))

    assert (status, problem["type"]) == (422, "/problems/invalid-fields")


def test_a_change_of_ones_own_registration_may_come_in_pieces(port):
    more = f"Authorization: Bearer {'A' * 43}\r\n"
    status, problem = sent(port, "/api/v1/my/registration", halves({"stranger": None}), method="PATCH", more=more)

    assert (status, problem["type"]) == (422, "/problems/invalid-fields")


@pytest.mark.parametrize("path", [REGISTRATIONS, ACTIVATIONS])
def test_a_body_in_pieces_has_the_same_limit(port, path):
    assert sent(port, path, halves(" " * (16 * 1024 - 1)))[1]["type"] == "/problems/too-large"
    assert sent(port, path, halves(" " * (16 * 1024 - 2)))[1]["type"] == "/problems/invalid-fields"


@pytest.mark.parametrize("path", [REGISTRATIONS, ACTIVATIONS])
def test_a_body_that_is_not_there_is_malformed(port, path):
    assert sent(port, path, [])[1]["type"] == "/problems/malformed"
