"""What makes a description one that can be used: the rules of the usual linters that matter, held without them, on both hosts."""

import gzip
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from activation import description as activation
from activation import problems as activation_problems
from activation import product_keys
from intake import field_types
from privacy import receipts
from regsvc import description as registration
from regsvc import problems as registration_problems
from web import schemas, viewer

ROOT = Path(__file__).resolve().parent.parent.parent
REDOC = ROOT / "regsvc" / "static" / "regsvc" / "redoc"
LIMITS = {"maxLength", "pattern", "format", "enum", "const", "contentMediaType"}
TABLES = {"registration": registration_problems.PROBLEMS, "activation": activation_problems.PROBLEMS}


@pytest.fixture(params=[registration, activation], ids=["registration", "activation"])
def document(request):
    return request.param.described()


def operations(document):
    return [(f"{method} {path}", each) for path, methods in document["paths"].items() for method, each in methods.items()]


def parts(node, place="#"):
    """Every mapping of a document, with its place."""
    if isinstance(node, dict):
        yield place, node
    for name, each in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from parts(each, f"{place}/{name}")


def properties(document):
    """Every field of every schema. What stands in an example is no schema."""
    for place, node in parts(document):
        if "/example" not in place and isinstance(node.get("properties"), dict):
            yield from ((f"{place}/{name}", each) for name, each in node["properties"].items())


def examples(document):
    """Every example, with the schema that it has to fit."""
    for place, node in parts(document):
        if "schema" in node:
            found = [node["example"]] if "example" in node else []
            found += [resolved(document, each)["value"] for each in node.get("examples", {}).values()]
            yield from ((place, node["schema"], each) for each in found)
        elif isinstance(node.get("examples"), list):
            yield from ((place, node, each) for each in node["examples"])


