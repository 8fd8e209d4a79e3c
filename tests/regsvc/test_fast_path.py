"""A busy address has two ways, the fast path and the long one through Django: both answer alike, byte for byte."""

import io
import json
import random
import uuid
from collections import Counter as Tally
from copy import deepcopy

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from regsvc import fast_path
from tests import scenario
from tests.activation.conftest import Counter, computer

REGISTRATIONS, ACTIVATIONS = "/api/v1/registrations", "/api/v1/activations"
COMPARED = (  # the long way adds what pages need, and names the methods of an address with every answer
    *("Content-Type", "Content-Length", "Cache-Control", "Location", "Retry-After"),
    *("WWW-Authenticate", "X-Content-Type-Options", "X-Frame-Options"),
)
PROBLEM = "application/problem+json"
MANY = [pytest.param(100, id="a hundred"), pytest.param(1000, id="a thousand", marks=pytest.mark.proof)]
WRONG = ("", "x", "a" * 400, "ada@", "\u202e", "-", 7, True, None, [], {}, ["x"], {"a": 1}, 1.5, "2026-13-01", "é", "\x00")
BROKEN = (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 3000, b'"x"', b" " * 20_000)
HEADERS = (
    *({},) * 6,
    {"HTTP_ACCEPT_LANGUAGE": "de"},
    {"HTTP_ACCEPT_LANGUAGE": "fr, de;q=0.5"},
    {"HTTP_ACCEPT": "text/html"},
    {"HTTP_CONTENT_ENCODING": "gzip"},
    {"CONTENT_TYPE": "text/plain"},
    {"CONTENT_LENGTH": "-1"},
)


def answered(application, path, raw, headers):
    """Status, compared headers, language and body of one post."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(raw),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
    }
    began = []
    said = application(environ | headers, lambda status, given, *_: began.append((int(status[:3]), dict(given))))
    body = b"".join(said)
    ((status, given),) = began
    language = given.get("Content-Language") if given["Content-Type"] == PROBLEM else None  # nothing else has words
    return status, {name: given.get(name) for name in COMPARED}, language, body


def spoiled(value, chance):
    """The document; or with something wrong in it, more or less than it should have; or what is no document."""
    kind = chance.random()
    if kind < 0.1:
        return chance.choice(BROKEN)
    made = json.loads(json.dumps(value))
    for _ in range(chance.randint(1, 3) if kind < 0.6 else 0):
        place = chance.choice([made, *(each for each in made.values() if isinstance(each, dict))])
        name = chance.choice([*place, "unknown", "language", "country", "receipt", "attempt", "sent_at"])
        place.pop(name, None) if chance.random() < 0.2 else place.update({name: deepcopy(chance.choice(WRONG))})
    return json.dumps(made).encode()


def compared(path, made, many, seed):
    """Send each of so many requests both ways; how often each status was answered."""
    chance, found = random.Random(seed), Tally()
    django = WSGIHandler()
    ways = [fast_path.short_cut(django), django]
    for number in range(many):
        raw, headers = spoiled(made(number, chance), chance), chance.choice(HEADERS)
        if path == REGISTRATIONS:
            key = chance.choice(["", "x", f'"{uuid.UUID(int=chance.getrandbits(128))}"']) if chance.random() < 0.2 else None
            headers = headers | {"HTTP_IDEMPOTENCY_KEY": str(uuid.UUID(int=chance.getrandbits(128))) if key is None else key}
        chance.shuffle(ways)
        answered(ways[0], path, raw, headers)  # what is new becomes known
        first, second = (answered(way, path, raw, headers) for way in ways)
        assert first == second, (seed, raw, headers)
        found[first[0]] += 1
    return found


@pytest.mark.real_transactions
@pytest.mark.parametrize("many", MANY)
def test_registrations_are_answered_alike(life, many, record_property):
    def person(number, chance):
        return scenario.body(
            *chance.sample(["updates/vendor", "offers/vendor", "updates/acme"], chance.randint(0, 2)),
            contact={"email": f"ada{number}@example.org", "name": "Ada Example", "phone": "+493023125000"},
            details={"serial": f"SN-{number}", "purchased_on": "2026-01-02"},
            country="DE",
            language=chance.choice(["de", "en"]),
        )

    seed = random.randrange(2**32)
    with override_settings(ROLE_NAME="public", REQUESTS_LOGGED=False, ROOT_URLCONF="regsvc.urls.public"):
        found = compared(REGISTRATIONS, person, many, seed)

    record_property("verdict", f"fast path, registrations: seed {seed}, {dict(found)}, alike both ways")
    assert found[202] > many / 25
    assert found[422] > many / 25


@pytest.mark.django_db(databases=["default", "activation"], transaction=True)
@pytest.mark.parametrize("many", MANY)
def test_activations_are_answered_alike(many, record_property):
    counter = Counter()
    keys = [*counter.keys(many // 20, "multi"), *counter.keys(many // 20, "retail"), *counter.keys(many // 20, "volume")]

    def request(_number, chance):
        return {
            "product_key": chance.choice(keys).text,
            "product": chance.choice(["srv-std", "srv-std", "srv-std", "other"]),
            "hardware_version": 1,
            "hardware": computer(chance.randrange(4)).text,
            "language": chance.choice(["de", "en"]),
        }

    seed = random.randrange(2**32)
    with override_settings(ROLE_NAME="activation", REQUESTS_LOGGED=False, ROOT_URLCONF="regsvc.urls.activation"):
        found = compared(ACTIVATIONS, request, many, seed)

    record_property("verdict", f"fast path, activations: seed {seed}, {dict(found)}, alike both ways")
    assert found[200] > many / 25
    assert found[422] > many / 25
