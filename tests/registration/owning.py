"""The page of one's own registration, as a browser without JavaScript uses it."""

from itertools import pairwise

from django.db import OperationalError

from tests.forms import Page, send

UPDATES = "updates/vendor"


ACTIONS = ("see", "form", "save", "file", "lower", "raise")


def act(client, receipt, do: str = "see", **fields: str) -> Page:
    return Page(send(client, "/my", {"receipt": receipt.text, "do": do} | fields))


def full(*_: object) -> None:
    """A database that does not answer."""
    raise OperationalError


def choices(client, receipt) -> list[dict[str, str]]:
    """What the page offers to raise."""
    hidden = [found for tag, found in act(client, receipt).tags if tag == "input" and found["name"] in {"purpose", "wording"}]
    pairs = pairwise(hidden)
    return [{"purpose": one["value"], "wording": two["value"]} for one, two in pairs if two["name"] == "wording"]
