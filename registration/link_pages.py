"""The pages behind mailed links. Looking at one changes nothing: mail programs look at links too."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalogue import shelf
from intake.pages import page
from privacy import receipts
from registration import mine, own_page
from registration.mine import Asked
from registration.pages import BUSY, again

ONE_CLICK = ("List-Unsubscribe", "One-Click")  # RFC 8058
WAITING, CONFIRMED, EXPIRED = "waiting", "confirmed", "expired"
NOW = "now"  # confirmed by this very post
STATES: Mapping[str, str | Promise] = {
    WAITING: _("not confirmed"),
    CONFIRMED: _("confirmed"),
    EXPIRED: _("expired: choose it again in your registration"),
}


class Choice(NamedTuple):
    """One choice on the page: what is sent and by whom, in whose words, and how it stands."""

    purpose: str
    title: str
    text: str
    state: str
    words: str | Promise


class Registration(NamedTuple):
    """One registration on the page."""

    number: str
    product: str
    choices: list[Choice]


@page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What a confirmation's link is about. A bare post confirms all of it; `choice` fields confirm some."""
    secret = _secret(token)
    if secret is None:
        return _broken(request)
    try:
        asked = mine.asked(token=secret)
        chosen = _chosen(request, asked)
        if chosen:
            some = [(each.registration, each.purpose) for each in chosen] if "choice" in request.POST else []
            mine.confirm(token=secret, choices=some, at=timezone.now())
    except BUSY:
        return again(request)
    if not asked:
        return render(request, "registration/link_unknown.html", status=404)
    return render(request, "registration/confirm.html", _shown(asked, chosen, posted=request.method == "POST"))


def _chosen(request: HttpRequest, asked: Iterable[Asked]) -> list[Asked]:
    """Those of a link's choices that wait and that this post confirms."""
    if request.method != "POST":
        return []
    purposes, number = request.POST.getlist("choice"), request.POST.get("registration", "")
    return [
        each
        for each in asked
        if each.state == WAITING and (not purposes or each.purpose in purposes) and number in {"", each.registration}
    ]


def _shown(asked: list[Asked], chosen: list[Asked], *, posted: bool) -> dict[str, object]:
    registrations = list(_registrations(asked, chosen))
    states = [choice.state for registration in registrations for choice in registration.choices]
    return {
        "registrations": registrations,
        "waiting": states.count(WAITING),
        "done": bool(chosen),
        "several": len(states) > 1,
        "nothing": posted and not chosen,
        "expired": EXPIRED in states and WAITING not in states and NOW not in states and CONFIRMED not in states,
        "confirmed": bool(states) and set(states) == {CONFIRMED},
    }


def _registrations(asked: list[Asked], chosen: list[Asked]) -> Iterator[Registration]:
    for (number, product), choices in groupby(asked, key=lambda each: (each.registration, each.name)):
        found = list(choices)
        texts = _texts(found[0])
        order = [*texts, *(each.purpose for each in found)]
        found.sort(key=lambda each: order.index(each.purpose))
        yield Registration(number, product, [_choice(each, texts, now=each in chosen) for each in found])


def _choice(asked: Asked, texts: Mapping[str, str], *, now: bool) -> Choice:
    state, title = NOW if now else asked.state, own_page.purpose_title(asked.purpose)
    return Choice(asked.purpose, title, texts.get(asked.purpose, ""), state, STATES.get(state, ""))


def _texts(asked: Asked) -> dict[str, str]:
    """Today's texts by purpose, in the page's language and in the order in which they are offered."""
    try:
        offered = shelf.current().choices(asked.product, asked.manufacturer, translation.get_language())
    except (shelf.UnknownProduct, shelf.UnknownManufacturer):
        return {}
    return {f"{each.topic}/{each.sender}": each.text for each in offered}


def _unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a mail's link to end it; mail programs may post to it by themselves (RFC 8058)."""
    secret = _secret(token)
    if secret is None:
        return _broken(request)
    if request.method != "POST":
        return render(request, "registration/unsubscribe.html", {"done": False})
    try:
        mine.unsubscribe(token=secret, at=timezone.now())
    except BUSY:
        return again(request)
    name, value = ONE_CLICK
    if request.POST.get(name) == value:
        return HttpResponse(f"{translation.gettext('These e-mails have stopped.')}\n", content_type="text/plain; charset=utf-8")
    return render(request, "registration/unsubscribe.html", {"done": True})


unsubscribe = page(_unsubscribe, content_type=None)


def _broken(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/link_unknown.html", {"broken": True}, status=404)


def _secret(text: str) -> bytes | None:
    """The bytes of a mailed token, which is written as a receipt is."""
    try:
        return receipts.parse(text).secret
    except receipts.ReceiptMalformed:
        return None
