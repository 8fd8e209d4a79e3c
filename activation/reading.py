"""Reading a request: strict JSON into a struct. No error repeats what was sent."""

from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec

S = TypeVar("S", bound=msgspec.Struct)
Line = Annotated[str, msgspec.Meta(max_length=80)]
Code = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{2,40}$")]


class WrongContentType(Exception):
    """The body is not in the form that this address takes."""


class Activation(msgspec.Struct, forbid_unknown_fields=True):
    """A request for activation. What only serves the answer (`os`, `client`, `sent_at`, `language`) is not stored."""

    product_key: Line
    product: Code
    hardware_version: int
    hardware: Line
    language: Line | None = None
    os: Line | None = None
    client: Line | None = None
    attempt: UUID | None = None
    sent_at: datetime | None = None


class Holding(msgspec.Struct, forbid_unknown_fields=True):
    """A question of the key's holder."""

    product_key: Line
    language: Line | None = None
    slot: Annotated[int, msgspec.Meta(ge=1, le=32_767)] | None = None
