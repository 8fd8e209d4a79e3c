"""What the console's model pages share: the table of roles decides, and nothing is deleted or logged behind our back."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from accounts.pages import PAGES

if TYPE_CHECKING:  # Django's own classes take no parameter when they run
    AnyAdmin = admin.ModelAdmin[Any]
    AnyForm = forms.ModelForm[Any]
else:
    AnyAdmin, AnyForm = admin.ModelAdmin, forms.ModelForm


class ModelPage(AnyAdmin):
    """A model's pages, for whoever holds one permission."""

    permission = ""
    page = ""
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": PAGES[self.page].title} | (extra_context or {}))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        shown = {
            "title": PAGES[self.page].title if object_id else _("%(page)s: new entry") % {"page": PAGES[self.page].title},
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
        }
        return super().changeform_view(request, object_id, form_url, shown | (extra_context or {}))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """The audit trail is the one history."""
        raise Http404

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._allowed(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002 (Django's signature)
        return self._allowed(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._allowed(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return self._allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def _allowed(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.has_perm(self.permission)

    # The audit trail, written by the services, is the one record of what staff did: Django's own log would repeat values.
    def log_addition(self, *_: Any) -> None:  # type: ignore[override]
        return None

    def log_change(self, *_: Any) -> None:  # type: ignore[override]
        return None

    def log_deletions(self, *_: Any) -> None:  # type: ignore[override]
        return None
