"""The one table of what staff may do. Pages, permissions and the database's check are made from it and from nothing else."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Store = Literal["registration", "activation"]


class RolesRefused(Exception):
    """These roles cannot stand in one account. The message says why and names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What one kind of staff may do.

    Args:
        label: What the pages call it.
        store: The store that it works with, or None. Roles of different stores never share an account.
        purposes: The purposes whose key it may use; `{manufacturer}` stands for the account's own manufacturer.
        compartments: What it may open under these purposes.
        permissions: What its pages and services ask for.
        pages: Names in `accounts.pages`.
        alone: Whether it shares an account with no other role at all.
    """

    label: str | Promise
    store: Store | None = None
    purposes: tuple[str, ...] = ()
    compartments: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    alone: bool = False


ROLES: Mapping[str, Role] = {
    "support": Role(
        label=_("support"),
        store="registration",
        purposes=("support",),
        compartments=("contact", "details", "consent"),
        permissions=(
            "registration.search",
            "registration.reveal",
            "registration.correct",
            "registration.lower",
            "registration.erase",
        ),
        pages=("support",),
    ),
    "marketing": Role(
        label=_("marketing"),
        store="registration",
        purposes=("updates/vendor", "offers/vendor"),
        compartments=("contact",),
        permissions=("registration.reveal", "mailings.edit", "exports.request"),
    ),
    "manufacturer": Role(
        label=_("manufacturer"),
        store="registration",
        purposes=("updates/{manufacturer}", "offers/{manufacturer}"),
        compartments=("contact",),
        permissions=("registration.reveal", "mailings.edit", "exports.request"),
        alone=True,
    ),
    "activation operator": Role(
        label=_("activation operator"),
        store="activation",
        permissions=("activation.confirm", "activation.release", "activation.block", "activation.agree"),
        pages=("phone", "keys", "pressure", "batches", "agreements", "tallies", "cases"),
    ),
    "privacy officer": Role(
        label=_("privacy officer"),
        store="registration",
        purposes=("support",),
        compartments=("consent",),
        permissions=(
            "registration.search",
            "registration.reveal",
            "registration.erase",
            "exports.approve",
            "audit.read",
            "approvals.decide",
        ),
        pages=("audit", "approvals"),
    ),
    "administrator": Role(
        label=_("administrator"),
        permissions=("accounts.edit", "catalogue.edit", "approvals.decide"),
        pages=("products", "manufacturers", "notices", "wordings", "staff", "approvals"),
        alone=True,
    ),
}


def of_store(store: Store | None) -> list[str]:
    """The names of the roles that work with *store*."""
    return [name for name, role in ROLES.items() if role.store == store]


def label(name: str) -> str:
    """What the pages call a role. A name that is no longer in the table stays as it is."""
    return str(ROLES[name].label) if name in ROLES else name


def may(names: Iterable[str], permission: str) -> bool:
    """Whether one of these roles holds the permission."""
    return any(permission in role.permissions for role in _known(names))


def pages(names: Iterable[str]) -> tuple[str, ...]:
    """The pages of these roles, each once, in the table's order."""
    held = set(names)
    return tuple(dict.fromkeys(page for name, role in ROLES.items() if name in held for page in role.pages))


def stores(names: Iterable[str]) -> set[Store | None]:
    """The stores that these roles work with."""
    return {role.store for role in _known(names)}


def holding(permission: str) -> list[str]:
    """The names of the roles that hold the permission."""
    return [name for name, role in ROLES.items() if permission in role.permissions]


def guarded(names: Iterable[str]) -> set[str]:
    """Those of these roles that nobody gives alone: they reach registrations, or approve what does."""
    held = set(names)
    return held & {*of_store("registration"), *holding("approvals.decide")}


def openable(names: Iterable[str], *, manufacturer: str = "") -> dict[str, frozenset[str]]:
    """What these roles may open: purpose to compartments. Without a code the role `manufacturer` opens nothing."""
    found: dict[str, frozenset[str]] = {}
    for role in _known(names):
        for purpose in role.purposes:
            if "{manufacturer}" in purpose and not manufacturer:
                continue
            name = purpose.format(manufacturer=manufacturer)
            found[name] = found.get(name, frozenset()) | set(role.compartments)
    return found


def check(names: Collection[str], *, manufacturer: str = "") -> None:
    """Whether these roles may stand in one account.

    Raises:
        RolesRefused: They may not.
    """
    if not names:
        raise RolesRefused(_("Choose at least one role."))
    if not set(names) <= set(ROLES):
        raise RolesRefused(_("There is no such role."))
    if len(stores(names)) > 1:
        raise RolesRefused(
            _(
                "One account can't have rights to both registration and activation, and an administrator's account has "
                "rights to neither. Create a second account."
            )
        )
    if len(set(names)) > 1 and any(role.alone for role in _known(names)):
        raise RolesRefused(_("You can't combine this role with another one. Create a second account."))
    if ("manufacturer" in names) != bool(manufacturer):
        raise RolesRefused(_("Enter a manufacturer's code for the role “manufacturer”, and leave it empty for every other role."))


def check_change(before: Collection[str], after: Collection[str]) -> None:
    """Whether an account with these roles may get those.

    The operators' site sets its operators' passwords by itself: whoever broke into it would know one of the console's.

    Raises:
        RolesRefused: It may not.
    """
    if "activation" in stores(before) and "activation" not in stores(after):
        raise RolesRefused(
            _(
                "One account can't have rights to both registration and activation, and an administrator's account has "
                "rights to neither. Create a second account."
            )
        )


def _known(names: Iterable[str]) -> list[Role]:
    return [ROLES[name] for name in names if name in ROLES]
