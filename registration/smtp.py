"""One kept conversation with the mail server, that knows what had happened when something went wrong.

What fails before a mail's text goes out may be tried again: nothing was taken. What fails between the text and the answer
to it may have been taken. Nothing encodes an address here: it goes out as it is. Errors hold verbs and codes, never the server's
words, which repeat addresses.

Source: RFC 5321; the time-out at a mail's end is the one of its section 4.5.3.2.6.
"""

import re
import smtplib
import ssl
from types import TracebackType
from typing import NamedTuple, NoReturn, Self

from django.conf import settings

from registration.patient_smtp import Patient, PatientTLS

START, CLOSING = 354, 421
SUCCESS, LATER, NEVER = 2, 4, 5  # a code's first digit; what else it says of success need not be known (RFC 5321, 4.2.1)
OURS = frozenset({500, 502, 503, 530, 535, 538})  # our command, our sign-in: nothing that the mail could help
BROKEN = (smtplib.SMTPException, OSError)
DOTS = re.compile(rb"^\.", re.MULTILINE)


class Deferred(Exception):
    """The server did not take the mail for now, and nothing of its text was taken.

    Args:
        verb: What it was asked.
        code: What it answered; None where the connection failed.
        domain_only: Whether it concerns this recipient's domain only, and not every mail.
    """

    def __init__(self, verb: str, code: int | None = None, *, domain_only: bool = False) -> None:
        super().__init__(verb, code)
        self.verb, self.code, self.domain_only = verb, code, domain_only


class Refused(Exception):
    """The server refuses this mail for good."""

    def __init__(self, verb: str, code: int) -> None:
        super().__init__(verb, code)
        self.verb, self.code = verb, code


class Undecided(Exception):
    """The connection broke after the text had begun and before it was answered: the mail may have been taken."""

    def __init__(self, verb: str) -> None:
        super().__init__(verb)
        self.verb = verb


class Timeouts(NamedTuple):
    """How long the server may take, in seconds. The locks of a mail are held while it takes up the text."""

    envelope: float = 30.0
    text: float = 3.0
    answer: float = 600.0


class Conversation:
    """A conversation in a `with` block, over a connection that is made when it is needed and made anew when it is lost."""

    def __init__(self, timeouts: Timeouts = Timeouts()) -> None:  # noqa: B008 (it cannot be changed)
        self._timeouts = timeouts
        self._kept: Patient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._drop()

    def envelope(self, *, sender: str, to: str) -> None:
        """Say from whom and to whom the next mail goes.

        Raises:
            Deferred: The server is away or does not take it now; or it refuses our own address, which is no fault of the mail's.
            Refused: It refuses the recipient for good.
        """
        server, fresh = self._connected()
        try:
            self._time_out(self._timeouts.envelope)
            code, _ = server.mail(sender)
        except BROKEN:
            self._drop()
            if not fresh:  # a server may close a connection that was idle, or after each mail
                self.envelope(sender=sender, to=to)
                return
            raise Deferred("MAIL") from None
        if code // 100 != SUCCESS:
            if code == CLOSING and not fresh:
                self._drop()
                self.envelope(sender=sender, to=to)
                return
            self._not_taken("MAIL", code, ours=True)
        try:
            self._time_out(self._timeouts.envelope)
            code, _ = server.rcpt(to)
        except BROKEN:
            self._drop()
            raise Deferred("RCPT", domain_only=True) from None
        if code // 100 != SUCCESS:
            self._not_taken("RCPT", code)

    def text(self, message: bytes) -> None:
        """Send the mail's text and its end. The answer is not waited for.

        Raises:
            Deferred, Refused: The server does not take the text; nothing of it went out.
            Undecided: The connection broke while the text went out.
        """
        server = self._here("DATA")
        try:
            self._time_out(self._timeouts.text)
            server.putcmd("data")
            code, _ = server.getreply()
        except BROKEN:
            self._drop()
            raise Deferred("DATA") from None
        if code != START:
            self._not_taken("DATA", code)
        dotted = DOTS.sub(b"..", message)
        try:
            self._time_out(self._timeouts.envelope)
            server.send((dotted if dotted.endswith(b"\r\n") else dotted + b"\r\n") + b".\r\n")
        except BROKEN:
            self._drop()
            raise Undecided("text") from None

    def answer(self) -> None:
        """Wait for the answer to the mail's end.

        Raises:
            Deferred, Refused: The server did not take the mail, for now or for good.
            Undecided: It did not say.
        """
        server = self._here("end of text")
        try:
            self._time_out(self._timeouts.answer)
            code, _ = server.getreply()
        except BROKEN:
            self._drop()
            raise Undecided("end of text") from None
        if code // 100 not in {SUCCESS, LATER, NEVER}:
            self._drop()
            raise Undecided("end of text")
        if code // 100 != SUCCESS:
            self._not_taken("end of text", code)

    def abandon(self) -> None:
        """Take an envelope back: nothing is sent for it."""
        if self._kept is None:
            return
        try:
            self._time_out(self._timeouts.envelope)
            if self._kept.rset()[0] // 100 != SUCCESS:
                self._drop()
        except BROKEN:
            self._drop()

    def _connected(self) -> tuple[Patient, bool]:
        """The connection, and whether it was made just now."""
        if self._kept is not None:
            return self._kept, False
        try:
            self._kept = _connect(self._timeouts.envelope)
        except BROKEN:
            raise Deferred("connect") from None
        return self._kept, True

    def _here(self, verb: str) -> Patient:
        if self._kept is None:
            raise Deferred(verb)
        return self._kept

    def _time_out(self, seconds: float) -> None:
        if self._kept is not None:
            self._kept.within(seconds)

    def _not_taken(self, verb: str, code: int, *, ours: bool = False) -> NoReturn:
        """The server said no: the next mail begins anew, over a new connection if this one is closing.

        What it says of *our* address is no fault of the mail's, and never final. After an answer that is no answer to what was
        asked nobody knows what the next ones are about.
        """
        if code == CLOSING or code // 100 not in {LATER, NEVER}:
            self._drop()
        else:
            self.abandon()
        if code // 100 == NEVER and not ours and code not in OURS:
            raise Refused(verb, code)
        raise Deferred(verb, code if code > 0 else None, domain_only=verb == "RCPT" and code != CLOSING)

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.close()
        self._kept = None


def conversation() -> Conversation:
    """A conversation with the server that the settings name."""
    return Conversation()


def _connect(timeout: float) -> Patient:
    """A connection that is ready for a mail: encrypted and signed in as the settings say."""
    context = ssl.create_default_context()
    server = PatientTLS(timeout=timeout, context=context) if settings.EMAIL_USE_SSL else Patient(timeout=timeout)
    server.within(timeout)
    try:
        server._host = settings.EMAIL_HOST  # type: ignore[attr-defined]  # noqa: SLF001 (TLS checks the certificate against it)
        code, _ = server.connect(settings.EMAIL_HOST, settings.EMAIL_PORT)
        if code // 100 != SUCCESS:
            raise smtplib.SMTPConnectError(code, "")
        if settings.EMAIL_USE_TLS:
            server.starttls(context=context)
        server.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except BROKEN:
        server.close()
        raise
    return server
