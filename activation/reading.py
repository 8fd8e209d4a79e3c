"""Reading a request: strict JSON into a struct. No error repeats what was sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from activation import hardware, product_keys
from web import strict_json
from web.strict_json import Fault, InvalidFields

Line = Annotated[str, msgspec.Meta(max_length=80)]
Code = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{2,40}$")]


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


def activation(value: Any) -> Activation:
    """The decoded body of a request for activation.

    Raises:
        InvalidFields: Fields have the wrong form; those are named too that have a wrong value.
    """
    try:
        return strict_json.shaped(value, Activation)
    except InvalidFields as wrong:
        raise InvalidFields([*wrong.faults, *faults(strict_json.fitting(value, Activation))]) from None


def faults(body: Activation) -> list[Fault]:
    """The fields that have a wrong value. What has the wrong form is None, and is passed over."""
    wrong = {
        "/product_key": body.product_key is not None and _refused(product_keys.read, body.product_key),
        "/hardware_version": body.hardware_version not in {None, hardware.VERSION},
        "/hardware": body.hardware is not None and _refused(hardware.read, body.hardware),
    }
    return [Fault(pointer, "invalid") for pointer, found in wrong.items() if found]


def _refused(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (product_keys.NotAKey, product_keys.Mistyped, hardware.NotAHash):
        return True
    return False
