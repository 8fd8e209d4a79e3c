"""Schemas for OpenAPI, made from the structs that decode and encode. What a field means stands in its annotation, once."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Meta

PREFIX = "#/components/schemas/"
JWS = "eyJhbGciOiJFZERTQSIsImtpZCI6ImV4YW1wbGVAMSJ9.eyJleGFtcGxlIjp0cnVlfQ.bm90LWEtc2lnbmF0dXJl"
JWS_PARTS = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"


def about(description: str, *examples: Any, **limits: Any) -> Meta:
    """What a field means, for `Annotated`. Nothing of it is checked when a body is decoded.

    Args:
        description: One short sentence or two.
        examples: Values that it may have; the first one stands in the examples of whole bodies.
        limits: More JSON Schema, such as `maxLength` or `format`: what the code checks elsewhere.
    """
    return Meta(description=description, examples=list(examples) or None, extra_json_schema=limits or None)


def components(kinds: Iterable[type[msgspec.Struct]]) -> dict[str, Any]:
    """The schemas of structs, and of the structs in them, by name."""
    return msgspec.json.schema_components(kinds, ref_template=PREFIX + "{name}")[1]


def sample(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """A value that fits a schema, put together from the examples of its fields.

    Args:
        schema: What it has to fit.
        known: The components that `$ref` may name.
    """
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return sample(known[schema["$ref"].removeprefix(PREFIX)], known)
    if "anyOf" in schema:
        return sample(next(each for each in schema["anyOf"] if each != {"type": "null"}), known)
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [sample(schema["items"], known)]
    return {name: sample(each, known) for name, each in schema.get("properties", {}).items()}
