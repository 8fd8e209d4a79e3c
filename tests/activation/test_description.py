"""The description of the API: valid OpenAPI 3.1, and what it says is how the service answers, whatever is sent."""

import json
from collections.abc import Iterator

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.schemas import OpenApiSchema

from activation import ceremony, certificates, problems, urls
from activation.description import OPERATIONS
from activation.rules import Outcome
from privacy import keyring
from regsvc.roles import ROLES
from regsvc.wsgi import application
from tests.activation.conftest import asked

pytestmark = pytest.mark.urls("regsvc.urls.activation")
SCHEMA = "/api/v1/schema"
UNREADY = {"/.well-known/regsvc/keyset", "/ping", "/readyz"}  # a test has no roots
QUICK = settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def document(client) -> dict[str, object]:
    return client.get(SCHEMA).json()


def test_the_document_is_valid_openapi(document):
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_it_names_every_address_of_the_interface(document):
    every_host = {"/ping", "/healthz", "/readyz", "/api/v1/schema", "/problems/{slug}"}

    assert set(document["paths"]) == {f"/{each.pattern}" for each in urls.interface} | every_host


def test_it_names_every_problem_but_those_of_pages_and_addresses(document):
    named = {slug for each in OPERATIONS for slug in each.refuses}

    assert set(problems.PROBLEMS) - named == {"method-not-allowed", "page-expired", "internal"}


def test_bodies_and_outcomes_are_described_as_they_are(document):
    schemas = document["components"]["schemas"]

    assert schemas["Activation"]["required"] == ["product_key", "product", "hardware_version", "hardware"]
    assert schemas["Activation"]["additionalProperties"] is False
    assert set(schemas["Activated"]["properties"]["outcome"]["enum"]) == set(Outcome) - {Outcome.REFUSED}


@pytest.fixture
def described(counter, settings) -> Iterator[OpenApiSchema]:
    """The service behind its document. As with Django's own client, the test's connection outlives a request."""
    settings.POSTS_PER_MINUTE = 100_000
    settings.ROLE = ROLES["activation"]
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi(
        SCHEMA, lambda environ, start: application(environ | {"REMOTE_ADDR": "127.0.0.1"}, start)
    )
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(("path", "method"), [(each.path, each.method) for each in OPERATIONS])
def test_nothing_that_fits_the_document_breaks_the_service(described, path, method):
    operation = described[path][method]

    @given(case=operation.as_strategy())
    @QUICK
    def sends(case: schemathesis.Case) -> None:
        answer = case.call()
        said = operation.definition.raw["responses"]
        assert answer.status_code < 500 or path in UNREADY
        assert str(answer.status_code) in said
        given = [each.partition(";")[0] for each in answer.headers["content-type"]] if answer.content else []
        assert given == list(said[str(answer.status_code)].get("content", ()))

    sends()


MEMBER = st.none() | st.booleans() | st.integers() | st.text(max_size=90) | st.lists(st.text(max_size=9), max_size=3)
NAMES = ("product_key", "product", "hardware_version", "hardware", "language", "os", "client", "attempt", "sent_at", "slot", "x")


@QUICK
@given(sent=st.dictionaries(st.sampled_from(NAMES), MEMBER) | MEMBER)
def test_no_json_at_all_breaks_the_service_or_comes_back(described, client, sent):
    word = "canary7q"
    body = sent | {"client": word, word: word} if isinstance(sent, dict) else [sent, word]
    for each in OPERATIONS:
        if each.takes:
            answer = client.post(each.path, json.dumps(body), content_type="application/json")
            assert answer.status_code == 422
            assert word not in answer.content.decode() + str(answer.headers)


def fits(document, name, value) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    Draft202012Validator(schema).validate(value)


def test_what_is_answered_fits_the_document(counter, client, document, tmp_path, monkeypatch):
    key, other = counter.key(), counter.key("fixed")

    def post(path, body):
        return client.post(path, json.dumps(body), content_type="application/json").json()

    fits(document, "Activated", post("/api/v1/activations", asked(key)))
    fits(document, "Activated", post("/api/v1/activations", asked(counter.key("volume"))))
    fits(document, "Slots", post("/api/v1/slots", {"product_key": key.text}))
    fits(document, "Problem", post("/api/v1/activations", asked(key, 2)))
    post("/api/v1/activations", asked(other))
    fixed = post("/api/v1/activations", asked(other, 2))
    fits(document, "Problem", fixed)
    assert fixed["transfer_from"] is None
    provider = keyring.FileProvider(tmp_path / "ring")
    provider.create("certificate", "1", b"c" * 32)
    ceremony.begin(ring=provider, offline=keyring.FileProvider(tmp_path / "offline"), today=certificates.EPOCH)
    ring = keyring.Ring(provider, ("root", "keyset"))
    monkeypatch.setattr(keyring, "ring", lambda: ring)
    fits(document, "Trust", client.get("/.well-known/regsvc/keyset").json())
