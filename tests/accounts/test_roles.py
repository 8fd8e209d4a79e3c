"""The table of roles: what it gives, and that a careless line in it is found."""

from itertools import combinations

import pytest
from django.core import checks

from accounts import pages, roles
from accounts.checks import faults
from accounts.roles import ROLES, Role, RolesRefused

PAGES = {
    "support": ("support",),
    "marketing": (),
    "manufacturer": (),
    "activation operator": ("phone", "keys", "pressure", "batches", "agreements", "tallies", "cases"),
    "privacy officer": ("audit", "approvals"),
    "administrator": ("products", "manufacturers", "notices", "wordings", "staff", "approvals"),
}
MAY_SHARE = {
    ("support", "marketing"),
    ("support", "privacy officer"),
    ("marketing", "privacy officer"),
}


def test_the_table_is_sound():
    assert not checks.run_checks(tags=["accounts"])


@pytest.mark.parametrize(
    ("role", "said"),
    [
        (Role(label="x", store="activation", permissions=("registration.reveal",)), "not of its store"),
        (Role(label="x", permissions=("registration.search",)), "not of its store"),
        (Role(label="x", store="registration", permissions=("activation.confirm",)), "not of its store"),
        (Role(label="x", purposes=("support",), compartments=("contact",)), "opens personal data"),
        (Role(label="x", store="activation", purposes=("support",), compartments=("contact",)), "opens personal data"),
        (Role(label="x", store="registration", purposes=("support",)), "without compartments"),
        (Role(label="x", pages=("nowhere",)), "does not exist"),
    ],
)
def test_a_careless_line_is_found(role, said):
    assert any(said in fault for fault in faults(role))


@pytest.mark.parametrize("name", ROLES)
def test_each_role_has_these_pages_and_no_others(name):
    assert roles.pages([name]) == PAGES[name]
    assert set(roles.pages([name])) <= set(pages.PAGES)


@pytest.mark.parametrize("pair", list(combinations(ROLES, 2)))
def test_only_roles_of_one_store_share_an_account(pair):
    company = "acme" if "manufacturer" in pair else ""
    if pair in MAY_SHARE:
        roles.check(pair, manufacturer=company)
    else:
        with pytest.raises(RolesRefused):
            roles.check(pair, manufacturer=company)


@pytest.mark.parametrize(
    ("names", "company"),
    [((), ""), (("nobody",), ""), (("manufacturer",), ""), (("support",), "acme"), (("administrator",), "acme")],
)
def test_roles_that_make_no_account(names, company):
    with pytest.raises(RolesRefused):
        roles.check(names, manufacturer=company)


def test_nobody_gives_alone_what_reaches_registrations_or_approves():
    assert roles.guarded(roles.ROLES) == {"support", "marketing", "manufacturer", "privacy officer", "administrator"}
    assert all(role.store != "registration" or name in roles.guarded([name]) for name, role in roles.ROLES.items())


def test_administrators_and_operators_open_nothing():
    assert roles.openable(["administrator"]) == roles.openable(["activation operator"]) == {}


def test_a_manufacturer_opens_its_own_opt_ins_and_nothing_without_its_code():
    contact = frozenset({"contact"})

    assert roles.openable(["manufacturer"], manufacturer="acme") == {"updates/acme": contact, "offers/acme": contact}
    assert roles.openable(["manufacturer"]) == {}


def test_what_two_roles_open_adds_up():
    opened = roles.openable(["privacy officer", "support", "marketing"])

    assert opened["support"] == {"contact", "details", "consent"}
    assert opened["offers/vendor"] == {"contact"}
    assert roles.openable(["privacy officer"]) == {"support": frozenset({"consent"})}


def test_a_role_that_left_the_table_gives_nothing():
    assert roles.pages(["gone"]) == ()
    assert not roles.may(["gone"], "accounts.edit")
    assert roles.label("gone") == "gone"
