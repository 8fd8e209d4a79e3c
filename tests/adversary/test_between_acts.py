"""What an outsider, a neighbour or mere time does between two acts that are each right."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from intake import queue
from keystore import holding
from keystore.models import Token
from privacy.receipts import Receipt
from registration import amending, mailed_links, self_service
from tests import scenario
from tests.registration.conftest import send, sink

__all__ = ("send", "sink")
UPDATES, OFFERS = "updates/vendor", "offers/vendor"
ADA, NEW = "ada@example.org", "new@example.org"
DAY = timedelta(days=1)


def recorded(receipt, purpose=UPDATES):
    """What the registration's own record proves, whatever the keystore holds."""
    opened = holding.open_custody([receipt.registration])[receipt.registration]
    return amending.history(opened).state(purpose)


# A link that ends mail belongs to the mailbox ---------------------------------------------------------------------------
@pytest.mark.parametrize("first", ["moved", "erased", "moved and back"])
def test_a_link_to_end_mail_ends_it_for_the_mailbox_whatever_became_of_its_registration(life, first):
    one, two = life.confirmed(UPDATES), life.confirmed(UPDATES)
    link = life.unsubscribe_token(one, UPDATES)  # in a mail that lies in Ada's mailbox
    if first == "erased":
        life.erase(one)
    else:
        life.change(one, contact={"email": NEW})
    life.sweep()
    if first == "moved and back":
        life.change(one, contact={"email": ADA})
        life.sweep()
        life.confirm(life.link(one, UPDATES))
        life.sweep()

    mailed_links.unsubscribe(token=link, at=life.at)  # "These e-mails have stopped."
    life.sweep()

    assert life.marketing(two) == set()
    assert first == "erased" or life.marketing(one) == set()


# What a withdrawal reached is recorded ----------------------------------------------------------------------------------
@pytest.mark.parametrize("between", ["moved before", "erased after"])
@pytest.mark.parametrize("how", ["by link", "by receipt"])
def test_a_withdrawal_is_recorded_with_all_that_it_reached(life, how, between):
    one, two = life.confirmed(UPDATES), life.confirmed(UPDATES)
    link = life.unsubscribe_token(one, UPDATES)
    if between == "moved before":
        life.change(one, contact={"email": NEW})  # waits to be filed
    if how == "by link":
        life.at += timedelta(milliseconds=1)
        mailed_links.unsubscribe(token=link, at=life.at)
    else:
        life.lower(one, UPDATES)
    assert life.marketing(two) == set(), "it was ended at once"
    if between == "erased after":
        life.erase(one)
    life.sweep()

    assert recorded(two) == "withdrawn"


def test_a_choice_that_a_link_ended_is_not_asked_for_again_by_a_move(life):
    own = life.confirmed(UPDATES)
    life.change(own, contact={"email": NEW})  # waits to be filed
    life.at += timedelta(milliseconds=1)
    mailed_links.unsubscribe(token=life.unsubscribe_token(own, UPDATES), at=life.at)
    life.sweep()

    assert life.states(own) == {UPDATES: "withdrawn"}


# What a confirmed registration may do -----------------------------------------------------------------------------------
def test_a_strangers_registration_in_the_same_mail_gets_no_power_over_the_mailbox(life, sink, send):
    before = life.confirmed(UPDATES)
    life.register(OFFERS)  # Ada's own
    stranger = life.register(OFFERS)  # somebody who knows her address
    send()
    (token,) = {token for page, token in sink.links_to(ADA) if page == "confirm"}
    life.confirm(token)  # the page's first button
    life.sweep()

    life.change(stranger, stop_all_mail=True)
    life.sweep()

    assert life.marketing(before) == {UPDATES}


# A receipt that was mailed, used, and then moved ------------------------------------------------------------------------
def test_a_receipt_that_lies_in_an_old_mailbox_opens_nothing_once_the_new_one_has_answered(life, sink, send):
    life.confirmed(UPDATES)
    mailed_links.lost(address=ADA, at=life.at)
    send()
    mailed = Receipt(next(token for page, token in sink.links_to(ADA) if page == "my"))
    self_service.see(receipt=mailed)  # Ada follows the link and changes her address on that page
    life.change(mailed, contact={"email": NEW})
    send()
    for page, token in sink.links_to(NEW):
        if page == "confirm":
            life.confirm(token)
    send()

    with pytest.raises(self_service.NotKnown):  # whoever has the old mailbox now
        self_service.see(receipt=mailed)


