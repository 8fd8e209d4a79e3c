"""Choices: only the mailbox raises one, anybody with the receipt or a mailed link ends it at once."""

from datetime import timedelta

import pytest

from intake.models import Letter
from keystore import vault
from keystore.grants import NoGrant
from keystore.models import Grant, Token
from registration import mailed_links, self_service
from registration.policy import House
from tests import scenario

OFFERS, UPDATES = "offers/vendor", "updates/vendor"
DAY = timedelta(days=1)


def test_nothing_is_granted_without_the_mailbox(life):
    receipt = life.register(UPDATES, OFFERS)
    life.sweep()

    assert life.marketing(receipt) == set()
    with pytest.raises(NoGrant), vault.opening(purpose=UPDATES, actor="test", reason="", at=life.at) as opened:
        opened.open(life.row(receipt), "contact")


def test_each_choice_is_confirmed_by_its_own_token(life):
    receipt = life.register(UPDATES, OFFERS)
    life.sweep()
    life.confirm(life.mailed(receipt, UPDATES))
    life.sweep()

    assert life.marketing(receipt) == {UPDATES}
    assert life.states(receipt) == {UPDATES: "active", OFFERS: "unconfirmed"}


def test_a_marketing_purpose_opens_how_to_reach_the_person_and_nothing_else(life):
    receipt = life.confirmed(UPDATES, details={"serial": "SN-1042"})
    with vault.opening(purpose=UPDATES, actor="test", reason="", at=life.at) as opened:
        assert opened.open(life.row(receipt), "contact").email == "ada@example.org"
        with pytest.raises(NoGrant):
            opened.open(life.row(receipt), "details")


def test_confirming_twice_is_harmless(life):
    receipt = life.register(UPDATES)
    life.sweep()
    token = life.mailed(receipt, UPDATES)
    for _ in range(2):
        life.confirm(token)
        life.sweep()

    assert life.marketing(receipt) == {UPDATES}
    assert Letter.objects.count() == 2
    assert Token.objects.using("keystore").filter(kind="unsubscribe").count() == 1


@pytest.mark.parametrize("swept", [True, False])
def test_a_late_confirmation_raises_nothing(life, swept):
    receipt = life.register(UPDATES)
    life.sweep()
    token = life.mailed(receipt, UPDATES)
    life.lower(receipt, UPDATES)
    if swept:
        life.sweep()
    life.confirm(token)
    life.sweep()

    assert life.marketing(receipt) == set()
    assert life.states(receipt) == {UPDATES: "withdrawn"}


def test_a_confirmation_that_was_answered_before_the_withdrawal_raises_nothing_after_it(life):
    receipt = life.register(UPDATES)
    life.sweep()
    life.confirm(life.mailed(receipt, UPDATES))
    life.lower(receipt, UPDATES)
    life.sweep()

    assert life.marketing(receipt) == set()
    assert life.states(receipt) == {UPDATES: "withdrawn"}


def test_lowering_acts_before_any_sweep(life):
    receipt = life.confirmed(UPDATES, OFFERS)
    life.lower(receipt, UPDATES)

    assert life.marketing(receipt) == {OFFERS}
    assert life.states(receipt) == {UPDATES: "withdrawn", OFFERS: "active"}


def test_every_choice_that_is_lowered_together_ends_before_any_sweep(life):
    receipt = life.confirmed(UPDATES, OFFERS)
    life.change(receipt, choices=[scenario.choice(UPDATES, granted=False), scenario.choice(OFFERS, granted=False)])

    assert life.marketing(receipt) == set()


def test_lowered_before_it_was_filed(life):
    life.house = House(without_mailbox=frozenset({"US"}))
    receipt = life.register(UPDATES, OFFERS, country="US")
    life.lower(receipt, UPDATES)
    life.sweep()

    assert life.marketing(receipt) == {OFFERS}
    assert life.states(receipt) == {UPDATES: "withdrawn", OFFERS: "active"}


def test_one_click_ends_all_three_registrations_of_an_address(life):
    three = [life.confirmed(UPDATES, OFFERS, email=email) for email in ("ada@example.org", "Ada@Example.org", "ADA@example.org")]
    other = life.confirmed(UPDATES, email="bob@example.org")

    mailed_links.unsubscribe(token=life.unsubscribe_token(three[1], UPDATES), at=life.at)
    assert [life.marketing(receipt) for receipt in three] == [{OFFERS}] * 3

    life.sweep()
    assert [life.states(receipt) for receipt in three] == [{UPDATES: "withdrawn", OFFERS: "active"}] * 3
    assert life.marketing(other) == {UPDATES}


def test_an_old_link_ends_a_choice_that_was_made_anew(life):
    receipt = life.confirmed(UPDATES)
    old = life.unsubscribe_token(receipt, UPDATES)
    mailed_links.unsubscribe(token=old, at=life.at)
    life.change(receipt, choices=[scenario.choice(UPDATES)])
    life.sweep()
    life.confirm(life.mailed(receipt, UPDATES))
    life.sweep()
    assert life.marketing(receipt) == {UPDATES}

    mailed_links.unsubscribe(token=old, at=life.at)
    life.sweep()

    assert life.marketing(receipt) == set()
    assert self_service.see(receipt=receipt).record.state(UPDATES) == "withdrawn", "the record itself must say so, for restores"


def test_links_that_are_unknown_change_nothing(life):
    receipt = life.confirmed(UPDATES)
    mailed_links.unsubscribe(token=bytes(32), at=life.at)
    life.confirm(bytes(32))
    life.sweep()

    assert life.marketing(receipt) == {UPDATES}
    assert sorted(Letter.objects.exclude(reason=None).values_list("reason", flat=True)) == ["expired", "expired"]


def test_a_choice_of_another_sender_stays_apart(life):
    receipt = life.confirmed("updates/acme", UPDATES)
    life.lower(receipt, "updates/acme")

    assert life.marketing(receipt) == {UPDATES}
    assert set(Grant.objects.using("keystore").values_list("key", flat=True)) >= {UPDATES, "support", "custody"}
