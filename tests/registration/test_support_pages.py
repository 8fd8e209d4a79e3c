"""Support's pages find without opening, and open only with a reason that the trail holds first."""

import pytest
from django.utils import timezone

from accounts import staff
from privacy.models import AuditEntry

PASSWORD = "an invented long password"


@pytest.fixture
def ines(client, life):
    staff.create(username="ines", name="Ines", names=["support"], password=PASSWORD, actor="test", at=timezone.now())
    client.post("/console/login/", {"username": "ines", "password": PASSWORD})
    return client


def test_a_search_shows_the_number_and_opens_nothing(ines, life):
    receipt = life.confirmed("updates/vendor", contact={"name": "Ada Canary"})

    page = ines.post("/console/support/", {"wanted": "ADA@example.org"}).content.decode()

    assert receipt.number in page
    assert "Ada Canary" not in page
    assert not AuditEntry.objects.filter(act="reveal").exists()


def test_a_reveal_needs_a_reason(ines, life):
    receipt = life.confirmed(contact={"name": "Ada Canary"})

    page = ines.post(f"/console/support/{receipt.registration}/reveal", {"reason": "curiosity"}).content.decode()

    assert "Ada Canary" not in page
    assert not AuditEntry.objects.filter(act="reveal").exists()


def test_a_reveal_shows_the_person_and_is_in_the_trail(ines, life):
    receipt = life.confirmed("updates/vendor", contact={"name": "Ada Canary"}, details={"serial": "SN-1"})

    page = ines.post(
        f"/console/support/{receipt.registration}/reveal", {"reason": "customer-called", "ticket": "T-12"}
    ).content.decode()

    assert "Ada Canary" in page
    assert "SN-1" in page
    entry = AuditEntry.objects.get(act="reveal")
    assert (entry.actor, entry.subject, entry.reason) == ("staff:ines", str(receipt.registration), "customer-called T-12")


@pytest.mark.parametrize(
    ("spoken", "title", "state"),
    [
        ("en", "Special offers from Acme Computers", "waiting for confirmation by e-mail"),
        ("de", "Sonderangebote von Acme Computers", "wartet auf Bestätigung per E-Mail"),
    ],
)
def test_choices_are_told_in_words(ines, filed, spoken, title, state):
    path = f"/console/support/{filed.registration}/reveal"

    page = ines.post(path, {"reason": "customer-called"}, headers={"Accept-Language": spoken}).content.decode()

    assert f"<td>{title}</td><td>{state}</td>" in page
    assert "offers/acme" not in page


def test_who_comes_back_after_signing_in_is_asked_for_a_reason(ines, filed):
    path = f"/console/support/{filed.registration}/"

    answer = ines.get(f"{path}reveal")

    assert (answer.status_code, answer["Location"]) == (302, path)
    assert not AuditEntry.objects.filter(act="reveal").exists()


def test_other_roles_do_not_get_in(client, life):
    receipt = life.confirmed()
    staff.create(username="max", name="Max", names=["marketing"], password=PASSWORD, actor="test", at=timezone.now())
    client.post("/console/login/", {"username": "max", "password": PASSWORD})

    assert client.get("/console/support/").status_code == 403
    assert client.post(f"/console/support/{receipt.registration}/reveal", {"reason": "customer-called"}).status_code == 403


def test_nobody_gets_in_without_signing_in(client, life):
    assert client.get("/console/support/").status_code == 302
