"""The same requests without a network: to the views in this process, on the real stores, at any time of day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.test import Client
from django.utils import timezone

from tests.adversary.web import Web


@dataclass
class Replied:
    """What a view answered."""

    status: int
    body: bytes


class Clock:
    """What `timezone.now` answers while it is set; it moves by itself and on request."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def set(self, monkeypatch) -> "Clock":
        monkeypatch.setattr(timezone, "now", self)
        return self


def web(*, secure: bool = False, **environ: str) -> Web:
    """The views, called as a browser or a client would."""
    client = Client(**environ)

    def ask(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Replied:
        content_type = headers.get("Content-Type", "application/octet-stream")
        others = {name: text for name, text in headers.items() if name != "Content-Type"}
        told = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}  # Django leaves them out of an empty post
        response = client.generic(method, path, body, content_type=content_type, secure=secure, headers=others, **told)
        return Replied(response.status_code, response.content)

    return Web(ask)
