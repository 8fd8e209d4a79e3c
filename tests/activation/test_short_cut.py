"""The short cut of the activation: the same answers as by the long way, and a mistake of ours tells nothing."""

import io
import json

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from regsvc import fast_path
from tests.activation.conftest import computer

PATH = "/api/v1/activations"
pytestmark = pytest.mark.real_transactions


def sent(application, raw, *, method="POST", path=PATH, kind="application/json", told=True):
    """Status, headers and body of one request; of one in pieces, the length of the body is not told."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "CONTENT_TYPE": kind,
        **({"CONTENT_LENGTH": str(len(raw))} if told else {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}),
        "HTTP_ACCEPT_LANGUAGE": "de",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    began = []
    body = b"".join(application(environ, lambda status, headers, *_: began.append((int(status[:3]), dict(headers)))))
    return (*began[0], body)


@pytest.fixture
def ways():
    """The short way and the long way."""
    with override_settings(ROLE_NAME="activation", REQUESTS_LOGGED=False, ROOT_URLCONF="regsvc.urls.activation"):
        django = WSGIHandler()
        yield fast_path.short_cut(django), django


def asked(key, hardware):
    body = {"product_key": key.text, "product": "srv-std", "hardware_version": 1, "hardware": hardware.text, "language": "de"}
    return json.dumps(body).encode()


def test_both_ways_answer_alike(counter, ways):
    key = counter.key()
    counter.ask(key, 1)
    bodies = [asked(key, computer(1)), asked(key, computer(2)), b"{", b"[]", b" " * 20_000]
    for body, kind in [*((body, "application/json") for body in bodies), (b"a=1", "application/x-www-form-urlencoded")]:
        short, long = (sent(way, body, kind=kind) for way in ways)
        assert (short[0], short[2]) == (long[0], long[2])
        for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options", "X-Frame-Options"):
            assert short[1].get(name) == long[1].get(name), name
    assert [sent(ways[0], body)[0] for body in bodies] == [200, 409, 400, 422, 413]


def test_both_ways_take_a_body_in_pieces(counter, ways):
    key = counter.key()

    for way in ways:
        assert sent(way, asked(key, computer(1)), told=False)[0] == 200
        assert sent(way, b" " * 20_000, told=False)[0] == 413


def test_no_log_holds_the_time_of_an_activation(counter, ways, capsys):
    sent(ways[0], asked(counter.key(), computer(1)))

    assert "activations" not in capsys.readouterr().err


def test_another_method_and_another_address_go_the_long_way(counter, ways):
    assert sent(ways[0], b"", method="GET")[0] == 405
    assert sent(ways[0], b"", method="GET", path="/healthz")[0] == 200


def test_a_mistake_of_ours_tells_nothing(counter, ways, monkeypatch, capsys):
    def broken(_request):
        raise RuntimeError("CANARY")

    monkeypatch.setattr(fast_path.activation_api, "activations", broken)
    status, headers, body = sent(ways[0], b"{}")

    assert (status, json.loads(body)["type"]) == (500, "/problems/internal")
    assert "CANARY" not in body.decode() + capsys.readouterr().err
    assert headers["Content-Length"] == str(len(body))
