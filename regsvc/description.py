"""The description of the public API: OpenAPI 3.1, from the structs that decode its bodies and from the table of problems."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import translation

from intake import api, components, registering
from regsvc import problems
from web import openapi
from web.openapi import Document, Operation, parameter

POSTED = ("https-required", "too-large", "wrong-content-encoding", "too-often", "try-again")
WRITTEN = (*POSTED, "malformed", "wrong-content-type", "invalid-fields")
OWN = ("https-required", "unauthorized", "not-found", "try-again")
RECEIPT = ("receipt",)
REGISTER, MINE, KEYS = "Registering", "My registration", "Keys"
DIGEST = "^[0-9a-f]{64}$"
CODE = "^[a-z0-9-]{2,40}$"
TAGS = {
    REGISTER: "Show the notice, take a registration in, and see what became of it.",
    MINE: "What the holder of a receipt can do with the registration.",
    KEYS: "With which statements of this service can be checked.",
}
ABOUT = """\
Registration of a product: optional, personal, and apart from activation. Every field but the product is optional.

Errors are problem documents (RFC 9457); each `type` is a page on this host that says what to do. Clients ignore members that
they do not know. A receipt is a secret: whoever has it can see, change and erase the registration.\
"""
LATER = "Use `digest` or `submission` of the answer to see what became of it."
IDEMPOTENCY = (
    "A random UUID, or 22 to 128 random URL-safe characters, with or without quotation marks. For 18 to 24 hours the same key "
    "with the same body gets the same answer, the receipt included; later it gets `idempotency-expired`, and nothing is stored "
    "twice. So the key is a secret: make a new random one for each registration, and do not log it."
)
OPERATIONS = (
    Operation(
        method="get",
        path="/api/v1/notice",
        name="notice",
        tag=REGISTER,
        summary="The notice, the choices and their wordings, in one language",
        description="What a person has to be shown before deciding. No choice may be ticked beforehand.",
        parameters=(
            parameter("product", "query", "The product's code.", required=True, pattern=CODE),
            parameter("manufacturer", "query", "The code of the computer's manufacturer, for its choices as well."),
            parameter("language", "query", "The language wanted; without it `Accept-Language` decides."),
        ),
        gives="Notice",
        refuses=("unknown-product", "unknown-manufacturer", "try-again"),
    ),
    Operation(
        method="post",
        path="/api/v1/registrations",
        name="register",
        tag=REGISTER,
        summary="Register a product; every member but `product` is optional",
        description=f"The registration is stored sealed when the answer comes, and is filed some moments later. {LATER}",
        parameters=(parameter("Idempotency-Key", "header", IDEMPOTENCY, pattern=f'^"?{registering.IDEMPOTENCY.pattern}"?$'),),
        takes="RegistrationBody",
        status=202,
        gives="Accepted",
        headers={"Location": "The submission's address.", "Retry-After": "Seconds until it is worth a look."},
        refuses=(
            *WRITTEN,
            "idempotency-key-invalid",
            "unknown-product",
            "unknown-manufacturer",
            "unknown-wording",
            "email-required",
            "product-key-not-here",
            "receipt-used",
            "idempotency-mismatch",
            "idempotency-expired",
        ),
    ),
    Operation(
        method="get",
        path="/api/v1/submissions/{digest}",
        name="submission",
        tag=REGISTER,
        summary="The signed status of a submission",
        description="`waiting`, `accepted` or `refused` with a reason. After an erasure it holds the certificate.",
        parameters=(parameter("digest", "path", "As it was answered to the submission.", required=True, pattern=DIGEST),),
        gives="Submission",
        refuses=("not-found", "try-again"),
    ),
    Operation(
        method="get",
        path="/api/v1/my/registration",
        name="see",
        tag=MINE,
        summary="One's own registration",
        description="Everything that is held, for what and until when, and who looked. A receipt that is malformed, "
        "unknown, not yet filed or erased gets the same `not-found`.",
        secured=RECEIPT,
        gives="OwnRegistration",
        refuses=OWN,
    ),
    Operation(
        method="patch",
        path="/api/v1/my/registration",
        name="change",
        tag=MINE,
        summary="Change it by merge patch: lowered choices end at once, raised ones wait for the mailbox",
        description=f"A merge patch (RFC 7396), but `choices` change entry by entry. Any well-formed receipt will do. {LATER}",
        secured=RECEIPT,
        takes="ChangeBody",
        content_types=(api.PATCH, openapi.JSON),
        status=202,
        gives="Posted",
        refuses=(*WRITTEN, "unauthorized", "not-found", "unknown-wording", "product-key-not-here", "too-many-changes"),
    ),
    Operation(
        method="delete",
        path="/api/v1/my/registration",
        name="erase",
        tag=MINE,
        summary="Erase it: nothing opens it from this answer on",
        description="Any well-formed receipt is accepted, filed or not. The signed certificate appears in the submission.",
        secured=RECEIPT,
        status=202,
        gives="Posted",
        refuses=(*POSTED, "unauthorized", "not-found"),
    ),
    Operation(
        method="get",
        path="/api/v1/my/registration/export",
        name="take_along",
        tag=MINE,
        summary="The same record as a file to take along",
        description="JSON, with a file name for browsers.",
        secured=RECEIPT,
        gives="OwnRegistration",
        headers={"Content-Disposition": "Names the file."},
        refuses=OWN,
    ),
    Operation(
        method="post",
        path="/api/v1/my/receipt",
        name="lost_receipt",
        tag=MINE,
        summary="Mail new receipts to a confirmed mailbox",
        description="The answer is the same whether the mailbox is known or not.",
        takes="LostReceipt",
        status=202,
        gives="Nothing",
        refuses=(*WRITTEN, "product-key-not-here"),
    ),
    Operation(
        method="get",
        path="/.well-known/regsvc/statement-keys",
        name="statement_keys",
        tag=KEYS,
        summary="The public keys of submission statuses and erasure certificates",
        description="A JWK set (RFC 7517). `kid` is as in the statement's header. Old keys stay for what they signed.",
        given_as=api.JWK_SET,
        gives="KeySet",
        refuses=("try-again",),
    ),
)


def document(_request: HttpRequest) -> JsonResponse:
    """The description."""
    return JsonResponse(described(), headers={"Cache-Control": "max-age=3600"})


@cache
def described() -> dict[str, Any]:
    """The whole document."""
    receipt = {"type": "http", "scheme": "bearer", "bearerFormat": "receipt", "description": "The receipt: 43 characters."}
    made = Document(
        title="Registration",
        description=ABOUT,
        server=settings.PUBLIC_URL,
        contact=settings.SENDER_NAME,
        tags=TAGS,
        problems=problems.PROBLEMS,
        schemas=components.schemas(),
        security_schemes={"receipt": receipt},
    )
    with translation.override("en"):
        return made.of(OPERATIONS)
