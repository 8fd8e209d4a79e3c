"""The public API of the activation. Views shape input, call one service, shape output; nothing of a request is logged."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from activation import admission, answers, front, key_self_service, keychain, problems, reading, trust
from activation.key_self_service import SlotView
from activation.reading import Activation, Holding
from web import strict_json
from web.admission import READ, body

View = Callable[[HttpRequest], HttpResponse]
ACTREQ, ACTCERT = "application/vnd.regsvc.actreq+json", "application/vnd.regsvc.actcert+json"
ENCODE = msgspec.json.Encoder().encode


def answering(*methods: str, takes: Collection[str] = (admission.JSON,)) -> Callable[[View], View]:
    """A view behind the door, whose problems are told in the caller's language."""

    def decorate(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest) -> HttpResponse:
            try:
                admission.admit(request, methods=methods, takes=takes)
                return view(request)
            except problems.KNOWN as error:
                return problems.refusal(error, language=problems.spoken(request))

        return answered

    return decorate


posted, asked = answering(*admission.POST), answering(*READ)


def told(answer: msgspec.Struct, *, content_type: str = admission.JSON, cache: str = "no-store") -> HttpResponse:
    """An answer as JSON."""
    return HttpResponse(ENCODE(answer), content_type=content_type, headers={"Cache-Control": cache})


@posted
def activations(request: HttpRequest) -> HttpResponse:
    """Activate a computer."""
    return told(activated(reading.activation(_read(request)), via="net"))


@answering(*admission.POST, takes=(admission.JSON, ACTREQ))
def file_activations(request: HttpRequest) -> HttpResponse:
    """Activate a computer without a network: an `.actreq` file becomes an `.actcert` file."""
    body = reading.activation(_read(request))
    return as_file(activated(body, via="file"), name=file_name(body))


def activated(body: Activation, *, via: str) -> answers.Activated:
    """What a request gets now and here; raises what `front.activate` raises."""
    return front.activate(body, via=via, issuer=str(settings.ACTIVATION_URL).rpartition("/")[2], at=timezone.now())


def file_name(body: Activation) -> str:
    """What the `.actcert` file is called: the product, whose code has no character that a name may not have, and the day."""
    return f"{body.product}-{timezone.now().date().isoformat()}.actcert"


def as_file(answer: answers.Activated, *, name: str) -> HttpResponse:
    """The `.actcert` file."""
    response = told(answer, content_type=ACTCERT)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _read(request: HttpRequest) -> Any:
    value = strict_json.decode(body(request.META, longest=strict_json.LONGEST))
    request.spoken = value.get("language") if isinstance(value, dict) else None  # type: ignore[attr-defined]
    return value


@posted
def slots(request: HttpRequest) -> HttpResponse:
    """The slots of a key by day."""
    body = strict_json.shaped(_read(request), Holding)
    return told(_shown(key_self_service.slots(key=admission.key(body.product_key, most=admission.HOLDER_CALLS))))


@posted
def releases(request: HttpRequest) -> HttpResponse:
    """Free a slot."""
    body = strict_json.shaped(_read(request), Holding)
    key = admission.key(body.product_key, most=admission.HOLDER_CALLS)
    return told(_shown(key_self_service.release(key=key, slot=body.slot, today=timezone.now().date())))


def _shown(views: list[SlotView]) -> answers.Slots:
    return answers.Slots([answers.Slot(view.slot, view.bound_on) for view in views])


@asked
def keyset(_request: HttpRequest) -> HttpResponse:
    """The roots, oldest first, and the keyset that they signed."""
    roots = [msgspec.json.decode(root, type=trust.Signed) for root in keychain.roots()]
    signed = msgspec.json.decode(keychain.keyset(), type=trust.Signed)
    return told(answers.Trust(roots, signed), cache="max-age=3600")
