"""Staff accounts: made, changed and disabled here only, and every change is in the audit trail."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts import models, roles
from privacy import audit


class UsernameTaken(Exception):
    """There is an account of this name already."""


class UnknownAccount(Exception):
    """There is no account of this name."""


class OwnAccount(Exception):
    """Nobody changes the rights of their own account."""


def create(  # noqa: PLR0913 (an account has so many columns)
    *,
    username: str,
    password: str,
    names: Collection[str],
    name: str = "",
    manufacturer: str = "",
    actor: str,
    at: datetime,
) -> models.Staff:
    """Make an account.

    Args:
        username: What the person signs in with.
        password: The first password.
        names: The names of its roles.
        name: The person's name, as the pages show it.
        manufacturer: The company's code, for the role `manufacturer`.
        actor: Who does it.
        at: Now.

    Raises:
        RolesRefused: These roles may not stand in one account.
        UsernameTaken: There is an account of this name already.
        ValidationError: The username or the password will not do.
    """
    roles.check(names, manufacturer=manufacturer)
    staff = models.Staff(username=username, name=name, roles=sorted(set(names)), manufacturer=manufacturer)
    validate_password(password, staff)
    staff.set_password(password)
    staff.clean_fields()
    _add(staff, actor, at)
    return staff


def _add(staff: models.Staff, actor: str, at: datetime) -> None:
    """Store a new account, after the trail tells of it."""
    with transaction.atomic():
        if models.Staff.objects.filter(username=staff.username).exists():
            raise UsernameTaken
        audit.record(actor=actor, act="account-create", subject=staff.username, reason=", ".join(staff.roles), at=at)
        staff.save(force_insert=True)


def set_roles(*, username: str, names: Collection[str], manufacturer: str = "", actor: str, at: datetime) -> None:
    """Give an account these roles and no others. They hold from the next request on.

    Raises:
        RolesRefused: These roles may not stand in one account.
        OwnAccount: The actor's own account.
        UnknownAccount: There is none.
    """
    roles.check(names, manufacturer=manufacturer)
    with transaction.atomic():
        staff = _locked(username, actor)
        staff.roles, staff.manufacturer = sorted(set(names)), manufacturer
        audit.record(actor=actor, act="account-roles", subject=username, reason=", ".join(staff.roles), at=at)
        staff.save(update_fields=["roles", "manufacturer"])


def set_active(*, username: str, active: bool, actor: str, at: datetime) -> None:
    """Let an account sign in, or end it at once: its sessions hold no longer.

    Raises:
        OwnAccount: The actor's own account.
        UnknownAccount: There is none.
    """
    with transaction.atomic():
        staff = _locked(username, actor)
        staff.is_active = active
        audit.record(actor=actor, act="account-enable" if active else "account-disable", subject=username, at=at)
        staff.save(update_fields=["is_active"])


def rename(*, username: str, name: str, actor: str, at: datetime) -> None:
    """Change the name that the pages show.

    Raises:
        UnknownAccount: There is none.
    """
    with transaction.atomic():
        staff = _locked(username)
        staff.name = name
        staff.clean_fields(exclude=["password"])
        audit.record(actor=actor, act="account-rename", subject=username, at=at)
        staff.save(update_fields=["name"])


def set_password(*, username: str, password: str, actor: str, at: datetime) -> None:
    """Give an account a new password; all its sessions end.

    Raises:
        OwnAccount: One's own is changed with the old password, by `change_password`.
        UnknownAccount: There is none.
        ValidationError: The password will not do.
    """
    with transaction.atomic():
        staff = _locked(username, actor)
        audit.record(actor=actor, act="account-password", subject=username, at=at)
        change_password(staff=staff, password=password)


def change_password(*, staff: models.Staff, password: str) -> None:
    """Change the password of somebody who just proved the old one.

    Not in the audit trail: the operator's process, which serves this too, cannot read or write the trail.

    Raises:
        ValidationError: The password will not do.
    """
    validate_password(password, staff)
    staff.set_password(password)
    staff.save(update_fields=["password"])


def _locked(username: str, actor: str | None = None) -> models.Staff:
    if username == actor:
        raise OwnAccount
    try:
        return models.Staff.objects.select_for_update().get(username=username)
    except models.Staff.DoesNotExist:
        raise UnknownAccount from None
