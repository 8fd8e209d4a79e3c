"""What a role can answer through its services. It runs with that role's keys and database logins only."""

import base64
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from activation import calls
from keystore import grants, vault
from keystore.grants import NoGrant
from privacy import audit, statements
from privacy.models import AuditEntry
from privacy.sealing import Sealed
from registration import support
from registration.models import Registration
from registration.support import Look

MINUTES, BUDGET = 10, 60


def search(text: str) -> list[dict[str, str]]:
    """Support's search: columns in clear only."""
    found = support.search(text, actor="tour", budget=BUDGET, at=datetime.now(UTC))
    return [{"id": str(row.id), "product": row.product.name, "month": f"{row.month:%Y-%m}"} for row in found.rows]


def reveal(registration: str, actor: str, reason: str) -> dict[str, Any]:
    """Support opens one registration, for a reason."""
    looking = Look(actor=actor, reason=reason)
    now = datetime.now(UTC)
    try:
        seen = support.reveal(registration=uuid.UUID(registration), look=looking, minutes=MINUTES, budget=BUDGET, at=now)
    except support.UnknownReason:
        return {"refused": "the reason is not in the list"}
    return {"contact": msgspec.to_builtins(seen.contact), "details": msgspec.to_builtins(seen.details)}


def look(registration: str, purpose: str, column: str, actor: str, reason: str) -> dict[str, Any]:
    """Open one compartment with a purpose's key; an empty answer where there is no grant."""
    row = Registration.objects.get(id=registration)
    with vault.opening(purpose=purpose, actor=actor, reason=reason, at=datetime.now(UTC)) as opened:
        try:
            return dict(msgspec.to_builtins(opened.open(row, column)))
        except NoGrant:
            return {}


def opening(registration: str, contact: str, purposes: list[str]) -> list[str]:
    """Which purposes open this sealed contact, wherever its bytes were kept meanwhile."""
    row = Registration(id=uuid.UUID(registration), contact=Sealed(bytes.fromhex(contact)))
    found = []
    for purpose in purposes:
        with vault.opening(purpose=purpose, actor="tour", reason="", at=datetime.now(UTC)) as opened:
            try:
                opened.open(row, "contact")
            except NoGrant:
                continue
            found.append(purpose)
    return found


def unsubscribe(registration: str, purpose: str) -> str:
    """The secret that a mailing's unsubscribe link holds: it lies in the marketing grant itself."""
    found = grants.open_many([uuid.UUID(registration)], purpose=purpose)
    return base64.urlsafe_b64encode(found[uuid.UUID(registration)].unsubscribe).rstrip(b"=").decode()


def trail() -> list[dict[str, Any]]:
    """The audit trail's entries of looks, oldest first."""
    names = ("number", "at", "actor", "act", "subject", "purpose", "reason")
    return list(AuditEntry.objects.filter(act="reveal").order_by("number").values(*names))


def verified() -> list[int]:
    """How many entries the trail has, and how many faults."""
    count, faults = audit.verify()
    return [count, len(faults)]


def certificate(statement: str) -> dict[str, Any]:
    """The claims of a statement that the registrar signed; empty where the signature does not hold."""
    try:
        return statements.verify(statement, public=statements.public_key("statements"))
    except statements.StatementBroken:
        return {}


def confirmed(installation: str) -> str:
    """The operator confirms a computer that has no network: the digits to read out."""
    return calls.confirm(text=installation, case=uuid.uuid4(), actor=uuid.uuid4(), today=datetime.now(UTC).date()).number


ANSWERS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (search, reveal, look, opening, unsubscribe, trail, verified, certificate, confirmed)
}
