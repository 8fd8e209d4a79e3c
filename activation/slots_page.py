"""The computers of a key, as its holder sees them: to have the key is enough, and it is typed once.

The key stands in no page and in no address. The pages after the first carry a signed pass, which opens nothing else and ends
after ten minutes.
"""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from activation import admission, key_self_service, problems
from activation.pages import page, refused
from activation.product_keys import Key
from web.admission import READ

FORM = "activation/slots.html"


@page(*READ, *admission.POST)
def slots(request: HttpRequest) -> HttpResponse:
    """Type the key, see its slots by day, and free one after a second question."""
    if request.method != "POST":
        return render(request, FORM)
    try:
        admission.form(request)
        return _shown(request)
    except problems.KNOWN as error:
        return refused(request, error, FORM)


def _shown(request: HttpRequest) -> HttpResponse:
    held = _held(request)
    proof = admission.hand_pass(held) if isinstance(held, Key) else request.POST["pass"]
    number = _number(request)
    match request.POST.get("go"):
        case "free":
            return _free(request, held, number, proof)
        case "ask":
            view = next((view for view in key_self_service.slots(key=held) if view.slot == number and view.bound_on), None)
            if view is None:
                raise key_self_service.SlotEmpty
            allowed = key_self_service.allowance(key=held, today=timezone.now().date())
            return render(request, "activation/free.html", {"view": view, "pass": proof, "allowed": allowed})
        case _:
            return _list(request, held, proof)


def _free(request: HttpRequest, held: Key | bytes, number: int, proof: str) -> HttpResponse:
    """Free the slot. The answer is an address of its own: to load it again, or to send the form again, frees nothing more."""
    try:
        key_self_service.release(key=held, slot=number, bound=_bound(request), today=timezone.now().date())
    except key_self_service.SlotEmpty:
        views = key_self_service.slots(key=held)
        if number not in {view.slot for view in views}:
            raise
        if any(view.slot == number and view.bound_on for view in views):
            return _list(request, held, proof, taken=True)
    return redirect("/slots/freed")


@page(*READ)
def freed(request: HttpRequest) -> HttpResponse:
    """A slot was freed, now or some moments ago. Which one stands in no address."""
    return render(request, "activation/freed.html")


def _held(request: HttpRequest) -> Key | bytes:
    """The key that was typed, or the locator that the pass names."""
    if proof := request.POST.get("pass"):
        return admission.read_pass(proof)
    return admission.key(request.POST.get("product_key", ""), most=admission.HOLDER_CALLS)


def _number(request: HttpRequest) -> int:
    text = request.POST.get("slot", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004 (no key has more digits of slots)


def _bound(request: HttpRequest) -> uuid.UUID:
    """The binding that the question named; nothing is bound under the one that stands for none."""
    try:
        return uuid.UUID(request.POST.get("bound", ""))
    except ValueError:
        return uuid.UUID(int=0)


def _list(request: HttpRequest, held: Key | bytes, proof: str, *, taken: bool = False) -> HttpResponse:
    views, allowed = key_self_service.slots(key=held), key_self_service.allowance(key=held, today=timezone.now().date())
    used = sum(view.bound_on is not None for view in views)
    context = {"views": views, "used": used, "allowed": allowed, "pass": proof, "taken": taken}
    return render(request, "activation/slots_shown.html", context)
