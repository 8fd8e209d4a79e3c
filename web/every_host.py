"""The addresses that every host has: whether it is up, what its problems mean, and its own description."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from web.operations import HTML, Operation, parameter
from web.schemas import about

TAG = "Service"
ABOUT = "Whether the service is up, and what it says about itself."


class Alive(msgspec.Struct):
    """The process answers."""

    status: Annotated[Literal["ok"], about("Always `ok`.")]


Missing = Annotated[list[str], about("The stores, keys and brokers that are missing.", ["default"])]
Unusable = Annotated[list[str] | UnsetType, about("Purposes whose key is unsafe: what needs the key waits.", ["updates/vendor"])]
Alarms = Annotated[list[str] | UnsetType, about("What somebody should look at.", ["letters are stuck"])]


class Ready(msgspec.Struct):
    """The process reaches all that it needs."""

    status: Annotated[Literal["ok"], about("Always `ok`.")]
    missing: Annotated[list[str], about("Always empty.", [], maxItems=0)]
    unusable: Unusable = UNSET
    alarms: Alarms = UNSET


class NotReady(msgspec.Struct):
    """The process does not reach all that it needs."""

    status: Annotated[Literal["not-ready"], about("Always `not-ready`.")]
    missing: Missing
    unusable: Unusable = UNSET
    alarms: Alarms = UNSET


class Description(msgspec.Struct):
    """An OpenAPI document."""

    openapi: Annotated[str, about("The version of OpenAPI.", "3.1.0")]


STRUCTS = (Alive, Ready, NotReady, Description)
PAGES = {"Page": {"type": "string", "title": "Page", "description": "A page in HTML.", "examples": ["<!DOCTYPE html>…"]}}


_PROBES = (
    Operation(
        method="get",
        path="/ping",
        name="ping",
        tag=TAG,
        summary="Check whether a submission could be stored",
        description="Ask this before you ask a person anything. The answer has no body.",
        status=204,
        answer="A submission could be stored.",
        gives=None,
        also={503: ("A submission could not be stored. Try again later.", None)},
    ),
    Operation(
        method="get",
        path="/healthz",
        name="healthz",
        tag=TAG,
        summary="Check whether the process answers",
        description="For supervisors. No store is asked.",
        answer="The process answers.",
        gives="Alive",
    ),
    Operation(
        method="get",
        path="/readyz",
        name="readyz",
        tag=TAG,
        summary="Check whether the process reaches all that it needs",
        description="For supervisors and monitoring. The answer names stores and keys, never addresses.",
        answer="The process is ready. `alarms` may name what somebody should look at.",
        gives="Ready",
        also={503: ("Something is missing.", "NotReady")},
    ),
    Operation(
        method="get",
        path="/api/v1/schema",
        name="schema",
        tag=TAG,
        summary="Get this description",
        description="OpenAPI 3.1. `/api/docs` shows it as a page.",
        answer="The description.",
        gives="Description",
    ),
)


def operations(slugs: Iterable[str], *, missing: Sequence[str] = ()) -> tuple[Operation, ...]:
    """What every host has.

    Args:
        slugs: Of the problems that have a page.
        missing: What a program is answered that asks for another problem's page; nothing if it gets a page, too.
    """
    return (*_PROBES, _problem_page(slugs, missing))


def _problem_page(slugs: Iterable[str], missing: Sequence[str]) -> Operation:
    slug = parameter("slug", "path", "The last part of a problem's `type`.", "try-again", required=True, enum=sorted(slugs))
    return Operation(
        method="get",
        path="/problems/{slug}",
        name="problem",
        tag=TAG,
        summary="Read what a problem means",
        description="A page for people, in the language that they prefer. It says what to do.",
        parameters=(slug,),
        answer="The page.",
        gives="Page",
        given_as=HTML,
        refuses=missing,
        also={} if missing else {404: ("There is no such problem.", "Page")},
    )
