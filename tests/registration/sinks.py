"""A mail server that keeps what it is sent, and does what a test tells it to."""

import asyncio
import re
import socket
import threading
from base64 import urlsafe_b64decode
from collections import Counter
from email import message_from_bytes, policy
from typing import Self

from aiosmtpd.controller import Controller

LINK = re.compile(r"https?://[^/\s]+/(confirm|unsubscribe|my#?)/?([A-Za-z0-9_-]{43})")


def decoded(text):
    return urlsafe_b64decode(text + "=")


def links(content: bytes) -> list[tuple[str, bytes]]:
    """The links of a mail's text part: which page, and its secret."""
    text = message_from_bytes(content, policy=policy.default).get_body(("plain",)).get_content()
    return [(page.rstrip("#"), decoded(secret)) for page, secret in LINK.findall(text)]


class Sink:
    """In a `with` block. `answers` holds an SMTP answer for a recipient; `gate` holds a mail up while it is closed."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, bytes]] = []
        self.answers: dict[str, str] = {}
        self.data_answer = "250 kept"
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.hang_up_after: int | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def __enter__(self) -> Self:
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True)
        self.controller.start()
        return self

    def __exit__(self, *_) -> None:
        self.gate.set()
        self.controller.stop()

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 (aiosmtpd's name)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802 (aiosmtpd's name)
        self.entered.set()
        await asyncio.to_thread(self.gate.wait, 30)
        if self.hang_up_after is not None and len(self.arrived) >= self.hang_up_after:
            server.transport.abort()
            return "421 gone"
        if self.data_answer.startswith("250"):
            self.arrived += [(to, envelope.original_content) for to in envelope.rcpt_tos]
        return self.data_answer

    def counts(self) -> Counter[str]:
        """How many mails each mailbox got."""
        return Counter(to for to, _ in self.arrived)

    def links_to(self, address: str) -> list[tuple[str, bytes]]:
        return [link for to, content in self.arrived if to == address for link in links(content)]
