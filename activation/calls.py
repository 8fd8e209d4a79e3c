"""A call at the operator's: what the installation ID says, what the rules decide about it, and the confirmation ID."""

import uuid
from datetime import date, timedelta
from typing import NamedTuple

from django.db import transaction

from activation import binding, cases, keychain, phone, policies, pressure, rules
from activation.binding import Place
from activation.models import CaseOutcome, ProductKey
from activation.phone import Installation
from activation.policies import Policy
from activation.rules import Decision, Reason

STORE = "activation"
ENDS: dict[Reason, CaseOutcome] = {
    Reason.VOLUME: CaseOutcome.NOT_REQUIRED,
    Reason.KEY_BLOCKED: CaseOutcome.KEY_BLOCKED,
    Reason.KEY_REPLACED: CaseOutcome.KEY_REPLACED,
}


class NotConfirmed(Exception):
    """The rules do not allow it, or do not any more. Nothing was stored."""


class Call(NamedTuple):
    """What the operator sees before anything is done.

    Args:
        key: The key's row with its batch.
        policy: The key's rules.
        places: Its slots.
        refused: How many different computers were refused it in seven days.
        decision: What the rules decide.
        moved: What they decide if the operator moves the key before its time; None if that would change nothing.
    """

    key: ProductKey
    policy: Policy
    places: list[Place]
    refused: int
    decision: Decision
    moved: Decision | None

    @property
    def leaving(self) -> Place | None:
        """The computer that leaves if the operator moves the key."""
        return next((place for place in self.places if self.moved and place.number == self.moved.slot), None)


class Confirmation(NamedTuple):
    """What is read out to the customer.

    Args:
        number: The confirmation ID.
        until: The last day of the lease.
        days: How long the lease is.
        decision: What was decided and stored.
    """

    number: str
    until: date
    days: int
    decision: Decision


def look(*, text: str, case: uuid.UUID, actor: uuid.UUID, today: date) -> Call:
    """What the service knows about the computer that calls. Nothing is bound; the call is noted, with the account that answers.

    Raises:
        phone.WrongLength, phone.GroupMistyped: The installation ID was mistyped: the call goes on.
        phone.UnknownVersion, binding.UnknownKey: There is nothing to be found for it. That is noted.
    """
    try:
        installation = phone.read_installation_id(text)
        call = _weighed(installation, today)
    except phone.UnknownVersion:
        cases.note(case=case, outcome=CaseOutcome.UNKNOWN_VERSION, actor=actor, today=today)
        raise
    except binding.UnknownKey:
        cases.note(case=case, outcome=CaseOutcome.UNKNOWN_KEY, actor=actor, today=today)
        raise
    outcome = ENDS.get(call.decision.reason, CaseOutcome.OPEN)
    cases.note(case=case, outcome=outcome, actor=actor, product=call.key.batch.product, today=today)
    return call


def _weighed(installation: Installation, today: date) -> Call:
    with transaction.atomic(using=STORE):
        key = binding.lock(installation.locator)
        places = binding.occupied(key)
        refused = pressure.refused(key=key, today=today)
    policy, standing = policies.POLICIES[key.batch.policy], binding.standing(key, places)
    asked = rules.Asked(installation.hardware, key.batch.product, telephone=True)
    decision = rules.decide(policy=policy, standing=standing, asked=asked, today=today)
    moved = rules.decide(policy=policy, standing=standing, asked=asked._replace(approved=True), today=today)
    approved = moved.reason == Reason.TRANSFER_APPROVED and decision.reason == Reason.IN_USE
    return Call(key, policy, places, refused, decision, moved if approved else None)


def confirm(*, text: str, case: uuid.UUID, actor: uuid.UUID, today: date, leaving: uuid.UUID | None = None) -> Confirmation:
    """Bind the computer to its key and answer with the confirmation ID. Asking again is answered alike.

    Args:
        text: The installation ID.
        case: The call.
        actor: The account that answers.
        today: The day.
        leaving: The binding that the operator ends by moving the key before its time: what came in its place is not meant.

    Raises:
        phone.WrongLength, phone.GroupMistyped, phone.UnknownVersion, binding.UnknownKey: As when looking.
        NotConfirmed: The rules do not allow it, or another computer would have to leave.
        keychain.ConfirmationBroken: The key's secret does not open: it has to be replaced.
    """
    installation = phone.read_installation_id(text)
    with transaction.atomic(using=STORE):
        key = binding.lock(installation.locator)
        if leaving and (place := _weighed(installation, today).leaving) and place.binding != leaving:
            raise NotConfirmed
        number = phone.confirmation_id(_secret(key), installation, product=key.batch.product)
        asked = binding.Request(
            key=installation.locator,
            product=key.batch.product,
            hardware=installation.hardware,
            telephone=True,
            approved=leaving is not None,
        )
        answer = binding.activate(request=asked, today=today)
        if answer.binding is None:
            raise NotConfirmed
        outcome = CaseOutcome.MOVED if answer.decision.reason == Reason.TRANSFER_APPROVED else CaseOutcome.CONFIRMED
        cases.note(case=case, outcome=outcome, actor=actor, product=key.batch.product, today=today)
    days = answer.policy.lease_days
    return Confirmation(number, today + timedelta(days=days), days, answer.decision)


def _secret(key: ProductKey) -> bytes:
    """Opened before anything is bound: what cannot be confirmed is not bound either."""
    row = ProductKey.objects.using(STORE).filter(id=key.id)
    epoch, box = row.values_list("confirmation_epoch", "confirmation").get()
    return keychain.open_confirmation(keychain.Sealed(epoch, bytes(box)), locator=bytes(key.locator))


def refuse(*, text: str, case: uuid.UUID, actor: uuid.UUID, today: date) -> None:
    """End a call without a confirmation ID; only the case is stored.

    Raises:
        phone.WrongLength, phone.GroupMistyped, phone.UnknownVersion, binding.UnknownKey: As when looking.
    """
    installation = phone.read_installation_id(text)
    with transaction.atomic(using=STORE):
        key = binding.lock(installation.locator)
        cases.note(case=case, outcome=CaseOutcome.REFUSED, actor=actor, product=key.batch.product, today=today)
