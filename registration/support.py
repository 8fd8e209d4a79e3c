"""Support: find a registration without opening anything, and reveal one with a reason that is written down first."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from intake import normal
from intake.letters import Contact, Details
from keystore import finding, vault
from keystore.grants import SUPPORT, NoGrant
from privacy import audit, codes, receipts
from privacy.models import AuditEntry
from registration import consents
from registration.consents import Record
from registration.models import ConsentRecord, Registration

REASONS = ("customer-called", "customer-wrote", "return-or-repair", "person-asked-for-a-copy", "suspected-misuse")
MOST = 50
ALARM = "over-budget"


class UnknownReason(Exception):
    """The reason is not in the list."""


class Unsearchable(Exception):
    """What was typed is neither an e-mail address nor a registration's number."""


@dataclass(slots=True, repr=False)
class Revealed:
    """One registration, opened for support."""

    row: Registration
    contact: Contact
    details: Details
    record: Record
    until: datetime
    over_budget: bool


def search(text: str) -> list[Registration]:
    """Registrations of an e-mail address or with a number, newest month first, without their sealed columns.

    Raises:
        Unsearchable: It is neither.
    """
    rows = Registration.objects.select_related("product", "manufacturer").defer("contact", "details")
    return list(_matching(rows, text.strip()).order_by("-month", "id")[:MOST])


def _matching(rows: "QuerySet[Registration]", text: str) -> "QuerySet[Registration]":
    if "@" in text:
        try:
            address = normal.email(text)
        except normal.NotNormal:
            raise Unsearchable from None
        return rows.filter(id__in=finding.by_address(normal.mailbox(address or "")))
    try:
        return rows.filter(id__range=receipts.range_of(text))
    except codes.Mistyped:
        raise Unsearchable from None


def reveal(  # noqa: PLR0913 (who, what, why, when and two settings)
    *, registration: uuid.UUID, actor: str, reason: str, ticket: str = "", minutes: int, budget: int, at: datetime
) -> Revealed:
    """Open one registration. The audit trail is written first; over the hourly budget an alarm is written too.

    Raises:
        UnknownReason: The reason is not in the list.
        Registration.DoesNotExist, NoGrant: There is nothing to open.
    """
    if reason not in REASONS:
        raise UnknownReason
    row = Registration.objects.select_related("product", "manufacturer").get(id=registration)
    over = _over_budget(actor, budget, at)
    noted = f"{reason} {ticket}".strip()
    with vault.opening(purpose=SUPPORT, actor=f"{vault.STAFF}{actor}", reason=noted, at=at) as opened:
        contact = opened.open(row, "contact") or Contact()
        details = opened.open(row, "details") or Details()
        decisions = opened.open_many(ConsentRecord.objects.filter(registration=row), "consent")
    if over:
        audit.record(actor=f"{vault.STAFF}{actor}", act=ALARM, subject=str(registration), purpose=SUPPORT, reason=noted, at=at)
    return Revealed(row, contact, details, consents.fold(decisions.values()), at + timedelta(minutes=minutes), over)


def _over_budget(actor: str, budget: int, at: datetime) -> bool:
    looks = AuditEntry.objects.filter(actor=f"{vault.STAFF}{actor}", act="reveal", at__gt=at - timedelta(hours=1))
    return looks.count() >= budget


__all__ = ("REASONS", "NoGrant", "Revealed", "UnknownReason", "Unsearchable", "reveal", "search")
