"""The console: who gets in at which site, and what each role finds there."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

from accounts import login_throttle, roles, staff
from accounts.models import Staff
from devtools import environment
from privacy import audit
from regsvc import placeholders
from tests.accounts.conftest import NOON, PASSWORD

CONSOLE = pytest.mark.urls("regsvc.urls.console")
OPERATOR = pytest.mark.urls("regsvc.urls.operator")
pytestmark = [pytest.mark.django_db, CONSOLE]

ADDRESSES = {
    "audit": "/console/audit/",
    "products": "/console/catalogue/product/",
    "manufacturers": "/console/catalogue/manufacturer/",
    "notices": "/console/catalogue/notice/",
    "wordings": "/console/catalogue/wording/",
    "staff": "/console/accounts/staff/",
}
AT_THE_CONSOLE = [name for name in roles.ROLES if name != "activation operator"]


def sign_in(client, *, username="ann", password=PASSWORD):
    return client.post("/console/login/", {"username": username, "password": password, "next": "/console/"})


@pytest.mark.parametrize("role", AT_THE_CONSOLE)
def test_a_role_gets_its_own_pages_and_no_others(signed_in, role):
    client = signed_in(role)
    index = client.get("/console/").content.decode()

    for page, address in ADDRESSES.items():
        has = page in roles.pages([role])
        assert client.get(address).status_code == (200 if has else 403), page
        assert (address in index) is has, page


@pytest.mark.parametrize("role", [name for name in AT_THE_CONSOLE if name != "administrator"])
def test_nobody_else_reaches_what_administrators_edit(signed_in, role):
    client = signed_in(role)

    for path in ("accounts/staff/add/", "catalogue/wording/add/"):
        assert client.post(f"/console/{path}", {}).status_code == 403, path


@pytest.mark.parametrize("role", AT_THE_CONSOLE)
def test_djangos_own_pages_of_groups_are_not_there(signed_in, role):
    client = signed_in(role)

    for path in ("auth/", "auth/group/", "auth/group/add/", "auth/group/1/", "auth/group/1/change/", "auth/group/1/delete/"):
        assert client.get(f"/console/{path}").status_code == 404, path


@pytest.mark.parametrize("urls", ["regsvc.urls.console", "regsvc.urls.operator"])
@pytest.mark.parametrize("bad", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\x00", ""])
def test_a_bad_next_leads_to_ones_pages(settings, client, account, urls, bad):
    settings.ROOT_URLCONF = urls
    account("support" if urls.endswith("console") else "activation operator")

    response = client.post("/console/login/", {"username": "ann", "password": PASSWORD, "next": bad})

    assert (response.status_code, response["Location"]) == (302, "/console/")


def test_without_signing_in_there_is_only_the_way_to_sign_in(client):
    for page in ("/console/", "/console/nowhere/", *ADDRESSES.values()):
        response = client.get(page)

        assert response.status_code == 302, page
        assert response["Location"].startswith("/console/login/"), page


def test_signing_in_and_out(client, account):
    account("support")

    assert sign_in(client, username=" Ann ").headers["Location"] == "/console/"
    page = client.get("/console/").content.decode()
    assert "Ann Example" in page
    assert "support" in page
    client.post("/console/logout/")
    assert client.get("/console/").status_code == 302


@pytest.mark.parametrize(("username", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)])
def test_wrong_unknown_and_disabled_look_the_same(client, account, username, password):
    account("support")
    account("support", username="gone")
    staff.set_active(username="gone", active=False, actor="test", at=NOON)

    page = sign_in(client, username=username, password=password).content.decode()

    assert "Wrong username or password" in page
    assert not client.session.get("_auth_user_id")


@pytest.mark.parametrize("username", ["ann", "nobody"])
def test_after_five_wrong_tries_even_the_right_password_must_wait(client, account, username):
    account("support")
    for _ in range(login_throttle.FREE):
        assert sign_in(client, username=username, password="wrong").status_code == 200

    response = sign_in(client, username=username)

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 31
    assert "Wait 1 minute, then try again." in response.content.decode()


def test_signing_in_makes_up_for_wrong_tries(client, account):
    account("support")
    for _ in range(3):
        sign_in(client, password="wrong")
        sign_in(client, password="wrong")
        assert sign_in(client).status_code == 302


def test_an_operator_is_shown_the_other_site(client, account):
    account("activation operator")

    assert "another site" in sign_in(client).content.decode()
    client.force_login(Staff.objects.get())
    assert client.get("/console/").status_code == 302


@OPERATOR
@pytest.mark.parametrize("role", roles.ROLES)
def test_the_operators_site_admits_only_operators(client, account, role):
    account(role)

    response = sign_in(client)

    assert (response.status_code == 302) is (role == "activation operator")
    if role != "activation operator":
        client.force_login(Staff.objects.get())
    expected = 200 if role == "activation operator" else 302
    assert client.get("/console/").status_code == expected


@OPERATOR
def test_the_operators_site_has_nothing_of_the_registrations(signed_in):
    client = signed_in("activation operator")

    assert [client.get(path).status_code for path in ADDRESSES.values()] == [404] * len(ADDRESSES)
    index = client.get("/console/").content.decode()
    assert [address for address in ADDRESSES.values() if address in index] == []
    assert "/console/phone/" in index


@pytest.mark.parametrize("urls", ["regsvc.urls.console", "regsvc.urls.operator"])
def test_one_changes_ones_own_password_with_the_old_one(settings, signed_in, urls):
    settings.ROOT_URLCONF = urls
    client = signed_in("support" if urls.endswith("console") else "activation operator")
    new = "other invented words"

    for old, status in (("wrong", 200), (PASSWORD, 302)):
        form = {"old_password": old, "new_password1": new, "new_password2": new}
        assert client.post("/console/password_change/", form).status_code == status

    assert client.get("/console/password_change/done/").status_code == 200
    assert Staff.objects.get().check_password(new)


def test_the_pages_speak_german(client, account):
    account("administrator")
    client.post("/i18n/setlang/", {"language": "de", "next": "/console/"})

    assert "Benutzername oder Passwort ist falsch" in sign_in(client, password="wrong").content.decode()
    sign_in(client)
    page = client.get("/console/").content.decode()
    assert "Ihre Seiten" in page
    assert "Administration" in page


def test_pages_are_not_cached_and_carry_the_policy(signed_in):
    response = signed_in("support").get("/console/")

    assert "no-store" in response["Cache-Control"]
    assert "style-src 'self'" in response["Content-Security-Policy"]


def test_the_audit_trail_costs_the_same_queries_for_one_entry_and_for_three(signed_in, django_assert_num_queries):
    client = signed_in("privacy officer")
    for extra in (0, 2):
        for _ in range(extra):
            audit.record(actor="ann", act="reveal", subject="someone", purpose="support", reason="customer-called", at=NOON)
        with django_assert_num_queries(4):
            client.get("/console/audit/")


def test_a_csrf_token_is_needed(account):
    account("support")
    client = Client(enforce_csrf_checks=True)

    response = sign_in(client)

    assert response.status_code == 403
    assert "This form is out of date" in response.content.decode()
    assert 'href="/console/"' in response.content.decode()


def oops(*_arguments, **_named):
    raise RuntimeError("canary7q")


@pytest.mark.parametrize("site", ["console", "operator"])
def test_a_mistake_of_ours_is_a_page_that_needs_no_database(settings, client, monkeypatch, site):
    settings.ROOT_URLCONF = f"regsvc.urls.{site}"
    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.admin.AdminSite.login", oops)
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", oops)

    response = client.get("/console/login/", headers={"Accept-Language": "de"})

    assert response.status_code == 500
    assert "Etwas ist schiefgegangen" in response.content.decode()
    assert 'href="/console/"' in response.content.decode()
    assert "canary7q" not in response.content.decode()


def test_a_request_that_cannot_be_read_is_a_page(client):
    response = client.get("/console/", headers={"Host": "nowhere.example.net"})

    assert response.status_code == 400
    assert "read your browser" in response.content.decode()


def test_behind_a_proxy_that_ends_tls_forms_are_taken_from_the_consoles_own_address_only():
    code = "from regsvc import settings; print(settings.CSRF_TRUSTED_ORIGINS)"
    nowhere = settings.ROOT / "no-keys"
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=settings.ROOT,
            env=placeholders.inherited() | ours,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for ours in (
            environment.production(keys=nowhere),
            placeholders.development(servers=placeholders.NOWHERE, keys=nowhere),
        )
    ]

    assert told == ["['https://console.example.com']", "[]"]
