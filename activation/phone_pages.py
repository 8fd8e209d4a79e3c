"""The telephone's page: the installation ID goes in, what is known and decided is shown, the confirmation ID is read out.

Everything travels in the body of a POST: no address, and so no log, holds a number from the telephone.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import console, decorators
from accounts.models import Staff
from activation import binding, calls, installation_form, keychain, labels, phone
from activation.calls import Call
from activation.installation_form import Box, Slip

SLIPS: Mapping[Slip, labels.Word] = {
    Slip.LENGTH: gettext_lazy("Group %(group)s needs six digits."),
    Slip.CHECK: gettext_lazy("Group %(group)s is wrong. Ask for it again."),
}
PROBLEMS: Mapping[type[Exception], labels.Word] = {
    phone.UnknownVersion: gettext_lazy(
        "All groups are correct, but this isn't one of our installation IDs. Ask which product and version the "
        "caller wants to activate."
    ),
    binding.UnknownKey: gettext_lazy(
        "All groups are correct, but we don't know the key. Ask the customer to compare the product key with the label."
    ),
    calls.NotConfirmed: gettext_lazy("You can no longer confirm this. Nothing was stored. Check the call again."),
    keychain.ConfirmationBroken: gettext_lazy("You can't confirm this key by phone. Nothing was stored. Replace the key."),
    keychain.KeyMissing: gettext_lazy("The service is missing one of its own keys. Nothing was stored. Try again later."),
    OperationalError: gettext_lazy("The key is busy, or the database can't be reached. Nothing was stored. Try again."),
}
Act = Callable[[HttpRequest, str, uuid.UUID], HttpResponse]


@require_http_methods(["GET", "HEAD", "POST"])
@decorators.page("phone")
def phone_page(request: HttpRequest) -> HttpResponse:
    """Take an installation ID, or do what the operator decided about one."""
    if request.method != "POST":
        return _form(request, case=uuid.uuid4())
    act = ACTS.get(request.POST.get("act", "look"), _look)
    if act is not _look and not request.user.has_perm("activation.confirm"):
        raise PermissionDenied
    case, typed = _case(request.POST.get("case", "")), installation_form.read(request.POST.getlist("group"))
    if any(box.slip for box in typed):
        return _form(request, typed, case=case)
    try:
        return act(request, installation_form.text(typed), case)
    except tuple(PROBLEMS) as error:
        return _form(request, typed, case=case, problem=PROBLEMS[type(error)])


def _actor(request: HttpRequest) -> uuid.UUID:
    """The account that is signed in; the gate let nobody else in."""
    return cast("Staff", request.user).id


def _case(text: str) -> uuid.UUID:
    """The call that the page belongs to."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.uuid4()


def _form(
    request: HttpRequest, typed: Sequence[Box] = (), *, case: uuid.UUID, problem: labels.Word | None = None
) -> HttpResponse:
    groups = [
        {
            "name": box.name,
            "typed": box.typed,
            "said": {slip: text % {"group": box.name} for slip, text in SLIPS.items()},
            "fault": SLIPS[box.slip] % {"group": box.name} if box.slip and typed else "",
        }
        for box in typed or installation_form.read([])
    ]
    first = next((group["name"] for group in groups if group["fault"]), "A")
    page = {"groups": groups, "first": first, "case": case, "problem": problem, "damm": " ".join(phone.DAMM)}
    return console.operator.show(request, "operator/phone.html", page)


def _look(request: HttpRequest, text: str, case: uuid.UUID) -> HttpResponse:
    return _shown(request, text, case, _looked(request, text, case))


def _looked(request: HttpRequest, text: str, case: uuid.UUID) -> Call:
    return calls.look(text=text, case=case, actor=_actor(request), today=timezone.now().date())


def _shown(request: HttpRequest, text: str, case: uuid.UUID, call: Call, template: str = "operator/call.html") -> HttpResponse:
    page = {
        "call": call,
        "text": text,
        "case": case,
        "verdict": labels.verdict(call),
        "state": labels.STATES[call.key.state],
        "channel": labels.CHANNELS[call.key.batch.channel],
        "locator": bytes(call.key.locator).hex(" ", 2),
    }
    return console.operator.show(request, template, page)


def _confirm(request: HttpRequest, text: str, case: uuid.UUID) -> HttpResponse:
    return _confirmed(request, text, case)


def _move(request: HttpRequest, text: str, case: uuid.UUID) -> HttpResponse:
    """Move the key before its time, after a second question that names the computer that leaves."""
    leaving = _leaving(request.POST.get("leaving", ""))
    if request.POST.get("sure"):
        return _confirmed(request, text, case, leaving=leaving)
    call = _looked(request, text, case)
    if call.leaving is None or call.leaving.binding != leaving:
        raise calls.NotConfirmed
    return _shown(request, text, case, call, "operator/move.html")


def _leaving(text: str) -> uuid.UUID:
    """The computer that the page said would leave."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise calls.NotConfirmed from None


def _confirmed(request: HttpRequest, text: str, case: uuid.UUID, *, leaving: uuid.UUID | None = None) -> HttpResponse:
    confirmation = calls.confirm(text=text, case=case, actor=_actor(request), today=timezone.now().date(), leaving=leaving)
    page = {"confirmation": confirmation, "groups": labels.read_out(confirmation.number)}
    return console.operator.show(request, "operator/confirmation.html", page)


def _refuse(request: HttpRequest, text: str, case: uuid.UUID) -> HttpResponse:
    calls.refuse(text=text, case=case, actor=_actor(request), today=timezone.now().date())
    messages.info(request, _("The call was recorded as refused. Nothing was confirmed."))
    return redirect("activation:phone")


ACTS: Mapping[str, Act] = {"look": _look, "confirm": _confirm, "move": _move, "refuse": _refuse}
