"""Problems of the activation: one table from what went wrong to what the caller is told (RFC 9457), in the caller's language."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import OperationalError
from django.http import HttpResponse, JsonResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activation import binding, hardware, holding, pace, product_keys, reading
from activation.rules import Reason
from privacy import keyring

CONTENT_TYPE = "application/problem+json"
UNKNOWN = "internal"


class Problem(NamedTuple):
    """One kind of problem: its status, what it is called, and what the caller can do."""

    status: int
    title: str | Promise
    detail: str | Promise
    retry_after: int | None = None


PROBLEMS: Mapping[str, Problem] = {
    "malformed": Problem(400, _("Not readable"), _("The body is not well-formed JSON in UTF-8.")),
    "key-blocked": Problem(403, _("Key blocked"), _("This product key was blocked. Please call us.")),
    "key-replaced": Problem(403, _("Key replaced"), _("This product key was replaced by another. Please use the new one.")),
    "phone-only": Problem(403, _("By telephone only"), _("This product key can be activated by telephone only.")),
    "unknown-key": Problem(404, _("Unknown key"), _("This product key is not known here.")),
    "in-use": Problem(409, _("Key in use"), _("This product key is in use on another computer.")),
    "slot-empty": Problem(409, _("Nothing to free"), _("There is no computer in that slot, or the slot was not named.")),
    "releases-used-up": Problem(409, _("Freed too often"), _("This key was freed as often as it can be in a year.")),
    "too-large": Problem(413, _("Too large"), _("A body may have at most 16 KiB.")),
    "wrong-content-type": Problem(415, _("Wrong content type"), _("Send application/json.")),
    "invalid-fields": Problem(422, _("Invalid fields"), _("Some fields cannot be taken. Nothing was stored.")),
    "mistyped-key": Problem(422, _("Key mistyped"), _("The product key was mistyped. Please compare it with the label.")),
    "wrong-product": Problem(422, _("Another product"), _("This product key belongs to another product.")),
    "too-often": Problem(429, _("Too often"), _("Too many requests came in a short time. Please try again later."), 600),
    "try-again": Problem(503, _("Try again"), _("The service cannot store this at the moment. Please try again soon."), 5),
    UNKNOWN: Problem(500, _("Something went wrong"), _("The service made a mistake. Please try again later.")),
}

SLUGS: Mapping[type[Exception], str] = {
    reading.Malformed: "malformed",
    reading.TooLarge: "too-large",
    reading.WrongContentType: "wrong-content-type",
    reading.InvalidFields: "invalid-fields",
    hardware.NotAHash: "invalid-fields",
    product_keys.NotAKey: "mistyped-key",
    product_keys.Mistyped: "mistyped-key",
    binding.UnknownKey: "unknown-key",
    holding.KeyBarred: "phone-only",
    holding.SlotEmpty: "slot-empty",
    holding.ReleasesUsedUp: "releases-used-up",
    pace.TooOften: "too-often",
    keyring.KeyMissing: "try-again",
    OperationalError: "try-again",
}

REASONS: Mapping[Reason, str] = {
    Reason.IN_USE: "in-use",
    Reason.PHONE_ONLY: "phone-only",
    Reason.WRONG_PRODUCT: "wrong-product",
    Reason.KEY_BLOCKED: "key-blocked",
    Reason.KEY_REPLACED: "key-replaced",
}


def slug_of(error: Exception) -> str:
    """The problem that an exception stands for; what the table does not name is our own mistake."""
    return next((SLUGS[kind] for kind in type(error).__mro__ if kind in SLUGS), UNKNOWN)


def answer(slug: str, *, language: str, more: Mapping[str, Any] | None = None) -> HttpResponse:
    """The response for a problem."""
    problem = PROBLEMS[slug]
    with translation.override(language):
        told = {"type": f"/problems/{slug}", "title": str(problem.title), "status": problem.status, "detail": str(problem.detail)}
    response = JsonResponse(told | dict(more or {}), status=problem.status, content_type=CONTENT_TYPE)
    response["Content-Language"] = language
    response["Vary"] = "Accept-Language"
    response["Cache-Control"] = "no-store"
    if problem.retry_after:
        response["Retry-After"] = str(problem.retry_after)
    return response
