"""The keys' page: find a key, see how it stands, act on it. A typed key is not stored and never shown again."""

import uuid
from collections.abc import Callable, Mapping
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts import console, decorators
from activation import binding, key_admin, keychain, labels, product_keys
from activation.key_admin import Act

NEEDS: Mapping[Act, str] = {
    Act.BLOCK: "activation.block",
    Act.UNBLOCK: "activation.block",
    Act.CLEAR: "activation.block",
    Act.REPLACE: "activation.block",
    Act.RELEASE: "activation.release",
}
PROBLEMS: Mapping[type[Exception], labels.Word] = {
    product_keys.NotAKey: gettext_lazy("Enter a product key of 25 characters or a locator of 12."),
    product_keys.Mistyped: gettext_lazy("The product key is mistyped: compare it with the label."),
    binding.UnknownKey: gettext_lazy("We don't know this key."),
    keychain.KeyMissing: gettext_lazy("The service is missing one of its own keys. Nothing was changed. Try again later."),
    OperationalError: gettext_lazy("The key is busy, or the database can't be reached. Nothing was changed. Try again."),
}
DONE: Mapping[Act, labels.Word] = {
    Act.BLOCK: gettext_lazy("The key is blocked. Nobody can activate with it until you unblock it."),
    Act.UNBLOCK: gettext_lazy("The key is unblocked."),
    Act.CLEAR: gettext_lazy("The key is no longer suspect. Refused computers are counted from zero again."),
    Act.RELEASE: gettext_lazy("The slot is free. The next computer that asks gets it."),
}
Simple = Callable[..., None]
SIMPLE: Mapping[Act, Simple] = {Act.BLOCK: key_admin.block, Act.UNBLOCK: key_admin.unblock, Act.CLEAR: key_admin.clear}


@require_http_methods(["GET", "HEAD", "POST"])
@decorators.page("keys")
def keys(request: HttpRequest) -> HttpResponse:
    """Find a key, or do something to the one that was found."""
    if request.method != "POST":
        return console.operator.show(request, "operator/keys.html", {})
    today = timezone.now().date()
    act = next((act for act in Act if act == request.POST.get("act")), None)
    try:
        wanted = key_admin.named(request.POST.get("wanted", ""))
        if act and isinstance(wanted, bytes):
            return _done(request, act, wanted, today)
        return _key(request, wanted, today)
    except product_keys.Mistyped as error:
        return console.operator.show(request, "operator/keys.html", {"problem": PROBLEMS[product_keys.Mistyped], "slip": error})
    except tuple(PROBLEMS) as error:
        return console.operator.show(request, "operator/keys.html", {"problem": PROBLEMS[type(error)]})


def _done(request: HttpRequest, act: Act, locator: bytes, today: date) -> HttpResponse:
    if not request.user.has_perm(NEEDS[act]):
        raise PermissionDenied
    if act == Act.REPLACE and not request.POST.get("sure"):
        return _key(request, locator, today, template="operator/replace.html", nonce=str(uuid.uuid4()))
    try:
        if act == Act.REPLACE:
            new = key_admin.replace(locator=locator, nonce=_named(request.POST.get("nonce", "")), today=today)
            return console.operator.show(request, "operator/replaced.html", {"groups": new.text.split("-")})
        if act == Act.RELEASE:
            bound = _named(request.POST.get("bound", ""))
            if not request.POST.get("sure"):
                return _ask_to_release(request, locator, bound, today)
            key_admin.release(locator=locator, bound=bound, today=today)
        else:
            SIMPLE[act](locator=locator, today=today)
    except (key_admin.DoesNotFit, key_admin.SlotChanged):
        return _key(request, locator, today, problem=_("The key has changed in the meantime. Nothing was done: check it again."))
    return _key(request, locator, today, done=DONE[act])


def _ask_to_release(request: HttpRequest, locator: bytes, bound: uuid.UUID, today: date) -> HttpResponse:
    """The second question before a slot is freed; raises keeping.SlotChanged if it is another's meanwhile."""
    places = key_admin.find(wanted=locator, today=today).places
    place = next((place for place in places if place.binding == bound), None)
    if place is None:
        raise key_admin.SlotChanged
    return _key(request, locator, today, template="operator/release.html", place=place)


def _named(text: str) -> uuid.UUID:
    """What the page drew or saw."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise key_admin.SlotChanged from None


def _key(
    request: HttpRequest, wanted: product_keys.Key | bytes, today: date, template: str = "operator/key.html", **said: object
) -> HttpResponse:
    kept = key_admin.find(wanted=wanted, today=today)
    locator = bytes(kept.key.locator)
    page: dict[str, object] = {
        "kept": kept,
        "locator": locator.hex(" ", 2),
        "wanted": locator.hex(),
        "state": labels.STATES[kept.key.state],
        "channel": labels.CHANNELS[kept.key.batch.channel],
    }
    return console.operator.show(request, template, page | dict(said))
