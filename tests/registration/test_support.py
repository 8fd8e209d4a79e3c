"""Support finds without opening, and opens with a reason that is written down first."""

import uuid
from datetime import timedelta

import pytest

from keystore import grants
from keystore.grants import NoGrant
from privacy import audit
from privacy.models import AuditEntry
from registration import record, self_service, support
from registration.models import Registration
from registration.support import Look

REVEAL = {"minutes": 10, "budget": 2}
CALLED = Look(actor="ines", reason="customer-called", ticket="T-17")


def search(life, typed):
    return support.search(typed, actor="ines", budget=100, at=life.at).rows


def entries():
    return list(AuditEntry.objects.order_by("number").values_list("act", "actor", "purpose", "reason"))


@pytest.mark.parametrize("typed", ["ada@example.org", "ADA@Example.ORG", "  Ada@example.org "])
def test_every_spelling_of_an_address_finds_its_registrations(life, typed):
    mine = {life.register(email=email).registration for email in ("ada@example.org", "Ada@Example.org")}
    life.register(email="bob@example.org")
    life.sweep()

    assert {row.id for row in search(life, typed)} == mine


@pytest.mark.parametrize("typed", ["ada@bücher.example", "ADA@xn--bcher-kva.example"])
def test_a_domain_is_found_in_unicode_and_in_ascii(life, typed):
    receipt = life.register(email="ada@bücher.example")
    life.sweep()

    assert [row.id for row in search(life, typed)] == [receipt.registration]


def test_a_number_is_found_however_it_is_written(life):
    receipt = life.register()
    life.sweep()
    for typed in (receipt.number, receipt.number.lower(), receipt.number.replace("-", " "), receipt.number.replace("-", "")):
        assert [row.id for row in search(life, typed)] == [receipt.registration]


def test_a_typo_is_said_and_finds_nobody_else(life):
    number = life.register().number
    life.sweep()
    wrong = ("2" if number[0] != "2" else "3") + number[1:]
    for typed in (wrong, number[:-1], "", "ada", "not@an@address"):
        with pytest.raises(support.Unsearchable):
            search(life, typed)


def test_the_list_opens_nothing_and_is_audited_without_what_was_typed(life, monkeypatch):
    number = life.register().number
    life.sweep()
    monkeypatch.setattr(grants, "opened", None)

    found = search(life, "ada@example.org")
    search(life, "nobody@example.org")
    search(life, number)

    assert found[0].get_deferred_fields() == {"contact", "details"}
    assert entries() == [("search", "staff:ines", "support", f"{kind}") for kind in ("email 1", "email 0", "number 1")]
    assert set(AuditEntry.objects.values_list("subject", flat=True)) == {""}


def test_what_was_found_is_shown_only_once_the_trail_has_the_search(life, monkeypatch):
    life.register()
    life.sweep()

    def refuse(**_):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", refuse)
    with pytest.raises(RuntimeError):
        search(life, "ada@example.org")


def test_over_the_hourly_budget_a_search_is_answered_and_an_alarm_is_written(life):
    life.register()
    life.sweep()

    over = [support.search("ada@example.org", actor="ines", budget=2, at=life.at).over_budget for _ in range(3)]

    assert over == [False, False, True]
    assert [act for act, *_ in entries()] == ["search", "search", "search", "over-budget"]
    assert not support.search("ada@example.org", actor="max", budget=2, at=life.at).over_budget


def test_a_search_is_no_look_in_the_persons_own_record(life):
    receipt = life.register()
    life.sweep()
    search(life, receipt.number)

    assert record.shown(self_service.see(receipt=receipt))["looks"] == []


def test_a_reveal_shows_everything_and_is_audited(life):
    receipt = life.confirmed("updates/vendor", details={"serial": "SN-1"})
    revealed = support.reveal(registration=receipt.registration, at=life.at, look=CALLED, **REVEAL)

    assert revealed.contact.email == "ada@example.org"
    assert revealed.details.serial == "SN-1"
    assert revealed.record.state("updates/vendor") == "active"
    assert revealed.until == life.at + timedelta(minutes=10)
    assert entries() == [("reveal", "staff:ines", "support", "customer-called T-17")]
    assert "ada" not in repr(revealed)


@pytest.mark.parametrize(
    ("reason", "ticket"), [("", ""), ("curious", ""), ("customer-called ", ""), ("customer-called", "Ada Example")]
)
def test_without_a_reason_from_the_list_nothing_opens(life, reason, ticket):
    receipt = life.register()
    life.sweep()
    with pytest.raises(support.UnknownReason):
        support.reveal(
            registration=receipt.registration, look=Look(actor="ines", reason=reason, ticket=ticket), at=life.at, **REVEAL
        )

    assert entries() == []


def test_the_audit_entry_comes_first(life, monkeypatch):
    receipt = life.register()
    life.sweep()

    def refuse(**_):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", refuse)
    monkeypatch.setattr(grants, "opened", lambda _: pytest.fail("it was opened before it was written down"))
    with pytest.raises(RuntimeError):
        support.reveal(registration=receipt.registration, look=CALLED, at=life.at, **REVEAL)


def test_a_look_that_finds_nothing_to_open_is_audited_too(life):
    receipt = life.register()
    life.sweep()
    life.erase(receipt)
    with pytest.raises(NoGrant):
        support.reveal(registration=receipt.registration, look=CALLED, at=life.at, **REVEAL)
    with pytest.raises(Registration.DoesNotExist):
        support.reveal(registration=uuid.uuid4(), look=CALLED, at=life.at, **REVEAL)

    assert [act for act, *_ in entries()] == ["reveal"]


def test_over_the_hourly_budget_it_opens_and_an_alarm_is_written(life):
    receipt = life.register()
    life.sweep()
    over = [support.reveal(registration=receipt.registration, look=CALLED, at=life.at, **REVEAL).over_budget for _ in range(3)]
    assert over == [False, False, True]
    assert [act for act, *_ in entries()] == ["reveal", "reveal", "reveal", "over-budget"]

    life.at += timedelta(hours=1, seconds=1)
    assert not support.reveal(registration=receipt.registration, look=CALLED, at=life.at, **REVEAL).over_budget
    assert audit.verify() == (5, [])


def test_a_role_that_may_not_see_a_part_does_not_open_it(life):
    receipt = life.register(details={"serial": "SN-1"})
    life.sweep()
    narrow = Look(actor="ines", reason="customer-called", compartments=frozenset({"details"}))
    revealed = support.reveal(registration=receipt.registration, look=narrow, at=life.at, **REVEAL)

    assert (revealed.contact, revealed.details.serial) == (None, "SN-1")
