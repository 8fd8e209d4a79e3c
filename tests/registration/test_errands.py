"""Service mail on a real mail server: what is sent once is never sent again, and nothing goes out that may not."""

from datetime import timedelta

import pytest

from keystore.models import Grant, Token
from registration import errands, handover, mailed_links, policy, self_service
from registration.mail_content import Sender
from registration.models import Confirmation, Registration
from registration.policy import House
from tests import scenario

UPDATES, OFFERS = "updates/vendor", "offers/vendor"
SITE = "https://register.example.com"


@pytest.fixture
def send(life, sink):
    sender = Sender(speaker=policy.speaker(), public_url=SITE)
    return lambda: errands.send_some(sender=sender, at=life.at)


def states():
    return sorted(Confirmation.objects.values_list("state", flat=True))


def registered(life, count):
    receipts = [life.register(UPDATES, email=f"ada{number}@example.org") for number in range(count)]
    life.sweep()
    return receipts


def test_a_confirmation_is_sent_once_and_its_links_confirm(life, sink, send):
    receipt = life.register(UPDATES, OFFERS)
    life.sweep()

    assert [send(), send()] == [(1, 0, 0, 0), (0, 0, 0, 0)]
    assert sink.counts() == {"ada@example.org": 1}
    ((page, token),) = sink.links_to("ada@example.org")
    assert page == "confirm"
    life.confirm(token)
    life.sweep()
    assert life.marketing(receipt) == {UPDATES, OFFERS}


def test_the_stored_hash_is_of_the_mailed_token_only(life, sink, send):
    receipt = life.register(UPDATES)
    life.sweep()
    send()

    token = Token.objects.using("keystore").get(registration_id=receipt.registration, kind="confirm")
    (_, mailed), *_ = sink.links_to("ada@example.org")
    assert bytes(token.hash) != mailed
    assert mailed not in (receipt.secret, receipt.token_hash)


def test_a_welcome_holds_the_link_that_ends_the_choice(life, sink, send):
    life.house = House(without_mailbox=frozenset({"US"}))
    receipt = life.register(UPDATES, country="US")
    life.sweep()
    send()

    ((page, token),) = set(sink.links_to("ada@example.org"))
    assert page == "unsubscribe"
    mailed_links.unsubscribe(token=token, at=life.at)
    assert life.marketing(receipt) == set()


def test_a_changed_address_sends_word_to_the_old_one_and_a_question_to_the_new(life, sink, send):
    receipt = life.confirmed(UPDATES)
    Confirmation.objects.all().delete()
    life.change(receipt, contact={"email": "new@example.org"})
    life.sweep()
    send()

    assert sink.counts() == {"ada@example.org": 1, "new@example.org": 1}
    assert sink.links_to("ada@example.org") == []
    assert {page for page, _ in sink.links_to("new@example.org")} == {"confirm"}


def test_word_goes_to_the_old_address_even_if_nothing_is_left_of_the_contact(life, sink, send):
    receipt = life.confirmed(UPDATES)
    Confirmation.objects.all().delete()
    life.change(receipt, contact=None)
    life.sweep()

    assert send().sent == 1
    assert sink.counts() == {"ada@example.org": 1}


def test_new_receipts_come_in_one_mail_and_open(life, sink, send):
    olds = [life.confirmed(UPDATES, email=email) for email in ("ada@example.org", "Ada@example.org")]
    Confirmation.objects.all().delete()
    mailed_links.lost(address="ada@example.org", at=life.at)
    life.sweep()

    assert send().sent == 1
    ((_, content),) = sink.arrived
    found = sink.links_to(sink.arrived[0][0])
    assert {page for page, _ in found} == {"my"}
    opened = {self_service.see(receipt=self_service.Receipt(secret)).row.id for _, secret in found}
    assert opened == {old.registration for old in olds}
    assert olds[0].text.encode() not in content


@pytest.mark.parametrize("act", ["lower", "erase"])
def test_nothing_is_sent_after_the_person_said_no(life, sink, send, act):
    receipt = life.register(UPDATES)
    life.sweep()
    life.lower(receipt, UPDATES) if act == "lower" else life.erase(receipt)

    assert send() == (0, 1, 0, 0)
    assert sink.arrived == []


def test_only_what_still_waits_is_asked_for(life, sink, send):
    receipt = life.register(UPDATES, OFFERS)
    life.sweep()
    life.lower(receipt, UPDATES)
    send()

    assert len(set(sink.links_to("ada@example.org"))) == 1
    for _, token in sink.links_to("ada@example.org"):
        life.confirm(token)
    life.sweep()
    assert life.marketing(receipt) == {OFFERS}


