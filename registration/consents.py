"""Consent: a person's decisions in their order, and what stands now."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from registration.models import Consent

GRANTED, DECLINED, WITHDRAWN, CONFIRMED, EXPIRED = "granted", "declined", "withdrawn", "confirmed", "expired"
AT_ONCE = "granted-without-mailbox"
MOVED = "mailbox-changed"
NONE, UNCONFIRMED, ACTIVE = "none", "unconfirmed", "active"


@dataclass(slots=True)
class Standing:
    """What stands for one purpose."""

    purpose: str
    state: str = NONE
    wording: str | None = None
    decided_on: date | None = None
    confirmed_on: date | None = None


@dataclass(slots=True)
class Record:
    """All decisions of one registration, folded."""

    standings: dict[str, Standing] = field(default_factory=dict)
    count: int = 0
    mailbox_confirmed: bool = False

    def state(self, purpose: str) -> str:
        """What stands for a purpose."""
        return self.standings[purpose].state if purpose in self.standings else NONE

    def open_choices(self) -> list[str]:
        """The purposes that stand or wait for the mailbox."""
        return sorted(purpose for purpose, each in self.standings.items() if each.state in {ACTIVE, UNCONFIRMED})


def fold(decisions: Iterable[Consent]) -> Record:
    """What stands after these decisions, whatever order they come in."""
    record = Record()
    for consent in sorted(decisions, key=lambda each: each.count):
        record.count = consent.count
        if consent.decision == MOVED:
            record.mailbox_confirmed = False
            continue
        record.mailbox_confirmed |= consent.confirmed
        _apply(record.standings.setdefault(consent.purpose, Standing(consent.purpose)), consent)
    return record


def _apply(standing: Standing, consent: Consent) -> None:
    match consent.decision:
        case "granted":
            standing.state, standing.confirmed_on = UNCONFIRMED, None
        case "granted-without-mailbox":
            standing.state, standing.confirmed_on = ACTIVE, None
        case "confirmed":
            standing.state, standing.confirmed_on = ACTIVE, consent.day
            return
        case "declined" if standing.state in {WITHDRAWN, EXPIRED}:
            pass  # it had ended already
        case "declined":
            standing.state = NONE
        case "withdrawn" | "expired":
            standing.state = consent.decision
    standing.wording = consent.wording or standing.wording
    standing.decided_on = consent.day


def seen(standing: Standing, *, live: Iterable[str], waiting: Iterable[str]) -> str:
    """The state as the keystore bears it out: nothing is active without a grant, and nothing waits without its permission."""
    if standing.state == ACTIVE and standing.purpose not in live:
        return WITHDRAWN
    if standing.state == UNCONFIRMED and standing.purpose not in waiting:
        return ACTIVE if standing.purpose in live else WITHDRAWN
    return standing.state
