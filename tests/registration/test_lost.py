"""A lost receipt: new ones go to the confirmed mailbox, and the old ones stay good until a new one is used."""

from datetime import UTC, datetime, timedelta

import pytest

from intake.models import Letter
from keystore import vault
from keystore.models import Token
from privacy.receipts import Receipt
from registration import cleanup, mailed_links, record, self_service
from registration.models import Confirmation
from tests import scenario

UPDATES = "updates/vendor"


def asked(life, address="ada@example.org"):
    life.at += timedelta(milliseconds=1)
    mailed_links.lost(address=address, at=life.at)
    life.sweep()


def mailed(life):
    """The new receipts, by registration, as the mail holds them."""
    rows = list(Confirmation.objects.filter(kind="receipts"))
    with vault.opening(purpose="service", actor="test", reason="", at=life.at) as opened:
        errands = opened.open_many(rows, "errand")
    return {row.registration_id: Receipt(errands[row.id].receipt) for row in rows}


def test_the_new_receipt_works_and_the_old_one_until_then(life):
    old = life.confirmed(UPDATES)
    asked(life)
    new = mailed(life)[old.registration]

    assert self_service.see(receipt=old).row.id == old.registration
    assert self_service.see(receipt=new).row.id == old.registration
    assert self_service.see(receipt=new).waiting == []
    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=old)
    assert record.shown(self_service.see(receipt=new))["number"] == old.number


def test_with_the_new_receipt_everything_can_be_done(life):
    old = life.confirmed(UPDATES)
    asked(life)
    new = mailed(life)[old.registration]
    life.change(new, contact={"name": "Ada Example"})
    life.sweep()
    assert self_service.see(receipt=new).contact.name == "Ada Example"

    life.lower(new, UPDATES)
    assert life.marketing(old) == set()
    life.erase(new)
    assert life.live(old) == set()
    for receipt in (old, new):
        with pytest.raises(self_service.NotKnown):
            self_service.see(receipt=receipt)


def test_erasing_with_the_old_receipt_shuts_the_new_one_too(life):
    old = life.confirmed(UPDATES)
    asked(life)
    new = mailed(life)[old.registration]
    life.erase(old)

    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=new)
    assert not Token.objects.using("keystore").exclude(wrapped=None).exists()


def test_one_mail_lists_every_confirmed_registration_of_the_mailbox(life):
    confirmed = [life.confirmed(UPDATES, email=email) for email in ("ada@example.org", "Ada@EXAMPLE.org")]
    life.register(UPDATES)
    life.confirmed(UPDATES, email="bob@example.org")
    asked(life, "ADA@example.org")

    assert set(mailed(life)) == {receipt.registration for receipt in confirmed}
    assert len(set(Confirmation.objects.filter(kind="receipts").values_list("together", flat=True))) == 1


@pytest.mark.parametrize("address", ["nobody@example.org", "unconfirmed@example.org"])
def test_who_is_not_confirmed_gets_nothing_and_the_answer_is_the_same(life, address):
    life.register(UPDATES, email="unconfirmed@example.org")
    life.sweep()
    asked(life, address)

    assert mailed(life) == {}
    assert Letter.objects.get(status="accepted", digest=Letter.objects.latest("digest").digest).reason is None
    assert set(Letter.objects.values_list("status", "reason")) == {("accepted", None)}


def test_asking_often_sends_one_mail(life):
    life.confirmed(UPDATES)
    for _ in range(3):
        asked(life)

    assert Confirmation.objects.filter(kind="receipts").count() == 1


def test_a_new_receipt_that_is_not_used_expires_and_the_old_one_stays(life):
    old = life.confirmed(UPDATES)
    asked(life)
    new = mailed(life)[old.registration]
    life.at += timedelta(days=15)
    cleanup.tidy(at=life.at)

    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=new)
    assert self_service.see(receipt=old).row.id == old.registration


def test_a_new_receipt_opens_up_to_its_last_day_even_before_it_is_tidied_away(life):
    old = life.confirmed(UPDATES)
    asked(life)
    new = mailed(life)[old.registration]
    fresh = Token.objects.using("keystore").filter(fresh=True)
    today = datetime.now(UTC).date()

    assert fresh.update(expires=today - timedelta(days=1)) == 1
    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=new)
    fresh.update(expires=today)
    assert self_service.see(receipt=new).row.id == old.registration


def test_using_one_new_receipt_leaves_a_later_one_good(life):
    old = life.confirmed(UPDATES)
    asked(life)
    first = mailed(life)[old.registration]
    Confirmation.objects.all().delete()
    asked(life)
    second = mailed(life)[old.registration]
    self_service.see(receipt=first)

    assert self_service.see(receipt=second).row.id == old.registration


def test_a_mailbox_that_was_mailed_its_receipt_gets_no_other_one_for_confirming(life):
    old = life.confirmed(UPDATES)
    asked(life)
    new = mailed(life)[old.registration]
    self_service.see(receipt=new)
    Confirmation.objects.all().delete()
    life.change(new, choices=[scenario.choice("offers/vendor")])
    life.sweep()
    life.confirm(life.mailed(old, "offers/vendor"))
    life.sweep()

    assert "receipts" not in life.mails(old)
