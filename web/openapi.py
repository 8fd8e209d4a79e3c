"""Descriptions of an API as OpenAPI 3.1, from a table of its operations and the table of its problems."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Protocol

JSON, PROBLEM_JSON = "application/json", "application/problem+json"
SCHEMA = "#/components/schemas/{name}"
OPEN: list[dict[str, list[str]]] = []


class Problem(Protocol):
    """A row of a table of problems."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def title(self) -> object:
        """What it is called."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one address.

    Args:
        method, path: Where it is.
        name: Its operation id.
        tag: The group that it belongs to; a name in `Document.tags`.
        summary, description: What it does, in short and in full.
        status: Of a good answer.
        gives: The schema of a good answer.
        given_as: The content type of a good answer.
        headers: Of a good answer, each with what it says.
        takes: The schema of the body, if there is one. Then it is required.
        content_types: In which forms the body may come.
        parameters: OpenAPI parameter objects.
        refuses: The slugs of the problems that it may answer.
        secured: Names in `Document.security_schemes`, one of which is needed.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    description: str
    gives: str
    refuses: Sequence[str]
    status: int = 200
    given_as: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    takes: str | None = None
    content_types: Sequence[str] = (JSON,)
    parameters: Sequence[Mapping[str, Any]] = ()
    secured: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a description says beside its operations.

    Args:
        title, description: What the API is.
        server: The base URL.
        contact: Who answers questions.
        tags: Each group of operations, and what it is about.
        problems: By slug.
        schemas: Components by name; one of them is `Problem`.
        security_schemes: Components by name.
    """

    title: str
    description: str
    server: str
    contact: str
    tags: Mapping[str, str]
    problems: Mapping[str, Problem]
    schemas: Mapping[str, Any]
    security_schemes: Mapping[str, Any] = field(default_factory=dict)

    def of(self, operations: Iterable[Operation]) -> dict[str, Any]:
        """The whole document."""
        paths: dict[str, dict[str, Any]] = {}
        for each in operations:
            paths.setdefault(each.path, {})[each.method] = self._operation(each)
        return {
            "openapi": "3.1.0",
            "info": {
                "title": self.title,
                "version": "1",
                "description": self.description,
                "contact": {"name": self.contact, "url": self.server},
                "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": self.server}],
            "tags": [{"name": name, "description": about} for name, about in self.tags.items()],
            "security": OPEN,
            "paths": paths,
            "components": {"schemas": self.schemas, "securitySchemes": self.security_schemes},
        }

    def _operation(self, each: Operation) -> dict[str, Any]:
        made: dict[str, Any] = {
            "operationId": each.name,
            "tags": [each.tag],
            "summary": each.summary,
            "description": each.description,
            "parameters": list(each.parameters),
            "responses": {str(each.status): _good(each), **self._refusals(each.refuses)},
        }
        if each.takes:
            content = {kind: {"schema": _ref(each.takes)} for kind in each.content_types}
            made["requestBody"] = {"required": True, "content": content}
        if each.secured:
            made["security"] = [{name: []} for name in each.secured]
        return made

    def _refusals(self, slugs: Iterable[str]) -> dict[str, Any]:
        """The problems by status, each with its name: in words for people, and as the values that `type` may have."""
        ordered = sorted(slugs, key=lambda slug: self.problems[slug].status)
        return {
            str(status): self._refusal(list(group))
            for status, group in groupby(ordered, key=lambda slug: self.problems[slug].status)
        }

    def _refusal(self, slugs: list[str]) -> dict[str, Any]:
        types = {"type": "string", "enum": [f"/problems/{slug}" for slug in slugs]}
        schema = {"allOf": [_ref("Problem"), {"type": "object", "properties": {"type": types}}]}
        said = "; ".join(f"`{slug}`: {self.problems[slug].title}" for slug in slugs)
        return {"description": said, "content": {PROBLEM_JSON: {"schema": schema}}}


def _good(each: Operation) -> dict[str, Any]:
    said: dict[str, Any] = {"description": each.summary, "content": {each.given_as: {"schema": _ref(each.gives)}}}
    if each.headers:
        said["headers"] = {name: {"description": about, "schema": {"type": "string"}} for name, about in each.headers.items()}
    return said


def parameter(name: str, where: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    """A parameter object for a text; *schema* has what JSON Schema says more of it."""
    schema = {"type": "string", **schema}
    return {"name": name, "in": where, "description": description, "required": required, "schema": schema}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": SCHEMA.format(name=name)}
