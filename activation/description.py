"""The description of the API: OpenAPI 3.1, made from the structs that decode and encode, and from the table of problems."""

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from activation import answers, api, doors, problems, reading

REF = "#/components/schemas/{name}"
ASKED = (reading.Activation, reading.Holding)
GIVEN = (answers.Activated, answers.Slots, answers.Trust, answers.Problem)
POSTED = ("malformed", "https-required", "too-large", "wrong-content-type", "invalid-fields", "too-often", "try-again")
KEYED = (*POSTED, "unknown-key", "mistyped-key")
RULED = (*KEYED, "in-use", "key-blocked", "key-replaced", "phone-only", "wrong-product")


class Operation(NamedTuple):
    """One address.

    Args:
        name: Its operation id.
        summary: What it does.
        gives: What it answers.
        refuses: The problems that it may answer.
        takes: What is sent, if anything is.
        content_types: In which forms.
        given_as: The form of the answer.
    """

    name: str
    summary: str
    gives: type[msgspec.Struct]
    refuses: tuple[str, ...]
    takes: type[msgspec.Struct] | None = None
    content_types: tuple[str, ...] = (doors.JSON,)
    given_as: str = doors.JSON


OPERATIONS = {
    "/api/v1/activations": Operation("activate", "Activate a computer", answers.Activated, RULED, reading.Activation),
    "/api/v1/activations/file": Operation(
        "activateByFile",
        "An .actreq file from a computer without network becomes an .actcert file",
        answers.Activated,
        RULED,
        reading.Activation,
        (api.ACTREQ, doors.JSON),
        api.ACTCERT,
    ),
    "/api/v1/slots": Operation("slots", "The slots of a key by day", answers.Slots, KEYED, reading.Holding),
    "/api/v1/releases": Operation(
        "release",
        "Free a slot; without a number the only one in use",
        answers.Slots,
        (*KEYED, "key-blocked", "key-replaced", "phone-only", "slot-empty", "releases-used-up"),
        reading.Holding,
    ),
    "/.well-known/regsvc/keyset": Operation("keyset", "Roots and the keyset that they signed", answers.Trust, ("try-again",)),
}


@api.asked
def document(_request: HttpRequest) -> HttpResponse:
    """The description."""
    return JsonResponse(described(), headers={"Cache-Control": "max-age=3600"})


@cache
def described() -> dict[str, Any]:
    """The whole document."""
    with translation.override("en"):
        paths = {path: {"post" if each.takes else "get": _operation(each)} for path, each in OPERATIONS.items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Activation",
            "version": "1",
            "description": "Binds a product key to a computer. No personal data is asked for, and none is kept.",
        },
        "paths": paths,
        "components": {"schemas": msgspec.json.schema_components([*ASKED, *GIVEN], ref_template=REF)[1]},
    }


def _operation(each: Operation) -> dict[str, Any]:
    good = {"description": _first_line(each.gives), "content": {each.given_as: {"schema": _ref(each.gives)}}}
    made: dict[str, Any] = {
        "operationId": each.name,
        "summary": each.summary,
        "responses": {"200": good, **_refusals(each.refuses)},
    }
    if each.takes:
        content = {kind: {"schema": _ref(each.takes)} for kind in each.content_types}
        made["requestBody"] = {"required": True, "content": content}
    return made


def _refusals(slugs: Iterable[str]) -> dict[str, Any]:
    """The problems by status, each with its name."""
    ordered = sorted(slugs, key=lambda slug: problems.PROBLEMS[slug].status)
    found = {}
    for status, group in groupby(ordered, key=lambda slug: problems.PROBLEMS[slug].status):
        said = "; ".join(f"`{slug}`: {problems.PROBLEMS[slug].title}" for slug in group)
        found[str(status)] = {"description": said, "content": {problems.CONTENT_TYPE: {"schema": _ref(answers.Problem)}}}
    return found


def _ref(struct: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": REF.format(name=struct.__name__)}


def _first_line(struct: type[msgspec.Struct]) -> str:
    return str(struct.__doc__).partition("\n")[0]
