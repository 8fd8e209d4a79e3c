"""The rules of activation: one pure function from a key, its bindings and a request to a decision.

Volume keys need no activation: their computers never ask, and one that asks is told so. A computer with its maker's signed
firmware marker does not ask either; without the marker its key follows the rules as a retail key does.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from activation import hardware, policies
from activation.hardware import Hardware, Match
from activation.policies import Policy


class State(StrEnum):
    """How a product key stands."""

    LIVE = "live"
    SUSPECT = "suspect"
    BLOCKED = "blocked"
    REPLACED = "replaced"


class Outcome(StrEnum):
    """What is answered."""

    NEW = "new"
    SAME = "same"
    TRANSFERRED = "transferred"
    NOT_REQUIRED = "not-required"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why."""

    SLOT_FREE = "slot-free"
    UNCHANGED = "unchanged"
    WITHIN_TOLERANCE = "within-tolerance"
    TRANSFER_DUE = "transfer-due"
    TRANSFER_APPROVED = "transfer-approved"
    VOLUME = "volume"
    IN_USE = "in-use"
    PHONE_ONLY = "phone-only"
    WRONG_PRODUCT = "wrong-product"
    KEY_BLOCKED = "key-blocked"
    KEY_REPLACED = "key-replaced"


class Slot(NamedTuple):
    """One slot of a key, and the computer that it holds, if any."""

    number: int
    hardware: Hardware | None = None
    bound_on: date | None = None


class Standing(NamedTuple):
    """What the store knows of the key."""

    state: State
    product: str
    slots: Sequence[Slot]


class Asked(NamedTuple):
    """A request.

    Args:
        hardware: The computer.
        product: What is to be activated.
        telephone: Whether it comes through the operator.
        approved: Whether the operator moves the key although its time has not come.
    """

    hardware: Hardware
    product: str
    telephone: bool = False
    approved: bool = False


class Decision(NamedTuple):
    """What is to be done and answered.

    Args:
        outcome: What is answered.
        reason: Why.
        slot: The slot that holds the computer now.
        rebase: Whether the bound hash is to be replaced by the new one.
        transfer_from: When refused: the first day on which the key may move by itself; None if it never does.
        changed: When refused or tolerated: the classes of components that differ from the nearest bound computer.
    """

    outcome: Outcome
    reason: Reason
    slot: int | None = None
    rebase: bool = False
    transfer_from: date | None = None
    changed: tuple[str, ...] = ()


class Candidate(NamedTuple):
    """A slot in use, and how its computer compares with the one that asks."""

    slot: int
    bound_on: date
    match: Match


def decide(*, policy: Policy, standing: Standing, asked: Asked, today: date) -> Decision:
    """Decide a request. The store is not asked and nothing is written.

    A bound computer is always answered `same`, even if the key has become suspect: its holder did nothing.
    """
    if (refusal := _barred(standing, asked)) is not None:
        return _refused(refusal)
    if policy.channel == policies.VOLUME:
        return Decision(Outcome.NOT_REQUIRED, Reason.VOLUME)
    held = _held(policy, standing, asked)
    nearest = max(held, key=lambda one: (one.match.same, one.match.score, -one.slot), default=None)
    if nearest is not None and nearest.match.same:
        return _same(nearest)
    if standing.state == State.SUSPECT and not asked.telephone:
        return _refused(Reason.PHONE_ONLY)
    if free := sorted(slot.number for slot in standing.slots if slot.hardware is None):
        return Decision(Outcome.NEW, Reason.SLOT_FREE, free[0])
    return _moved(policy, held, asked, today, nearest.match.changed if nearest else ())


def _barred(standing: Standing, asked: Asked) -> Reason | None:
    if standing.state == State.BLOCKED:
        return Reason.KEY_BLOCKED
    if standing.state == State.REPLACED:
        return Reason.KEY_REPLACED
    return None if standing.product == asked.product else Reason.WRONG_PRODUCT


def _refused(reason: Reason) -> Decision:
    return Decision(Outcome.REFUSED, reason)


def _held(policy: Policy, standing: Standing, asked: Asked) -> list[Candidate]:
    return [
        Candidate(slot.number, slot.bound_on, hardware.compare(slot.hardware, asked.hardware, policy.matching))
        for slot in standing.slots
        if slot.hardware is not None and slot.bound_on is not None
    ]


def _same(nearest: Candidate) -> Decision:
    changed = nearest.match.changed
    reason = Reason.WITHIN_TOLERANCE if changed else Reason.UNCHANGED
    return Decision(Outcome.SAME, reason, nearest.slot, rebase=bool(changed), changed=changed)


def _moved(policy: Policy, held: list[Candidate], asked: Asked, today: date, changed: tuple[str, ...]) -> Decision:
    """All slots are in use: the one bound longest moves, if its time has come or the operator says so."""
    oldest = min(held, key=lambda one: (one.bound_on, one.slot), default=None)
    if oldest is None:
        return _refused(Reason.IN_USE)
    if asked.telephone and asked.approved:
        return Decision(Outcome.TRANSFERRED, Reason.TRANSFER_APPROVED, oldest.slot, changed=changed)
    due = moves_from(policy, oldest.bound_on)
    if due is not None and due <= today:
        return Decision(Outcome.TRANSFERRED, Reason.TRANSFER_DUE, oldest.slot, changed=changed)
    return Decision(Outcome.REFUSED, Reason.IN_USE, transfer_from=due, changed=changed)


def moves_from(policy: Policy, bound_on: date) -> date | None:
    """The first day on which a slot moves to another computer by itself; None if it never does."""
    return None if policy.transfer_days is None else bound_on + timedelta(days=policy.transfer_days)


def under_pressure(policy: Policy, *, refused: int) -> State | None:
    """The state that a key is put into when *refused* different computers were refused in seven days; None: as it was."""
    return State.SUSPECT if refused >= policy.suspect_at else None
