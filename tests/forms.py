"""Forms as a browser without JavaScript sends them."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

FORM = "application/x-www-form-urlencoded"


class Page(HTMLParser):
    """What one page says, and what its form `page` would send."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.status = response.status_code
        self.html = response.content.decode()
        self.sent: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.heading = ""
        self._inside = self._in_heading = False
        self._list = self._lines = ""
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self._in_heading |= tag == "h1"
        self._inside = found.get("id") == "page" if tag == "form" else self._inside
        if not self._inside:
            return
        if tag == "input" and (found.get("type") != "checkbox" or "checked" in found):
            self.sent.append((found["name"], found.get("value") or ""))
        if tag == "select":
            self._list = found["name"]
        if tag == "option" and "selected" in found:
            self.sent.append((self._list, found["value"]))
        if tag == "textarea":
            self._lines = found["name"]

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.heading += data
        if self._lines:
            self.sent.append((self._lines, data.removeprefix("\n")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "h1":
            self._in_heading = False
        if tag == "textarea":
            self._lines = ""

    def attributes(self, name: str) -> dict[str, Any]:
        """The field of this name."""
        return next(found for tag, found in self.tags if tag in {"input", "select", "textarea"} and found.get("name") == name)

    def faults(self) -> set[str]:
        """The fields that are marked as wrong, each with a message that it names."""
        ids = {found.get("id") for _, found in self.tags}
        wrong = [found for _, found in self.tags if found.get("aria-invalid")]
        assert all(found["aria-describedby"].split()[0] in ids for found in wrong)
        return {found["name"] for found in wrong}


def fill(page: Page, **typed: Any) -> dict[str, Any]:
    """What is sent when these fields were filled in; a list is several boxes."""
    sent: dict[str, Any] = {}
    for name, value in page.sent:
        sent.setdefault(name, []).append(value)
    return sent | typed


def press(client: Client, url: str, page: Page, button: tuple[str, str], **typed: Any) -> Page:
    """Fill in, and press a button."""
    return Page(send(client, url, fill(page, **typed) | {button[0]: button[1]}))


def send(client: Client, url: str, fields: dict[str, Any], **headers: str) -> HttpResponse:
    """Post a form."""
    from urllib.parse import urlencode

    return client.post(url, urlencode(fields, doseq=True), content_type=FORM, headers=headers)
