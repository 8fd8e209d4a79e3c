"""Sign-in and change of password."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts import login_throttle, roles, staff
from accounts.models import Staff, Tries, WrongTry

SECONDS = 60


class SignIn(AuthenticationForm):
    """Name and password. Wrong, unknown and disabled look the same."""

    admits: ClassVar[frozenset[roles.Store | None]] = frozenset()
    tried: ClassVar[type[Tries]] = WrongTry
    error_messages = {
        "invalid_login": _("Wrong username or password. Try again."),
        "inactive": _("Wrong username or password. Try again."),
        "elsewhere": _("This account is for another site. Sign in there."),
        "waiting": _("This account has no role yet. A second administrator or the privacy officer must approve it first."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for field in self.fields.values():
            field.widget.attrs["required"] = True
        self.fields["username"].widget.attrs["autocomplete"] = "username"

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).strip().lower()

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username")
        if not username or not self.cleaned_data.get("password"):
            return self.cleaned_data
        try:
            login_throttle.count(username=username, at=timezone.now(), table=self.tried)
        except login_throttle.TooManyTries as error:
            self.wait = int(error.wait.total_seconds()) + 1
            raise ValidationError(_wait(self.wait), code="wait") from None
        cleaned = super().clean()
        login_throttle.forget(username=username, table=self.tried)
        return cleaned

    def confirm_login_allowed(self, user: Staff) -> None:
        super().confirm_login_allowed(user)
        if not user.roles:
            raise ValidationError(self.error_messages["waiting"], code="waiting")
        if not roles.stores(user.roles) & self.admits:
            raise ValidationError(self.error_messages["elsewhere"], code="elsewhere")


def _wait(seconds: int) -> str:
    minutes = -(-seconds // SECONDS)
    text = ngettext_lazy(
        "Too many failed attempts. Wait %(minutes)d minute, then try again.",
        "Too many failed attempts. Wait %(minutes)d minutes, then try again.",
        "minutes",
    )
    return text % {"minutes": minutes}


class NewPassword(PasswordChangeForm):
    """The old password, and the new one twice."""

    old_password = forms.CharField(
        label=_("Your current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )

    audited: ClassVar[bool] = True

    def save(self, commit: bool = True) -> Any:  # noqa: ARG002, FBT001, FBT002 (Django's signature)
        """Write the password's column alone: the operator's process may write no other."""
        at = timezone.now() if self.audited else None
        staff.change_password(staff=self.user, password=self.cleaned_data["new_password1"], audited_at=at)
        return self.user


class OperatorNewPassword(NewPassword):
    """The same at the operators' site, whose process can neither read nor write the audit trail."""

    audited = False
