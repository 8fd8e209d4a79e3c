"""Problems: one table from what went wrong to what the caller is told (RFC 9457). No text repeats anything that was sent."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, NamedTuple

from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from catalogue import languages, shelf
from intake import doors, error_details, letterbox, reading, registering, submissions
from privacy import errors, keyring, strict, wire
from registration import api as own
from registration import mine
from regsvc import logs
from web import rate_limit

CONTENT_TYPE = "application/problem+json"
SPOKEN = ("en", "de")
UNKNOWN = "internal"
View = Callable[..., HttpResponse]


class Problem(NamedTuple):
    """One kind of problem: its status, what it is called, and what the caller can do."""

    status: int
    title: str | Promise
    detail: str | Promise
    retry_after: int | None = None


PROBLEMS: Mapping[str, Problem] = {
    "malformed": Problem(400, _("Unreadable request"), _("The body must be valid JSON in UTF-8.")),
    "idempotency-key-invalid": Problem(
        400,
        _("Invalid idempotency key"),
        _(
            "Send a random UUID, or 22 to 128 random letters, digits, hyphens or underscores. Keep the key as secret as "
            "the receipt."
        ),
    ),
    "unauthorized": Problem(401, _("Receipt missing"), _("Send the receipt in the header “Authorization: Bearer …”.")),
    "https-required": Problem(
        403,
        _("HTTPS required"),
        _("Use HTTPS: we accept and show personal data only over an encrypted connection. Nothing was stored or shown."),
    ),
    "not-found": Problem(404, _("Not found"), _("This is not known, or not filed yet.")),
    "method-not-allowed": Problem(
        405,
        _("Method not allowed"),
        _("This address does not accept this method. The header “Allow” lists the methods that it accepts."),
    ),
    "too-large": Problem(413, _("Too large"), _("The body can be at most 16 KiB.")),
    "wrong-content-type": Problem(415, _("Wrong content type"), _("Send JSON with “Content-Type: application/json”.")),
    "wrong-content-encoding": Problem(415, _("Compressed body"), _("Send the body uncompressed and without “Content-Encoding”.")),
    "invalid-fields": Problem(422, _("Invalid fields"), _("Some fields are missing or wrong. Nothing was stored.")),
    "unknown-product": Problem(422, _("Unknown product"), _("There is no product with this code.")),
    "unknown-manufacturer": Problem(422, _("Unknown manufacturer"), _("There is no manufacturer with this code.")),
    "unknown-wording": Problem(
        422,
        _("Unknown wording"),
        _("A choice or the notice refers to a text that is not current. Fetch the notice and show it again."),
    ),
    "email-required": Problem(422, _("E-mail address required"), _("To choose e-mails, enter an e-mail address.")),
    "product-key-not-here": Problem(
        422,
        _("No product keys here"),
        _(
            "A value looks like a product key. Product keys are only for activation, which knows nothing about you. "
            "Nothing was stored."
        ),
    ),
    "receipt-used": Problem(422, _("Receipt already used"), _("This receipt belongs to another registration. Make a new one.")),
    "idempotency-mismatch": Problem(
        422, _("Idempotency key reused"), _("This idempotency key was used before with a different body. Use a new one.")
    ),
    "idempotency-expired": Problem(
        422,
        _("Idempotency key expired"),
        _(
            "This request was stored more than 18 hours ago, so we don't return its receipt again. To get a new receipt, "
            "use “lost receipt”."
        ),
    ),
    "too-often": Problem(
        429, _("Too many requests"), _("There were too many requests from your network. Try again in a minute."), 60
    ),
    "too-many-changes": Problem(
        429, _("Too many changes"), _("This registration was changed too often. Try again in a few days."), 86_400
    ),
    "try-again": Problem(
        503, _("Try again"), _("We can't confirm that this was stored. Send it again unchanged in a moment."), 5
    ),
    UNKNOWN: Problem(500, _("Something went wrong"), _("This is our fault, not yours. Try again later.")),
}

SLUGS: Mapping[type[Exception], str] = {
    strict.Malformed: "malformed",
    strict.TooLarge: "too-large",
    strict.InvalidFields: "invalid-fields",
    reading.ProductKeyNotHere: "product-key-not-here",
    registering.IdempotencyKeyInvalid: "idempotency-key-invalid",
    registering.EmailRequired: "email-required",
    shelf.UnknownProduct: "unknown-product",
    shelf.UnknownManufacturer: "unknown-manufacturer",
    shelf.UnknownWording: "unknown-wording",
    shelf.NoNotice: "try-again",
    letterbox.LetterboxFull: "try-again",
    letterbox.ReceiptUsed: "receipt-used",
    letterbox.IdempotencyMismatch: "idempotency-mismatch",
    registering.IdempotencyExpired: "idempotency-expired",
    submissions.UnknownSubmission: "not-found",
    rate_limit.TooOften: "too-often",
    doors.HttpsRequired: "https-required",
    doors.WrongMethod: "method-not-allowed",
    wire.EncodedBody: "wrong-content-encoding",
    doors.WrongContentType: "wrong-content-type",
    own.ReceiptMissing: "unauthorized",
    mine.NotKnown: "not-found",
    mine.StoreBusy: "try-again",
    mine.TooManyChanges: "too-many-changes",
    keyring.KeyMissing: "try-again",
    OperationalError: "try-again",
    InternalError: "try-again",  # what PostgreSQL answers to a write while it is read-only
    InterfaceError: "try-again",
    Http404: "not-found",
    MethodNotAllowed: "method-not-allowed",
}


def answer(slug: str, *, language: str, faults: list[strict.Fault] | None = None) -> HttpResponse:
    """The response for a problem, in the caller's language."""
    problem = PROBLEMS[slug]
    with translation.override(language):
        body: dict[str, Any] = {
            "type": f"/problems/{slug}",
            "title": str(problem.title),
            "status": problem.status,
            "detail": str(problem.detail),
        }
        if faults:
            body["errors"] = [
                {"pointer": fault.pointer, "code": fault.code, "detail": error_details.sentence(fault.pointer, fault.code)}
                for fault in faults
            ]
    response = JsonResponse(body, status=problem.status, content_type=CONTENT_TYPE)
    response["Content-Language"] = language
    response["Vary"] = "Accept-Language"
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if problem.retry_after:
        response["Retry-After"] = str(problem.retry_after)
    return response


