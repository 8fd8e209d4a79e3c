"""A permission belongs to a mailbox: what was meant for one that was left does nothing, and who merely knows one ends nothing."""

import pytest

from keystore.models import EmailIndex, Suppression, Token
from registration import errands, mailed_links, policy, self_service
from registration.mail_content import Sender
from registration.models import Confirmation
from registration.policy import House
from tests import scenario

UPDATES, OFFERS = "updates/vendor", "offers/vendor"
OLD, NEW = "ada@example.org", "new@example.org"
SENDER = Sender(speaker=policy.speaker(), public_url="https://register.example.com")


def moved(life, receipt, to=NEW):
    life.change(receipt, contact={"email": to})
    life.sweep()


def send(life):
    return errands.send_some(sender=SENDER, at=life.at)


def test_a_permission_of_another_mailbox_is_never_armed_or_mailed(life, sink):
    """As when the mailbox moves between the order's opening and its sending."""
    receipt = life.register(UPDATES)
    life.sweep()
    other = EmailIndex.objects.using("keystore").get(registration_id=receipt.registration)
    moved(life, life.register(email="bob@example.org"))
    EmailIndex.objects.using("keystore").filter(pk=other.pk).update(mac=b"m" * 32)

    assert send(life).skipped == 1
    assert sink.counts() == {}


def test_a_link_confirms_nothing_once_its_mailbox_is_not_the_registrations(life):
    receipt = life.register(UPDATES)
    life.sweep()
    token = life.mailed(receipt, UPDATES)
    EmailIndex.objects.using("keystore").update(mac=b"m" * 32)
    life.confirm(token)
    life.sweep()

    assert life.marketing(receipt) == set()
    assert mailed_links.asked(token=token) == []


def test_a_move_ends_what_waits_for_the_old_mailbox_and_asks_the_new_one_at_once(life, sink):
    receipt = life.register(UPDATES)
    life.sweep()
    moved(life, receipt)
    send(life)

    assert sink.counts() == {NEW: 1}
    ((_, token),) = sink.links_to(NEW)
    life.confirm(token)
    life.sweep()
    assert life.marketing(receipt) == {UPDATES}


def test_a_receipt_that_was_mailed_to_the_old_mailbox_opens_nothing_after_a_move(life, sink):
    receipt = life.confirmed(UPDATES)
    mailed_links.lost(address=OLD, at=life.at)
    life.sweep()
    send(life)
    ((_, secret), *_), old = sink.links_to(OLD), receipt
    moved(life, receipt)

    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=self_service.Receipt(secret))
    assert self_service.see(receipt=old).contact.email == NEW, "and the owner's own receipt was not shut by it"


def test_a_receipts_mail_that_waits_is_not_sent_to_the_mailbox_that_was_left(life, sink):
    receipt = life.confirmed(UPDATES)
    Confirmation.objects.all().delete()
    mailed_links.lost(address=OLD, at=life.at)
    life.sweep()
    moved(life, receipt)
    send(life)

    assert [page for page, _ in sink.links_to(OLD)] == []
    assert not Confirmation.objects.filter(kind="receipts").exists()


def test_a_mailed_receipt_that_moved_its_registration_is_replaced_when_the_new_mailbox_answers(life, sink):
    life.confirmed(UPDATES)
    mailed_links.lost(address=OLD, at=life.at)
    life.sweep()
    send(life)
    mailed = self_service.Receipt(sink.links_to(OLD)[0][1])
    self_service.see(receipt=mailed)
    moved(life, mailed)
    send(life)
    life.confirm(sink.links_to(NEW)[0][1])
    life.sweep()
    send(life)
    fresh = self_service.Receipt(next(secret for page, secret in sink.links_to(NEW) if page == "my"))

    assert self_service.see(receipt=fresh).contact.email == NEW
    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=mailed)


def test_every_registration_that_leaves_a_mailbox_is_told_of(life, sink):
    receipts = [life.confirmed(UPDATES) for _ in range(2)]
    Confirmation.objects.all().delete()
    for receipt in receipts:
        life.change(receipt, contact={"email": NEW})
    life.sweep()
    send(life)

    assert sink.counts()[OLD] == 2


def test_a_mailbox_that_never_answered_is_told_nothing_of_a_move(life, sink):
    receipt = life.register(UPDATES)
    life.sweep()
    moved(life, receipt)

    assert "changed" not in life.mails(receipt)


