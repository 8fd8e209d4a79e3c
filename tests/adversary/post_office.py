"""A mail server that an adversary would like: slow at any verb, holding mails up, and keeping every envelope."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from functools import cached_property

from tests.registration.sinks import Sink

LINK = re.compile(r"/(confirm|unsubscribe|my)[/#]([A-Za-z0-9_-]{43})")
NUMBER = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
PATIENCE = 10.0


@dataclass(eq=False)
class Mail:
    """One mail as it arrived: the envelope's recipient, and what the text says."""

    to: str
    content: bytes

    @cached_property
    def parsed(self):
        return message_from_bytes(self.content, policy=policy.default)

    @cached_property
    def text(self) -> str:
        return self.parsed.get_body(("plain",)).get_content()

    def secrets(self, page: str) -> list[str]:
        """The secrets in links to `confirm`, `unsubscribe` or `my`."""
        return [secret for where, secret in LINK.findall(self.text) if where == page]

    @property
    def links(self) -> list[str]:
        return self.secrets("confirm")

    @property
    def receipts(self) -> list[str]:
        return self.secrets("my")

    @property
    def numbers(self) -> set[str]:
        return set(NUMBER.findall(self.text))


class PostOffice(Sink):
    """`delays` are seconds before the answer to a verb; `holding` stops the next mail at a verb."""

    def __init__(self) -> None:
        super().__init__()
        self.delays: dict[str, float] = {}
        self.held_at = ""
        self.held = threading.Event()
        self.held_to: str | None = None
        self.asked: list[str] = []
        self.at_rcpt: Callable[[str], None] | None = None  # what somebody's own mail server does before it answers

    async def handle_MAIL(self, _server, _session, envelope, address, options):  # noqa: N802 (aiosmtpd's name)
        await self._pause("MAIL", "")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (aiosmtpd's)
        self.asked.append(address)
        await self._pause("RCPT", address)
        if self.at_rcpt:
            await asyncio.to_thread(self.at_rcpt, address)
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        await self._pause("DATA", envelope.rcpt_tos[0])
        return await super().handle_DATA(server, session, envelope)

    async def _pause(self, verb: str, to: str) -> None:
        if self.held_at == verb:
            self.held_at, self.held_to = "", to
            self.held.set()
            await asyncio.to_thread(self.gate.wait, PATIENCE)
        if delay := self.delays.get(verb):
            await asyncio.sleep(delay)

    @contextmanager
    def holding(self, verb: str) -> Iterator[threading.Event]:
        """Hold the next mail up at this verb until the block ends; the event says that it is held."""
        self.held.clear()
        self.gate.clear()
        self.held_at, self.held_to = verb, None
        try:
            yield self.held
        finally:
            self.held_at = ""
            self.gate.set()

    def mails(self, *boxes: str, since: int = 0) -> list[Mail]:
        """What arrived, in these mailboxes or in all of them."""
        return [Mail(to, content) for to, content in self.arrived[since:] if not boxes or to in boxes]

    def links(self, boxes: Iterable[str]) -> list[str]:
        """All links to confirm in these mailboxes."""
        return [link for mail in self.mails(*boxes) for link in mail.links]

    def receipts(self, *boxes: str) -> list[str]:
        """All receipts in these mailboxes."""
        return [receipt for mail in self.mails(*boxes) for receipt in mail.receipts]