def resolved(document, node):
    if "$ref" not in node:
        return node
    found = document
    for name in node["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    return found


def unfit(document):
    """The places of examples that do not fit their schema."""
    for place, schema, example in examples(document):
        whole = {**schema, "components": document["components"]}
        if list(Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(example)):
            yield place


def test_the_document_says_whose_it_is(document):
    info = document["info"]

    assert all(info[name] for name in ("title", "version", "description"))
    assert info["contact"]["url"] == document["servers"][0]["url"]
    assert info["license"]["identifier"] == "Apache-2.0"
    assert all(tag["description"] for tag in document["tags"])


def test_every_operation_says_what_it_does_and_what_it_refuses(document):
    names, tags = [], {tag["name"] for tag in document["tags"]}
    for place, each in operations(document):
        names.append(each["operationId"])
        assert each["summary"], place
        assert each["description"], place
        assert {*each["tags"]} <= tags, place
        assert {status[0] for status in each["responses"]} >= {"2", "4"}, place
        assert all(said["description"] for said in each["responses"].values()), place
    assert len(names) == len(set(names)) > 9


def test_every_parameter_and_header_is_described_limited_and_shown(document):
    found = [(place, each) for place, operation in operations(document) for each in operation["parameters"]]
    found += list(document["components"]["headers"].items())

    assert [place for place, each in found if not (each["description"] and "example" in each)] == []
    assert [place for place, each in found if each.get("in") and not LIMITS & each["schema"].keys()] == []


def test_every_field_is_described(document):
    assert len(list(properties(document))) > 40
    assert [place for place, each in properties(document) if not each.get("description")] == []


def test_every_text_that_is_sent_has_a_limit(document):
    sent = {
        body["schema"]["$ref"]
        for _, each in operations(document)
        for body in each.get("requestBody", {}).get("content", {}).values()
    }
    inner = {part["$ref"] for name in sent for _, part in parts(resolved(document, {"$ref": name})) if "$ref" in part}
    texts = [
        (f"{name}/{field}", json.dumps(each))
        for name in sent | inner
        for field, each in resolved(document, {"$ref": name})["properties"].items()
        if '"string"' in json.dumps(each)
    ]

    assert len(texts) > 5
    assert [place for place, each in texts if not any(f'"{limit}"' in each for limit in (*LIMITS, "propertyNames"))] == []


def test_every_body_and_every_problem_has_an_example(document):
    bodies = [(place, each) for place, each in parts(document["paths"]) if "schema" in each and "in" not in each]

    assert [place for place, each in bodies if not {"example", "examples"} & each.keys()] == []


def test_every_example_fits(document):
    assert len(list(examples(document))) > 100
    assert list(unfit(document)) == []


def test_an_example_that_does_not_fit_is_found():
    schema = {"type": "string", "pattern": "^a$", "examples": ["b"]}

    assert list(unfit({"components": {"schemas": {"Wrong": schema}}})) == ["#/components/schemas/Wrong"]


def test_nothing_stands_in_the_components_that_nobody_uses(document):
    text = json.dumps(document)
    used = {place for place in ("schemas", "headers", "examples") for _ in document["components"][place]}
    unused = [name for place in used for name in document["components"][place] if f'"#/components/{place}/{name}"' not in text]

    assert unused == []


def test_the_example_of_a_problem_is_what_a_caller_gets(document):
    table = TABLES[document["info"]["title"].lower()]
    shown = document["components"]["examples"]

    assert len(shown) > 12
    for slug, example in shown.items():
        assert example["value"]["type"] == f"/problems/{slug}"
        assert example["value"]["status"] == table[slug].status
    assert shown["invalid-fields"]["value"]["errors"]


def test_whoever_must_wait_is_told_how_long(document):
    table = TABLES[document["info"]["title"].lower()]
    for place, each in operations(document):
        for status, said in each["responses"].items():
            slugs = said.get("content", {}).get("application/problem+json", {}).get("examples", {})
            waits = any(table[slug].retry_after for slug in slugs)
            assert waits == ("Retry-After" in said.get("headers", {})) or status == "202", place


def test_what_opens_something_is_plainly_invented(document):
    text = json.dumps(document)
    held = {"XXXXX-XXXXX-XXXXX-XXXXX-XXXXX"} if "Activation" in document["components"]["schemas"] else set()

    assert all(key in text for key in held)
    with pytest.raises((product_keys.NotAKey, product_keys.Mistyped)):
        product_keys.read("XXXXX-XXXXX-XXXXX-XXXXX-XXXXX")
    assert receipts.parse(field_types.RECEIPT.examples[0]).secret == b"an-invented-receipt-for-the-docs"


def test_a_sample_is_put_together_from_the_examples_of_fields():
    known = {"Inner": {"type": "object", "properties": {"word": {"type": "string", "examples": ["w"]}}}}
    schema = {
        "type": "object",
        "properties": {
            "inner": {"anyOf": [{"type": "null"}, {"$ref": f"{schemas.PREFIX}Inner"}]},
            "list": {"type": "array", "items": {"enum": ["first", "second"]}},
        },
    }

    assert schemas.sample(schema, known) == {"inner": {"word": "w"}, "list": ["first"]}


def test_code_is_marked_and_everything_else_escaped():
    assert viewer.marked("Send `a<b` & wait") == "Send <code>a&lt;b</code> &amp; wait"


def test_the_page_may_have_the_viewers_two_styles_and_no_other_page_may(client):
    policies = {path: client.get(path)["Content-Security-Policy"].split("; ") for path in ("/api/docs", "/healthz")}
    docs, others = set(policies["/api/docs"]), set(policies["/healthz"])

    assert others - docs == {"style-src 'self'"}
    assert docs - others == {f"style-src 'self' {viewer.EMPTY} {viewer.SCROLL_BARS}"}


def test_the_viewer_is_what_its_origin_says_and_asks_no_other_host():
    bundle = (REDOC / "redoc.standalone.js").read_bytes()

    assert gzip.decompress((REDOC / "redoc.standalone.js.gz").read_bytes()) == bundle
    assert b"cdn.redoc.ly" not in bundle
    assert b"sourceMappingURL=redoc" not in bundle
    assert sum(file.stat().st_size for file in REDOC.iterdir()) < 1_500_000
