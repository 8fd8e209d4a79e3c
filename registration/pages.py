"""The pages of one's own registration, and those behind mailed links. The receipt comes in the body of a post only."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intake import fields, normal, parsing, registering
from intake.fields import Mistake
from intake.letterbox import LetterboxFull
from intake.pages import busy, page
from privacy import receipts
from privacy.receipts import Receipt
from registration import mailed_links, own_page, policy, record, self_service
from registration.store_busy import StoreBusy
from web import strict_json

BUSY = (LetterboxFull, StoreBusy)
REFUSED = (strict_json.InvalidFields, parsing.ProductKeyNotHere)
LOWERED = _("These e-mails have stopped.")
LOWERED_ALL = _("These e-mails have stopped, for every registration with your e-mail address.")
STOPPED = _("All e-mails to your address have stopped, for every registration with it.")
RAISED = _(
    "Check your e-mail and confirm. The e-mail arrives within minutes, or tomorrow if your address has reached today’s limit."
)
CHANGED = _("We have received your changes. You will see them here once they are processed.")
UNCHANGED = _("You made no changes, so there was nothing to save.")
NO_ADDRESS = _("This registration has no e-mail address. Add one first.")
NO_RECEIPT = _("Enter the complete receipt: 43 letters, digits, hyphens and underscores.")


@page
def my(request: HttpRequest) -> HttpResponse:
    """One's own registration. Every act posts the receipt; without one there is only the door."""
    if request.method != "POST":
        return render(request, "registration/door.html")
    wanted = request.POST.get("do") or request.POST.get("page") or "see"
    try:
        if wanted == "lost":
            return _lost(request)
        receipt = receipts.parse(_pasted(request.POST.get("receipt", "")))
        return ACTS.get(wanted, _see)(request, receipt)
    except receipts.ReceiptMalformed:
        return render(request, "registration/door.html", {"receipt_fault": NO_RECEIPT}, status=422)
    except self_service.NotKnown:
        return render(request, "registration/not_known.html", {"receipt": receipt.text}, status=404)
    except BUSY:
        return again(request)


def _pasted(text: str) -> str:
    """The receipt in what was pasted: alone, or at the end of its link."""
    return "".join(text.split()).rpartition("#")[2]


def _see(
    request: HttpRequest, receipt: Receipt, *, said: str | Promise = "", bad: bool = False, status: int = 200
) -> HttpResponse:
    own = self_service.see(receipt=receipt)
    context = own_page.shown(own, language=translation.get_language())
    return render(request, "registration/own.html", context | {"said": said, "bad": bad}, status=status)


def _lower(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    topic, _slash, sender = request.POST.get("purpose", "").partition("/")
    _change(receipt, {"choices": [{"topic": topic, "sender": sender, "granted": False}]})
    own = self_service.see(receipt=receipt)
    return _see(request, receipt, said=LOWERED_ALL if own.acts_on_mailbox else LOWERED)


def _stop_all(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    _change(receipt, {"stop_all_mail": True})
    own = self_service.see(receipt=receipt)
    return _see(request, receipt, said=STOPPED if own.acts_on_mailbox else LOWERED)


def _raise(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """Ask for a choice. It waits for the mailbox, so without an address there is nothing to wait for."""
    if not self_service.see(receipt=receipt).contact.email:
        return _see(request, receipt, said=NO_ADDRESS, bad=True, status=422)
    topic, _slash, sender = request.POST.get("purpose", "").partition("/")
    wording = request.POST.get("wording", "")
    _change(receipt, {"choices": [{"topic": topic, "sender": sender, "granted": True, "wording": wording}]})
    return _see(request, receipt, said=RAISED)


def _form(request: HttpRequest, receipt: Receipt, *, mistakes: list[Mistake] | None = None) -> HttpResponse:
    """The form of changes, with what was typed into it or else with what is filed."""
    own = self_service.see(receipt=receipt)
    values = _typed(request) if "typed" in request.POST else own_page.values(own)
    language = translation.get_language()
    shown = fields.shown(own_page.FORM, values, mistakes=mistakes or [], product=own.row.product_id, language=language)
    context = {"receipt": receipt.text, "fields": shown, "wrong": [each for each in shown if each.fault]}
    return render(request, "registration/change.html", context, status=422 if mistakes else 200)


def _typed(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in own_page.FORM}


def _save(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    typed = _typed(request)
    wanted = own_page.patch(self_service.see(receipt=receipt), typed)
    if not wanted:
        return _see(request, receipt, said=UNCHANGED)
    try:
        _change(receipt, wanted)
    except strict_json.InvalidFields as error:
        found = [Mistake(fields.NAMES.get(fault.pointer, "name"), fault.code) for fault in error.faults]
        return _form(request, receipt, mistakes=found)
    except parsing.ProductKeyNotHere:
        return _form(request, receipt, mistakes=fields.keys_among(typed))
    return _see(request, receipt, said=CHANGED)


def _change(receipt: Receipt, wanted: Mapping[str, Any]) -> None:
    self_service.change(receipt=receipt, body=json.dumps(wanted).encode(), channel=registering.WEB, at=timezone.now())


def _ask_to_erase(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    return render(request, "registration/erase.html", {"receipt": receipt.text, "shut_days": policy.rules().shut_days})


def _erase(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    """Erase, filed or not; nothing is looked up, so that the answer is the same for every receipt."""
    posted = self_service.erase(receipt=receipt, at=timezone.now())
    return render(request, "registration/erased.html", posted.answer())


def _file(_request: HttpRequest, receipt: Receipt) -> HttpResponse:
    own = record.shown(self_service.see(receipt=receipt))
    named = {"Content-Disposition": f'attachment; filename="registration-{own["number"]}.json"'}
    return JsonResponse(own, json_dumps_params={"indent": 2, "ensure_ascii": False}, headers=named)


ACTS: Mapping[str, Callable[[HttpRequest, Receipt], HttpResponse]] = {
    "see": _see,
    "lower": _lower,
    "stop-all": _stop_all,
    "raise": _raise,
    "form": _form,
    "save": _save,
    "erase": _ask_to_erase,
    "erase-now": _erase,
    "file": _file,
}


def _lost(request: HttpRequest) -> HttpResponse:
    """Ask for new receipts. What is said is the same whether the mailbox is known or not."""
    typed = request.POST.get("email", "")
    try:
        address = normal.email(typed)
        code = fields.INVALID
    except normal.NotNormal as error:
        address, code = None, error.code
    if not address:
        context = {"email": typed, "email_fault": fields.saying("email", code)}
        return render(request, "registration/door.html", context, status=422)
    mailed_links.lost(address=address, at=timezone.now())
    return render(request, "registration/lost.html")


def again(request: HttpRequest) -> HttpResponse:
    """Nothing was taken; the same post stands ready to be sent again."""
    sent = [(name, value) for name, values in request.POST.lists() for value in values if name != "speak"]
    return busy(render(request, "registration/again.html", {"sent": sent}))
