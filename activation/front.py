"""What a request for activation gets, whether a program or a page asks."""

from datetime import date, datetime, timedelta
from typing import Literal, cast

from activation import admission, binding, certificates, hardware, keychain, reading
from activation.answers import Activated, Given, Used
from activation.binding import Answer
from activation.certificates import Claims
from activation.hardware import Hardware
from activation.reading import Activation
from activation.rules import Outcome, Reason
from web.strict_json import InvalidFields

CLOCK = timedelta(days=1)


class Refused(Exception):
    """The rules refuse it.

    Args:
        reason: Why.
        transfer_from: For a key in use, the first day on which it moves by itself; None if it never does.
    """

    def __init__(self, reason: Reason, transfer_from: date | None) -> None:
        super().__init__("an activation was refused")
        self.reason = reason
        self.transfer_from = transfer_from


def activate(body: Activation, *, via: str, issuer: str, at: datetime) -> Activated:
    """Activate a computer.

    Args:
        body: The request.
        via: `net` or `file`.
        issuer: The activation's host, for the certificate.
        at: Now; only its day is kept.

    Raises:
        Refused: The rules refuse it.
        InvalidFields, binding.UnknownKey: It cannot be taken; so do what `admission.key` raises.
    """
    computer = _computer(body)
    key = admission.key(body.product_key, most=admission.KEY_CALLS)
    asked = binding.Request(key=key, product=body.product, hardware=computer, attempt=body.attempt)
    signer = keychain.signer()  # before anything is bound: a slot without a certificate helps nobody
    answer = binding.activate(request=asked, today=at.date())
    decision = answer.decision
    if decision.outcome == Outcome.REFUSED:
        raise Refused(decision.reason, decision.transfer_from)
    return Activated(
        outcome=cast("Given", decision.outcome.value),
        certificate=certificates.issue(_claims(answer, via=via, issuer=issuer, today=at.date()), signer=signer)
        if answer.binding
        else None,
        slots=Used(answer.used, answer.of),
        clock=_clock(body.sent_at, at),
    )


def _computer(body: Activation) -> Hardware:
    if body.hardware_version != hardware.VERSION:
        raise InvalidFields(reading.faults(body))
    try:
        return hardware.read(body.hardware)
    except hardware.NotAHash:
        raise InvalidFields(reading.faults(body)) from None


def _clock(sent: datetime | None, at: datetime) -> Literal["ok", "off"]:
    """Whether the client's clock is right to the day; one without a time zone cannot be judged."""
    return "off" if sent and sent.tzinfo and abs(sent - at) > CLOCK else "ok"


def _claims(answer: Answer, *, via: str, issuer: str, today: date) -> Claims:
    batch = answer.key.batch
    return Claims(
        v=certificates.VERSION,
        iss=issuer,
        pid=f"{batch.product}/{batch.channel}/{batch.number}",
        aid=answer.binding.hex if answer.binding else "",
        loc=bytes(answer.key.locator).hex(),
        hwv=hardware.VERSION,
        hw=answer.hardware.text,
        pol=certificates.rule_of(answer.policy),
        ch=batch.channel,
        via=via,
        iat=certificates.midnight_of(certificates.number_of(today)),
    )
