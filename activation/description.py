"""The description of the API: OpenAPI 3.1, made from the structs that decode and encode, and from the table of problems."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation

from activation import answers, api, front, key_self_service, pages, problems, product_keys, reading
from activation.operations import OPERATIONS, TAGS
from activation.rules import Reason
from web import every_host, schemas, viewer
from web.admission import READ
from web.openapi import Document
from web.strict_json import Fault, InvalidFields

STRUCTS = (
    reading.Activation,
    reading.Holding,
    answers.Activated,
    answers.Slots,
    answers.Trust,
    answers.Problem,
    *every_host.STRUCTS,
)
ABOUT = """\
Bind a product key to a computer. No personal data is asked for, and none is kept. Registration is optional and has a host of its
own.

Everything is JSON in UTF-8, with field names in snake_case and times as in RFC 3339. Send a body of at most 16 KiB, over HTTPS
and without compression. Unknown and duplicate fields are refused. New fields may be added to answers: ignore those that you do
not know.

Errors are problem documents (RFC 9457) in the language of the body's `language`, or of `Accept-Language`. Each `type` is a page
on this host that says what to do. Whoever has a product key can see and free its computers, so keep it secret.\
"""
MOVES = date(2027, 3, 24)
EXAMPLES: Mapping[str, Exception] = {
    **{slug: front.Refused(reason, None) for reason, slug in problems.REASONS.items()},
    "in-use": front.Refused(Reason.IN_USE, MOVES),
    "releases-used-up": key_self_service.ReleasesUsedUp(MOVES, MOVES),
    "mistyped-key": product_keys.Mistyped(7),
    "invalid-fields": InvalidFields([Fault("/hardware", "invalid")]),
}


@api.asked
def document(_request: HttpRequest) -> HttpResponse:
    """The description."""
    return JsonResponse(described(), headers={"Cache-Control": "max-age=3600"})


@viewer.styled
@pages.page(*READ)
def docs(request: HttpRequest) -> HttpResponse:
    """The description as a page."""
    return viewer.shown(request, described(), frame="activation/frame.html")


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
        answered=_answered,
        schemas=schemas.components(STRUCTS) | every_host.PAGES,
    )
    with translation.override("en"):
        return made.of(OPERATIONS)


def _answered(slug: str) -> HttpResponse:
    error = EXAMPLES.get(slug)
    return problems.refusal(error, language="en") if error else problems.TABLE.answer(slug, language="en")