@pytest.mark.parametrize("act", ["lower", "stop", "erase"])
def test_who_merely_registered_with_an_address_ends_nothing_of_its_owner(life, act):
    owner = life.confirmed(UPDATES)
    outsider = life.register(UPDATES)
    life.sweep()
    if act == "lower":
        life.lower(outsider, UPDATES)
    elif act == "stop":
        life.change(outsider, stop_all_mail=True)
    else:
        life.erase(outsider)
    life.sweep()

    assert life.marketing(owner) == {UPDATES}
    assert life.states(owner) == {UPDATES: "active"}
    assert not Suppression.objects.using("keystore").exists()


def test_a_receipt_that_is_not_filed_yet_ends_nothing_of_the_owner(life):
    owner = life.confirmed(UPDATES)
    outsider = life.register(UPDATES)
    life.lower(outsider, UPDATES)
    life.sweep()

    assert life.marketing(owner) == {UPDATES}
    assert life.states(outsider) == {UPDATES: "withdrawn"}


def test_a_confirmed_registration_ends_its_choice_for_all_of_the_mailbox(life):
    one, other = life.confirmed(UPDATES), life.confirmed(UPDATES, OFFERS)
    life.lower(one, UPDATES)

    assert (life.marketing(one), life.marketing(other)) == (set(), {OFFERS})
    life.sweep()
    assert life.states(other) == {UPDATES: "withdrawn", OFFERS: "active"}


def test_a_confirmed_registration_stops_all_mail_to_its_address_before_the_answer(life):
    one, other = life.confirmed(UPDATES), life.confirmed(UPDATES, OFFERS)
    waits = life.register(OFFERS)
    life.sweep()
    link = life.mailed(waits, OFFERS)
    life.change(one, stop_all_mail=True)

    assert [life.marketing(each) for each in (one, other)] == [set(), set()]
    life.confirm(link)
    life.sweep()
    assert life.marketing(waits) == set()
    assert life.states(other) == {UPDATES: "withdrawn", OFFERS: "withdrawn"}
    assert life.states(waits) == {OFFERS: "withdrawn"}


def test_after_all_mail_was_stopped_no_country_grants_without_the_mailbox(life):
    life.change(life.confirmed(UPDATES), stop_all_mail=True)
    life.house = House(without_mailbox=frozenset({"US"}))
    again = life.register(OFFERS, country="US")
    life.sweep()

    assert life.marketing(again) == set()
    assert life.states(again) == {OFFERS: "unconfirmed"}


def test_all_mail_stopped_before_filing_files_every_choice_as_withdrawn(life):
    receipt = life.register(UPDATES, OFFERS)
    life.change(receipt, stop_all_mail=True)
    life.sweep()

    assert life.states(receipt) == {UPDATES: "withdrawn", OFFERS: "withdrawn"}
    assert life.mails(receipt) == []


def test_a_moved_registration_has_to_be_confirmed_again_to_act_on_its_mailbox(life):
    owner = life.confirmed(UPDATES, email=NEW)
    thief = life.confirmed(UPDATES)
    moved(life, thief)
    life.lower(thief, UPDATES)
    life.sweep()

    assert life.marketing(owner) == {UPDATES}
    assert life.states(owner) == {UPDATES: "active"}


def test_an_expired_link_confirms_nothing_even_before_it_is_tidied_away(life):
    receipt = life.register(UPDATES)
    life.sweep()
    token = life.mailed(receipt, UPDATES)
    Token.objects.using("keystore").filter(kind="confirm").update(expires=life.at.date().replace(year=2020))
    life.confirm(token)
    life.sweep()

    assert life.marketing(receipt) == set()
    assert [each.state for each in mailed_links.asked(token=token)] == ["expired"]


def test_a_withdrawal_ends_a_confirmed_link_too_so_that_it_confirms_nothing_again(life):
    receipt = life.register(UPDATES)
    life.sweep()
    token = life.mailed(receipt, UPDATES)
    life.confirm(token)
    life.sweep()
    life.lower(receipt, UPDATES)
    life.change(receipt, choices=[scenario.choice(UPDATES)])
    life.sweep()

    assert mailed_links.asked(token=token) == []
    assert life.marketing(receipt) == set()


