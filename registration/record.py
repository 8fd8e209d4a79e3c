"""One's own registration as the API answers it."""

from typing import Any

from catalogue import snapshot
from privacy import receipts
from registration import retention
from registration.consents import Standing
from registration.self_service import Own


def shown(own: Own) -> dict[str, Any]:
    """The registration as the API answers it."""
    contact, details = own.contact, own.details
    reach = {each: getattr(contact, each) for each in ("email", "name", "company", "phone", "address")}
    bought = {each: getattr(details, each) for each in ("purchased_on", "purchased_from", "serial")}
    return {
        "number": own.receipt.number if own.receipt.registration == own.row.id else receipts.number_of(own.row.id),
        "product": own.row.product_id,
        "manufacturer": own.row.manufacturer_id,
        "month": f"{own.row.month:%Y-%m}",
        "country": contact.country,
        "language": contact.language,
        "pending_changes": own.pending_changes,
        "contact": {name: value for name, value in reach.items() if value is not None},
        "details": {name: str(value) for name, value in bought.items() if value is not None},
        "choices": [_choice(standing, state) for standing, state in own.standings()],
        "held": retention.held(contact, details, live=own.live, month=own.row.month),
        "looks": [{"day": day.isoformat(), "role": role, "reason": reason} for day, role, reason in own.looks],
        "exports": [],
    }


def _choice(standing: Standing, state: str) -> dict[str, Any]:
    topic, _, sender = standing.purpose.partition("/")
    wording = snapshot.current().wording(standing.wording) if standing.wording else None
    return {
        "topic": topic,
        "sender": sender,
        "state": state,
        "text": wording.text if wording else None,
        "wording": standing.wording,
        "decided_on": standing.decided_on.isoformat() if standing.decided_on else None,
        "confirmed_on": standing.confirmed_on.isoformat() if standing.confirmed_on else None,
    }
