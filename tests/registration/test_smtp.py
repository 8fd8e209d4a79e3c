"""The conversation with the mail server: what went wrong before the text may be tried again, and what came after is undecided."""

import time

import pytest

from intake import normal
from registration import post, smtp
from registration.smtp import Conversation, Deferred, Refused, Timeouts, Undecided
from tests.intake import hostile_addresses
from tests.registration.misbehaving import CLOSE, HANG, Server
from tests.registration.test_post import message, rendered

SHORT = Timeouts(envelope=0.3, text=0.3, answer=0.3)
MAIL = b"Subject: x\r\n\r\n.a line with a dot\r\nand one without\r\n"


@pytest.fixture
def served(settings):
    """Begins a server that misbehaves, and the settings that lead there."""
    servers = []

    def begin(answers=None, **options):
        server = Server(answers, **options).__enter__()
        servers.append(server)
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        return server

    yield begin
    for server in servers:
        server.__exit__()


def send(conversation, to="ada@example.org", text=MAIL):
    conversation.envelope(sender="register@example.com", to=to)
    conversation.text(text)
    conversation.answer()


def test_mails_go_out_over_one_connection_with_their_dots_as_they_were(served):
    server = served()
    with Conversation(SHORT) as conversation:
        for number in range(3):
            send(conversation, f"ada{number}@example.org")

    assert [to for to, _ in server.taken] == ["ada0@example.org", "ada1@example.org", "ada2@example.org"]
    assert server.taken[0][1] == MAIL.replace(b"\r\n.a", b"\r\n..a")


@pytest.mark.parametrize("answer", ["421 closing", "450 later", "451 later", HANG, CLOSE])
@pytest.mark.parametrize("verb", ["banner", "EHLO", "MAIL", "RCPT", "DATA"])
def test_nothing_was_taken_of_what_went_wrong_before_the_text(served, verb, answer):
    server = served({verb: answer, "HELO": answer})
    with Conversation(SHORT) as conversation:
        with pytest.raises(Deferred) as caught:
            send(conversation)
        assert caught.value.domain_only is (verb == "RCPT" and not answer.startswith("421"))
        assert server.texts == 0
        server.answers.clear()
        send(conversation)

    assert [to for to, _ in server.taken] == ["ada@example.org"]


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "end"])
def test_what_the_server_refuses_for_good_is_refused_and_the_next_mail_goes_out(served, verb):
    server = served({verb: "550 ada@example.org is unknown here"}, times=1)
    with Conversation(SHORT) as conversation:
        with pytest.raises(Refused) as caught:
            send(conversation)
        send(conversation, "bob@example.org")

    assert caught.value.args == (caught.value.verb, 550)
    assert "example" not in str(caught.value)
    assert [to for to, _ in server.taken] == ["bob@example.org"]


@pytest.mark.parametrize(("verb", "answer"), [("MAIL", "553 who are you"), ("RCPT", "530 sign in first"), ("DATA", "503 what")])
def test_a_server_that_refuses_us_refuses_no_mail(served, verb, answer):
    served({verb: answer})
    with Conversation(SHORT) as conversation, pytest.raises(Deferred):
        send(conversation)


@pytest.mark.parametrize("answer", ["421 closing", "452 disk full"])
def test_a_mail_that_the_server_says_it_did_not_take_may_be_tried_again(served, answer):
    server = served({"end": answer}, times=1)
    with Conversation(SHORT) as conversation:
        with pytest.raises(Deferred):
            send(conversation)
        send(conversation)

    assert len(server.taken) == 1


@pytest.mark.parametrize("answer", [HANG, CLOSE, "no code at all"])
def test_what_broke_after_the_text_is_undecided(served, answer):
    served({"end": answer}, times=1)
    with Conversation(SHORT) as conversation:
        with pytest.raises(Undecided):
            send(conversation)
        send(conversation)


def test_a_slow_answer_to_a_mails_end_is_waited_for(served, monkeypatch):
    server = served()
    say = server._say
    monkeypatch.setattr(
        server, "_say", lambda lines, verb, keep=None: (verb == "end" and time.sleep(0.5), say(lines, verb, keep))[1]
    )
    with Conversation(SHORT._replace(answer=5)) as conversation:
        send(conversation)

    assert smtp.Timeouts().answer == 600


def test_a_server_that_closes_after_each_mail_gets_them_all(served):
    server = served(closes_after_each=True)
    with Conversation(SHORT) as conversation:
        for _ in range(3):
            send(conversation)

    assert len(server.taken) == 3


def test_an_envelope_that_is_taken_back_sends_nothing(served):
    server = served()
    with Conversation(SHORT) as conversation:
        conversation.envelope(sender="register@example.com", to="ada@example.org")
        conversation.abandon()
        send(conversation, "bob@example.org")

    assert [to for to, _ in server.taken] == ["bob@example.org"]


def test_an_address_goes_out_as_the_index_has_it_in_the_envelope_and_in_the_header(served):
    server, kept = served(), []
    with Conversation(SHORT) as conversation:
        for typed in hostile_addresses.addresses():
            try:
                address = normal.email(typed)
            except normal.NotNormal:
                continue
            kept.append(address)
            send(conversation, address, rendered(message("confirm"), to=address).as_bytes())

    assert server.recipients == kept
    assert len(kept) > 40
    for address, (_, text) in zip(kept, server.taken, strict=True):
        assert f"\r\nTo: {address}\r\n".encode() in text
        assert text.isascii()


@pytest.mark.parametrize("to", ["dörte@example.org", "ada@bücher.example"])
def test_what_is_not_canonical_is_written_to_by_nobody(to):
    with pytest.raises(post.UnusableAddress):
        rendered(message("confirm"), to=to)
