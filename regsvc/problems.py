"""Problems of the public host: from what went wrong to what the caller is told, in the caller's language."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from catalogue import languages, snapshot
from intake import error_details, letterbox, parsing, registering, submissions
from privacy import errors, keyring
from registration import api as own
from registration import self_service
from registration.store_busy import StoreBusy
from regsvc import logs
from web.admission import READ, WrongMethod, require_method
from web.problems import UNKNOWN, Problem, Table
from web.strict_json import Fault

SPOKEN = ("en", "de")
View = Callable[..., HttpResponse]

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
    parsing.ProductKeyNotHere: "product-key-not-here",
    registering.IdempotencyKeyInvalid: "idempotency-key-invalid",
    registering.EmailRequired: "email-required",
    snapshot.UnknownProduct: "unknown-product",
    snapshot.UnknownManufacturer: "unknown-manufacturer",
    snapshot.UnknownWording: "unknown-wording",
    snapshot.NoNotice: "try-again",
    letterbox.LetterboxFull: "try-again",
    letterbox.ReceiptUsed: "receipt-used",
    letterbox.IdempotencyMismatch: "idempotency-mismatch",
    registering.IdempotencyExpired: "idempotency-expired",
    submissions.UnknownSubmission: "not-found",
    own.ReceiptMissing: "unauthorized",
    self_service.NotKnown: "not-found",
    StoreBusy: "try-again",
    self_service.TooManyChanges: "too-many-changes",
    keyring.KeyMissing: "try-again",
    Http404: "not-found",
    MethodNotAllowed: "method-not-allowed",
}


def _expected(fault: Fault) -> str:
    return error_details.sentence(fault.pointer, fault.code)


TABLE = Table(PROBLEMS, SLUGS, _expected)


def handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's exception handler."""
    request: HttpRequest = context["request"]
    if TABLE.slug_of(error) == UNKNOWN:
        logs.log.error("mistake", **errors.broken(error))
    return TABLE.refusal(error, language=spoken(request))


def spoken(request: HttpRequest) -> str:
    """The language of the answer: what the body asked for, else what the caller accepts."""
    wanted = getattr(request, "spoken", None) or getattr(getattr(request, "_request", None), "spoken", None)
    return languages.negotiate(wanted, request.META.get("HTTP_ACCEPT_LANGUAGE"), SPOKEN)


def read_only(view: View) -> View:
    """A view that can only be read. Another method is a problem, and no page about forgery comes before it."""

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        try:
            require_method(request.method, READ)
        except WrongMethod as error:
            return TABLE.refusal(error, language=spoken(request))
        return view(request, *arguments, **named)

    return answered


@csrf_exempt
def not_found(request: HttpRequest, _error: Exception | None = None) -> HttpResponse:
    """An address that does not exist."""
    return TABLE.answer("not-found", language=spoken(request))


def mistake(request: HttpRequest) -> HttpResponse:
    """Our own mistake, outside the API's views."""
    return TABLE.answer(UNKNOWN, language=spoken(request))
