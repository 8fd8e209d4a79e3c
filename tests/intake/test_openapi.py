"""The document of the API: valid OpenAPI 3.1, and what it says is how the service answers, whatever is sent."""

import json
import re
from collections.abc import Iterator

import pytest
import schemathesis
from django.conf import settings
from django.core import signals
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as rounds
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from schemathesis.specs.openapi.schemas import OpenApiSchema

from regsvc.problems import PROBLEMS
from regsvc.roles import ROLES
from regsvc.wsgi import application
from tests.scenario import body

OPERATIONS = {
    "/api/v1/notice": {"get"},
    "/api/v1/registrations": {"post"},
    "/api/v1/submissions/{digest}": {"get"},
    "/api/v1/my/registration": {"get", "patch", "delete"},
    "/api/v1/my/registration/export": {"get"},
    "/api/v1/my/receipt": {"post"},
    "/.well-known/regsvc/statement-keys": {"get"},
    "/ping": {"get"},
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/api/v1/schema": {"get"},
    "/problems/{slug}": {"get"},
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
    components = document["components"]

    assert references(document) <= {f"#/components/{kind}/{name}" for kind, each in components.items() for name in each}
    for schema in components["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_document_names_every_address_of_the_api(document):
    assert {path: set(methods) for path, methods in document["paths"].items()} == OPERATIONS


def test_refusals_are_problem_documents_that_are_named_by_status(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, said in operation["responses"].items():
                if "application/problem+json" in said.get("content", ()):
                    ((content_type, content),) = said["content"].items()
                    named = content["schema"]["allOf"][1]["properties"]["type"]["enum"]
                    assert content_type == "application/problem+json", (path, method)
                    assert {PROBLEMS[slug.removeprefix("/problems/")].status for slug in named} == {int(status)}


def test_every_problem_is_answered_somewhere_but_those_of_addresses_and_our_own_mistakes(document):
    named = set(re.findall(r"/problems/([a-z-]+)", json.dumps(document["paths"])))

    assert set(PROBLEMS) - named == {"method-not-allowed", "internal"}


def test_the_document_can_be_used_by_itself(document):
    mine = [each for path, methods in document["paths"].items() for each in methods.values() if "my/registration" in path]
    bodies = [each["requestBody"] for methods in document["paths"].values() for each in methods.values() if "requestBody" in each]

    assert [each["url"] for each in document["servers"]] == [settings.PUBLIC_URL]
    assert document["components"]["securitySchemes"]["receipt"]["scheme"] == "bearer"
    assert len(mine) == 4
    assert all(operation["security"] == [{"receipt": []}] for operation in mine)
    assert len(bodies) == 3
    assert all(body["required"] for body in bodies)
    assert all(each["description"] for methods in document["paths"].values() for each in methods.values())


def test_bodies_are_described_as_they_are_decoded(document):
    body = document["components"]["schemas"]["RegistrationBody"]

    assert body["required"] == ["product"]
    assert body["additionalProperties"] is False
    assert {"product", "manufacturer", "country", "language", "receipt", "notice", "contact", "details", "choices"} == set(
        body["properties"]
    )


def fits(document, name, value) -> None:
    """The value fits its schema, and every field of it is described."""
    schemas = {
        name: each | {"additionalProperties": each.get("additionalProperties", False)} if "properties" in each else each
        for name, each in document["components"]["schemas"].items()
    }
    Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}).validate(value)


def test_what_is_answered_fits_the_document(life, client, document):
    contact = {
        "email": "ada@example.org",
        "name": "Ada Example",
        "company": "Example GmbH",
        "phone": "+49301234567",
        "address": "Weg 1",
    }
    details = {"purchased_on": "2026-11-20", "purchased_from": "Example Shop", "serial": "SN-1042"}
    sent = body("updates/vendor", "offers/acme", country="DE", language="de", contact=contact, details=details)
    headers = {"Authorization": f"Bearer {life.post(sent).receipt.text}"}
    own, submitted = "/api/v1/my/registration", client.post("/api/v1/registrations", sent, "application/json").json()
    life.sweep()

    fits(document, "Notice", client.get("/api/v1/notice?product=srv-std&manufacturer=acme").json())
    fits(document, "Accepted", submitted)
    fits(document, "Submission", client.get(submitted["submission"]).json())
    fits(document, "OwnRegistration", client.get(own, headers=headers).json())
    fits(document, "OwnRegistration", client.get(f"{own}/export", headers=headers).json())
    fits(document, "Posted", client.patch(own, {"stop_all_mail": True}, "application/json", headers=headers).json())
    erased = client.delete(own, headers=headers).json()
    fits(document, "Posted", erased)
    life.sweep()
    fits(document, "Submission", client.get(erased["submission"]).json())
    fits(document, "Nothing", client.post("/api/v1/my/receipt", {"email": "ada@example.org"}, "application/json").json())
    fits(document, "KeySet", client.get("/.well-known/regsvc/statement-keys").json())
    fits(document, "Problem", client.post("/api/v1/registrations", {"product": "?"}, "application/json").json())
    with pytest.raises(ValidationError):
        fits(document, "Accepted", submitted | {"another": "member"})


def test_an_unknown_host_is_refused_as_the_document_says(client, document):
    answer = client.get("/healthz", headers={"Host": "elsewhere.example.org"})
    said = document["paths"]["/healthz"]["get"]["responses"]["400"]["content"]

    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (400, *said)


@pytest.fixture
def described(life, monkeypatch) -> Iterator[OpenApiSchema]:
    """The service behind its document. As with Django's own client, the test's connection outlives a request."""
    monkeypatch.setattr(settings, "ROLE", ROLES["public"])
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
    @rounds(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def sends(case: schemathesis.Case) -> None:
        answer = case.call()
        said = operation.definition.raw["responses"]
        assert answer.status_code < 500
        assert str(answer.status_code) in said
        given = [each.partition(";")[0] for each in answer.headers["content-type"]] if answer.content else []
        assert given == list(said[str(answer.status_code)].get("content", ()))

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


@rounds(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(sent=MEMBERS | JSON)
def test_no_json_at_all_breaks_the_service(life, client, sent):
    for address, send in (("registrations", client.post), ("my/receipt", client.post), ("my/registration", client.patch)):
        answer = send(f"/api/v1/{address}", json.dumps(sent), content_type="application/json")

        assert answer.status_code < 500
        assert answer.status_code < 400 or answer["Content-Type"] == "application/problem+json"
