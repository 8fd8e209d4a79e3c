"""Problems of the activation host: from what went wrong to what the caller is told, in the caller's language."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from msgspec import UNSET, UnsetType

from activation import admission, answers, binding, front, key_self_service, keychain, product_keys
from activation.rules import Reason
from web import strict_json
from web.problems import UNKNOWN, Problem, Table
from web.strict_json import Fault

PROBLEMS: Mapping[str, Problem] = {
    "malformed": Problem(400, _("Unreadable request"), _("The request or file must be valid JSON in UTF-8.")),
    "https-required": Problem(403, _("HTTPS required"), _("Send this over HTTPS. We didn't read it.")),
    "key-blocked": Problem(403, _("Key blocked"), _("This product key is blocked. Call us.")),
    "key-replaced": Problem(403, _("Key replaced"), _("This product key was replaced by a new one. Use the new key.")),
    "phone-only": Problem(403, _("By phone only"), _("You can activate this product key only by phone.")),
    "page-expired": Problem(403, _("Page expired"), _("The page was open for more than ten minutes. Nothing was changed.")),
    "unknown-key": Problem(404, _("Unknown key"), _("We don't know this product key.")),
    "not-found": Problem(404, _("Not found"), _("There is nothing at this address.")),
    "method-not-allowed": Problem(405, _("Method not allowed"), _("This address does not accept this method.")),
    "in-use": Problem(409, _("Key in use"), _("This product key is in use on another computer.")),
    "slot-empty": Problem(409, _("Nothing to free"), _("This slot has no computer, or you didn't say which slot to free.")),
    "releases-used-up": Problem(409, _("Freed too often"), _("You have freed this key as often as you can in a year.")),
    "too-large": Problem(413, _("Too large"), _("A request or file can be at most 16 KiB.")),
    "wrong-content-type": Problem(415, _("Wrong content type"), _("Send JSON with “Content-Type: application/json”.")),
    "wrong-content-encoding": Problem(415, _("Compressed body"), _("Send the body uncompressed and without “Content-Encoding”.")),
    "invalid-fields": Problem(422, _("Invalid fields"), _("Some fields are missing or wrong. Nothing was stored.")),
    "mistyped-key": Problem(422, _("Mistyped key"), _("The product key is mistyped. Compare it with the label.")),
    "wrong-product": Problem(422, _("Wrong product"), _("This product key belongs to another product.")),
    "too-often": Problem(
        429, _("Too many requests"), _("There were too many requests in a short time. Try again in ten minutes."), 600
    ),
    "try-again": Problem(503, _("Try again"), _("We can't store this right now. Try again in a moment."), 5),
    UNKNOWN: Problem(500, _("Something went wrong"), _("This is our fault, not yours. Try again later.")),
}

SLUGS: Mapping[type[Exception], str] = {
    product_keys.NotAKey: "mistyped-key",
    product_keys.Mistyped: "mistyped-key",
    binding.UnknownKey: "unknown-key",
    key_self_service.SlotEmpty: "slot-empty",
    key_self_service.ReleasesUsedUp: "releases-used-up",
    admission.PassExpired: "page-expired",
    keychain.KeyMissing: "try-again",
}

SHAPE = frozenset({"required", "type", "invalid", "too-long"})
EXPECTED: Mapping[str, str | Promise] = {
    "": _("Send a JSON object."),
    "/product_key": _("Send a product key: five groups of five characters."),
    "/product": _("Send a product code such as srv-std: 2 to 40 lower-case letters, digits or hyphens."),
    "/hardware_version": _("Send 1, the version of the hardware hash."),
    "/hardware": _("Send the hardware hash: 10 hexadecimal digits."),
    "/language": _("Send a language tag such as en or pt-BR."),
    "/os": _("Send text of at most 80 characters."),
    "/client": _("Send text of at most 80 characters."),
    "/attempt": _("Send a UUID."),
    "/sent_at": _("Send a date and time with a time zone, such as 2026-11-24T09:12:00Z."),
    "/slot": _("Send the number of a slot: 1 or more."),
}

REASONS: Mapping[Reason, str] = {
    Reason.IN_USE: "in-use",
    Reason.PHONE_ONLY: "phone-only",
    Reason.WRONG_PRODUCT: "wrong-product",
    Reason.KEY_BLOCKED: "key-blocked",
    Reason.KEY_REPLACED: "key-replaced",
}


def _expected(fault: Fault) -> str | Promise:
    """What the field of a fault takes, or else what its code says."""
    said = EXPECTED.get(fault.pointer) if fault.code in SHAPE else None
    return said or strict_json.FAULTS[fault.code]


TABLE = Table(PROBLEMS, SLUGS, _expected, document=answers.Problem)
KNOWN: tuple[type[Exception], ...] = (*TABLE.known, front.Refused, key_self_service.KeyBarred)


def slug_of(error: Exception) -> str:
    """The problem that an exception stands for; what the table does not name is our own mistake."""
    if isinstance(error, front.Refused | key_self_service.KeyBarred):
        return REASONS[error.reason]
    return TABLE.slug_of(error)


def spoken(request: HttpRequest) -> str:
    """The language of the answer: what the body asked for, else what the caller accepts."""
    wanted = str(getattr(request, "spoken", None) or "")[:2].lower()
    return wanted if wanted in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def refusal(error: Exception, *, language: str) -> HttpResponse:
    """The response for an exception of the table."""
    slug = slug_of(error)
    return TABLE.refusal(error, language=language, slug=slug, **_more(error, slug))


def _more(error: Exception, slug: str) -> dict[str, Any]:
    """What this host says besides."""
    match error:
        case front.Refused() | key_self_service.KeyBarred() | key_self_service.ReleasesUsedUp():
            helped = answers.Help(list(settings.PHONE_NUMBERS), f"{settings.ACTIVATION_URL}/problems/{slug}")
            return {"help": helped, "transfer_from": moves_from(error)}
        case product_keys.Mistyped(group=int(group), symbol=int(symbol)):
            return {"group": group, "symbol": symbol}
    return {}


def moves_from(error: Exception) -> date | UnsetType | None:
    """The first day on which a key in use moves by itself; None if it never does, unset where that is not the question."""
    match error:
        case front.Refused(reason=Reason.IN_USE, transfer_from=day) | key_self_service.ReleasesUsedUp(transfer_from=day):
            return day
    return UNSET
