"""The pages behind mailed links. Looking at one changes nothing: mail programs look at links too."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from intake.pages import page
from privacy import codes, receipts
from registration import mailed_links, own_page
from registration.mailed_links import Asked
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
    """One choice on the page: what is sent and by whom, and how it stands. The mail has the words that were agreed to."""

    purpose: str
    title: str
    state: str
    words: str | Promise


class Registration(NamedTuple):
    """One registration on the page."""

    number: str
    product: str
    choices: list[Choice]


@page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What a confirmation's link is about. A bare post confirms all that the mail named; `choice` fields confirm some.

    What had no room in the mail is found by its registration's number, so that no flood hides it.
    """
    secret = _secret(token)
    if secret is None:
        return _broken(request)
    try:
        asked = mailed_links.asked(token=secret)
        chosen = _chosen(request, asked)
        for named in {each.named for each in chosen}:
            some = [(each.registration, each.purpose) for each in chosen if each.named == named]
            everything = named and not request.POST.getlist("choice")
            mailed_links.confirm(token=secret, named=named, choices=[] if everything else some, at=timezone.now())
    except BUSY:
        return again(request)
    if not asked:
        return render(request, "registration/link_unknown.html", status=404)
    return render(request, "registration/confirm.html", _shown(request, asked, chosen))


def _chosen(request: HttpRequest, asked: Iterable[Asked]) -> list[Asked]:
    """Those of a link's choices that wait and that this post confirms."""
    if request.method != "POST":
        return []
    purposes, number = request.POST.getlist("choice"), request.POST.get("registration", "")
    return [
        each
        for each in asked
        if each.state == WAITING
        and (each.purpose in purposes if purposes else each.named)
        and number in {"", each.registration}
        and (each.named or number)
    ]


def _shown(request: HttpRequest, asked: list[Asked], chosen: list[Asked]) -> dict[str, object]:
    """What the page shows: what the mail named, what was chosen now, and the registration that was looked for."""
    wanted = _number(request.GET.get("number", ""))
    unnamed = {each.registration for each in asked if not each.named}
    shown = [each for each in asked if each.named or each in chosen or each.registration == wanted]
    registrations = list(_registrations(shown, chosen))
    states = [choice.state for registration in registrations for choice in registration.choices]
    return {
        "registrations": registrations,
        "waiting": sum(each.named and each.state == WAITING and each not in chosen for each in asked),
        "done": bool(chosen),
        "several": len(states) > 1,
        "strangers": len(registrations) + len(unnamed) > 1,
        "more": len(unnamed),
        "wanted": request.GET.get("number", "")[:20],
        "missing": bool(wanted) and wanted not in {registration.number for registration in registrations},
        "nothing": request.method == "POST" and not chosen,
        "expired": EXPIRED in states and not {WAITING, NOW, CONFIRMED} & set(states) and not unnamed,
        "confirmed": bool(states) and set(states) == {CONFIRMED} and not unnamed,
    }


def _number(text: str) -> str:
    """A registration's number as it was meant; what is none is kept, and fits nothing."""
    try:
        return codes.number(codes.parse(text))
    except codes.Mistyped:
        return text


def _registrations(asked: list[Asked], chosen: list[Asked]) -> Iterator[Registration]:
    for (number, product), choices in groupby(asked, key=lambda each: (each.registration, each.name)):
        yield Registration(number, product, [_choice(each, now=each in chosen) for each in choices])


def _choice(asked: Asked, *, now: bool) -> Choice:
    state = NOW if now else asked.state
    return Choice(asked.purpose, own_page.purpose_title(asked.purpose), state, STATES.get(state, ""))


def _unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a mail's link to end it; mail programs may post to it by themselves (RFC 8058)."""
    secret = _secret(token)
    if secret is None:
        return _broken(request)
    if request.method != "POST":
        return render(request, "registration/unsubscribe.html", {"done": False})
    try:
        mailed_links.unsubscribe(token=secret, at=timezone.now())
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
