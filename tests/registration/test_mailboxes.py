"""Mailboxes: which mail is allowed and when, and what a change of address does."""

from datetime import timedelta

from intake.models import Letter
from keystore import vault
from keystore.models import EmailIndex, Suppression, Token
from registration import cleanup, mailed_links, self_service
from registration.models import Confirmation
from registration.policy import House
from tests import scenario

OFFERS, UPDATES = "offers/vendor", "updates/vendor"
DAY = timedelta(days=1)


def waiting_mails(receipt):
    rows = Confirmation.objects.filter(registration=receipt.registration, state="waiting", kind="confirm")
    return [row.next_try.date() for row in rows.order_by("next_try")]


def sent(receipt):
    """The mailer has sent what was due."""
    return Confirmation.objects.filter(registration=receipt.registration, state="waiting").update(state="sent")


def test_a_country_without_mailbox_gets_a_welcome_and_the_record_says_so(life):
    life.house = House(without_mailbox=frozenset({"US"}))
    receipt = life.register(UPDATES, country="US")
    life.sweep()

    assert life.mails(receipt) == ["welcome"]
    assert life.marketing(receipt) == {UPDATES}
    standing = self_service.see(receipt=receipt).record.standings[UPDATES]
    assert (standing.state, standing.confirmed_on) == ("active", None)
    assert not self_service.see(receipt=receipt).record.mailbox_confirmed


def test_after_a_withdrawal_a_new_registration_of_the_address_waits_for_the_mailbox(life):
    life.house = House(without_mailbox=frozenset({"US"}))
    first = life.register(UPDATES, country="US")
    life.sweep()
    mailed_links.unsubscribe(token=life.unsubscribe_token(first, UPDATES), at=life.at)
    second = life.register(UPDATES, country="US")
    life.sweep()

    assert life.marketing(second) == set()
    assert (life.states(second), life.mails(second)) == ({UPDATES: "unconfirmed"}, ["confirm"])
    life.confirm(life.mailed(second, UPDATES))
    life.sweep()
    assert life.marketing(second) == {UPDATES}
    assert not Suppression.objects.using("keystore").exists()


def test_a_changed_address_takes_every_grant_and_tells_the_old_mailbox(life):
    receipt = life.confirmed(UPDATES)
    sent(receipt)
    link = life.unsubscribe_token(receipt, UPDATES)
    life.change(receipt, contact={"email": "new@example.org"})
    life.sweep()

    assert life.marketing(receipt) == set()
    assert life.states(receipt) == {UPDATES: "unconfirmed"}
    assert sorted(life.mails(receipt)) == ["changed", "confirm", "confirm"]
    changed = Confirmation.objects.get(registration=receipt.registration, kind="changed")
    with vault.opening(purpose="service", actor="test", reason="", at=life.at) as opened:
        assert opened.open(changed, "errand").address == "ada@example.org"
    assert not self_service.see(receipt=receipt).record.mailbox_confirmed

    mailed_links.unsubscribe(token=link, at=life.at)
    life.sweep()
    assert life.states(receipt) == {UPDATES: "unconfirmed"}, "the old mailbox has no say any more"


def test_a_mistyped_address_is_put_right_without_waiting_a_day(life):
    receipt = life.register(UPDATES, email="aba@example.org")
    life.sweep()
    sent(receipt)
    life.change(receipt, contact={"email": "ada@example.org"})
    life.sweep()

    assert waiting_mails(receipt) == [life.at.date()]


def test_a_token_of_the_old_mailbox_confirms_nothing(life):
    receipt = life.register(UPDATES)
    life.sweep()
    old = life.mailed(receipt, UPDATES)
    life.change(receipt, contact={"email": "new@example.org"})
    life.confirm(old)
    life.sweep()

    assert life.marketing(receipt) == set()


def test_the_same_mailbox_in_another_spelling_is_no_change(life):
    receipt = life.confirmed(UPDATES)
    life.change(receipt, contact={"email": "ADA@EXAMPLE.ORG"})
    life.sweep()

    assert life.marketing(receipt) == {UPDATES}
    assert "changed" not in life.mails(receipt)


def test_an_address_taken_away_ends_every_choice(life):
    receipt = life.confirmed(UPDATES)
    life.change(receipt, contact=None)
    life.sweep()

    assert life.states(receipt) == {UPDATES: "withdrawn"}
    assert not EmailIndex.objects.using("keystore").exists()
    life.change(receipt, choices=[scenario.choice(UPDATES)])
    life.sweep()
    assert life.states(receipt) == {UPDATES: "withdrawn"}
    assert Letter.objects.filter(reason="email-required").exists()


def test_an_unconfirmed_choice_ends_after_its_days(life):
    receipt = life.register(UPDATES)
    life.sweep()
    token = life.mailed(receipt, UPDATES)
    life.at += 14 * DAY
    assert cleanup.tidy(at=life.at).expired == 0

    life.at += 2 * DAY
    assert cleanup.tidy(at=life.at).expired == 1
    life.confirm(token)
    life.sweep()

    assert life.states(receipt) == {UPDATES: "expired"}
    assert life.marketing(receipt) == set()


def test_tidying_takes_the_mailers_grant_when_its_mail_is_settled(life):
    receipt = life.confirmed(UPDATES)
    sent(receipt)
    life.at += DAY
    cleanup.tidy(at=life.at)

    assert life.live(receipt) == {"support", "custody", UPDATES}
    assert life.mails(receipt) == []
    assert cleanup.tidy(at=life.at) == (0, 0, 0)


def test_a_mail_that_waits_will_ask_for_later_choices_too(life):
    receipt = life.register(UPDATES)
    life.sweep()
    life.change(receipt, choices=[scenario.choice(OFFERS)])
    life.sweep()
    assert waiting_mails(receipt) == [life.at.date()]

    sent(receipt)
    for purpose in (UPDATES, OFFERS):
        life.change(receipt, choices=[scenario.choice(purpose)])
        life.sweep()
    assert waiting_mails(receipt) == [life.at.date()]


def test_asking_again_gives_the_mailbox_its_full_time(life):
    receipt = life.register(UPDATES)
    life.sweep()
    sent(receipt)
    life.at += 13 * DAY
    life.change(receipt, choices=[scenario.choice(UPDATES)])
    life.sweep()

    assert Token.objects.using("keystore").get(kind="pending").expires == life.at.date() + 14 * DAY


def test_confirming_one_choice_leaves_the_withdrawal_of_another(life):
    life.house = House(without_mailbox=frozenset({"US"}))
    first = life.confirmed(UPDATES, OFFERS)
    life.change(first, choices=[scenario.choice(UPDATES, granted=False), scenario.choice(OFFERS, granted=False)])
    life.sweep()
    life.confirmed(UPDATES)
    second = life.register(UPDATES, OFFERS, country="US")
    life.sweep()

    assert life.marketing(second) == {UPDATES}


def test_a_mail_that_was_sent_is_known_until_its_day_ends(life):
    receipt = life.register(UPDATES)
    life.sweep()
    sent(receipt)
    cleanup.tidy(at=life.at)
    assert life.mails(receipt) == ["confirm"]

    life.at += DAY
    cleanup.tidy(at=life.at)
    assert life.mails(receipt) == []