# A sweep that is repeated ------------------------------------------------------------------------------------------------
def broken_once(monkeypatch, life):
    """A sweep whose transaction in `default` fails at its end, and the next one."""
    with monkeypatch.context() as patched:
        patched.setattr(queue, "settle", _fails)
        with pytest.raises(OperationalError):
            life.sweep()


def _fails(_outcomes):
    raise OperationalError("the store went away")


def test_an_old_mailbox_is_told_of_a_move_whose_sweep_was_repeated(life, sink, send, monkeypatch):
    own = life.confirmed(UPDATES)
    life.change(own, contact={"email": NEW})
    broken_once(monkeypatch, life)
    send()

    assert sink.counts()[ADA] == 1


def test_a_new_mailbox_gets_its_own_receipt_although_the_sweep_was_repeated(life, sink, send, monkeypatch):
    life.confirmed(UPDATES)
    mailed_links.lost(address=ADA, at=life.at)
    send()
    mailed = Receipt(next(token for page, token in sink.links_to(ADA) if page == "my"))
    self_service.see(receipt=mailed)
    life.change(mailed, contact={"email": NEW})
    send()
    life.confirm(next(token for page, token in sink.links_to(NEW) if page == "confirm"))
    broken_once(monkeypatch, life)
    send()

    assert "my" in {page for page, _ in sink.links_to(NEW)}


# The day ends ------------------------------------------------------------------------------------------------------------
def test_a_link_followed_on_its_last_day_counts_although_it_is_filed_the_next(life):
    own = life.register(UPDATES)
    life.sweep()
    link = life.link(own, UPDATES)
    life.at = (life.at + timedelta(days=life.house.confirm_days)).replace(hour=23, minute=59, second=59)
    life.confirm(link)  # the page says "confirmed"
    life.at += timedelta(minutes=1)
    life.sweep()

    assert life.marketing(own) == {UPDATES}


# A mailed receipt that is not good any more ------------------------------------------------------------------------------
def test_a_mailed_receipt_that_expired_changes_nothing(life, sink, send):
    own = life.confirmed(UPDATES)
    mailed_links.lost(address=ADA, at=life.at)
    send()
    mailed = Receipt(next(token for page, token in sink.links_to(ADA) if page == "my"))
    life.at += timedelta(days=15)
    life.change(mailed, contact={"email": NEW})
    life.sweep()

    assert self_service.see(receipt=own).contact.email == ADA


def test_a_new_receipt_that_moves_its_registration_first_still_opens_it(life, sink, send):
    life.confirmed(UPDATES)
    mailed_links.lost(address=ADA, at=life.at)
    send()
    mailed = Receipt(next(token for page, token in sink.links_to(ADA) if page == "my"))
    life.change(mailed, contact={"email": NEW})  # a program that does not look first
    life.sweep()

    assert self_service.see(receipt=mailed).contact.email == NEW


def test_a_mailed_receipt_cannot_be_taken_for_another_registration(life, sink, send):
    own = life.confirmed(UPDATES)
    mailed_links.lost(address=ADA, at=life.at)
    send()
    mailed = Receipt(next(token for page, token in sink.links_to(ADA) if page == "my"))
    life.post(scenario.body(receipt=mailed.text))
    life.sweep()
    life.erase(own)
    life.sweep()

    holding_a_key = Token.objects.using("keystore").filter(hash=mailed.token_hash).exclude(wrapped=None)
    assert not holding_a_key.exists(), "the erased registration's key is still wrapped for the mailed receipt"


def test_a_mailed_receipt_still_opens_its_registration_after_somebody_registered_with_it(life, sink, send):
    own = life.confirmed(UPDATES)
    mailed_links.lost(address=ADA, at=life.at)
    send()
    mailed = Receipt(next(token for page, token in sink.links_to(ADA) if page == "my"))
    life.post(scenario.body(receipt=mailed.text))
    life.sweep()

    assert self_service.see(receipt=mailed).row.id == own.registration
