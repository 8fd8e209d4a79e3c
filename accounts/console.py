"""The console: Django's admin site with our sign-in, our index and our looks."""

from collections.abc import Mapping
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import approval_pages, audit_page, forms, pages, roles
from accounts.models import OperatorWrongTry

CONSOLE: frozenset[roles.Store | None] = frozenset({"registration", None})
OPERATOR: frozenset[roles.Store | None] = frozenset({"activation"})


class ConsoleSignIn(forms.SignIn):
    """Admits whoever works with registrations, and administrators."""

    admits = CONSOLE


class OperatorSignIn(forms.SignIn):
    """Admits whoever works with activations."""

    admits = OPERATOR
    tried = OperatorWrongTry


class Console(AdminSite):
    """Pages for whoever works with registrations, and for administrators."""

    site_title = _("Staff console")
    site_header = _("Staff console")
    index_title = _("Your pages")
    site_url = None
    enable_nav_sidebar = False
    admits = CONSOLE
    login_form: type[forms.SignIn] = ConsoleSignIn
    password_form: type[forms.NewPassword] = forms.NewPassword
    password_change_template = "admin/password_change.html"  # noqa: S105 (a template)
    password_change_done_template = "console/password_changed.html"  # noqa: S105 (a template)
    logout_template = "console/signed_out.html"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return user.is_authenticated and user.is_active and bool(roles.stores(user.roles) & self.admits)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*self.own_urls(), *super().get_urls()]

    def own_urls(self) -> list[URLPattern | URLResolver]:
        """The site's pages that belong to no model."""
        return [
            path("audit/", self.admin_view(audit_page.trail), name="audit"),
            path("approvals/", self.admin_view(approval_pages.waiting), name="approvals"),
            path("approvals/<uuid:role_request>/", self.admin_view(approval_pages.decide), name="approvals_decide"),
        ]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        form = response.context_data.get("form") if isinstance(response, TemplateResponse) and response.context_data else None
        if wait := getattr(form, "wait", None):
            response.status_code, response["Retry-After"] = 429, str(wait)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        links = pages.links(getattr(request.user, "roles", ()), site=self.name)
        return super().index(request, {"links": links} | (extra_context or {}))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        request.current_app = self.name  # Django's own way to tell `{% url %}` which site asks
        view = PasswordChangeView.as_view(
            form_class=self.password_form,
            template_name=self.password_change_template,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context=self.each_context(request) | (extra_context or {}),
        )
        return view(request)


class OperatorSite(Console):
    """The same site for whoever works with activations. Nothing of the registration store is on it."""

    site_title = _("Activation console")
    site_header = _("Activation console")
    admits = OPERATOR
    login_form = OperatorSignIn
    password_form = forms.OperatorNewPassword

    def own_urls(self) -> list[URLPattern | URLResolver]:
        return []

    def show(self, request: HttpRequest, template: str, page: Mapping[str, object]) -> HttpResponse:
        """A page of this site that belongs to no model."""
        return render(request, template, self.each_context(request) | dict(page))


operator = OperatorSite(name="operator")


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """403, in the console's looks."""
    return render(request, "console/refused.html", status=403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """404, in the console's looks."""
    return render(request, "console/missing.html", status=404)


def malformed(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """400, in the console's looks."""
    return _problem(gettext("We can't read your browser's request"), gettext("Nothing was changed. Start again."), 400)


def mistake(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """500, in the console's looks."""
    advice = gettext(
        "This is our fault, not yours, and we have logged it. Before you try again, check whether your change was saved."
    )
    return _problem(gettext("Something went wrong"), advice, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 (Django's signature)
    """403 for a form that does not belong to this sign-in."""
    advice = gettext(
        "Nothing was changed. You have signed in or out in another tab since you opened the form. Open it again from your pages."
    )
    return _problem(gettext("This form is out of date"), advice, 403)


def _problem(heading: str, advice: str, status: int) -> HttpResponse:
    """A page that asks nothing of the request: neither a session nor a database may be at hand."""
    return HttpResponse(render_to_string("console/problem.html", {"heading": heading, "advice": advice}), status=status)
