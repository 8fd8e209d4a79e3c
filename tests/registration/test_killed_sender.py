"""Senders in processes of their own: killed in the middle of a mail, and racing with a withdrawal."""

import threading
import time
from typing import NamedTuple

import pytest
from django.db import connections

from keystore.models import Token
from registration import errands, mailed_links, policy, self_service, smtp
from registration.mail_content import Sender
from registration.models import Confirmation
from registration.policy import House
from tests.registration import subprocesses

pytestmark = pytest.mark.real_transactions
UPDATES = "updates/vendor"
SENDER = """
from django.utils import timezone
from registration import errands, policy, smtp
from registration.mail_content import Sender
sender = Sender(speaker=policy.speaker(), public_url="https://register.example.com")
errands.send_some(sender=sender, at=timezone.now())
"""


class Held(NamedTuple):
    """A sender's process, and the person whose mail is under way."""

    process: object
    person: object


@pytest.fixture
def sender(life, sink, tmp_path):
    """A sender that is held up in the middle of its first mail."""
    receipts = [life.register(UPDATES, email=f"ada{number}@example.org") for number in range(3)]
    life.sweep()
    sink.gate.clear()
    url = f"smtp://127.0.0.1:{sink.port}"
    with subprocesses.running(subprocesses.python(SENDER), tmp_path / "log", REGSVC_SMTP_URL=url) as process:
        assert sink.entered.wait(30), (tmp_path / "log").read_text()
        held = Token.objects.using("keystore").get(kind="confirm").registration_id
        yield Held(process, next(receipt for receipt in receipts if receipt.registration == held))


def send(life):
    own = Sender(speaker=policy.speaker(), public_url="https://register.example.com")
    return errands.send_some(sender=own, at=life.at)


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_the_one_mail_that_a_killed_sender_held_is_undecided_and_the_rest_go_out(life, sink, sender):
    subprocesses.kill(sender.process)
    sink.gate.set()
    held = Confirmation.objects.get(registration=sender.person.registration)

    assert until(lambda: send(life).undecided) == 1
    assert until(lambda: not Confirmation.objects.filter(state="waiting").exists())
    assert send(life) == (0, 0, 0, 0)
    assert Confirmation.objects.get(id=held.id).state == "undecided"
    assert Confirmation.objects.filter(state="sent").count() == 2
    assert set(sink.counts().values()) == {1}


def test_while_one_sends_no_other_does(life, sink, sender):
    assert send(life) == (0, 0, 0, 0)
    assert sorted(Confirmation.objects.values_list("state", flat=True)) == ["claimed", "waiting", "waiting"]


@pytest.mark.parametrize("act", ["lower", "erase"])
def test_a_server_that_is_slow_to_take_a_mail_holds_no_answer_up_and_no_mail_starts_after_it(life, sink, sender, act):
    receipt = sender.person
    life.lower(receipt, UPDATES) if act == "lower" else life.erase(receipt)
    assert sink.arrived == [], "its text had gone out before"
    sink.gate.set()

    assert until(lambda: sender.process.poll() is not None)
    assert sorted(sink.counts().values()) == [1, 1, 1]
    assert life.marketing(receipt) == set()


@pytest.fixture
def text_goes_out(life, monkeypatch):
    """Sends one mail, and begins an act when its text is about to go out; whether the act waited until it was out."""

    def run(act):
        held, done, text = [], threading.Event(), smtp.Conversation.text

        def begin():
            try:
                act()
                done.set()
            finally:
                connections.close_all()

        person = threading.Thread(target=begin)

        def slow(conversation, message):
            person.start()
            held.append(not done.wait(0.3))
            text(conversation, message)

        monkeypatch.setattr(smtp.Conversation, "text", slow)
        assert send(life).sent == 1
        person.join(20)
        assert done.is_set()
        return held == [True]

    return run


@pytest.mark.parametrize("act", ["lower", "erase"])
@pytest.mark.parametrize("mail", ["confirm", "welcome"])
def test_an_answer_waits_while_the_text_goes_out(life, sink, act, mail, text_goes_out):
    """The locks are held from the last look at the keystore until the text is out."""
    life.house = House(without_mailbox=frozenset({"US"} if mail == "welcome" else ()))
    receipt = life.register(UPDATES, country="US")
    life.sweep()
    assert life.mails(receipt) == [mail]

    assert text_goes_out(lambda: life.lower(receipt, UPDATES) if act == "lower" else life.erase(receipt))
    assert life.marketing(receipt) == set()


def test_a_move_waits_while_a_new_receipt_goes_out(life, sink, text_goes_out):
    receipt = life.confirmed(UPDATES)
    Confirmation.objects.all().delete()
    mailed_links.lost(address="ada@example.org", at=life.at)
    life.sweep()
    life.change(receipt, contact={"email": "new@example.org"})

    assert text_goes_out(life.sweep)
    assert sink.counts() == {"ada@example.org": 1}
    with pytest.raises(self_service.NotKnown):
        self_service.see(receipt=self_service.Receipt(sink.links_to("ada@example.org")[0][1]))
