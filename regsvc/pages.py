"""Pages that belong to the whole service: what is kept, what a problem means, and problems as a browser shows them."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial, wraps
from itertools import groupby
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from intake.pages import page
from privacy import datamap
from privacy.datamap import Entry, Personal
from registration import policy
from registration.own_page import BASES
from regsvc import problems
from web.admission import READ
from web.problems import UNKNOWN

View = Callable[..., HttpResponse]
KNOWN = problems.TABLE.known
STAFF_ONLY = "accounts."
_ = gettext_lazy

ADVICE: Mapping[str, str | Promise] = {
    "malformed": _("Check the JSON for syntax errors, and send it in UTF-8."),
    "idempotency-key-invalid": _(
        "Have your program make a random UUID for each registration, keep it secret, and reuse it only to repeat the "
        "same request."
    ),
    "unauthorized": _("Have your program send the receipt in the header “Authorization”, never in the address."),
    "https-required": _("Make sure that the address starts with https://, then send it again."),
    "not-found": _("Check that the address or receipt is complete. If you have just registered, try again later."),
    "method-not-allowed": _("See /api/v1/schema for the methods of each address."),
    "too-large": _("Shorten your text. Send each registration in a request of its own."),
    "wrong-content-type": _("Programs send JSON. Set the header “Content-Type” to application/json."),
    "wrong-content-encoding": _("Turn off compression in your program: the body can be at most 16 KiB anyway."),
    "invalid-fields": _(
        "The answer lists each wrong field and says what is right. Correct the fields and send the request again."
    ),
    "unknown-product": _("Choose the product from the list. You can't register a product that is no longer sold."),
    "unknown-manufacturer": _("Leave the manufacturer out, or choose one from the list."),
    "unknown-wording": _("Open the form again, read the current texts, and choose again."),
    "email-required": _("Enter your e-mail address, or choose no e-mails."),
    "product-key-not-here": _(
        "Don't enter your product key here. To activate your product, use activation: it asks for no personal details."
    ),
    "receipt-used": _("Have your program make a new random receipt for each registration."),
    "idempotency-mismatch": _("Use a new idempotency key for each registration. What you sent first is stored."),
    "idempotency-expired": _(
        "Your registration is stored, so don't send it again. If you don't have its receipt, ask for a new one under "
        "“My registration”."
    ),
    "too-often": _("Wait a minute, then try again. Everything you sent before is safe."),
    "too-many-changes": _(
        "Wait a few days, or ask us to make the change for you. You can always erase your registration, and stop "
        "e-mails with their link."
    ),
    "try-again": _("Wait a moment, then send it again. Sending it twice does no harm."),
    UNKNOWN: _("Try again later. If it happens again, tell us."),
}

VALUES: Mapping[str, str | Promise] = {
    "privacy.AuditEntry.actor": _("which of our staff looked"),
    "privacy.AuditEntry.subject": _("which registration they looked at"),
    "privacy.AuditEntry.act": _("what they did"),
    "privacy.AuditEntry.at": _("when"),
    "keystore.EmailIndex.mac": _("a code made from your e-mail address"),
    "keystore.Suppression.mac": _("a code made from an address that wants no e-mails"),
    "keystore.MailboxDay.mac": _("a code made from an address we have just written to"),
    "keystore.Token.mac": _("a code made from the address that a link was sent to"),
    "intake.Letter.sealed": _("what you send, sealed so that only filing can open it"),
    "intake.Letter.arrived_at": _("when it came"),
    "registration.Registration.email": _("e-mail address"),
    "registration.Registration.name": _("name"),
    "registration.Registration.company": _("company"),
    "registration.Registration.phone": _("phone number"),
    "registration.Registration.address": _("postal address"),
    "registration.Registration.country": _("country"),
    "registration.Registration.language": _("language"),
    "registration.Registration.purchased_on": _("day of purchase"),
    "registration.Registration.purchased_from": _("shop"),
    "registration.Registration.serial": _("serial number of the device"),
    "registration.ConsentRecord.count": _("the order of your decisions"),
    "registration.ConsentRecord.decision": _("your decision"),
    "registration.ConsentRecord.day": _("the day of your decision"),
    "registration.ConsentRecord.channel": _("where you made it"),
    "registration.ConsentRecord.purpose": _("which e-mails it is about"),
    "registration.ConsentRecord.wording": _("the text you read"),
    "registration.ConsentRecord.notice": _("the notice you saw"),
    "registration.ConsentRecord.locale": _("the language of the text"),
    "registration.ConsentRecord.confirmed": _("whether you confirmed it by e-mail"),
    "registration.Confirmation.purposes": _("which message is waiting to be sent"),
    "registration.Confirmation.address": _("the address it goes to"),
    "registration.Confirmation.receipt": _("a new receipt that is on its way to you"),
    "registration.Confirmation.wordings": _("the text you agreed to"),
    "registration.Confirmation.mac": _("a code made from the address it goes to"),
    "registration.Confirmation.counted": _("a code for counting your messages on a day"),
    "registration.Confirmation.tagged": _("whether the address has a plus sign"),
    "registration.Confirmation.asked": _("when the message was requested"),
}


class Kept(NamedTuple):
    """What is kept for one reason, in words."""

    what: str
    why: str
    basis: str | Promise
    until: str
    readers: str


def kept(months: Mapping[str, int]) -> Iterator[Kept]:
    """The data map as a customer reads it: the values that share a reason stand together; accounts of staff are left out.

    Args:
        months: The house's own figures, by the name under which the map's words ask for them.
    """
    entries = [entry for entry in datamap.entries() if not entry.model.startswith(STAFF_ONLY)]
    reasons = list(dict.fromkeys(entry.personal for entry in entries))
    entries.sort(key=lambda entry: (entry.model.partition(".")[0] != "registration", reasons.index(entry.personal)))
    for personal, group in groupby(entries, key=lambda entry: entry.personal):
        yield _kept(personal, list(group), months)


def _kept(personal: Personal, entries: list[Entry], months: Mapping[str, int]) -> Kept:
    words = dict.fromkeys(str(VALUES.get(f"{entry.model}.{entry.value}", entry.value)) for entry in entries)
    readers = ", ".join(gettext(role) for role in personal.reveal)
    return Kept(
        what=", ".join(words),
        why=gettext(personal.purpose),
        basis=BASES[personal.basis],
        until=gettext(personal.keep) % months,
        readers=readers or gettext("nobody"),
    )


@partial(page, personal=False)
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept, why, how long, and who may read it."""
    months = {"without_opt_in": settings.RETAIN_WITHOUT_OPT_IN, "inactive": settings.RETAIN_INACTIVE}
    rules = policy.rules()
    days = {"confirm_days": rules.confirm_days, "shut_days": rules.shut_days}
    return render(request, "regsvc/privacy.html", {"kept": list(kept(months)), "months": months} | days)


