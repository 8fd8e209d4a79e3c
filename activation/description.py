"""The description of the API: OpenAPI 3.1, made from the structs that decode and encode, and from the table of problems."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from activation import admission, answers, api, problems, reading
from web import openapi
from web.openapi import Document, Operation

ASKED = (reading.Activation, reading.Holding)
GIVEN = (answers.Activated, answers.Slots, answers.Trust, answers.Problem)
POSTED = (
    "malformed",
    "https-required",
    "too-large",
    "wrong-content-type",
    "wrong-content-encoding",
    "invalid-fields",
    "too-often",
    "try-again",
)
KEYED = (*POSTED, "unknown-key", "mistyped-key")
RULED = (*KEYED, "in-use", "key-blocked", "key-replaced", "phone-only", "wrong-product")


TAGS = {"Activation": "Bind a product key to a computer.", "Keys": "With which certificates can be checked."}
ABOUT = "Binds a product key to a computer. No personal data is asked for, and none is kept."


def _operation(path: str, name: str, summary: str, description: str, refuses: Sequence[str], **more: Any) -> Operation:
    return Operation(
        method="post" if "takes" in more else "get",
        path=path,
        name=name,
        tag="Activation" if "takes" in more else "Keys",
        summary=summary,
        description=description,
        refuses=refuses,
        **more,
    )


OPERATIONS = (
    _operation(
        "/api/v1/activations",
        "activate",
        "Activate a computer",
        "The same computer is always answered `same`. The certificate is checked without a network.",
        RULED,
        takes="Activation",
        gives="Activated",
    ),
    _operation(
        "/api/v1/activations/file",
        "activateByFile",
        "An .actreq file from a computer without network becomes an .actcert file",
        "The body is the request of `activate`, carried to a computer that has a network.",
        RULED,
        takes="Activation",
        content_types=(api.ACTREQ, admission.JSON),
        gives="Activated",
        given_as=api.ACTCERT,
    ),
    _operation(
        "/api/v1/slots",
        "slots",
        "The slots of a key by day",
        "Whoever holds the key may ask.",
        KEYED,
        takes="Holding",
        gives="Slots",
    ),
    _operation(
        "/api/v1/releases",
        "release",
        "Free a slot; without a number the only one in use",
        "Whoever holds the key may free its slots, some times a year.",
        (*KEYED, "key-blocked", "key-replaced", "phone-only", "slot-empty", "releases-used-up"),
        takes="Holding",
        gives="Slots",
    ),
    _operation(
        "/.well-known/regsvc/keyset",
        "keyset",
        "Roots and the keyset that they signed",
        "A client follows the roots from those that it was built with to the keyset.",
        ("try-again",),
        gives="Trust",
    ),
)


@api.asked
def document(_request: HttpRequest) -> HttpResponse:
    """The description."""
    return JsonResponse(described(), headers={"Cache-Control": "max-age=3600"})


@cache
def described() -> dict[str, Any]:
    """The whole document."""
    made = Document(
        title="Activation",
        description=ABOUT,
        server=settings.ACTIVATION_URL,
        contact=settings.SENDER_NAME,
        tags=TAGS,
        problems=problems.PROBLEMS,
        schemas=msgspec.json.schema_components([*ASKED, *GIVEN], ref_template=openapi.SCHEMA)[1],
    )
    with translation.override("en"):
        return made.of(OPERATIONS)
