"""Roles that reach registrations, and those that approve, are given by two persons; taking away is immediate."""

import uuid

import pytest
from django.test import Client

from accounts import role_requests, roles, staff
from accounts.models import RoleRequest, Staff
from privacy import audit
from privacy.models import AuditEntry
from tests.accounts.conftest import NOON, PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("regsvc.urls.console")]
APPROVALS = "/console/approvals/"
BY = {"actor": "boss", "at": NOON}


@pytest.fixture
def officers(account):
    """An administrator `boss` and a privacy officer `paul`, the first accounts."""
    staff.create(username="paul", password=PASSWORD, names=["privacy officer"], actor="test", at=NOON)
    staff.create(username="boss", password=PASSWORD, names=["administrator"], actor="test", at=NOON)
    approve("boss", actor="paul")


def make(*names, username="ann", actor="boss", **rest):
    return staff.create(username=username, password=PASSWORD, names=names, actor=actor, at=NOON, **rest)


def request(username="ann"):
    return RoleRequest.objects.get(account__username=username)


def approve(username="ann", *, actor):
    role_requests.approve(request=request(username).id, actor=actor, at=NOON)


def held(username="ann"):
    return Staff.objects.get(username=username).roles


def waits(username="ann"):
    found = RoleRequest.objects.filter(account__username=username).first()
    return found.roles if found else []


def client_of(username):
    client = Client()
    client.force_login(Staff.objects.get(username=username))
    return client


@pytest.mark.parametrize("name", [name for name in roles.ROLES if name != "activation operator"])
@pytest.mark.usefixtures("officers")
def test_one_person_alone_gives_no_role_that_matters(name):
    make(name, manufacturer="acme" if name == "manufacturer" else "")

    assert (held(), waits()) == ([], [name])
    with pytest.raises(role_requests.SamePerson):
        approve(actor="boss")
    assert held() == []
    approve(actor="paul")
    assert (held(), waits()) == ([name], [])


@pytest.mark.usefixtures("officers")
def test_an_activation_operator_waits_for_nobody():
    make("activation operator")

    assert (held(), waits()) == (["activation operator"], [])


def test_the_first_accounts_hold_their_roles_at_once_and_after_the_first_that_can_approve_no_more():
    make("support", username="ines", actor="command line")
    make("administrator", username="boss", actor="command line")
    make("support", username="max", actor="command line")

    assert (held("ines"), held("boss"), held("max")) == (["support"], ["administrator"], [])
    approve("max", actor="boss")
    assert held("max") == ["support"]


@pytest.mark.usefixtures("officers")
def test_an_administrator_cannot_make_a_second_self_that_approves():
    make("administrator", username="boss2")
    make("support")

    with pytest.raises(role_requests.NotAllowed):
        approve(actor="boss2")
    assert held() == []


@pytest.mark.usefixtures("officers")
def test_a_password_that_somebody_else_set_takes_the_roles_away_until_another_approves():
    make("support")
    approve(actor="paul")

    staff.set_password(username="ann", password="other invented words", **BY)
    staff.set_password(username="paul", password="other invented words", **BY)

    assert (held(), held("paul")) == ([], [])
    for username in ("ann", "paul"):
        with pytest.raises(role_requests.SamePerson):
            approve(username, actor="boss")


@pytest.mark.usefixtures("officers")
def test_who_sets_the_first_password_anew_becomes_the_one_who_asks():
    make("support", actor="command line")

    staff.set_password(username="ann", password="other invented words", **BY)

    with pytest.raises(role_requests.SamePerson):
        approve(actor="boss")


@pytest.mark.usefixtures("officers")
def test_nobody_approves_roles_for_the_own_account():
    staff.set_roles(username="paul", names=["privacy officer", "support"], **BY)

    with pytest.raises(role_requests.SamePerson):
        approve("paul", actor="paul")
    assert held("paul") == ["privacy officer"]


@pytest.mark.parametrize("names", [["support"], ["marketing"], ["activation operator"]])
@pytest.mark.usefixtures("officers")
def test_who_may_not_decide_decides_nothing(names):
    make(*names, username="ines", actor="paul")
    if waits("ines"):
        approve("ines", actor="boss")
    make("support")

    for act in (role_requests.approve, role_requests.refuse):
        for actor in ("ines", "nobody"):
            with pytest.raises(role_requests.NotAllowed):
                act(request=request().id, actor=actor, at=NOON)
    staff.set_active(username="paul", active=False, **BY)
    with pytest.raises(role_requests.NotAllowed):
        approve(actor="paul")


@pytest.mark.usefixtures("officers")
def test_what_is_taken_away_ends_at_once_and_what_is_added_waits():
    make("support", "marketing")
    approve(actor="paul")

    staff.set_roles(username="ann", names=["support", "privacy officer"], **BY)

    assert (held(), waits()) == (["support"], ["privacy officer", "support"])


