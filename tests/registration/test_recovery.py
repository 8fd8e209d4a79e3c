"""What a server did not take is tried again, later and later, and holds up nobody else."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from registration import errands, policy, smtp
from registration.mail_content import Sender
from registration.models import Confirmation
from tests.registration.misbehaving import CLOSE, HANG, Server

UPDATES = "updates/vendor"
SENDER = Sender(speaker=policy.speaker(), public_url="https://register.example.com")


@pytest.fixture
def served(settings, monkeypatch):
    """Begins a server that misbehaves, with time-outs that a test can wait for."""
    monkeypatch.setattr(smtp, "conversation", lambda: smtp.Conversation(smtp.Timeouts(0.3, 0.3, 0.3)))
    servers = []

    def begin(answers=None, **options):
        servers.append(Server(answers, **options).__enter__())
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", servers[-1].port
        return servers[-1]

    yield begin
    for server in servers:
        server.__exit__()


def registered(life, *addresses):
    for address in addresses:
        life.register(UPDATES, email=address)
    life.sweep()


def send(life):
    return errands.send_some(sender=SENDER, at=life.at)


def states():
    return sorted(Confirmation.objects.values_list("state", flat=True))


@pytest.mark.parametrize("answer", ["421 closing", "450 later", HANG, CLOSE])
@pytest.mark.parametrize("verb", ["banner", "MAIL", "RCPT", "DATA"])
def test_what_failed_before_the_text_is_sent_once_when_the_server_is_well_again(life, served, verb, answer):
    registered(life, *(f"ada{number}@example{number}.org" for number in range(2)))
    server = served({verb: answer})
    send(life)
    assert states() == ["waiting", "waiting"]

    server.answers.clear()
    life.at += timedelta(minutes=3)
    send(life)
    assert states() == ["sent", "sent"]
    assert sorted(to for to, _ in server.taken) == ["ada0@example0.org", "ada1@example1.org"]


def test_a_domain_that_puts_mail_off_holds_up_only_itself(life, served):
    slow = [f"ada{number}@slow.example" for number in range(30)]
    registered(life, *slow, *(f"bob{number}@example.org" for number in range(5)))
    server = served()
    server.refuse = "@slow.example"

    assert send(life).sent == 5
    assert len([to for to in server.recipients if to.endswith("@slow.example")]) == 1, "the others to it were not even tried"


def test_a_mail_is_tried_later_and_later_and_given_up_in_the_end(life, served):
    registered(life, "ada@example.org")
    server, waits = served({"RCPT": "450 later"}), []
    while states() == ["waiting"] and len(waits) < 20:
        due = Confirmation.objects.get().next_try
        waits.append(max(due - life.at, timedelta(0)))
        life.at = max(life.at, due)
        send(life)

    assert states() == ["skipped"]
    assert sum(waits, timedelta(0)) > timedelta(days=4)
    assert len(server.recipients) == 10
    assert waits[1] < timedelta(minutes=4) < waits[-1]


@pytest.mark.real_transactions  # the connection is closed and opened again
def test_a_mistake_of_ours_costs_one_mail_a_try_and_no_other_mail_anything(life, served, monkeypatch):
    registered(life, "ada@example.org", "bob@example.org")
    server, message = served(), errands.handover.mail_content.message

    def broken(mail, **given):
        if mail.errand.address == "ada@example.org":
            raise ValueError("ada@example.org")
        return message(mail, **given)

    monkeypatch.setattr(errands.handover.mail_content, "message", broken)
    assert send(life)[:3] == (1, 0, 0)
    assert [to for to, _ in server.taken] == ["bob@example.org"]

    monkeypatch.undo()
    life.at += timedelta(minutes=3)
    assert states() == ["sent", "waiting"]


@pytest.mark.parametrize("place", ["registration.smtp.Conversation.answer", "keystore.mailboxes.count"])
def test_a_mistake_after_the_text_is_out_sends_no_second_mail(life, served, monkeypatch, place):
    registered(life, "ada@example.org")
    server = served()

    def broken(*_, **__):
        raise DatabaseError if place.startswith("keystore") else TypeError

    monkeypatch.setattr(place, broken)
    send(life)
    assert states() == ["sent" if place.startswith("keystore") else "undecided"]

    monkeypatch.undo()
    life.at += timedelta(hours=1)
    send(life)
    assert server.texts == 1


def test_a_mail_that_is_tried_again_uses_up_no_allowance(life, served):
    registered(life, "ada@example.org")
    server = served({"end": "452 disk full"})
    for _ in range(5):
        send(life)
        life.at += timedelta(minutes=30)
    server.answers.clear()
    life.at += timedelta(hours=8)
    send(life)

    assert [to for to, _ in server.taken] == ["ada@example.org"]