@pytest.mark.parametrize("kind", ["changed", "receipts"])
def test_without_the_mailers_grant_no_other_mail_goes_out(life, sink, send, kind):
    receipt = life.confirmed(UPDATES)
    Confirmation.objects.all().delete()
    life.change(receipt, contact={"email": None}) if kind == "changed" else mailed_links.lost(
        address="ada@example.org", at=life.at
    )
    life.sweep()
    Grant.objects.using("keystore").filter(purpose="service").delete()

    assert send() == (0, 1, 0, 0)
    assert sink.arrived == []


def test_the_fourth_confirmation_of_a_day_comes_the_next_day(life, sink, send):
    sent = []
    for _ in range(4):
        life.register(UPDATES)
        life.sweep()
        sent.append(send().sent)

    assert sent == [1, 1, 1, 0]
    life.at += timedelta(days=1)
    assert send().sent == 1


@pytest.mark.parametrize(
    ("answer", "state"), [("550 no such mailbox", "skipped"), ("451 later", "waiting"), ("421 shutting down", "waiting")]
)
def test_a_refused_recipient_is_given_up_or_tried_again_as_the_server_says(life, sink, send, answer, state):
    registered(life, 1)
    sink.answers["ada0@example.org"] = answer
    send()
    assert states() == [state]

    sink.answers.clear()
    assert send().sent == 0, "not at once"
    life.at += timedelta(minutes=3)
    assert send().sent == (state == "waiting")


@pytest.mark.parametrize(("answer", "state"), [("554 unwanted", "skipped"), ("452 disk full", "waiting")])
def test_a_mail_that_the_server_did_not_take_is_not_undecided(life, sink, send, answer, state):
    registered(life, 2)
    sink.data_answer = answer
    send()

    assert states() == [state, state]


def test_a_server_that_is_away_costs_nothing(life, sink, send, settings):
    registered(life, 2)
    settings.EMAIL_PORT = 1
    assert send() == (0, 0, 0, 2)
    assert states() == ["waiting", "waiting"]

    settings.EMAIL_PORT = sink.port
    life.at += timedelta(minutes=3)
    assert send().sent == 2


def test_a_server_that_hangs_up_costs_one_mail_and_the_rest_go_later(life, sink, send):
    registered(life, 4)
    sink.hang_up_after = 1
    send()
    assert states() == ["sent", "undecided", "waiting", "waiting"]

    sink.hang_up_after = None
    send()
    assert states() == ["sent", "sent", "sent", "undecided"]
    assert sorted(sink.counts().values()) == [1, 1, 1]


def test_a_broken_seal_costs_its_own_mail_only(life, sink, send):
    first, second = registered(life, 2)
    Registration.objects.filter(id=first.registration).update(contact=life.row(second).contact)

    assert send() == (1, 1, 0, 0)
    assert sink.counts() == {"ada1@example.org": 1}


def test_what_a_dead_sender_left_claimed_is_never_sent(life, sink, send):
    registered(life, 2)
    Confirmation.objects.filter(id=Confirmation.objects.first().id).update(state="claimed")

    assert send() == (1, 0, 1, 0)
    assert send() == (0, 0, 0, 0)
    assert states() == ["sent", "undecided"]


def test_the_person_can_ask_again_for_a_mail_that_was_undecided(life, sink, send):
    (receipt,) = registered(life, 1)
    Confirmation.objects.update(state="claimed")
    send()
    life.at += timedelta(days=1)
    life.change(receipt, choices=[scenario.choice(UPDATES)])
    life.sweep()
    send()

    assert sink.counts() == {"ada0@example.org": 1}


def test_a_welcome_names_the_choices_that_it_is_about_and_no_others(life, sink, send):
    life.house = House(without_mailbox=frozenset({"US"}))
    receipt = life.register(UPDATES, country="US")
    life.sweep()
    life.change(receipt, choices=[scenario.choice(OFFERS)])
    life.sweep()
    life.confirm(life.mailed(receipt, OFFERS))
    life.sweep()
    send()

    assert {token for _, token in sink.links_to("ada@example.org")} == {life.unsubscribe_token(receipt, UPDATES)}


def test_what_another_sender_settled_meanwhile_stays_as_it_says(life, sink, send, monkeypatch):
    """As when this sender's lock was lost with its connection, and the next one found its mail undecided."""
    registered(life, 1)
    hand_over = handover.hand_over

    def overtaken(*args, **options):
        Confirmation.objects.update(state="undecided")
        return hand_over(*args, **options)

    monkeypatch.setattr(handover, "hand_over", overtaken)
    send()

    assert states() == ["undecided"]


def test_a_mail_that_is_not_waiting_any_more_is_not_sent(life, sink, send, monkeypatch):
    """As when the person asks again, or is erased, between this run's question and its claim."""
    registered(life, 1)
    open_all = handover.open_all

    def late(rows):
        Confirmation.objects.all().delete()
        return open_all(rows)

    monkeypatch.setattr(handover, "open_all", late)

    assert send().sent == 0
    assert sink.arrived == []
