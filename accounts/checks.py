"""Look over the table of roles at every start, so that a careless line in it never reaches an account."""

from collections.abc import Iterator
from typing import Any, Literal

from django.core import checks

from accounts.pages import PAGES
from accounts.roles import ROLES, Role, Store

EVERY: Literal["every"] = "every"
AREAS: dict[str, Store | Literal["every"] | None] = {
    "registration": "registration",
    "mailings": "registration",
    "exports": "registration",
    "audit": "registration",
    "activation": "activation",
    "catalogue": None,
    "accounts": None,
    "approvals": EVERY,
}


@checks.register("accounts")
def roles_are_sound(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:  # noqa: ARG001 (Django's signature)
    """Fail while a role reaches outside its store, opens personal data without one, or names a page that does not exist."""
    return [
        checks.Error(f"The role {name} {fault}", id="accounts.E001") for name, role in ROLES.items() for fault in faults(role)
    ]


def faults(role: Role) -> Iterator[str]:
    """What is wrong with one role."""
    for permission in role.permissions:
        if AREAS.get(permission.partition(".")[0], "unknown") not in {EVERY, role.store}:
            yield f"holds {permission}, which is not of its store"
    if role.store != "registration" and (role.purposes or role.compartments):
        yield "opens personal data, but does not work with registrations"
    if bool(role.purposes) != bool(role.compartments):
        yield "has purposes without compartments, or compartments without purposes"
    for page in role.pages:
        if page not in PAGES:
            yield f"names the page {page}, which does not exist"
