"""Roles that nobody gives alone: one person asks, another approves.

They are the roles that reach registrations, and those that approve: otherwise an administrator would make a second one, and
approve with that. Until an account can approve, there is nobody to ask: the first accounts of an installation get their roles
at once.
"""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from accounts import roles
from accounts.models import RoleRequest, Staff
from privacy import audit

DECIDE = "approvals.decide"


class UnknownRequest(Exception):
    """It was decided, withdrawn or replaced by another one meanwhile, or there never was one."""


class SamePerson(Exception):
    """Whoever asked for a role, or is to get it, does not approve it."""


class NotAllowed(Exception):
    """The actor's account may not decide."""


class Wanted(NamedTuple):
    """The roles that an account is to have."""

    names: Collection[str]
    manufacturer: str = ""

    @property
    def guarded(self) -> set[str]:
        """Those of them that nobody gives alone."""
        return roles.guarded(self.names)


def needed() -> bool:
    """Whether anybody can approve. Before that, there is nobody to ask."""
    return Staff.objects.filter(is_active=True, roles__overlap=roles.holding(DECIDE)).exists()


def at_once(account: Staff, wanted: Wanted) -> tuple[list[str], str]:
    """Those of the wanted roles that hold without approval, and the manufacturer's code if its role is among them."""
    held = set(account.roles) if account.manufacturer == wanted.manufacturer else set(account.roles) - {"manufacturer"}
    waits = wanted.guarded - held if needed() else set()
    names = sorted(set(wanted.names) - waits)
    return names, wanted.manufacturer if "manufacturer" in names else ""


def wanted_by(account: Staff) -> Wanted:
    """What the account waits for, or else what it has."""
    waiting = RoleRequest.objects.filter(account=account).first()
    return Wanted(waiting.roles, waiting.manufacturer) if waiting else Wanted(account.roles, account.manufacturer)


def ask_for_rest(account: Staff, wanted: Wanted, *, actor: str, at: datetime) -> None:
    """Replace what the account waited for by a request for these roles, if it does not have them all."""
    drop(account)
    names = sorted(set(wanted.names))
    if names == account.roles:
        return
    audit.record(actor=actor, act="roles-request", subject=account.username, reason=", ".join(names), at=at)
    RoleRequest.objects.create(
        account=account, roles=names, manufacturer=wanted.manufacturer, requested_by=actor, requested_at=at
    )


def drop(account: Staff) -> None:
    """Forget what the account waited for, and what it asked for others."""
    RoleRequest.objects.filter(Q(account=account) | Q(requested_by=account.username)).delete()


def approve(*, request: uuid.UUID, actor: str, at: datetime) -> None:
    """Give the account the roles that were asked for. They hold from the next page on.

    Raises:
        UnknownRequest: There is none any more.
        NotAllowed: The actor may not decide.
        SamePerson: The actor asked for it, or would get it.
    """
    with transaction.atomic():
        asked, account = _locked(request, actor)
        if actor in {asked.requested_by, account.username}:
            raise SamePerson
        roles.check(asked.roles, manufacturer=asked.manufacturer)
        audit.record(actor=actor, act="roles-approve", subject=account.username, reason=", ".join(asked.roles), at=at)
        account.roles, account.manufacturer = asked.roles, asked.manufacturer
        account.save(update_fields=["roles", "manufacturer"])
        asked.delete()


def refuse(*, request: uuid.UUID, actor: str, at: datetime) -> None:
    """Drop a request; whoever asked may do so too. The account keeps the roles that it has.

    Raises:
        UnknownRequest: There is none any more.
        NotAllowed: The actor may not decide.
    """
    with transaction.atomic():
        asked, account = _locked(request, actor)
        audit.record(actor=actor, act="roles-refuse", subject=account.username, reason=", ".join(asked.roles), at=at)
        asked.delete()


def _locked(request: uuid.UUID, actor: str) -> tuple[RoleRequest, Staff]:
    """The request and its account, which every change of roles locks first."""
    decider = Staff.objects.filter(username=actor).first()
    if decider is None or not decider.has_perm(DECIDE):
        raise NotAllowed
    account = Staff.objects.select_for_update(of=("self",)).filter(role_request=request).first()
    asked = RoleRequest.objects.filter(id=request, account=account).first() if account else None
    if account is None or asked is None:
        raise UnknownRequest
    return asked, account
