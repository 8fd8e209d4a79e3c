"""Reading a request: strict JSON into a struct. No error repeats what was sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from activation import hardware, product_keys
from web import strict_json
from web.schemas import about
from web.strict_json import Fault, InvalidFields

Line = Annotated[str, msgspec.Meta(max_length=80)]
Code = Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{2,40}$")]


PRODUCT_KEY = about(
    "The product key: five groups of five letters and digits. Case, hyphens and spaces do not matter.",
    "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX",
)
LANGUAGE = about("The language of problem documents (BCP 47). It comes before `Accept-Language`.", "en")


class Activation(msgspec.Struct, forbid_unknown_fields=True):
    """A request for activation. `os`, `client`, `sent_at` and `language` only serve the answer and are not stored."""

    product_key: Annotated[Line, PRODUCT_KEY]
    product: Annotated[Code, about("The product's code.", "srv-std")]
    hardware_version: Annotated[int, about("The version of the hardware hash.", hardware.VERSION, enum=[hardware.VERSION])]
    hardware: Annotated[
        Line,
        about(
            f"The computer's hardware hash: {hardware.DIGITS} hexadecimal digits.",
            "a41f09c37e",
            pattern=f"^[0-9a-fA-F]{{{hardware.DIGITS}}}$",
        ),
    ]
    language: Annotated[Line | None, LANGUAGE] = None
    os: Annotated[Line | None, about("The operating system.", "linux 6.12")] = None
    client: Annotated[Line | None, about("The program that asks, and its version.", "regwiz/1.0")] = None
    attempt: Annotated[
        UUID | None,
        about("A random UUID. Send the same one when you repeat a request.", "3f2b8c1e-5d47-4a6f-9c02-7e1b5a9d0f34"),
    ] = None
    sent_at: Annotated[
        datetime | None,
        about("The computer's time, to tell it whether its clock is wrong.", "2026-11-24T09:12:00Z", format="date-time"),
    ] = None


class Holding(msgspec.Struct, forbid_unknown_fields=True):
    """A question of the key's holder."""

    product_key: Annotated[Line, PRODUCT_KEY]
    language: Annotated[Line | None, LANGUAGE] = None
    slot: Annotated[
        Annotated[int, msgspec.Meta(ge=1, le=32_767)] | None,
        about("The slot to free. Without it the only one in use is freed.", 1),
    ] = None


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