def test_some_of_a_mails_choices_can_be_confirmed(life):
    one, other = (life.register(UPDATES, OFFERS) for _ in range(2))
    life.sweep()
    token = life.link(one, UPDATES, OFFERS)
    stored = Token.objects.using("keystore").filter(registration_id=other.registration, kind="pending")
    stored.update(
        kind="confirm", hash=Token.objects.using("keystore").get(registration_id=one.registration, purpose=UPDATES).hash
    )
    life.confirm(token, ("", UPDATES))
    life.confirm(token, (other.number, OFFERS))
    life.sweep()

    assert life.marketing(one) == {UPDATES}
    assert life.marketing(other) == {UPDATES, OFFERS}
    life.confirm(token)
    life.sweep()
    assert life.marketing(one) == {UPDATES, OFFERS}


def test_a_link_ends_what_its_own_mailbox_gets_and_nothing_of_the_one_that_its_registration_moved_to(life):
    receipt, other = (life.confirmed(UPDATES) for _ in range(2))
    link = life.unsubscribe_token(receipt, UPDATES)
    EmailIndex.objects.using("keystore").filter(registration_id=receipt.registration).update(mac=b"m" * 32)
    mailed_links.unsubscribe(token=link, at=life.at)
    life.sweep()

    for each, state in ((receipt, "active"), (other, "withdrawn")):
        assert life.marketing(each) == ({UPDATES} if state == "active" else set())
        assert self_service.see(receipt=each).record.state(UPDATES) == state


def test_a_link_gives_no_power_to_a_registration_that_it_did_not_confirm(life):
    own, other = (life.register(UPDATES) for _ in range(2))
    life.sweep()
    token = life.link(own, UPDATES)
    kept = Token.objects.using("keystore").get(registration_id=own.registration, purpose=UPDATES)
    Token.objects.using("keystore").filter(registration_id=other.registration, kind="pending").update(
        kind="confirm", hash=kept.hash, expires=life.at.date().replace(year=2020)
    )
    life.confirm(token)
    life.sweep()

    index = EmailIndex.objects.using("keystore")
    assert dict(index.values_list("registration_id", "confirmed")) == {own.registration: True, other.registration: False}


def test_only_links_that_end_mail_outlive_a_move(life):
    receipt = life.confirmed(UPDATES)
    life.change(receipt, choices=[scenario.choice(OFFERS)])
    life.sweep()
    left = EmailIndex.objects.using("keystore").get(registration_id=receipt.registration).mac
    assert Token.objects.using("keystore").filter(mac=left).count() == 3
    moved(life, receipt)

    kept = Token.objects.using("keystore").filter(mac=left)
    assert {(token.kind, token.registration_id) for token in kept} == {("unsubscribe", None)}


def test_an_expired_permission_is_mailed_to_nobody_even_before_it_is_tidied_away(life, sink):
    life.register(UPDATES)
    life.sweep()
    Token.objects.using("keystore").filter(kind="pending").update(expires=life.at.date().replace(year=2020))

    assert send(life).skipped == 1
    assert sink.counts() == {}


def test_a_receipt_is_not_mailed_once_its_mailbox_is_not_the_registrations(life, sink):
    life.confirmed(UPDATES)
    Confirmation.objects.all().delete()
    mailed_links.lost(address=OLD, at=life.at)
    life.sweep()
    EmailIndex.objects.using("keystore").update(mac=b"m" * 32)

    assert send(life).skipped == 1
    assert sink.counts() == {}


def test_a_second_move_takes_nothing_from_the_first_mailboxs_notice(life, sink):
    receipt = life.confirmed(UPDATES)
    Confirmation.objects.all().delete()
    moved(life, receipt)
    moved(life, receipt, to="third@example.org")
    send(life)

    assert sink.counts() == {OLD: 1, "third@example.org": 1}


def test_a_mailed_receipt_opens_nothing_once_its_mailbox_is_not_the_registrations(life, sink):
    old = life.confirmed(UPDATES)
    mailed_links.lost(address=OLD, at=life.at)
    life.sweep()
    send(life)
    secret = next(secret for page, secret in sink.links_to(OLD) if page == "my")
    EmailIndex.objects.using("keystore").update(mac=b"m" * 32)

    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=self_service.Receipt(secret))
    assert self_service.see(receipt=old).row.id == old.registration
