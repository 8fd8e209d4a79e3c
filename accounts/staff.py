"""Staff accounts: made, changed and disabled here only, and every change is in the audit trail."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts import models, role_requests, roles
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
    """Make an account. Roles that nobody gives alone wait for approval; the others hold at once.

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
    staff = models.Staff(username=username, name=name)
    validate_password(password, staff)
    staff.set_password(password)
    staff.clean_fields(exclude=["roles"])
    wanted = role_requests.Wanted(names, manufacturer)
    with transaction.atomic():
        if models.Staff.objects.filter(username=staff.username).exists():
            raise UsernameTaken
        staff.roles, staff.manufacturer = role_requests.at_once(staff, wanted)
        audit.record(actor=actor, act="account-create", subject=username, reason=", ".join(staff.roles), at=at)
        staff.save(force_insert=True)
        role_requests.ask_for_rest(staff, wanted, actor=actor, at=at)
    return staff


def set_roles(*, username: str, names: Collection[str], manufacturer: str = "", actor: str, at: datetime) -> None:
    """Give an account these roles and no others. What is taken away ends at once; what nobody gives alone waits for approval.

    A request that waited is replaced. An operator's account never becomes another one.

    Raises:
        RolesRefused: These roles may not stand in one account, or not in this one.
        OwnAccount: The actor's own account.
        UnknownAccount: There is none.
    """
    roles.check(names, manufacturer=manufacturer)
    with transaction.atomic():
        staff = _locked(username, actor)
        roles.check_change(staff.roles, names)
        _change_roles(staff, role_requests.Wanted(names, manufacturer), actor=actor, at=at)


def _change_roles(staff: models.Staff, wanted: role_requests.Wanted, *, actor: str, at: datetime) -> None:
    before = staff.roles, staff.manufacturer
    staff.roles, staff.manufacturer = role_requests.at_once(staff, wanted)
    if (staff.roles, staff.manufacturer) != before:
        audit.record(actor=actor, act="account-roles", subject=staff.username, reason=", ".join(staff.roles), at=at)
        staff.save(update_fields=["roles", "manufacturer"])
    role_requests.ask_for_rest(staff, wanted, actor=actor, at=at)


def set_active(*, username: str, active: bool, actor: str, at: datetime) -> None:
    """Let an account sign in, or end it at once: its sessions hold no longer, and what it waited for is dropped.

    Raises:
        OwnAccount: The actor's own account.
        UnknownAccount: There is none.
    """
    with transaction.atomic():
        staff = _locked(username, actor)
        staff.is_active = active
        audit.record(actor=actor, act="account-enable" if active else "account-disable", subject=username, at=at)
        staff.save(update_fields=["is_active"])
        if not active:
            role_requests.drop(staff)


def rename(*, username: str, name: str, actor: str, at: datetime) -> None:
    """Change the name that the pages show.

    Raises:
        UnknownAccount: There is none.
    """
    with transaction.atomic():
        staff = _locked(username)
        staff.name = name
        staff.clean_fields(exclude=["password", "roles"])
        audit.record(actor=actor, act="account-rename", subject=username, at=at)
        staff.save(update_fields=["name"])


def set_password(*, username: str, password: str, actor: str, at: datetime) -> None:
    """Give an account a new password; all its sessions end.

    Whoever sets a password could sign in with it: roles that nobody gives alone are taken away and wait for approval again.

    Raises:
        OwnAccount: One's own is changed with the old password, by `change_password`.
        UnknownAccount: There is none.
        ValidationError: The password will not do.
    """
    with transaction.atomic():
        staff = _locked(username, actor)
        wanted = role_requests.wanted_by(staff)
        audit.record(actor=actor, act="account-password", subject=username, at=at)
        change_password(staff=staff, password=password)
        if wanted.guarded and role_requests.needed():
            staff.roles, staff.manufacturer = sorted(set(staff.roles) - wanted.guarded), ""
            staff.save(update_fields=["roles", "manufacturer"])
            role_requests.ask_for_rest(staff, wanted, actor=actor, at=at)


def change_password(*, staff: models.Staff, password: str, audited_at: datetime | None = None) -> None:
    """Change the password of somebody who just proved the old one.

    Args:
        staff: The account.
        password: The new password.
        audited_at: Now, to write it to the audit trail. The operator's process can neither read nor write the trail.

    Raises:
        ValidationError: The password will not do.
    """
    validate_password(password, staff)
    staff.set_password(password)
    with transaction.atomic():
        if audited_at:
            audit.record(actor=staff.username, act="account-password", subject=staff.username, at=audited_at)
        staff.save(update_fields=["password"])


def _locked(username: str, actor: str | None = None) -> models.Staff:
    if username == actor:
        raise OwnAccount
    try:
        return models.Staff.objects.select_for_update().get(username=username)
    except models.Staff.DoesNotExist:
        raise UnknownAccount from None
