"""Descriptions of an API as OpenAPI 3.1, from a table of its operations and the table of its problems."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.http import HttpResponse

from web import schemas
from web.operations import HEADERS, HTML, JSON, Operation
from web.problems import CONTENT_TYPE, Problem
from web.schemas import PREFIX

CLIENT_ERRORS = range(400, 500)
OPEN: list[dict[str, list[str]]] = []
PAGE = "/api/docs"
UNKNOWN_HOST = {
    "description": "The `Host` header does not name this service. The body is plain HTML, not a problem document.",
    "content": {HTML: {"schema": {"type": "string"}, "example": "<h1>Bad Request (400)</h1>"}},
}


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a description says beside its operations.

    Args:
        title, description: What the API is.
        server: The base URL.
        contact: Who answers questions.
        tags: Each group of operations, and what it is about.
        problems: By slug.
        answered: From a slug to the answer that a caller gets: examples are made from it.
        schemas: Components by name; one of them is `Problem`.
        security_schemes: Components by name.
    """

    title: str
    description: str
    server: str
    contact: str
    tags: Mapping[str, str]
    problems: Mapping[str, Problem]
    answered: Callable[[str], HttpResponse]
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
            "servers": [{"url": self.server, "description": "This service."}],
            "externalDocs": {"url": self.server + PAGE, "description": "This description as a page."},
            "tags": [{"name": name, "description": about} for name, about in self.tags.items()],
            "security": OPEN,
            "paths": paths,
            "components": self._components(json.dumps(paths)),
        }

    def _components(self, paths: str) -> dict[str, Any]:
        """What the operations refer to, and nothing else."""
        headers = sorted(set(re.findall(r"#/components/headers/([A-Za-z-]+)", paths)))
        slugs = sorted(set(re.findall(r"#/components/examples/([a-z-]+)", paths)))
        return {
            "schemas": self.schemas,
            "headers": {name: HEADERS[name] for name in headers},
            "examples": {slug: self._example(slug) for slug in slugs},
            "securitySchemes": self.security_schemes,
        }

    def _example(self, slug: str) -> dict[str, Any]:
        return {"summary": str(self.problems[slug].title), "value": json.loads(self.answered(slug).content)}

    def _operation(self, each: Operation) -> dict[str, Any]:
        made: dict[str, Any] = {
            "operationId": each.name,
            "tags": [each.tag],
            "summary": each.summary,
            "description": each.description,
            "parameters": list(each.parameters),
            "responses": self._responses(each),
        }
        if each.takes:
            content = self._content(each.takes, *each.content_types)
            made["requestBody"] = {"required": True, "description": self.schemas[each.takes]["description"], "content": content}
        if each.secured:
            made["security"] = [{name: []} for name in each.secured]
        return made

    def _responses(self, each: Operation) -> dict[str, Any]:
        good = self._response(each.answer, each.gives, each.given_as)
        if each.headers:
            good["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in each.headers}
        found = {str(each.status): good, **self._refusals(each.refuses)}
        found |= {
            str(status): self._response(said, name, HTML if name == "Page" else JSON)
            for status, (said, name) in each.also.items()
        }
        return found if any(int(status) in CLIENT_ERRORS for status in found) else found | {"400": UNKNOWN_HOST}

    def _response(self, description: str, name: str | None, content_type: str) -> dict[str, Any]:
        said: dict[str, Any] = {"description": description}
        return said | {"content": self._content(name, content_type)} if name else said

    def _content(self, name: str, *content_types: str) -> dict[str, Any]:
        body = {"schema": _ref(name), "example": schemas.sample(_ref(name), self.schemas)}
        return dict.fromkeys(content_types, body)

    def _refusals(self, slugs: Iterable[str]) -> dict[str, Any]:
        """The problems by status, each with its name: in words for people, and as the values that `type` may have."""
        ordered = sorted(slugs, key=lambda slug: self.problems[slug].status)
        return {
            str(status): self._refusal(status, list(group))
            for status, group in groupby(ordered, key=lambda slug: self.problems[slug].status)
        }

    def _refusal(self, status: int, slugs: list[str]) -> dict[str, Any]:
        types = {"type": "string", "description": "Which problem it is.", "enum": [f"/problems/{slug}" for slug in slugs]}
        narrowed = {"type": types, "status": {"type": "integer", "description": "The HTTP status.", "const": status}}
        schema = {"allOf": [_ref("Problem"), {"type": "object", "properties": narrowed}]}
        examples = {slug: {"$ref": f"#/components/examples/{slug}"} for slug in slugs}
        made: dict[str, Any] = {
            "description": "; ".join(f"`{slug}`: {self.problems[slug].title}" for slug in slugs),
            "content": {CONTENT_TYPE: {"schema": schema, "examples": examples}},
        }
        headers = {name for slug in slugs for name in HEADERS if self.answered(slug).has_header(name)}
        return (
            made | {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(headers)}} if headers else made
        )


def _ref(name: str) -> dict[str, str]:
    return {"$ref": PREFIX + name}
