"""The pages of staff accounts: they call the services, and never delete."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import role_requests, roles, staff
from accounts.model_pages import AnyForm, ModelPage
from accounts.models import RoleRequest, Staff


class StaffForm(AnyForm):
    """An account. The roles come from the table, and are checked by it."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(name, role.label) for name, role in roles.ROLES.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one role.")},
    )

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "At least 12 characters. Leave it empty to keep the current one. A new password removes most roles until "
            "they are approved again, because whoever sets it could sign in with it."
        ),
    )

    class Meta:
        model = Staff
        fields = ("name", "roles", "manufacturer", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "username" not in self.fields:  # the form of an account that exists
            wanted = role_requests.wanted_by(self.instance)
            self.initial.update(roles=wanted.names, manufacturer=wanted.manufacturer)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "roles" in cleaned:
            try:
                roles.check(cleaned["roles"], manufacturer=cleaned.get("manufacturer", ""))
                roles.check_change(self.instance.roles or (), cleaned["roles"])
            except roles.RolesRefused as error:
                self.add_error("roles", str(error))
        return cleaned

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password, self.instance)
        return password


class OwnForm(AnyForm):
    """The signed-in administrator's own account: the name, and no rights."""

    class Meta:
        model = Staff
        fields = ("name",)


class NewStaffForm(StaffForm):
    """A new account, with its first password."""

    password = forms.CharField(
        label=_("First password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters. Give it to the person yourself; they can change it later."),
    )

    class Meta(StaffForm.Meta):
        fields = ("username", "name", "roles", "manufacturer")


class StaffPage(ModelPage):
    """Accounts, for administrators. One's own rights are shown, not changed."""

    permission, page = "accounts.edit", "staff"
    list_display = ("username", "name", "in_roles", "waits_for", "manufacturer", "is_active")
    list_select_related = ("role_request",)
    list_filter = ("is_active",)
    ordering = ("username",)

    @admin.display(description=_("roles"))
    def in_roles(self, account: Staff) -> str:
        """The roles as the pages name them."""
        return ", ".join(account.role_labels)

    @admin.display(description=_("waiting for approval"))
    def waits_for(self, account: Staff) -> str:
        """The roles that a second person has not approved yet."""
        waiting = getattr(account, "role_request", None)
        return ", ".join(waiting.role_labels) if waiting else ""

    def get_form(self, request: HttpRequest, obj: Staff | None = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        form = NewStaffForm if obj is None else OwnForm if obj == request.user else StaffForm
        return super().get_form(request, obj, change, form=form, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Staff | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("username", "name", "roles", "manufacturer", "password")
        if obj == request.user:
            return ("username", "name", "in_roles")
        return ("username", "name", "in_roles", "waits_for", "roles", "manufacturer", "is_active", "password")

    def get_readonly_fields(self, _request: HttpRequest, obj: Staff | None = None) -> tuple[str, ...]:
        return ("username", "in_roles", "waits_for") if obj else ()

    def save_model(self, request: HttpRequest, obj: Staff, form: Any, change: bool) -> None:  # noqa: FBT001 (Django's signature)
        by: dict[str, Any] = {"username": obj.username, "actor": request.user.get_username(), "at": timezone.now()}
        if not change:
            by |= {"names": obj.roles, "manufacturer": obj.manufacturer, "name": obj.name}
            obj.pk = staff.create(password=form.cleaned_data["password"], **by).pk
            self._say_what_waits(request, obj)
            return
        if "name" in form.changed_data:
            staff.rename(name=obj.name, **by)
        if {"roles", "manufacturer"} & set(form.changed_data):
            staff.set_roles(names=obj.roles, manufacturer=obj.manufacturer, **by)
        if "is_active" in form.changed_data:
            staff.set_active(active=obj.is_active, **by)
        if form.cleaned_data.get("password"):
            staff.set_password(password=form.cleaned_data["password"], **by)
        self._say_what_waits(request, obj)

    def _say_what_waits(self, request: HttpRequest, account: Staff) -> None:
        if RoleRequest.objects.filter(account_id=account.pk).exists():
            text = gettext(
                "The new roles of this account are waiting for approval by a second administrator or the privacy officer."
            )
            self.message_user(request, text, messages.WARNING)
