"""Roles that wait for a second person, for whoever may approve them."""

import uuid

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import decorators, role_requests
from accounts.models import RoleRequest


@require_safe
@decorators.page("approvals")
def waiting(request: HttpRequest) -> HttpResponse:
    """All requests, oldest first. One's own can be withdrawn, not approved."""
    asked = RoleRequest.objects.select_related("account").order_by("requested_at", "id")
    page = {"asked": asked, "own": request.user.get_username()}
    return render(request, "console/approvals.html", admin.site.each_context(request) | page)


@require_POST
@decorators.page("approvals")
def decide(request: HttpRequest, role_request: uuid.UUID) -> HttpResponse:
    """Approve or refuse one request."""
    act, done = role_requests.refuse, _("Refused. The account keeps its current roles.")
    if "approve" in request.POST:
        act, done = role_requests.approve, _("Approved. The roles apply from now on.")
    try:
        act(request=role_request, actor=request.user.get_username(), at=timezone.now())
        messages.success(request, done)
    except role_requests.SamePerson:
        messages.error(request, _("You requested these roles, or they are for your own account: someone else must approve them."))
    except role_requests.UnknownRequest:
        messages.warning(request, _("This request is no longer open. It was decided, withdrawn or replaced."))
    return redirect("admin:approvals")
