"""One kept conversation with the mail server, that knows what happened before a mail's text went out."""

import re
import smtplib
from types import TracebackType
from typing import NoReturn, Self

from django.conf import settings

CONNECT, DATA, DOT = 30.0, 3.0, 600.0
PERMANENT = 500


class Deferred(Exception):
    """The server did not take the mail for now, and nothing of its text was taken."""

    def __init__(self, verb: str, code: int | None = None, *, domain_only: bool = False) -> None:
        super().__init__(verb, code)
        self.verb, self.code, self.domain_only = verb, code, domain_only


class Refused(Exception):
    """The server refuses this mail for good."""

    def __init__(self, verb: str, code: int) -> None:
        super().__init__(verb, code)
        self.verb, self.code = verb, code


class Undecided(Exception):
    """The connection broke after the text had begun and before its answer: it may have been taken."""

    def __init__(self, verb: str) -> None:
        super().__init__(verb)
        self.verb = verb


class Conversation:
    """One connection, made when it is first needed."""

    def __init__(self) -> None:
        self.server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._drop()

    def _drop(self) -> None:
        if self.server:
            self.server.close()
        self.server = None

    def _connected(self) -> smtplib.SMTP:
        if self.server is None:
            server = smtplib.SMTP(timeout=CONNECT)
            server.connect(settings.EMAIL_HOST, settings.EMAIL_PORT)
            server.ehlo_or_helo_if_needed()
            self.server = server
        return self.server

    def envelope(self, *, sender: str, to: str) -> None:
        try:
            server = self._connected()
            code, _ = server.mail(sender)
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Deferred("MAIL") from None
        self._good("MAIL", code, refusable=False)
        try:
            code, _ = server.rcpt(to)
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Deferred("RCPT", domain_only=True) from None
        self._good("RCPT", code)

    def _good(self, verb: str, code: int, *, refusable: bool = True) -> None:
        if code in {250, 251, 354}:
            return
        self._fail(verb, code, refusable=refusable)

    def _fail(self, verb: str, code: int, *, refusable: bool = True) -> NoReturn:
        if code == 421 or code < 0:
            self._drop()
        elif self.server:
            try:
                self.server.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        if code >= PERMANENT and refusable:
            raise Refused(verb, code)
        raise Deferred(verb, code, domain_only=verb == "RCPT")

    def text(self, message: bytes) -> None:
        server = self._connected()
        try:
            server.sock.settimeout(DATA)
            server.putcmd("data")
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Deferred("DATA") from None
        self._good("DATA", code)
        try:
            text = re.sub(rb"(?m)^\.", b"..", message)
            server.send((text if text.endswith(b"\r\n") else text + b"\r\n") + b".\r\n")
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Undecided("text") from None

    def answer(self) -> None:
        server = self._connected()
        try:
            server.sock.settimeout(DOT)
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Undecided(".") from None
        if code < 0:
            self._drop()
            raise Undecided(".")
        self._good(".", code)

    def abandon(self) -> None:
        if self.server:
            try:
                self.server.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()


def conversation() -> Conversation:
    return Conversation()
