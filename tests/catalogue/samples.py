"""A small catalogue as a document."""

from datetime import UTC, datetime
from typing import Any

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def wording(text: str, **changes: Any) -> dict[str, Any]:
    """A published wording of ours, about updates, in English."""
    return {"topic": "updates", "sender": "vendor", "language": "en", "text": text, "status": "published"} | changes


def notice(text: str, **changes: Any) -> dict[str, Any]:
    """A published notice for every product, in English."""
    return {"language": "en", "text": text, "status": "published"} | changes


def document() -> dict[str, Any]:
    """Two products, two manufacturers, of which one has wordings, and texts in two languages."""
    return {
        "products": [
            {"code": "srv-std", "name": "Server"},
            {"code": "desk", "name": "Desk"},
            {"code": "old", "name": "Old", "active": False},
        ],
        "manufacturers": [{"code": "acme", "name": "Acme Computers"}, {"code": "globex", "name": "Globex Devices"}],
        "notices": [
            notice("Optional."),
            notice("Freiwillig.", language="de"),
            notice("Optional for desks.", product="desk"),
        ],
        "wordings": [
            wording("Tell me."),
            wording("Sagt es mir.", language="de"),
            wording("Offer me.", topic="offers"),
            wording("Acme may tell me.", sender="acme"),
            wording("Acme may offer me.", sender="acme", topic="offers"),
        ],
    }