@pytest.mark.parametrize(
    "later",
    [
        lambda: staff.set_roles(username="ann", names=["support"], **BY),
        lambda: staff.set_active(username="ann", active=False, **BY),
        lambda: staff.set_password(username="ann", password="other invented words", **BY),
        lambda: role_requests.refuse(request=request().id, actor="boss", at=NOON),
    ],
)
@pytest.mark.usefixtures("officers")
def test_a_request_that_was_overtaken_is_approved_no_more(later):
    make("support")
    approve(actor="paul")
    staff.set_roles(username="ann", names=["support", "marketing"], **BY)
    seen = request().id

    later()

    with pytest.raises(role_requests.UnknownRequest):
        role_requests.approve(request=seen, actor="paul", at=NOON)
    assert "marketing" not in held()


@pytest.mark.usefixtures("officers")
def test_another_manufacturer_needs_approval_too():
    make("manufacturer", manufacturer="acme")
    approve(actor="paul")

    staff.set_roles(username="ann", names=["manufacturer"], manufacturer="globex", **BY)

    ann = Staff.objects.get(username="ann")
    assert (ann.roles, ann.manufacturer, waits()) == ([], "", ["manufacturer"])


@pytest.mark.usefixtures("officers")
def test_every_step_is_in_the_audit_trail():
    AuditEntry.objects.all()
    begun = audit.verify()[0]
    make("support")
    approve(actor="paul")
    staff.set_roles(username="ann", names=["marketing"], **BY)
    role_requests.refuse(request=request().id, actor="paul", at=NOON)

    entries = AuditEntry.objects.filter(number__gt=begun).order_by("number").values_list("actor", "act", "subject", "reason")
    assert list(entries) == [
        ("boss", "account-create", "ann", ""),
        ("boss", "roles-request", "ann", "support"),
        ("paul", "roles-approve", "ann", "support"),
        ("boss", "account-roles", "ann", ""),
        ("boss", "roles-request", "ann", "marketing"),
        ("paul", "roles-refuse", "ann", "marketing"),
    ]


@pytest.mark.usefixtures("officers")
def test_the_page_shows_what_waits_and_gives_the_role_at_once():
    make("support")
    ann = Client()
    said = ann.post("/console/login/", {"username": "ann", "password": PASSWORD}).content.decode()
    assert "has no role yet" in said

    boss, paul = client_of("boss"), client_of("paul")
    assert "Withdraw" in boss.get(APPROVALS).content.decode()
    page = boss.post(f"{APPROVALS}{request().id}/", {"approve": ""}, follow=True).content.decode()
    assert "someone else must approve" in page
    assert 'name="approve"' in paul.get(APPROVALS).content.decode()
    seen = request().id
    paul.post(f"{APPROVALS}{seen}/", {"approve": ""})

    assert ann.post("/console/login/", {"username": "ann", "password": PASSWORD}).status_code == 302
    assert ann.get("/console/support/").status_code == 200
    assert "no longer open" in paul.post(f"{APPROVALS}{seen}/", {"approve": ""}, follow=True).content.decode()


@pytest.mark.usefixtures("officers")
def test_the_page_refuses_and_withdraws():
    make("support")
    make("marketing", username="max")

    client_of("paul").post(f"{APPROVALS}{request().id}/", {"refuse": ""})
    client_of("boss").post(f"{APPROVALS}{request('max').id}/", {"refuse": ""})

    assert (held(), waits(), held("max"), waits("max")) == ([], [], [], [])


@pytest.mark.usefixtures("officers")
def test_others_do_not_get_to_the_page():
    make("support")
    approve(actor="paul")
    ann = client_of("ann")

    assert ann.get(APPROVALS).status_code == 403
    assert ann.post(f"{APPROVALS}{uuid.uuid4()}/", {"approve": ""}).status_code == 403
    assert client_of("paul").get(f"{APPROVALS}{uuid.uuid4()}/").status_code == 405


@pytest.mark.usefixtures("officers")
def test_the_page_costs_the_same_queries_for_one_request_and_for_three(django_assert_num_queries):
    make("support")
    client = client_of("paul")
    for names in ([], ["one", "two"]):
        for username in names:
            make("support", username=username)
        with django_assert_num_queries(3):
            client.get(APPROVALS)


@pytest.mark.usefixtures("officers")
def test_ones_own_change_of_password_keeps_the_roles_and_is_audited():
    client = client_of("paul")
    new = "other invented words"

    client.post("/console/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})

    assert held("paul") == ["privacy officer"]
    assert AuditEntry.objects.filter(actor="paul", act="account-password", subject="paul").count() == 1
