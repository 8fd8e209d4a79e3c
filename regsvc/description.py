"""The description of the public API: OpenAPI 3.1, from the structs that decode its bodies and from the table of problems."""

from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from intake import answers, shapes
from intake.pages import page
from registration import answers as own
from registration.api import LostReceipt
from regsvc import problems
from regsvc.operations import OPERATIONS, TAGS
from web import every_host, schemas, viewer
from web.openapi import Document
from web.strict_json import Fault

ASKED = (shapes.RegistrationBody, shapes.ChangeBody, LostReceipt)
GIVEN = (answers.Notice, answers.Accepted, answers.Submission, answers.KeySet, answers.Problem, answers.Nothing)
OWN = (own.Posted, own.OwnRegistration)
ABOUT = """\
Register a product, and see, change or erase what you registered. Registration is optional, and so is every field but the
product. It is kept apart from activation, which has a host of its own.

Everything is JSON in UTF-8, with field names in snake_case and times as in RFC 3339. Send a body of at most 16 KiB, over HTTPS
and without compression. Unknown and duplicate fields are refused. New fields may be added to answers: ignore those that you do
not know.

Errors are problem documents (RFC 9457) in the language of `Accept-Language`, or of the body's `language`. Each `type` is a page
on this host that says what to do.

The receipt opens the registration: whoever has it can see, change and erase it. Keep it secret, and send it only as a bearer
token, never in an address.\
"""
RECEIPT = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "receipt",
    "description": "The receipt: the 43 characters that registering answered.",
}


def document(_request: HttpRequest) -> JsonResponse:
    """The description."""
    return JsonResponse(described(), headers={"Cache-Control": "max-age=3600"})


@viewer.styled
@partial(page, personal=False)
def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page."""
    return viewer.shown(request, described(), frame="intake/frame.html")


@cache
def described() -> dict[str, Any]:
    """The whole document."""
    made = Document(
        title="Registration",
        description=ABOUT,
        server=settings.PUBLIC_URL,
        contact=settings.SENDER_NAME,
        tags=TAGS,
        problems=problems.PROBLEMS,
        answered=_answered,
        schemas=schemas.components([*ASKED, *GIVEN, *OWN, *every_host.STRUCTS]) | every_host.PAGES,
        security_schemes={"receipt": RECEIPT},
    )
    with translation.override("en"):
        return made.of(OPERATIONS)


def _answered(slug: str) -> HttpResponse:
    faults = [Fault("/contact/email", "invalid")] if slug == "invalid-fields" else None
    return problems.TABLE.answer(slug, language="en", faults=faults or ())
