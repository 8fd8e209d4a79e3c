"""The public API of the activation. Views shape input, call one service, shape output; nothing of a request is logged."""

import json
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from activation import binding, certificates, hardware, holding, keychain, pace, problems, product_keys, reading
from activation.binding import Answer
from activation.product_keys import Key, Mistyped
from activation.reading import Activation, Holding
from activation.rules import Outcome

View = Callable[[HttpRequest], HttpResponse]
NETWORK_CALLS, KEY_CALLS, HOLDER_CALLS = 10, 60, 5  # minutes' worth for a network; calls in ten minutes for a key
CLOCK = timedelta(days=1)


def answering(view: View) -> View:
    """A public POST: paced, its problems told in the caller's language."""

    def answered(request: HttpRequest) -> HttpResponse:
        try:
            network = pace.network(request.META, settings.PROXIES)
            pace.NETWORKS.take(network, most=settings.POSTS_PER_MINUTE * NETWORK_CALLS, now=time.monotonic())
            if request.content_type != "application/json":
                raise reading.WrongContentType
            return view(request)
        except tuple(problems.SLUGS) as error:
            more = {"group": error.group, "symbol": error.symbol} if isinstance(error, Mistyped) and error.group else None
            return problems.answer(problems.slug_of(error), language=_spoken(request), more=more)

    return csrf_exempt(require_POST(answered))


def _spoken(request: HttpRequest, wanted: str | None = None) -> str:
    """The language that the body asked for, else what the caller accepts."""
    if wanted:
        request.spoken = wanted[:2].lower()  # type: ignore[attr-defined]
    known = getattr(request, "spoken", "")
    return known if known in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def _key(text: str, *, most: int) -> Key:
    """The key, paced by itself."""
    key = product_keys.read(text)
    pace.KEYS.take(key.canonical, most=most, now=time.monotonic())
    return key


@answering
def activations(request: HttpRequest) -> HttpResponse:
    """Activate a computer."""
    return _activated(request, via="net")


@answering
def file_activations(request: HttpRequest) -> HttpResponse:
    """Activate a computer without a network: an `.actreq` file becomes an `.actcert` file."""
    response = _activated(request, via="file")
    if response.status_code == 200:  # noqa: PLR2004 (HTTP)
        response["Content-Disposition"] = 'attachment; filename="activation.actcert"'
    return response


def _activated(request: HttpRequest, *, via: str) -> HttpResponse:
    at, body = timezone.now(), reading.body(request.body, Activation)
    language = _spoken(request, body.language)
    if body.hardware_version != hardware.VERSION:
        raise reading.InvalidFields
    asked = binding.Request(
        key=_key(body.product_key, most=KEY_CALLS),
        product=body.product,
        hardware=hardware.read(body.hardware),
        attempt=body.attempt,
    )
    answer = binding.activate(request=asked, today=at.date())
    if answer.decision.outcome == Outcome.REFUSED:
        return problems.answer(problems.REASONS[answer.decision.reason], language=language, more=_help(answer))
    told: dict[str, Any] = {
        "outcome": answer.decision.outcome,
        "certificate": _certificate(answer, asked, via=via, today=at.date()),
        "slots": {"used": answer.used, "of": answer.of},
        "clock": _clock(body.sent_at, at),
    }
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


def _help(answer: Answer) -> dict[str, Any]:
    due = answer.decision.transfer_from
    page = f"{settings.ACTIVATION_URL}/problems/{problems.REASONS[answer.decision.reason]}"
    told: dict[str, Any] = {"help": {"phone": list(settings.PHONE_NUMBERS), "page": page}}
    return told | {"transfer_from": due.isoformat() if due else None} if answer.decision.reason == "in-use" else told


def _clock(sent: datetime | None, at: datetime) -> str:
    """Whether the client's clock is right to the day; one without a time zone cannot be judged."""
    return "off" if sent and sent.tzinfo and abs(sent - at) > CLOCK else "ok"


def _certificate(answer: Answer, asked: binding.Request, *, via: str, today: date) -> str | None:
    if answer.binding is None:
        return None
    batch = answer.key.batch
    claims = certificates.Claims(
        v=1,
        iss=settings.ACTIVATION_URL.rpartition("/")[2],
        pid=f"{batch.product}/{batch.channel}/{batch.number}",
        aid=answer.binding.hex,
        loc=bytes(answer.key.locator).hex(),
        hwv=hardware.VERSION,
        hw=asked.hardware.text,
        pol=certificates.rule_of(answer.policy),
        ch=batch.channel,
        via=via,
        iat=certificates.number_of(today),
        exp=None,
    )
    return certificates.issue(claims, signer=keychain.signer())


@answering
def slots(request: HttpRequest) -> HttpResponse:
    """The slots of a key by day."""
    body = reading.body(request.body, Holding)
    _spoken(request, body.language)
    return _shown(holding.slots(key=_key(body.product_key, most=HOLDER_CALLS)))


@answering
def releases(request: HttpRequest) -> HttpResponse:
    """Free a slot."""
    body = reading.body(request.body, Holding)
    _spoken(request, body.language)
    key = _key(body.product_key, most=HOLDER_CALLS)
    return _shown(holding.release(key=key, slot=body.slot, today=timezone.now().date()))


def _shown(views: list[holding.SlotView]) -> HttpResponse:
    slots = [{"slot": view.slot, "bound_on": view.bound_on} for view in views]
    return JsonResponse({"slots": slots}, headers={"Cache-Control": "no-store"})


@require_safe
def keyset(_request: HttpRequest) -> HttpResponse:
    """The roots, oldest first, and the keyset that they signed."""
    told = {"roots": [json.loads(root) for root in keychain.roots()], "keyset": json.loads(keychain.keyset())}
    return JsonResponse(told, headers={"Cache-Control": "max-age=3600"})
