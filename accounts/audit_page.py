"""The audit trail, newest first, for the privacy officer."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import decorators
from privacy.models import AuditEntry

PER_PAGE = 50


@require_safe
@decorators.page("audit")
def trail(request: HttpRequest) -> HttpResponse:
    """One page of the trail. Whether it holds is checked by `audit verify`: that reads every entry."""
    entries = Paginator(AuditEntry.objects.order_by("-number"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "console/audit.html", admin.site.each_context(request) | {"entries": entries})
