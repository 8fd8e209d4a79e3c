"""A small HTTP client: one connection that is kept alive, and answers as they come."""

import http.client
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

PATIENCE = 30.0


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)


class Caller:
    """Calls one server, request after request."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request. If the kept connection turns out to be closed, it is sent once more on a new one."""
        try:
            return self._ask(method, path, body, headers or {})
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            return self._ask(method, path, body, headers or {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            self.connection.request(method, path, body=body, headers=dict(headers))
            response = self.connection.getresponse()
            return Answer(response.status, dict(response.headers.items()), response.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise

    def post(self, path: str, value: Any, **headers: str) -> Answer:
        """Post a value as JSON; `Idempotency_Key` becomes `Idempotency-Key`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.ask("POST", path, body=json.dumps(value).encode(), headers={"Content-Type": "application/json"} | named)

    def form(self, path: str, body: bytes = b"") -> Answer:
        """Post a form, without any cookie."""
        return self.ask("POST", path, body=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
