"""Support: find a registration without opening anything, and reveal one with a reason that is written down first."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from intake import normal
from intake.letters import Contact, Details
from keystore import finding, vault
from keystore.grants import SUPPORT
from privacy import audit, codes, receipts
from privacy.models import AuditEntry
from registration import consents
from registration.consents import Record, Standing
from registration.models import ConsentRecord, Registration

REASONS = ("customer-called", "customer-wrote", "return-or-repair", "person-asked-for-a-copy", "suspected-misuse")
MOST = 50
TICKET = re.compile(r"[A-Za-z0-9#-]{0,20}")
ALL = frozenset({"contact", "details", "consent"})
ALARM, SEARCH, REVEAL = "over-budget", "search", "reveal"


class UnknownReason(Exception):
    """The reason is not in the list."""


class Unsearchable(Exception):
    """What was typed is neither an e-mail address nor a registration's number."""


@dataclass(slots=True, repr=False)
class Revealed:
    """One registration, opened for support."""

    row: Registration
    contact: Contact | None
    details: Details | None
    record: Record
    live: list[str]
    until: datetime
    over_budget: bool

    @property
    def number(self) -> str:
        """The registration's number."""
        return receipts.number_of(self.row.id)

    def standings(self) -> list[tuple[Standing, str]]:
        """Every choice that was ever decided, with its state."""
        each = sorted(self.record.standings.items())
        return [(standing, consents.seen(standing, live=self.live, waiting=[purpose])) for purpose, standing in each]


class Found(NamedTuple):
    """What a search found, and whether it was one more than is usual in an hour."""

    rows: list[Registration]
    over_budget: bool


def search(text: str, *, actor: str, budget: int, at: datetime) -> Found:
    """Registrations of an e-mail address or with a number, newest month first, without their sealed columns.

    That somebody is registered is personal too: the audit trail has every search before its result is shown, by what was
    searched for (`email` or `number`) and how much was found, and never the text.

    Args:
        text: An address or a number, as it was typed.
        actor: The account's name.
        budget: How many searches an hour are usual. Over it an alarm is written too.
        at: Now.

    Raises:
        Unsearchable: It is neither. Nothing was looked up.
    """
    rows = Registration.objects.select_related("product", "manufacturer").defer("contact", "details")
    found = list(_matching(rows, text.strip()).order_by("-month", "id")[:MOST])
    staff, noted = f"{vault.STAFF}{actor}", f"{'email' if '@' in text else 'number'} {len(found)}"
    over = _over_budget(staff, SEARCH, budget, at)
    audit.record(actor=staff, act=SEARCH, purpose=SUPPORT, reason=noted, at=at)
    if over:
        audit.record(actor=staff, act=ALARM, purpose=SUPPORT, reason=SEARCH, at=at)
    return Found(found, over)


def _matching(rows: "QuerySet[Registration]", text: str) -> "QuerySet[Registration]":
    if "@" in text:
        try:
            address = normal.email(text)
        except normal.NotNormal:
            raise Unsearchable from None
        return rows.filter(id__in=finding.by_address(address or ""))
    try:
        return rows.filter(id__range=receipts.range_of(text))
    except codes.Mistyped:
        raise Unsearchable from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who looks, why, and how far.

    Args:
        actor: The account's name.
        reason: One of `REASONS`.
        ticket: A ticket's number, or empty.
        compartments: What the account's roles may open.
    """

    actor: str
    reason: str
    ticket: str = ""
    compartments: frozenset[str] = ALL


def reveal(*, registration: uuid.UUID, look: Look, minutes: int, budget: int, at: datetime) -> Revealed:
    """Open one registration. The audit trail is written first; over the hourly budget an alarm is written too.

    Args:
        registration: Its id.
        look: Who looks, and why.
        minutes: How long the look lasts.
        budget: How many looks an hour are usual.
        at: Now.

    Raises:
        UnknownReason: The reason is not in the list, or the ticket is no number of a ticket.
        Registration.DoesNotExist, NoGrant: There is nothing to open.
    """
    if look.reason not in REASONS or not TICKET.fullmatch(look.ticket):
        raise UnknownReason
    row = Registration.objects.select_related("product", "manufacturer").get(id=registration)
    actor, noted = f"{vault.STAFF}{look.actor}", f"{look.reason} {look.ticket}".strip()
    over = _over_budget(actor, REVEAL, budget, at)
    with vault.opening(purpose=SUPPORT, actor=actor, reason=noted, at=at) as opened:
        contact = opened.open(row, "contact") if "contact" in look.compartments else None
        details = opened.open(row, "details") if "details" in look.compartments else None
        decisions = opened.open_many(ConsentRecord.objects.filter(registration=row), "consent")
    if over:
        audit.record(actor=actor, act=ALARM, subject=str(registration), purpose=SUPPORT, reason=noted, at=at)
    live = finding.live(registration)
    return Revealed(row, contact, details, consents.fold(decisions.values()), live, at + timedelta(minutes=minutes), over)


def _over_budget(actor: str, act: str, budget: int, at: datetime) -> bool:
    return AuditEntry.objects.filter(actor=actor, act=act, at__gt=at - timedelta(hours=1)).count() >= budget
