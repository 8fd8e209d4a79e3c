"""Support's pages of the console: search, and reveal with a reason. What is searched for travels in the body, never in a URL."""

import uuid

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts import decorators, roles
from keystore.grants import SUPPORT, NoGrant
from privacy import receipts
from registration import consents, own_page, support
from registration.models import Registration
from registration.support import Look

REASONS: dict[str, str | Promise] = {
    "customer-called": _("The customer called"),
    "customer-wrote": _("The customer wrote"),
    "return-or-repair": _("Return or repair"),
    "person-asked-for-a-copy": _("The person asked for a copy"),
    "suspected-misuse": _("Suspected misuse"),
}
STATES = {**own_page.STATES, consents.UNCONFIRMED: _("waiting for confirmation by e-mail")}


@require_http_methods(["GET", "HEAD", "POST"])
@decorators.page("support")
def search(request: HttpRequest) -> HttpResponse:
    """Find registrations by e-mail address or number. Nothing is opened, and the audit trail has the search first."""
    typed = request.POST.get("wanted", "")[:320]
    page: dict[str, object] = {"typed": typed, "asked": request.method == "POST"}
    if request.method == "POST":
        try:
            found = support.search(typed, actor=request.user.get_username(), budget=settings.REVEALS_PER_HOUR, at=timezone.now())
            page["found"] = [(row, receipts.number_of(row.id)) for row in found.rows]
            page["over_budget"] = found.over_budget
        except support.Unsearchable:
            page["fault"] = True
    return render(request, "support/search.html", admin.site.each_context(request) | page)


@require_http_methods(["GET", "HEAD"])
@decorators.page("support")
def show(request: HttpRequest, registration: uuid.UUID) -> HttpResponse:
    """One registration's open columns, and the question why it should be opened."""
    return render(request, "support/registration.html", _page(request, registration))


@require_http_methods(["GET", "HEAD", "POST"])
@decorators.page("support")
def reveal(request: HttpRequest, registration: uuid.UUID) -> HttpResponse:
    """Open it, with a reason. The audit trail is written first. Who comes back after signing in is asked again."""
    if request.method != "POST":
        return redirect("support:show", registration)
    held = roles.openable(getattr(request.user, "roles", ())).get(SUPPORT, frozenset())
    look = Look(
        actor=request.user.get_username(),
        reason=request.POST.get("reason", ""),
        ticket=request.POST.get("ticket", "").strip(),
        compartments=held,
    )
    page = _page(request, registration)
    try:
        revealed = support.reveal(
            registration=registration,
            look=look,
            minutes=settings.REVEAL_MINUTES,
            budget=settings.REVEALS_PER_HOUR,
            at=timezone.now(),
        )
        choices = [(own_page.purpose_title(each.purpose), STATES[state], each) for each, state in revealed.standings()]
        page |= {"revealed": revealed, "choices": choices}
    except support.UnknownReason:
        page["fault"] = True
    except NoGrant:
        page["gone"] = True
    response = render(request, "support/registration.html", page)
    response["Refresh"] = f"{settings.REVEAL_MINUTES * 60}; url={request.path.removesuffix('reveal')}"
    return response


def _page(request: HttpRequest, registration: uuid.UUID) -> dict[str, object]:
    row = (
        Registration.objects.select_related("product", "manufacturer").defer("contact", "details").filter(id=registration).first()
    )
    if row is None:
        raise Http404
    own = {"row": row, "number": receipts.number_of(row.id), "reasons": REASONS.items(), "minutes": settings.REVEAL_MINUTES}
    return admin.site.each_context(request) | own
