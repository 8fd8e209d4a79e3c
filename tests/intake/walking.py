"""Walking through the web wizard, as a browser without JavaScript does."""

from privacy import receipts
from tests.forms import Page, press

TYPED = {
    "product": {"product": "srv-std", "manufacturer": "acme", "country": "DE"},
    "contact": {"name": "Ada Example", "phone": "030 1234567", "address": "Weg 1\r\n10115 Berlin"},
    "choices": {"email": "ada@example.org"},
    "details": {"purchased_on": "2026-11-20", "serial": "SN-1042"},
}


def opened(client, query: str = "") -> Page:
    return Page(client.get(f"/register{query}"))


def go(client, page: Page, button: str = "next", **typed: object) -> Page:
    return press(client, "/register", page, ("go", button), **typed)


def ticks(page: Page) -> list[str]:
    return [found["value"] for tag, found in page.tags if tag == "input" and found.get("type") == "checkbox"]


def walk(client, *, until: str = "done", tick: slice = slice(0, 0), **typed: dict[str, str]) -> Page:
    """Walk through the wizard and stop on one page."""
    page = opened(client)
    for step in ("product", "contact", "choices", "details", "check"):
        page = go(client, page)
        if step == until:
            return page
        boxes = {"tick": ticks(page)[tick]} if step == "choices" else {}
        for name, value in (TYPED.get(step, {}) | typed.get(step, {}) | boxes).items():
            page.sent = [pair for pair in page.sent if pair[0] != name]
            page.sent += [(name, each) for each in (value if isinstance(value, list) else [value])]
    return go(client, page, "send")


def receipt_of(page: Page) -> receipts.Receipt:
    link = next(found["href"] for tag, found in page.tags if tag == "a" and found["href"].startswith("/my#"))
    return receipts.parse(link.removeprefix("/my#"))
