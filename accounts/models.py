"""Who may sign in to the console, and the counter that slows down the guessing of passwords."""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import roles
from privacy.datamap import Personal

NAMING = Personal("tells the staff's accounts apart", "contract", "as long as the account", ("administrator", "privacy officer"))
ASKING = Personal(
    "shows who asked for a role, so that somebody else approves it",
    "contract",
    "until it is decided",
    ("administrator", "privacy officer"),
)
SIGNED_IN = Personal("keeps an operator signed in; signed, and read by the operators' site only", "contract", "8 hours", ())
SLOWING = Personal("slows down the guessing of passwords; a keyed MAC, never the name", "legitimate-interest", "1 day", ())


class Staff(AbstractBaseUser):
    """An account of a person who works here. It is disabled, never deleted: the audit trail names it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(
        _("username"),
        max_length=40,
        unique=True,
        validators=[
            RegexValidator(r"\A[a-z0-9][a-z0-9._-]{1,39}\Z", _("Use 2 to 40 characters: a–z, 0–9, dot, hyphen or underscore."))
        ],
        help_text=_("2 to 40 characters: a–z, 0–9, dot, hyphen or underscore."),
    )
    name = models.CharField(_("name"), max_length=80, blank=True, help_text=_("Shown on the pages."))
    roles = ArrayField(models.CharField(max_length=30), verbose_name=_("roles"), default=list)
    manufacturer = models.CharField(
        _("manufacturer"), max_length=40, blank=True, help_text=_("Only for the role “manufacturer”: the company's code.")
    )
    is_active = models.BooleanField(_("can sign in"), default=True)

    personal = {"username": NAMING, "name": NAMING, "last_login": NAMING}
    not_personal = ("id", "password", "roles", "manufacturer", "is_active")

    USERNAME_FIELD = "username"
    objects: ClassVar[BaseUserManager[Self]] = BaseUserManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("staff accounts")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="staff_one_store",
                condition=Q(roles__contained_by=roles.of_store("registration"))
                | Q(roles__contained_by=roles.of_store("activation"))
                | Q(roles__contained_by=roles.of_store(None)),
            ),
            models.CheckConstraint(
                name="staff_manufacturer",
                condition=(Q(roles=["manufacturer"]) & ~Q(manufacturer=""))
                | (~Q(roles__contains=["manufacturer"]) & Q(manufacturer="")),
            ),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def role_labels(self) -> list[str]:
        """The roles as the pages name them."""
        return [roles.label(name) for name in self.roles]

    def has_perm(self, permission: str, _of: Any = None) -> bool:
        """Whether one of the account's roles holds the permission. Nothing else gives one."""
        return self.is_active and roles.may(self.roles, permission)

    def has_module_perms(self, _label: str) -> bool:
        """Asked about models whose pages are not ours: nobody sees those."""
        return False


class RoleRequest(models.Model):
    """Roles that an account gets once a second person approves. A request never changes: another one takes its place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(Staff, on_delete=models.PROTECT, related_name="role_request")
    roles = ArrayField(models.CharField(max_length=30))
    manufacturer = models.CharField(max_length=40, blank=True)
    requested_by = models.CharField(max_length=40)
    requested_at = models.DateTimeField()

    personal = {"account": ASKING, "requested_by": ASKING, "requested_at": ASKING}
    not_personal = ("id", "roles", "manufacturer")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"request for {', '.join(self.roles)}"

    @property
    def role_labels(self) -> list[str]:
        """The roles as the pages name them."""
        return [roles.label(name) for name in self.roles]


class OperatorSession(AbstractBaseSession):
    """A session of the operators' site. The console keeps its own in Django's table: neither login reaches the other's."""

    personal = {"session_key": SIGNED_IN, "session_data": SIGNED_IN, "expire_date": SIGNED_IN}
    not_personal: tuple[str, ...] = ()

    class Meta(AbstractBaseSession.Meta):
        default_permissions = ()

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        """Django asks the model for its engine."""
        from accounts.operator_sessions import SessionStore

        return SessionStore


class Tries(models.Model):
    """How often a name was tried with a wrong password. Names are kept as a keyed MAC: people type passwords there too."""

    name = models.BinaryField(primary_key=True, max_length=32)
    count = models.PositiveIntegerField(default=0)
    last = models.DateTimeField()

    personal = {"name": SLOWING}
    not_personal = ("count", "last")

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.count} wrong tries"


class WrongTry(Tries):
    """Wrong tries at the console."""


class OperatorWrongTry(Tries):
    """Wrong tries at the operators' site, in a table of their own: neither login can undo or hold the other's."""
