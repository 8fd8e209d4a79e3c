"""Problems of the public host: from what went wrong to what the caller is told, in the caller's language."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from catalogue import languages, shelf
from intake import error_details, letterbox, reading, registering, submissions
from privacy import errors, keyring
from registration import api as own
from registration import self_service
from registration.patience import StoreBusy
from regsvc import logs
from web import strict_json
from web.admission import READ, WrongMethod, require_method
from web.problems import UNKNOWN, Problem, Table
from web.strict_json import Fault

SPOKEN = ("en", "de")
View = Callable[..., HttpResponse]

PROBLEMS: Mapping[str, Problem] = {
    "malformed": Problem(400, _("Not readable"), _("The body is not well-formed JSON in UTF-8.")),
    "idempotency-key-invalid": Problem(
        400,
        _("Idempotency key not usable"),
        _(
            "Send a random UUID, or 22 to 128 random letters, digits, hyphens or underscores. "
            "The key is a secret, as the receipt is."
        ),
    ),
    "unauthorized": Problem(401, _("Receipt missing"), _("Send the receipt as “Authorization: Bearer …”.")),
    "https-required": Problem(
        403, _("HTTPS required"), _("Personal data is sent and shown over HTTPS only. Nothing was stored or shown.")
    ),
    "not-found": Problem(404, _("Not found"), _("This is not known, or not filed yet.")),
    "method-not-allowed": Problem(
        405, _("Method not allowed"), _("This address does not take that method. “Allow” names the methods that it takes.")
    ),
    "too-large": Problem(413, _("Too large"), _("A body may have at most 16 KiB.")),
    "wrong-content-type": Problem(415, _("Wrong content type"), _("Send application/json.")),
    "wrong-content-encoding": Problem(
        415, _("Compressed body"), _("Send the body as it is, without compression and without “Content-Encoding”.")
    ),
    "invalid-fields": Problem(422, _("Invalid fields"), _("Some fields cannot be taken. Nothing was stored.")),
    "unknown-product": Problem(422, _("Unknown product"), _("There is no such product to register.")),
    "unknown-manufacturer": Problem(422, _("Unknown manufacturer"), _("There is no such manufacturer.")),
    "unknown-wording": Problem(
        422, _("Unknown wording"), _("A choice or notice does not name a current text. Fetch the notice again and show it anew.")
    ),
    "email-required": Problem(422, _("E-mail address required"), _("To get mail, an e-mail address is needed.")),
    "product-key-not-here": Problem(
        422,
        _("No product keys here"),
        _("A value looks like a product key. Keys belong to the activation, which knows no persons. Nothing was stored."),
    ),
    "receipt-used": Problem(422, _("Receipt already used"), _("This receipt came with another registration. Make a new one.")),
    "idempotency-mismatch": Problem(422, _("Idempotency key reused"), _("This idempotency key came with another body before.")),
    "idempotency-expired": Problem(
        422,
        _("Idempotency key expired"),
        _(
            "This request was stored more than 18 hours ago. Its receipt is not given out again. "
            "To get a new one, use “lost receipt”."
        ),
    ),
    "too-often": Problem(429, _("Too often"), _("Too many requests came from this address. Try again in a minute."), 60),
    "too-many-changes": Problem(
        429, _("Too many changes"), _("This registration was changed very often. Try again in a few days."), 86_400
    ),
    "try-again": Problem(
        503, _("Try again"), _("The service cannot confirm that this was stored. Send the same again in a moment."), 5
    ),
    UNKNOWN: Problem(500, _("Something went wrong"), _("The service made a mistake. Try again later.")),
}

SLUGS: Mapping[type[Exception], str] = {
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
    own.ReceiptMissing: "unauthorized",
    self_service.NotKnown: "not-found",
    StoreBusy: "try-again",
    self_service.TooManyChanges: "too-many-changes",
    keyring.KeyMissing: "try-again",
    Http404: "not-found",
    MethodNotAllowed: "method-not-allowed",
}

FAULTS: Mapping[str, str | Promise] = {
    **strict_json.FAULTS,
    "repeated": _("Duplicate choice. Send one for each topic and sender."),
    "email-not-ascii": _("Before the @, use only unaccented letters, digits and signs such as . _ + and -."),
    "in-future": _("This day has not come yet. Send a day up to today."),
}


def _expected(fault: Fault) -> str | Promise:
    return error_details.expected(fault) or FAULTS[fault.code]


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
