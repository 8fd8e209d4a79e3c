"""A mail server, or what stands between it and us, that does what the standard does not expect."""

import time
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from django.db import connections

from registration import errands, handover, policy
from registration.mail_content import Sender
from registration.models import Confirmation
from registration.smtp import Conversation, Deferred, Timeouts, Undecided
from tests.logins import url
from tests.registration.misbehaving import Server
from tests.registration.sinks import Sink

UPDATES = "updates/vendor"
SHORT = Timeouts(envelope=0.5, text=0.5, answer=0.5)
MAIL = b"Subject: x\r\n\r\nA line.\r\n"


def sender():
    return Sender(speaker=policy.speaker(), public_url="https://register.example.com")


def send(conversation, to="ada@example.org"):
    conversation.envelope(sender="register@example.com", to=to)
    conversation.text(MAIL)
    conversation.answer()


class Restarting(Sink):
    """While it takes up the text of its first mail, the keystore is restarted."""

    def __init__(self, keystore: str) -> None:
        super().__init__()
        self.keystore = keystore

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        answer = await super().handle_DATA(server, session, envelope)
        if len(self.arrived) == 1:
            with psycopg.connect(self.keystore, autocommit=True) as superuser:
                superuser.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        return answer


@pytest.mark.real_transactions
def test_a_mail_that_was_taken_is_not_sent_again_because_the_keystore_restarted(life, servers, settings):
    life.register(UPDATES)
    life.sweep()
    with Restarting(url(servers, "", "keystore")) as office:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        errands.send_some(sender=sender(), at=life.at)
        connections["keystore"].close()  # as Celery does between two tasks
        errands.send_some(sender=sender(), at=life.at + timedelta(hours=1))

    assert office.counts() == {"ada@example.org": 1}
    assert Confirmation.objects.filter(state="waiting").count() == 0


@pytest.mark.parametrize("answer", ["200 taken", "251 will forward", "252 we shall see"])
def test_a_mail_is_taken_whatever_success_the_server_answers(settings, answer):
    """RFC 5321, 4.2.1: a code that is not known counts by its first digit."""
    with Server({"end": answer}) as server, Conversation(SHORT) as conversation:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        send(conversation)


@pytest.mark.parametrize("answer", ["354 go on", "150 soon", "999 what"])
def test_an_answer_to_a_mails_end_that_says_neither_yes_nor_no_leaves_it_undecided(settings, answer):
    with Server({"end": answer}) as server, Conversation(SHORT) as conversation:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        with pytest.raises(Undecided):
            send(conversation)


class Babbling(Server):
    """Once it is connected it answers a verb byte by byte, or with lines without end."""

    def __init__(self, verb: str, said: bytes, pause: float) -> None:
        super().__init__()
        self.verb, self.babble, self.pause = verb, said, pause

    def _serve(self, connection):
        with suppress(OSError):  # the other end has had enough
            super()._serve(connection)

    def _say(self, lines, verb, keep=None):
        while verb == self.verb and not self.over.wait(self.pause):
            lines.write(self.babble)
            lines.flush()
        return super()._say(lines, verb, keep)


@pytest.mark.parametrize(("said", "pause"), [(b"2", 0.2), (b"250-" + b"x" * 500 + b"\r\n", 0)])
@pytest.mark.parametrize("verb", ["EHLO", "RCPT", "DATA", "end"])
def test_a_reply_without_end_holds_nothing_up(settings, verb, said, pause):
    with Babbling(verb, said, pause) as server, Conversation(SHORT) as conversation:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        begun = time.monotonic()
        with pytest.raises(Undecided if verb == "end" else Deferred):
            send(conversation)

    assert time.monotonic() - begun < 2


@pytest.mark.real_transactions
def test_a_mail_that_failed_leaves_no_envelope_for_the_next_one(life, settings, monkeypatch):
    """What breaks between the envelope and the text, such as the keystore, breaks that mail only."""
    for number in range(2):
        life.register(UPDATES, email=f"ada{number}@example.org")
    life.sweep()
    armed = handover._armed

    def breaks_once(mail, day):
        monkeypatch.setattr(handover, "_armed", armed)
        raise RuntimeError

    monkeypatch.setattr(handover, "_armed", breaks_once)
    with Sink() as office:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        sent = errands.send_some(sender=sender(), at=life.at)

    assert (sent.sent, sent.put_off) == (1, 1)
