"""The document of the API: valid OpenAPI 3.1, and what it says is how the service answers, whatever is sent."""

import json
from collections.abc import Iterator

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.schemas import OpenApiSchema

from regsvc.wsgi import application

OPERATIONS = {
    "/api/v1/notice": {"get"},
    "/api/v1/registrations": {"post"},
    "/api/v1/submissions/{digest}": {"get"},
    "/api/v1/my/registration": {"get", "patch", "delete"},
    "/api/v1/my/registration/export": {"get"},
    "/api/v1/my/receipt": {"post"},
}


@pytest.fixture
def document(client: Client) -> dict[str, object]:
    return client.get("/api/v1/schema").json()


def references(part: object) -> set[str]:
    """Every `$ref` in a document."""
    if isinstance(part, list):
        return {found for each in part for found in references(each)}
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
    return own | {found for each in part.values() for found in references(each)}


def test_the_document_is_valid_openapi(document):
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_reference_leads_somewhere_and_every_schema_is_one(document):
    schemas = document["components"]["schemas"]

    assert {ref.removeprefix("#/components/schemas/") for ref in references(document)} <= set(schemas)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_the_document_names_every_address_of_the_api(document):
    assert {path: set(methods) for path, methods in document["paths"].items() if path.startswith("/api/v1/")} == OPERATIONS


def test_bodies_are_described_as_they_are_decoded(document):
    body = document["components"]["schemas"]["RegistrationBody"]

    assert body["required"] == ["product"]
    assert body["additionalProperties"] is False
    assert {"product", "manufacturer", "country", "language", "receipt", "notice", "contact", "details", "choices"} == set(
        body["properties"]
    )


@pytest.fixture
def described(life) -> Iterator[OpenApiSchema]:
    """The service behind its document. As with Django's own client, the test's connection outlives a request."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema", application)
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in OPERATIONS.items() for method in sorted(methods)]
)
def test_nothing_that_fits_the_document_breaks_the_service(described, path, method):
    operation = described[path][method]

    @given(case=operation.as_strategy())
    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def sends(case: schemathesis.Case) -> None:
        answer = case.call()
        assert answer.status_code < 500
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"]

    sends()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = st.fixed_dictionaries(
    {"product": st.just("srv-std") | JSON},
    optional=dict.fromkeys(("manufacturer", "country", "language", "receipt", "notice", "details", "choices"), JSON)
    | {"contact": JSON | st.dictionaries(st.sampled_from(["email", "name", "phone", "address"]), JSON)},
)


@settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(sent=MEMBERS | JSON)
def test_no_json_at_all_breaks_the_service(life, client, sent):
    for address, send in (("registrations", client.post), ("my/receipt", client.post), ("my/registration", client.patch)):
        answer = send(f"/api/v1/{address}", json.dumps(sent), content_type="application/json")

        assert answer.status_code < 500
        assert answer.status_code < 400 or answer["Content-Type"] == "application/problem+json"