@partial(page, personal=False)
def problem(request: HttpRequest, slug: str) -> HttpResponse:
    """What one kind of problem means, and what to do about it.

    Raises:
        Http404: There is no such problem.
    """
    if slug not in problems.PROBLEMS:
        raise Http404
    return _problem(request, slug, status=200)


def _problem(request: HttpRequest, slug: str, status: int) -> HttpResponse:
    context: dict[str, Any] = {"problem": problems.PROBLEMS[slug], "slug": slug, "advice": ADVICE[slug], "shown_for": status}
    response = render(request, "regsvc/problem.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def browsed(view: View) -> View:
    """The same page, whose refusals are pages too. What the table of problems does not name stays a mistake of ours."""

    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *arguments, **named)
        except KNOWN as error:
            slug = problems.TABLE.slug_of(error)
            refusal = _problem(request, slug, status=problems.PROBLEMS[slug].status)
            return problems.TABLE.marked(refusal, slug, error)

    return answered


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that does not exist: a page for a browser, a problem document for a program.

    A page with a slash too many is where the slash is left out.
    """
    if request.method in READ and request.path.endswith("/") and is_valid_path(plain := request.path.rstrip("/")):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{plain}?{query}" if query else plain)
    return _problem(request, "not-found", status=404) if _browser(request) else problems.not_found(request, exception)


def mistake(request: HttpRequest) -> HttpResponse:
    """Our own mistake, likewise."""
    return _problem(request, UNKNOWN, status=500) if _browser(request) else problems.mistake(request)


def _browser(request: HttpRequest) -> bool:
    return not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", "")
