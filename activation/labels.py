"""What the operator's pages call things, and the sentences that say what the rules decided."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from activation import calls
from activation.models import Agreement, CaseOutcome
from activation.policies import MANUFACTURER, MULTI, RETAIL, VOLUME
from activation.rules import Decision, Outcome, Reason, State

Word = str | Promise

STATES: Mapping[str, Word] = {
    State.LIVE: _("good"),
    State.SUSPECT: _("suspect: by phone only"),
    State.BLOCKED: _("blocked"),
    State.REPLACED: _("replaced"),
}
CHANNELS: Mapping[str, Word] = {
    RETAIL: _("retail"),
    MULTI: _("several computers"),
    VOLUME: _("volume agreement"),
    MANUFACTURER: _("computer manufacturer"),
}
COMPONENTS: Mapping[str, Word] = {
    "board": _("mainboard"),
    "disk": _("system disk"),
    "network": _("network card"),
    "system": _("system installation"),
    "processor": _("processor"),
    "graphics": _("graphics card"),
    "memory": _("amount of memory"),
    "firmware": _("firmware"),
}
PROGRAMMES: Mapping[str, Word] = {
    Agreement.Programme.SELECT: _("Select"),
    Agreement.Programme.ENTERPRISE: _("Enterprise Agreement"),
    Agreement.Programme.OPEN: _("Open, from 5 seats"),
}
REASONS: Mapping[Reason, Word] = {
    Reason.SLOT_FREE: _("The key has a free slot. This computer can have it."),
    Reason.UNCHANGED: _("This computer already has the key. You can confirm it again as often as needed."),
    Reason.WITHIN_TOLERANCE: _("This computer has the key. Some of its parts are new, but not too many."),
    Reason.TRANSFER_DUE: _("Another computer has had the key long enough for it to move to this one."),
    Reason.VOLUME: _("This key belongs to a volume agreement. It needs no activation, so there is nothing to confirm."),
    Reason.IN_USE: _("The key is in use on another computer."),
    Reason.KEY_BLOCKED: _("The key is blocked. Nobody can activate with it."),
    Reason.KEY_REPLACED: _("The key was replaced by a new one. Only the new key can be activated."),
}
CASES: Mapping[str, Word] = {
    CaseOutcome.CONFIRMED: _("confirmed"),
    CaseOutcome.MOVED: _("moved early"),
    CaseOutcome.REFUSED: _("refused by the operator"),
    CaseOutcome.KEY_BLOCKED: _("key blocked"),
    CaseOutcome.KEY_REPLACED: _("key replaced"),
    CaseOutcome.NOT_REQUIRED: _("no activation needed"),
    CaseOutcome.UNKNOWN_KEY: _("unknown key"),
    CaseOutcome.UNKNOWN_VERSION: _("another product's number"),
    CaseOutcome.OPEN: _("not finished"),
}
ANSWERS: Mapping[str, Word] = {
    Outcome.NEW: _("newly activated"),
    Outcome.SAME: _("same computer"),
    Outcome.TRANSFERRED: _("moved"),
    Outcome.NOT_REQUIRED: _("not needed"),
    Outcome.REFUSED: _("refused"),
    "released": _("freed by the customer"),
    "operator-release": _("freed by the operator"),
    "operator-block": _("key blocked"),
    "operator-unblock": _("key unblocked"),
    "operator-clear": _("suspicion cleared"),
    "operator-replace": _("key replaced"),
}
DIGITS: tuple[Word, ...] = (
    _("zero"),
    _("one"),
    _("two"),
    _("three"),
    _("four"),
    _("five"),
    _("six"),
    _("seven"),
    _("eight"),
    _("nine"),
)


class Verdict(NamedTuple):
    """What the rules decided, for the page.

    Args:
        tone: `good`, `asks` if the operator decides, or `bad`.
        sentence: Why.
        changed: The classes of parts that differ from the computer that has the key.
    """

    tone: str
    sentence: Word
    changed: list[Word]


class Group(NamedTuple):
    """A group to read out."""

    name: str
    digits: str
    words: list[Word]


def verdict(call: calls.Call) -> Verdict:
    """What the rules decide about a call."""
    tone = "asks" if call.moved else "bad" if call.decision.outcome == Outcome.REFUSED else "good"
    return Verdict(tone, REASONS[call.decision.reason], changed(call.decision))


def changed(decision: Decision) -> list[Word]:
    """The classes of parts that changed, never their values."""
    return [COMPONENTS[name] for name in decision.changed]


def read_out(number: str) -> list[Group]:
    """A number's groups, each with its letter and its digits in words."""
    parts = enumerate(number.split("-"))
    return [Group(chr(ord("A") + index), part, [DIGITS[int(digit)] for digit in part]) for index, part in parts]
