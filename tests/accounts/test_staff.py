"""Accounts: what the services refuse, what the database refuses without them, and what the audit trail keeps."""

from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import roles, staff
from accounts.models import Staff
from privacy.models import AuditEntry
from tests.accounts.conftest import NOON, PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("regsvc.urls.console")]
BY = {"actor": "boss", "at": NOON}


def refused_by_the_database(**columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        Staff.objects.update(**columns)
    return True


def test_no_account_holds_rights_on_both_stores(account):
    ann = account("support")

    with pytest.raises(roles.RolesRefused):
        staff.set_roles(username="ann", names=["support", "activation operator"], **BY)
    with pytest.raises(roles.RolesRefused):
        staff.create(username="bob", password=PASSWORD, names=["marketing", "activation operator"], **BY)

    ann.refresh_from_db()
    assert ann.roles == ["support"]
    assert not Staff.objects.filter(username="bob").exists()


@pytest.mark.parametrize(("one", "other"), list(product(roles.of_store("registration"), roles.of_store("activation"))))
def test_the_database_refuses_both_stores_too(account, one, other):
    account("support")

    assert refused_by_the_database(roles=[one, other], manufacturer="acme" if one == "manufacturer" else "")


@pytest.mark.parametrize("other", [name for name in roles.ROLES if name != "administrator"])
def test_the_database_keeps_administrators_away_from_both_stores(account, other):
    account("administrator")

    assert refused_by_the_database(roles=["administrator", other])


@pytest.mark.parametrize(
    ("names", "company"),
    [(["nobody"], ""), (["manufacturer"], ""), (["support"], "acme"), (["manufacturer", "support"], "acme"), ([None], "")],
)
def test_the_database_refuses_roles_that_make_no_account(account, names, company):
    account("support")

    assert refused_by_the_database(roles=names, manufacturer=company)


def test_nobody_changes_the_rights_of_their_own_account(account):
    account("administrator")
    own = {"username": "ann", "actor": "ann", "at": NOON}

    for change in (
        lambda: staff.set_roles(names=["support"], **own),
        lambda: staff.set_active(active=False, **own),
        lambda: staff.set_password(password=PASSWORD, **own),
    ):
        with pytest.raises(staff.OwnAccount):
            change()


def test_a_disabled_account_is_signed_out_at_once(signed_in):
    client = signed_in("support")
    assert client.get("/console/").status_code == 200

    staff.set_active(username="ann", active=False, **BY)

    assert client.get("/console/").status_code == 302
    assert not Client().login(username="ann", password=PASSWORD)


def test_new_roles_hold_from_the_next_request_on(signed_in):
    client = signed_in("privacy officer", "support")
    assert client.get("/console/audit/").status_code == 200

    staff.set_roles(username="ann", names=["support"], **BY)

    assert client.get("/console/audit/").status_code == 403


def test_a_new_password_ends_the_sessions(signed_in):
    client = signed_in("support")

    staff.set_password(username="ann", password="other invented words", **BY)

    assert client.get("/console/").status_code == 302


def test_passwords_are_kept_with_argon2(account):
    assert account("support").password.startswith("argon2$argon2id$")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("fe8Qz1!p", "at least 12 characters"),
        ("password1234", "four unrelated words"),
        ("123456789012", "four unrelated words"),
        ("837465019283", "Add letters"),
        ("aaaaaaaaaaaa", "a repetition or a sequence"),
        ("abcabcabcabc", "a repetition or a sequence"),
        ("abcdefghijklm", "a repetition or a sequence"),
        ("zyxwvutsrqpo", "a repetition or a sequence"),
        ("aabbccddeeff", "a repetition or a sequence"),
        ("abababababab1", "a repetition or a sequence"),
    ],
)
def test_a_weak_password_is_refused_with_what_to_write_instead(password, said):
    with pytest.raises(ValidationError) as refused:
        staff.create(username="ann", password=password, names=["support"], **BY)

    assert said in " ".join(refused.value.messages)
    assert password not in " ".join(refused.value.messages)


@pytest.mark.parametrize(
    "password", ["plenty of invented words", "Rk7-qm2Vx9_Lp4Tz", "größer als zwölf", "春夏秋冬の四つの言葉です十二"]
)
def test_a_good_password_is_taken(password):
    assert staff.create(username="ann", password=password, names=["support"], **BY).check_password(password)


@pytest.mark.parametrize("wrong", [{"password": "short"}, {"password": "password1234"}, {"username": "Ann B"}, {"username": "a"}])
def test_a_weak_password_or_an_odd_name_is_refused(wrong):
    with pytest.raises(ValidationError):
        staff.create(**({"username": "ann", "password": PASSWORD, "names": ["support"]} | wrong), **BY)

    assert not Staff.objects.exists()
    assert not AuditEntry.objects.exists()


def test_unknown_and_taken_names(account):
    account("support")

    with pytest.raises(staff.UsernameTaken):
        account("support")
    with pytest.raises(staff.UnknownAccount):
        staff.set_active(username="nobody", active=False, **BY)


def test_every_change_is_in_the_audit_trail(account):
    account("support")
    staff.set_roles(username="ann", names=["support", "marketing"], **BY)
    staff.rename(username="ann", name="Ann Other", **BY)
    staff.set_password(username="ann", password="other invented words", **BY)
    staff.set_active(username="ann", active=False, **BY)
    staff.set_active(username="ann", active=True, **BY)

    assert list(AuditEntry.objects.order_by("number").values_list("act", "subject", "reason")) == [
        ("account-create", "ann", "support"),
        ("account-roles", "ann", "marketing, support"),
        ("account-rename", "ann", ""),
        ("account-password", "ann", ""),
        ("account-disable", "ann", ""),
        ("account-enable", "ann", ""),
    ]


def test_an_account_outside_the_table_may_do_nothing(account):
    ann = account("administrator")

    assert ann.has_perm("accounts.edit")
    assert not ann.has_perm("accounts.view_staff")
    assert not ann.has_module_perms("auth")
    ann.is_active = False
    assert not ann.has_perm("accounts.edit")
