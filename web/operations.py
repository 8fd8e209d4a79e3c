"""The rows of an API's description: one method of one address each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

JSON, HTML = "application/json", "text/html"


def _header(description: str, example: str | int, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}, "example": example}


HEADERS: Mapping[str, Any] = {
    "Content-Disposition": _header("A name for the file.", 'attachment; filename="registration.json"'),
    "Location": _header(
        "Where to ask for the submission's status.", "/api/v1/submissions/" + "0123456789abcdef" * 4, format="uri-reference"
    ),
    "Retry-After": _header("How many seconds to wait before you ask again.", 60, type="integer", minimum=1),
    "WWW-Authenticate": _header("The scheme to use: `Bearer`.", "Bearer"),
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one address.

    Args:
        method, path: Where it is.
        name: Its operation id.
        tag: The group that it belongs to; a name in `Document.tags`.
        summary, description: What it does, in short and in full.
        status: Of a good answer.
        answer: What a good answer is.
        gives: The schema of a good answer; None for an answer without a body.
        given_as: The content type of a good answer.
        headers: Names in `HEADERS` that a good answer has.
        also: Other answers that are no problem documents: by status, what each is and its schema.
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
    answer: str
    gives: str | None
    refuses: Sequence[str] = ()
    status: int = 200
    given_as: str = JSON
    headers: Sequence[str] = ()
    also: Mapping[int, tuple[str, str | None]] = field(default_factory=dict)
    takes: str | None = None
    content_types: Sequence[str] = (JSON,)
    parameters: Sequence[Mapping[str, Any]] = ()
    secured: Sequence[str] = ()


def parameter(name: str, where: str, description: str, example: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    """A parameter object for a text; *schema* has what JSON Schema says more of it."""
    schema = {"type": "string", **schema}
    return {
        "name": name,
        "in": where,
        "description": description,
        "required": required,
        "schema": schema,
        "example": example,
    }