def slug_of(error: Exception) -> str:
    """The problem that an exception stands for; what the table does not name is our own mistake."""
    return next((SLUGS[kind] for kind in type(error).__mro__ if kind in SLUGS), UNKNOWN)


def handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's exception handler."""
    request: HttpRequest = context["request"]
    slug = slug_of(error)
    if slug == UNKNOWN:
        logs.log.error("mistake", **errors.broken(error))
    return answer(slug, language=spoken(request), faults=getattr(error, "faults", None))


def spoken(request: HttpRequest) -> str:
    """The language of the answer: what the body asked for, else what the caller accepts."""
    wanted = getattr(request, "spoken", None) or getattr(getattr(request, "_request", None), "spoken", None)
    return languages.negotiate(wanted, request.META.get("HTTP_ACCEPT_LANGUAGE"), SPOKEN)


def read_only(view: View) -> View:
    """A view that can only be read. Another method is a problem, and no page about forgery comes before it."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if request.method in doors.READ:
            return view(request, *arguments, **named)
        return allowing(answer("method-not-allowed", language=spoken(request)), doors.READ)

    return answered


def allowing(response: HttpResponse, methods: Iterable[str]) -> HttpResponse:
    """The same response, which names the methods that its address takes."""
    response["Allow"] = ", ".join(methods)
    return response


@csrf_exempt
def not_found(request: HttpRequest, _error: Exception | None = None) -> HttpResponse:
    """An address that does not exist."""
    return answer("not-found", language=spoken(request))


def mistake(request: HttpRequest) -> HttpResponse:
    """Our own mistake, outside the API's views."""
    return answer(UNKNOWN, language=spoken(request))
