"""Reading a request: strict JSON into a struct. No error repeats what was sent."""

import json
from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import msgspec

LONGEST = 16 * 1024
S = TypeVar("S", bound=msgspec.Struct)
Line = Annotated[str, msgspec.Meta(max_length=80)]
Code = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{2,40}$")]


class Malformed(Exception):
    """The body is not JSON in UTF-8."""


class TooLarge(Exception):
    """The body is longer than 16 KiB."""


class WrongContentType(Exception):
    """The body is not in the form that this address takes."""


class InvalidFields(Exception):
    """Fields are missing, unknown, twice there or of a wrong form."""


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


def body(raw: bytes, kind: type[S]) -> S:
    """The body as a struct.

    Raises:
        TooLarge, Malformed, InvalidFields: It cannot be taken.
    """
    if len(raw) > LONGEST:
        raise TooLarge
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed from None
    try:
        return msgspec.convert(value, kind, str_keys=True)
    except msgspec.ValidationError:
        raise InvalidFields from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidFields
    return found


def _no_constant(_: str) -> NoReturn:
    raise ValueError
